"""New dates of agreed work: each needs a yes of its own, and nothing else is lost."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.engagements.models import EngagementSession, TermsVersion
from engage.engagements.rules import EngagementStatus, terms_hash
from engage.funding.rules import PayKind, Stage
from engage.notices.models import Notice
from engage.offers import actions, answering, jobs, moving
from engage.offers.rules import OfferStatus
from engage.opportunities import queries as opportunities
from engage.opportunities.models import WorkSession
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatStatus
from engage.workload.models import WorkLimits
from engage.workload.rules import OverLimit
from tests import make, scenes
from tests.offers.changing import (
    DAY,
    HOUR,
    ONE,
    PRICE,
    agreed,
    change_of,
    expected,
    kept,
    left,
    minutes,
    move,
    offer_of,
    sessions,
)


def test_the_old_day_is_off_at_once_and_the_new_one_waits(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first, second = sessions(work.engagement)
    change = move(work, july)

    assert sessions(work.engagement) == [second]
    assert minutes(work.group) == ONE
    assert kept(work) == 2 * PRICE
    assert change.status is OfferStatus.WAITING
    assert change.terms["sessions"][0]["starts_at"] == (first + DAY).isoformat()
    told = db.session.scalars(
        sa.select(Notice.kind).where(Notice.person_id == work.who.id)
    )
    assert "new_terms" in list(told)
    post = opportunities.by_id(work.post.id)
    assert post.version == 2
    assert min(each.starts_at for each in post.sessions) == first + DAY
    panel = db.session.get_one(Panel, post.panel_id)
    assert panel.first_session_on == (first + DAY).date()


def test_a_yes_is_a_version_with_days_minutes_and_money(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first, second = sessions(work.engagement)
    change = move(work, july)
    answering.accept(change.id, raised=False, by=work.who, now=july + DAY)

    assert sessions(work.engagement) == [first + DAY, second]
    assert expected(work.group) == 2 * PRICE
    assert minutes(work.group) == 2 * ONE
    assert kept(work) == 2 * PRICE
    versions = db.session.scalars(
        sa.select(TermsVersion).order_by(TermsVersion.version)
    ).all()
    assert [each.version for each in versions] == [1, 2]
    assert versions[1].terms == work.engagement.terms == change.terms
    assert work.engagement.terms_hash == terms_hash(change.terms)
    assert (change.status, change.is_done) == (OfferStatus.ACCEPTED, True)


def test_a_yes_passes_no_limit_without_the_persons_own_raise(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    change = move(work, july)
    limits = db.session.get_one(WorkLimits, work.who.id)
    limits.week_minutes = 60
    make.save(limits)
    with pytest.raises(OverLimit):
        answering.accept(change.id, raised=False, by=work.who, now=july + DAY)
    db.session.refresh(change)
    assert change.status is OfferStatus.WAITING
    answering.accept(change.id, raised=True, by=work.who, now=july + DAY)
    assert len(sessions(work.engagement)) == 2


def test_what_is_above_a_limit_already_asks_for_no_raise(
    app: Flask, july: datetime
) -> None:
    """One who lowered a limit below agreed work may move a day in another week."""
    work = agreed(july)
    limits = db.session.get_one(WorkLimits, work.who.id)
    limits.at_once = 0
    make.save(limits)
    change = move(work, july)
    answering.accept(change.id, raised=False, by=work.who, now=july + DAY)
    assert len(sessions(work.engagement)) == 2


@pytest.mark.parametrize("says_no", [True, False])
def test_who_cannot_come_keeps_the_seat_and_the_other_sessions(
    app: Flask, july: datetime, says_no: bool
) -> None:
    work = agreed(july)
    _, second = sessions(work.engagement)
    change = move(work, july)
    free = left(work)
    if says_no:
        answering.refuse(change.id, by=work.who)
    jobs.close_due(change.reply_by - HOUR)
    assert kept(work) == 2 * PRICE
    assert left(work) == free

    jobs.close_due(change.reply_by)
    assert sessions(work.engagement) == [second]
    assert work.engagement.status is EngagementStatus.AGREED
    seat = db.session.get_one(Seat, work.engagement.seat_id)
    assert (seat.status, seat.person_id) == (SeatStatus.HELD, work.who.id)
    # Preparation for the day that was lost may have been done, and is paid.
    prepared = 75_00 * 30 // 60
    assert kept(work) == PRICE + prepared
    assert left(work) == free + PRICE - prepared
    assert db.session.scalar(sa.select(sa.func.count(TermsVersion.id))) == 1
    with pytest.raises(Refused):
        answering.accept(change.id, raised=False, by=work.who, now=change.reply_by)


def test_a_day_moved_too_late_is_paid_to_who_cannot_come(
    app: Flask, july: datetime
) -> None:
    soon = july + DAY
    starts = ((soon, 60), (july + 28 * DAY, 60))
    work = agreed(july - 9 * DAY, sessions=starts, reply_by=july - 2 * DAY)
    change = move(work, july, to=july + 10 * DAY)
    assert change.is_paid
    assert sessions(work.engagement) == [starts[1][0]]

    jobs.close_due(change.reply_by)
    assert sessions(work.engagement) == [starts[1][0]]
    paid = db.session.scalars(
        sa.select(EngagementSession).where(sa.not_(EngagementSession.is_held))
    ).one()
    assert paid.starts_at == soon
    assert expected(work.group) == 2 * PRICE
    assert kept(work) == 2 * PRICE
    assert minutes(work.group) == ONE


def test_who_had_that_day_alone_gives_the_place_back(
    app: Flask, july: datetime
) -> None:
    work = agreed(july, sessions=((july + 21 * DAY, 60),), seats=1)
    change = move(work, july)
    jobs.close_due(change.reply_by)
    assert work.engagement.status is EngagementStatus.CANCELLED
    seat = db.session.get_one(Seat, work.engagement.seat_id)
    assert seat.person_id != work.who.id


def test_changed_words_ask_for_a_yes_and_old_ones_stay_good_without(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first = sessions(work.engagement)
    words = {"which": None, "starts_at": None, "lines": {"place": "Room 4."}}
    change = move(work, july, **words)
    assert sessions(work.engagement) == first
    assert work.engagement.terms["place"] == "By link."
    answering.accept(change.id, raised=False, by=work.who, now=july + DAY)
    assert work.engagement.terms["place"] == "Room 4."

    other = move(work, july + 2 * DAY, **{**words, "lines": {"place": "Room 5."}})
    jobs.close_due(other.reply_by)
    assert work.engagement.terms["place"] == "Room 4."
    assert len(sessions(work.engagement)) == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"version": 7}, "changed since"),
        ({"which": "gone"}, "from the list"),
        ({"reply_by": timedelta(hours=47)}, "48 hours"),
        ({"reply_by": timedelta(days=12)}, "at most"),
        ({"starts_at": timedelta(days=28, minutes=30)}, "overlap"),
        ({"starts_at": timedelta(days=4)}, "reply-by day"),
        ({"starts_at": timedelta(days=9)}, "asked until"),
        ({"which": None}, "Choose a session"),
        ({"lines": {"place": ""}}, "Give the place"),
        ({"starts_at": timedelta(days=500)}, "pays for work from"),
    ],
)
def test_what_cannot_be_moved_is_refused_in_words_and_undone(
    app: Flask, july: datetime, values: dict[str, object], words: str
) -> None:
    work = agreed(july)
    before = sessions(work.engagement)
    at = {
        name: july + value if isinstance(value, timedelta) else value
        for name, value in values.items()
    }
    with pytest.raises(Refused, match=words):
        move(work, july, **at)
    assert sessions(work.engagement) == before
    assert opportunities.by_id(work.post.id).version == 1


def test_one_change_at_a_time(app: Flask, july: datetime) -> None:
    work = agreed(july)
    change = move(work, july)
    answering.refuse(change.id, by=work.who)
    with pytest.raises(Refused, match="still answering"):
        move(work, july + DAY)
    jobs.close_due(change.reply_by)
    words = {"which": None, "starts_at": None, "lines": {"place": "Room 4."}}
    assert move(work, change.reply_by + HOUR, **words).id != change.id


def test_nothing_stays_of_a_move_whose_last_write_fails(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = agreed(july)
    before = sessions(work.engagement)
    starts = db.session.scalars(sa.select(WorkSession.starts_at)).all()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(moving.audit, "record", fail)
    with pytest.raises(RuntimeError):
        move(work, july)
    assert sessions(work.engagement) == before
    assert minutes(work.group) == 2 * ONE
    assert db.session.scalars(sa.select(WorkSession.starts_at)).all() == starts


def test_a_yes_is_undone_whole_when_its_last_write_fails(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = agreed(july)
    change = move(work, july)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(answering.audit, "record", fail)
    with pytest.raises(RuntimeError):
        answering.accept(change.id, raised=False, by=work.who, now=july + DAY)
    db.session.expire_all()
    assert change.status is OfferStatus.WAITING
    assert len(sessions(work.engagement)) == 1
    assert minutes(work.group) == ONE


def test_nobody_answers_for_another(app: Flask, july: datetime) -> None:
    work = agreed(july)
    change = move(work, july)
    for answer in (
        lambda who: answering.accept(change.id, raised=True, by=who, now=july),
        lambda who: answering.refuse(change.id, by=who),
    ):
        with pytest.raises(NotFound):
            answer(make.consultant())


def test_who_leaves_meanwhile_has_nothing_more_to_answer(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    change = move(work, july)
    engagements.leave(work.engagement.id, by=work.who, now=july + DAY)
    with pytest.raises(Refused):
        answering.accept(change.id, raised=False, by=work.who, now=july + DAY)
    jobs.close_due(change.reply_by)
    assert work.engagement.status is EngagementStatus.LEFT


def test_a_yes_on_condition_to_old_days_waits_until_it_is_said_again(
    app: Flask, july: datetime
) -> None:
    work = agreed(july, seats=3)
    who, other = scenes.consultants(2)
    offer = make.offer(work.post, who, version=1)
    # The counted person on the panel would settle it at once: nobody else counts yet.
    db.session.execute(sa.text("UPDATE count_choice SET is_counted = false"))
    said = {"counted": True, "raised": False, "by": who, "now": july}
    actions.accept_if_second(offer.id, **said)
    move(work, july)
    db.session.refresh(offer)
    assert offer.status is OfferStatus.CONDITIONAL
    assert minutes(f"offer:{offer.uid}") == 2 * ONE

    second = make.offer(work.post, other)
    now = july + HOUR
    actions.accept(second.id, counted=True, raised=False, by=other, now=now)
    db.session.refresh(offer)
    assert offer.status is OfferStatus.CONDITIONAL
    actions.accept_if_second(offer.id, **{**said, "now": now}, seen=2)
    assert offer_of(work.post, who).status is OfferStatus.ACCEPTED


def test_a_yes_to_a_page_with_old_days_is_refused(app: Flask, july: datetime) -> None:
    work = agreed(july, seats=3)
    who = scenes.consultants(1)[0]
    offer = make.offer(work.post, who, version=1)
    move(work, july)
    with pytest.raises(Refused, match="changed since"):
        actions.accept(
            offer.id, counted=True, raised=False, seen=1, by=who, now=july + HOUR
        )
    actions.accept(
        offer.id, counted=True, raised=False, seen=2, by=who, now=july + HOUR
    )


def test_pay_by_the_month_follows_the_days(app: Flask, july: datetime) -> None:
    starts = ((july + 12 * DAY, 60), (july + 14 * DAY, 60))
    work = agreed(
        july - 5 * DAY,
        sessions=starts,
        reply_by=july,
        pay_kind=PayKind.MONTH_STIPEND,
        rate_cents=200_00,
    )
    assert kept(work) == 200_00
    source = f"opportunity:{work.post.uid}"
    assert kept(work, Stage.SET_ASIDE, source) == 200_00
    post = opportunities.by_id(work.post.id)
    last = max(post.sessions, key=lambda each: each.starts_at)
    to = july + 24 * DAY
    change = move(work, july, which=last.uid, to=to)
    assert kept(work, Stage.SET_ASIDE, source) == 400_00
    answering.accept(change.id, raised=False, by=work.who, now=july + DAY)
    assert kept(work) == change.terms["seat_cents"] == 400_00
    assert kept(work, Stage.SET_ASIDE, change.source) == 0
    assert change_of(work.engagement).cents == 200_00
