"""Money at its edges: whoever leaves is paid, and one fault keeps nobody waiting."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock, jobs
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.engagements import actions as engagements
from engage.engagements import jobs as engagement_jobs
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.funding import queries as funding
from engage.funding.models import Reservation
from engage.funding.rules import PayKind, Stage
from engage.hours import jobs as hours_jobs
from engage.hours.rules import HoursStatus
from engage.offers import actions as offers
from engage.opportunities import actions as opportunities
from engage.opportunities.models import Opportunity
from engage.payouts import arriving
from engage.payouts import jobs as payout_jobs
from engage.payouts.models import Payout
from engage.payouts.rules import PayoutStatus
from engage.people.models import Person
from engage.workload.rules import Activity
from tests import make, scenes
from tests.hours.work import DAY, HOUR, agreed, approve, kept, log
from tests.payouts.conftest import _quick_demo as _quick_demo
from tests.payouts.owing import owed, released


def said_yes(
    now: datetime, *sessions: tuple[datetime, int]
) -> tuple[Opportunity, Engagement, Person]:
    """Work at $75 an hour on these days that one person agreed to."""
    post = scenes.posted(make.organization(), seats=1, sessions=sessions)
    (who,) = scenes.consultants(1)
    offer = make.offer(post, who)
    found = offers.accept(offer.id, counted=True, raised=False, by=who, now=now)
    return post, found, who


def reserved(engagement: Engagement) -> int:
    source = f"engagement:{engagement.uid}"
    return funding.held_cents(engagement.funding_line_id, source, Stage.RESERVED)


def test_the_leaver_keeps_the_money_of_the_session_that_was_held(
    app: Flask, july: datetime
) -> None:
    """Two sessions on one day: the long one was held, though the short sorts first."""
    morning = july + 21 * DAY
    sessions = (morning, 180), (morning + 5 * HOUR, 60)
    _, engagement, who = said_yes(july, *sessions)
    engagements.leave(engagement.id, by=who, now=morning + HOUR)
    preparation, debrief = 2 * 30, 15
    assert reserved(engagement) == (180 + preparation + debrief) * 75_00 // 60


def test_leaving_a_cancelled_post_keeps_the_pay_of_short_notice(
    app: Flask, july: datetime
) -> None:
    sessions = (july + 21 * DAY, 60), (july + 28 * DAY, 60)
    post, engagement, who = said_yes(july, *sessions)
    now = july + 20 * DAY
    opportunities.cancel(post.id, by=None, now=now)
    engagements.leave(engagement.id, by=who, now=now)
    engagement_jobs.finish_due(now)
    assert engagement.status is EngagementStatus.CANCELLED
    assert reserved(engagement) == (60 + 60 + 15) * 75_00 // 60


def test_money_waits_for_the_consultants_own_last_evening(
    app: Flask, july: datetime
) -> None:
    """It is the next day at the organization while the consultant may still log."""
    place = make.organization(zone="Pacific/Guam")
    work = agreed(july, place=place, person=make.consultant(zone="Pacific/Honolulu"))
    engagements.leave(work.engagement.id, by=work.person, now=july)
    left = kept(work, Stage.RESERVED)
    end = datetime.combine(work.engagement.ended_on, datetime.min.time(), july.tzinfo)
    evening = end + timedelta(days=31, hours=9)  # 23:00 on the last day in Honolulu
    assert hours_jobs.settle(evening) == 0
    assert hours_jobs.settle(evening + 2 * HOUR + DAY) == left > 0


def test_one_entry_without_money_leaves_the_others_attested(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first, second = log(work, 60), log(work, 60)
    with transaction():
        work.line.balance_cents = 75_00
        row = db.session.scalars(
            sa.select(Reservation).where(
                Reservation.source == f"engagement:{work.engagement.uid}"
            )
        ).one()
        row.cents = 75_00
    assert hours_jobs.approve_due(work.done + 30 * DAY) == 1
    statuses = {first.status, second.status}
    assert statuses == {HoursStatus.APPROVED, HoursStatus.SUBMITTED}


def test_preparation_on_an_empty_line_keeps_nobody_else_waiting(
    app: Flask, july: datetime
) -> None:
    works = [agreed(july, pay_kind=PayKind.SESSION_STIPEND, rate_cents=165_00)]
    works += [agreed(july, pay_kind=PayKind.SESSION_STIPEND, rate_cents=165_00)]
    now = july + 2 * DAY
    for work in works:
        entry = log(work, 30, activity=Activity.PREPARATION, day=now.date(), now=now)
        approve(work, entry, now=now)
        engagements.leave(work.engagement.id, by=work.person, now=now)
    with transaction():
        poor = works[0]
        poor.line.balance_cents = 0
        db.session.execute(
            sa.delete(Reservation).where(Reservation.line_id == poor.line.id)
        )
    with pytest.raises(Refused):
        hours_jobs.pay_preparation(now)
    assert kept(works[1], Stage.APPROVED) == 30_00


def test_a_payment_that_cannot_arrive_keeps_no_other_from_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = make.payer()
    released(payer, owed(payer), owed(payer))
    payout_jobs.send_due(clock.now())
    first, second = db.session.scalars(sa.select(Payout).order_by(Payout.id))
    whole = arriving.confirm

    def confirm(payout_id: int, *, now: datetime) -> None:
        if payout_id == first.id:
            raise RuntimeError
        whole(payout_id, now=now)

    monkeypatch.setattr(arriving, "confirm", confirm)
    later = clock.now() + HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(RuntimeError):
        payout_jobs.sweep(later)
    assert (first.status, second.status) == (PayoutStatus.SENT, PayoutStatus.PAID)


def test_every_item_has_its_turn_and_the_first_fault_is_told(app: Flask) -> None:
    seen: list[int] = []

    def act(number: int) -> int:
        seen.append(number)
        if number in (1, 3):
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="1"):
        jobs.for_each([1, 2, 3, 4], act)
    assert seen == [1, 2, 3, 4]
    assert jobs.for_each([2, 4], act) == [2, 4]


def test_held_money_is_read_afresh_under_the_lock(
    fresh_app: Flask, july: datetime
) -> None:
    """What another machine moved since the first look is not written over."""
    with fresh_app.app_context():
        line = make.funding_line(make.organization())
        make.save(
            Reservation(line_id=line.id, source="x:y", stage=Stage.PAID, cents=100)
        )
        row = funding.held(line.id, "x:y", Stage.PAID)
        assert row is not None
        assert row.cents == 100
        db.session.commit()
        with db.session.no_autoflush:
            row.cents  # noqa: B018 - loaded, and then changed by somebody else
            db.session.connection().execute(sa.update(Reservation).values(cents=300))
            assert funding.held_cents(line.id, "x:y", Stage.PAID) == 300
