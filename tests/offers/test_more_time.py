"""More time is a new ask: taken always, delivered where nothing is passed."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements.models import TermsVersion
from engage.funding.rules import PayKind, Stage
from engage.notices.models import Notice
from engage.offers import answering, jobs, more
from engage.offers.models import TermsChange
from engage.offers.rules import OfferStatus
from engage.workload.models import AskCount, WorkLimits
from engage.workload.rules import OverLimit
from tests import make, scenes
from tests.offers.changing import (
    DAY,
    HOUR,
    ONE,
    PRICE,
    Agreed,
    agreed,
    ask_more,
    deliver,
    kept,
    left,
    minutes,
    named,
    sessions,
)


def test_an_ask_writes_one_row_and_sets_its_money_aside(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    free = left(work)
    change = ask_more(work, july)
    assert (change.minutes, change.cents) == (ONE, PRICE)
    assert not change.is_delivered
    assert kept(work, Stage.SET_ASIDE, change.source) == PRICE
    assert left(work) == free - PRICE
    assert len(sessions(work.engagement)) == 2
    assert db.session.scalar(sa.select(sa.func.count(TermsChange.id))) == 1


def test_it_is_delivered_at_a_fixed_time_and_counted(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    change = ask_more(work, july)
    jobs.deliver(change.next_at - timedelta(minutes=1))
    db.session.refresh(change)
    assert not change.is_delivered
    with pytest.raises(NotFound):
        answering.accept(change.id, raised=False, by=work.who, now=july)
    deliver(change)
    assert change.is_delivered
    told = db.session.scalars(
        sa.select(Notice.kind).where(Notice.person_id == work.who.id)
    )
    assert "more_time" in list(told)
    counted = sa.select(AskCount.count).where(AskCount.person_id == work.who.id)
    assert db.session.scalars(counted).all() == [1]


def test_a_yes_brings_the_time_the_money_and_a_version(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    change = ask_more(work, july)
    now = deliver(change) + HOUR
    answering.accept(change.id, raised=False, by=work.who, now=now)
    assert len(sessions(work.engagement)) == 3
    assert minutes(work.group) == 3 * ONE
    assert kept(work) == 3 * PRICE == work.engagement.terms["seat_cents"]
    assert kept(work, Stage.SET_ASIDE, change.source) == 0
    numbers = db.session.scalars(
        sa.select(TermsVersion.version).order_by(TermsVersion.version)
    )
    assert list(numbers) == [1, 2]


def test_longer_sessions_and_more_preparation_count_alike(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first, _ = sessions(work.engagement)
    change = ask_more(work, july, added={}, longer={first: 90}, preparation_minutes=45)
    assert change.minutes == 30 + 2 * 15
    now = deliver(change) + HOUR
    answering.accept(change.id, raised=False, by=work.who, now=now)
    assert minutes(work.group) == 2 * ONE + 60
    assert kept(work) == 2 * PRICE + 75_00
    assert work.engagement.sessions[0].minutes == 90


@pytest.mark.parametrize("says_no", [True, False])
def test_without_a_yes_nothing_changes_and_the_money_is_free_at_the_end(
    app: Flask, july: datetime, says_no: bool
) -> None:
    work = agreed(july)
    free = left(work)
    change = ask_more(work, july)
    deliver(change)
    if says_no:
        answering.refuse(change.id, by=work.who)
    jobs.close_due(change.reply_by - HOUR)
    assert left(work) == free - PRICE
    jobs.close_due(change.reply_by)
    assert left(work) == free
    assert (kept(work), minutes(work.group)) == (2 * PRICE, 2 * ONE)
    assert (change.status, change.is_done) == (OfferStatus.CLOSED, True)


WHYS = (
    "at_limit",
    "paused",
    "filtered",
    "no_police",
    "enough_asks",
    "notice",
    "closed",
)


@pytest.mark.parametrize("why", WHYS)
def test_what_the_persons_own_wishes_keep_away_is_never_delivered(
    app: Flask, july: datetime, why: str
) -> None:
    work = agreed(july, make.consultant(), has_law_enforcement=True)
    scenes.keep_away(work.who, work.post, why)
    change = ask_more(work, july)
    deliver(change)
    assert not change.is_delivered
    assert change.status is OfferStatus.WAITING


def test_a_yes_passes_no_limit_without_the_persons_own_raise(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    change = ask_more(work, july)
    now = deliver(change) + HOUR
    limits = db.session.get_one(WorkLimits, work.who.id)
    limits.week_minutes = ONE - 5
    make.save(limits)
    with pytest.raises(OverLimit):
        answering.accept(change.id, raised=False, by=work.who, now=now)
    answering.accept(change.id, raised=True, by=work.who, now=now)
    assert minutes(work.group) == 3 * ONE


def over(work: Agreed, change: TermsChange) -> datetime:
    """It ended without a yes; the moment after."""
    deliver(change)
    jobs.close_due(change.reply_by)
    return change.reply_by + HOUR


def test_a_second_ask_soon_after_a_no_is_taken_and_not_delivered(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    now = over(work, ask_more(work, july))
    soon = ask_more(work, now)
    deliver(soon)
    assert not soon.is_delivered
    jobs.close_due(soon.reply_by)

    later = ask_more(work, now + 15 * DAY)
    deliver(later)
    assert later.is_delivered


def test_after_a_yes_nothing_has_to_cool(app: Flask, july: datetime) -> None:
    work = agreed(july)
    first = ask_more(work, july)
    now = deliver(first) + HOUR
    answering.accept(first.id, raised=False, by=work.who, now=now)
    second = ask_more(work, now, added={july + 42 * DAY: 60})
    deliver(second)
    assert second.is_delivered


def test_asks_by_name_and_for_more_time_count_together(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    db.session.execute(sa.text("DELETE FROM alias"))
    named(work, july)
    change = ask_more(work, july + HOUR)
    deliver(change)
    assert not change.is_delivered


def test_a_third_size_is_not_delivered(app: Flask, july: datetime) -> None:
    start = july
    work = agreed(july, sessions=((july + 80 * DAY, 60), (july + 90 * DAY, 60)))
    seen = []
    for number, size in enumerate((60, 90, 120)):
        now = start + number * 21 * DAY
        change = ask_more(work, now, added={july + 85 * DAY: size})
        over(work, change)
        seen.append(change.is_delivered)
    assert seen == [True, True, False]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"added": {}}, "Add a session"),
        ({"preparation_minutes": 10}, "not less"),
        ({"reply_by": timedelta(hours=20)}, "48 hours"),
        ({"reply_by": timedelta(days=12)}, "at most"),
        ({"added": timedelta(days=2)}, "reply-by day"),
        ({"added": timedelta(days=21, minutes=10)}, "overlap"),
        ({"added": timedelta(days=800)}, "two years"),
        ({"added": timedelta(days=500)}, "pays for work from"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    app: Flask, july: datetime, values: dict[str, object], words: str
) -> None:
    work = agreed(july)
    at = {
        name: july + value if isinstance(value, timedelta) else value
        for name, value in values.items()
    }
    if isinstance(at.get("added"), datetime):
        at["added"] = {at["added"]: 60}
    with pytest.raises(Refused, match=words):
        ask_more(work, july, **at)
    assert db.session.scalar(sa.select(sa.func.count(TermsChange.id))) == 0


def test_flat_pay_grows_by_sessions_alone(app: Flask, july: datetime) -> None:
    work = agreed(july, pay_kind=PayKind.SESSION_STIPEND, rate_cents=150_00)
    with pytest.raises(Refused, match="Flat pay"):
        ask_more(work, july, added={}, preparation_minutes=60)
    change = ask_more(work, july)
    assert change.cents == 150_00


@pytest.mark.parametrize("pay", [PayKind.HONORARIUM, PayKind.MONTH_STIPEND])
def test_one_amount_is_not_stretched(app: Flask, july: datetime, pay: PayKind) -> None:
    work = agreed(july, pay_kind=pay, rate_cents=300_00)
    with pytest.raises(Refused, match="one amount"):
        ask_more(work, july)


def test_one_ask_at_a_time_whatever_was_answered(app: Flask, july: datetime) -> None:
    work = agreed(july)
    change = ask_more(work, july)
    deliver(change)
    answering.refuse(change.id, by=work.who)
    with pytest.raises(Refused, match="still answering"):
        ask_more(work, july + DAY)


def test_the_line_has_to_have_the_money(app: Flask, july: datetime) -> None:
    line = make.funding_line(balance_cents=4 * PRICE + 10_00)
    work = agreed(july, line=line)
    with pytest.raises(Refused, match="funding line has"):
        ask_more(work, july)
    assert db.session.scalar(sa.select(sa.func.count(TermsChange.id))) == 0


def test_nothing_stays_of_an_ask_whose_last_write_fails(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = agreed(july)
    free = left(work)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(more.audit, "record", fail)
    with pytest.raises(RuntimeError):
        ask_more(work, july)
    assert left(work) == free
    assert db.session.scalar(sa.select(sa.func.count(TermsChange.id))) == 0
