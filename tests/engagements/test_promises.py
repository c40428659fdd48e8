"""Promises kept or not: what the rows say, and what people say."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from engage.core.calendar import local_day
from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.engagements import promise_actions as actions
from engage.engagements import promises, queries, rules
from engage.engagements.models import Engagement, PromiseAnswer
from engage.engagements.promise_rules import (
    FEWEST,
    Count,
    Owed,
    Promise,
    check_tell,
    of_called_off,
    paid_by_promise,
    summary,
    unchanged,
)
from engage.hours import actions as hours
from engage.hours import decisions
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.ledger.waiting import put_off
from engage.offers import actions as offers
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.workload.rules import Activity
from tests import make, scenes
from tests.clients import Browser

SignIn = Callable[[Person], Browser]
DAY = timedelta(days=1)
MONDAY = date(2026, 7, 13)


def agreed(
    now: datetime, place: Organization | None = None
) -> tuple[Engagement, Person]:
    post = scenes.posted(place or make.organization())
    who = scenes.consultants(1)[0]
    offer = make.offer(post, who)
    done = offers.accept(offer.id, counted=False, raised=False, by=who, now=now)
    return done, who


def began(engagement: Engagement) -> datetime:
    return min(each.starts_at for each in queries.whole(engagement.id).sessions)


def after_a_session(engagement: Engagement) -> datetime:
    return began(engagement) + DAY


def owed(due: int, paid: int | None) -> Owed:
    return Owed(
        MONDAY, MONDAY + due * DAY, None if paid is None else MONDAY + paid * DAY
    )


@pytest.mark.parametrize(
    ("due", "paid", "count"),
    [
        (10, 10, Count(kept=1)),
        (10, 2, Count(kept=1)),
        (10, 11, Count(not_kept=1)),
        (10, None, Count(coming=1)),
        (4, None, Count(not_kept=1)),
        (5, None, Count(coming=1)),
    ],
)
def test_pay_is_weighed_by_its_promised_day(
    due: int, paid: int | None, count: Count
) -> None:
    assert paid_by_promise([owed(due, paid)], MONDAY + 5 * DAY) == count


def test_only_days_that_were_called_off_count_as_called_off() -> None:
    rows = [owed(10, 1), Owed(MONDAY + 9 * DAY, MONDAY + 20 * DAY, None)]
    assert of_called_off(rows, [], MONDAY) == Count()
    assert of_called_off(rows, [MONDAY + DAY], MONDAY) == Count(kept=1)


def test_terms_are_unchanged_when_every_version_fits_its_hash() -> None:
    assert unchanged([("a", "a"), ("b", "b")]) == Count(kept=1)
    assert unchanged([("a", "a"), ("b", "c")]) == Count(not_kept=1)


ANSWERS = st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=40)


@given(ANSWERS)
def test_nothing_is_read_below_five_people_and_groups_never_split(
    answers: list[tuple[int, bool]],
) -> None:
    total = summary(answers)
    if len({person for person, _ in answers}) < FEWEST:
        assert total is None
    shown = total.all if total else 0
    assert shown <= len(answers)
    for one_more in (True, False):
        after = summary([*answers, (99, one_more)])
        grown = (after.all if after else 0) - shown
        assert grown == 0 or grown >= FEWEST


@given(ANSWERS)
def test_one_person_alone_is_never_read(answers: list[tuple[int, bool]]) -> None:
    assert summary([(1, is_kept) for _, is_kept in answers]) is None


def test_nobody_can_say_before_a_session_has_begun(july: datetime) -> None:
    for first in (None, july + DAY):
        with pytest.raises(Refused, match="once a session has begun"):
            check_tell(first, july)
    check_tell(july, july)


def test_an_answer_is_given_changed_and_taken_back(app: Flask, july: datetime) -> None:
    engagement, who = agreed(july)
    now = after_a_session(engagement)
    for says in (True, False, False):
        actions.tell(engagement.id, Promise.STORY, says, by=who, now=now)
        assert db.session.scalars(sa.select(PromiseAnswer.is_kept)).all() == [says]
    for _ in range(2):
        actions.tell(engagement.id, Promise.STORY, None, by=who, now=now)
        assert db.session.scalars(sa.select(PromiseAnswer)).all() == []
    with pytest.raises(NotFound):
        actions.tell(engagement.id, Promise.STORY, True, by=make.consultant(), now=now)
    with pytest.raises(Refused):
        actions.tell(engagement.id, Promise.STORY, True, by=who, now=july)


def test_the_person_says_it_on_their_own_page(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    path = f"/plans/{engagement.uid}"
    assert "Not kept" not in sign_in(who).get(path).get_data(as_text=True)
    with time_machine.travel(after_a_session(engagement), tick=False):
        browser = sign_in(who)
        browser.get(path)
        answer = browser.post(f"{path}/kept", data={"line": "story", "kept": "1"})
        assert answer.status_code == 303
        page = browser.get(path).get_data(as_text=True)
        assert "you said kept" in page
        assert browser.post(f"{path}/kept", data={"line": "no"}).status_code == 404
        bad = {"line": "story", "kept": "2"}
        assert browser.post(f"{path}/kept", data=bad).status_code == 404
        stranger = sign_in(make.consultant())
        one = {"line": "story", "kept": "1"}
        assert stranger.post(f"{path}/kept", data=one).status_code == 404


def tell_all(place: Organization, count: int, july: datetime, says: bool) -> None:
    for _ in range(count):
        engagement, who = agreed(july, place)
        now = after_a_session(engagement)
        actions.tell(engagement.id, Promise.STORY, says, by=who, now=now)


def test_an_organization_reads_counts_from_five_people_up(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization("Harbor")
    boss = make.coordinator(place)
    tell_all(place, 4, july, says=True)
    assert dict(promises.told([place.id]))["Harbor"][Promise.STORY] is None
    with time_machine.travel(july + 40 * DAY, tick=False):
        page = sign_in(boss).get("/promises").get_data(as_text=True)
    assert "Not shown yet, because fewer than 5 different people" in page
    assert "Said to be kept" not in page
    tell_all(place, 1, july, says=False)
    told = dict(promises.told([place.id]))["Harbor"]
    assert told[Promise.STORY] == Count(kept=4, not_kept=1)
    assert told[Promise.COSTS] is None
    with time_machine.travel(july + 40 * DAY, tick=False):
        page = sign_in(boss).get("/promises").get_data(as_text=True)
    assert "Said to be kept" in page
    other = make.organization("Elsewhere")
    assert dict(promises.told([other.id]))["Elsewhere"][Promise.STORY] is None


def earned(engagement: Engagement, who: Person) -> tuple[Payable, datetime]:
    """An hour of the first session, logged, approved and owed."""
    now = after_a_session(engagement)
    day = local_day(began(engagement), who.zone)
    entry = hours.log(
        engagement.id,
        day=day,
        minutes=60,
        activity=Activity.SESSION,
        by=who,
        now=now,
    )
    boss = make.coordinator(
        db.session.get_one(Organization, engagement.organization_id)
    )
    decisions.approve([entry.id], by=boss, now=now, no_interest=True)
    source = Payable.source == f"hours:{entry.uid}"
    return db.session.scalars(sa.select(Payable).where(source)).one(), now


def paid_of(engagement: Engagement, now: datetime) -> Count:
    whole = queries.whole(engagement.id)
    return promises.facts([whole], now)[whole.id].paid


def test_pay_is_read_from_the_ledger(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    payable, now = earned(engagement, who)
    assert paid_of(engagement, now) == Count(coming=1)
    assert paid_of(engagement, now + 60 * DAY) == Count(not_kept=1)
    payable.status, payable.paid_on = PayableStatus.PAID, payable.due_on
    make.save(payable)
    assert paid_of(engagement, now + 60 * DAY) == Count(kept=1)
    with time_machine.travel(now, tick=False):
        page = sign_in(who).get(f"/plans/{engagement.uid}").get_data(as_text=True)
    assert "1 of 1" in page


def test_a_wait_that_the_payee_chose_is_no_late_pay(app: Flask, july: datetime) -> None:
    engagement, who = agreed(july)
    payable, now = earned(engagement, who)
    late = payable.due_on + 20 * DAY
    payable.due_on = put_off(
        payable.due_on, None, until=now.date() + 30 * DAY, today=now.date()
    )
    payable.status, payable.paid_on = PayableStatus.PAID, late
    make.save(payable)
    assert paid_of(engagement, now + 60 * DAY) == Count(kept=1)


def test_sessions_called_off_late_are_a_fact_of_their_own(
    app: Flask, july: datetime
) -> None:
    engagement, who = agreed(july)
    _, now = earned(engagement, who)
    assert (
        promises.facts([queries.whole(engagement.id)], now)[engagement.id].called_off
        == Count()
    )
    with transaction():
        first = queries.whole(engagement.id).sessions[0]
        first.is_held = False
    found = promises.facts([queries.whole(engagement.id)], now)[engagement.id]
    assert found.called_off == found.paid == Count(coming=1)


def test_pay_of_cancelled_work_is_such_a_fact(app: Flask, july: datetime) -> None:
    engagement, who = agreed(july)
    engagements.cancel(engagement.id, now=began(engagement) - timedelta(hours=5))
    assert len(queries.whole(engagement.id).sessions) == 1
    payable, now = earned(engagement, who)
    whole = queries.whole(engagement.id)
    assert promises.facts([whole], now)[whole.id].called_off == Count(coming=1)
    payable.status, payable.paid_on = PayableStatus.PAID, payable.due_on + DAY
    make.save(payable)
    assert promises.facts([whole], now)[whole.id].called_off == Count(not_kept=1)


def test_changed_terms_show_as_a_fact(app: Flask, july: datetime) -> None:
    engagement, _ = agreed(july)
    [whole] = [queries.whole(engagement.id)]
    assert promises.facts([whole], july)[whole.id].terms == Count(kept=1)
    with transaction():
        whole.terms = {**whole.terms, "place": "Elsewhere."}
    assert promises.facts([whole], july)[whole.id].terms == Count(not_kept=1)
    with transaction():
        whole.terms_hash = rules.terms_hash(whole.terms)
    assert promises.facts([whole], july)[whole.id].terms == Count(kept=1)


def test_a_hidden_name_is_in_no_figure(app: Flask, july: datetime) -> None:
    engagement, _ = agreed(july)
    place = engagement.organization_id
    assert len(db.session.execute(promises.posts([place], july)).all()) == 0 or (
        engagement.shown_from is None
    )
    engagement.shown_from = rules.NEVER
    make.save(engagement)
    assert db.session.execute(promises.posts([place], july)).all() == []
