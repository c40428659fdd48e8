"""One reminder a day before the end, to whoever may still answer, and no trace."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.notices.models import Notice
from engage.offers import actions, answering, jobs
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.rules import OpportunityStatus
from engage.people.models import Person
from engage.people.rules import PersonStatus
from engage.worker import HOUR as EVERY_HOUR
from engage.worker import JOBS
from engage.workload import wishes
from tests import make, scenes
from tests.offers.changing import agreed, ask_more, deliver, move

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
YES = {"counted": True, "raised": False}


def asked(now: datetime, number: int = 1) -> list[Offer]:
    post = scenes.posted(make.organization(), seats=4)
    return [
        make.offer(post, who, reply_by=now + 5 * DAY)
        for who in scenes.consultants(number)
    ]


def told(person_id: int) -> list[str]:
    rows = db.session.scalars(
        sa.select(Notice.kind).where(
            Notice.person_id == person_id,
            Notice.kind.in_(["reminder", "terms_reminder", "offer"]),
        )
    )
    return list(rows)


def who(offer: Offer) -> Person:
    return db.session.get_one(Person, offer.person_id)


def test_whoever_has_not_answered_hears_once(app: Flask, july: datetime) -> None:
    (offer,) = asked(july)
    jobs.remind(offer.reply_by - DAY - HOUR)
    assert told(offer.person_id) == []
    for hour in (24, 23, 22, 1):
        jobs.remind(offer.reply_by - hour * HOUR)
    assert told(offer.person_id) == ["reminder"]


def test_whoever_answered_hears_nothing(app: Flask, july: datetime) -> None:
    passed, agreed_to, waits, silent = asked(july, 4)
    actions.not_this_time(passed.id, by=who(passed))
    actions.accept_if_second(
        waits.id, counted=False, raised=False, by=who(waits), now=july
    )
    actions.accept(agreed_to.id, **YES, by=who(agreed_to), now=july)
    jobs.remind(silent.reply_by - DAY)
    heard = [told(each.person_id) for each in (passed, agreed_to, waits, silent)]
    assert heard == [[], [], [], ["reminder"]]


@pytest.mark.parametrize("why", ["paused", "closed", "withdrawn", "filled", "late"])
def test_whoever_may_not_answer_any_more_hears_nothing(
    app: Flask, july: datetime, why: str
) -> None:
    (offer,) = asked(july)
    person, now = who(offer), offer.reply_by - DAY
    if why == "paused":
        wishes.set_pause(person, None, now=july)
    if why == "closed":
        person.status = PersonStatus.CLOSED
        make.save(person)
    if why == "withdrawn":
        actions.accept_if_second(offer.id, **YES, by=person, now=july)
        actions.withdraw(offer.id, by=person)
    if why == "filled":
        post = scenes.opportunities.by_id(offer.opportunity_id)
        post.status = OpportunityStatus.FILLED
        make.save(post)
    if why == "late":
        now = offer.reply_by
    jobs.remind(now)
    assert told(offer.person_id) == []


def test_the_mark_and_the_row_tell_no_answer(app: Flask, july: datetime) -> None:
    """After the end a no, a no answer and a no after the reminder are one row."""
    early, silent, late = asked(july, 3)
    actions.not_this_time(early.id, by=who(early))
    jobs.remind(early.reply_by - DAY)
    assert told(late.person_id) == ["reminder"]
    actions.not_this_time(late.id, by=who(late))
    assert told(late.person_id) == []
    jobs.close_due(early.reply_by)

    rows = {
        (each.status, each.is_reminded, each.version, each.is_raised, each.is_counted)
        for each in (early, silent, late)
    }
    assert rows == {(OfferStatus.CLOSED, True, None, False, False)}
    assert [told(each.person_id) for each in (early, silent, late)] == [[], [], []]


def test_new_terms_are_reminded_of_alike(app: Flask, july: datetime) -> None:
    moved, more, hidden = agreed(july), agreed(july), agreed(july)
    first = move(moved, july)
    second = ask_more(more, july)
    deliver(second)
    scenes.keep_away(hidden.who, hidden.post, "paused")
    third = ask_more(hidden, july)
    deliver(third)
    jobs.remind(first.reply_by - DAY)
    assert told(moved.who.id) == told(more.who.id) == ["terms_reminder"]
    assert told(hidden.who.id) == []
    assert first.is_reminded == second.is_reminded == third.is_reminded is True
    answering.refuse(first.id, by=moved.who)
    assert told(moved.who.id) == []


def test_the_worker_does_it_at_a_fixed_time() -> None:
    assert {job.every for job in JOBS if job.name == "offers.remind"} == {EVERY_HOUR}
