"""What a second look at new terms found: money kept, days held, work not ended."""

from datetime import datetime

import pytest
from flask import Flask

from engage.core.db import db
from engage.engagements import actions as engagements
from engage.engagements import jobs as engagement_jobs
from engage.engagements.rules import EngagementStatus
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.offers import answering, jobs
from engage.offers.models import TermsChange
from engage.opportunities import actions as posts
from tests import make
from tests.offers.changing import (
    DAY,
    HOUR,
    ONE,
    PRICE,
    Agreed,
    agreed,
    ask_more,
    deliver,
    expected,
    kept,
    left,
    minutes,
    move,
    sessions,
)


def test_work_does_not_end_while_its_last_day_waits_for_an_answer(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first, second = sessions(work.engagement)
    now = first + DAY
    change = move(work, now, to=second + DAY)
    engagement_jobs.finish_due(now + 2 * DAY)
    db.session.refresh(work.engagement)
    assert work.engagement.status is EngagementStatus.UNDER_WAY
    answering.accept(change.id, raised=False, by=work.who, now=now + 3 * DAY)
    assert sessions(work.engagement) == [first, second + DAY]


def test_work_ends_once_nobody_came_to_its_new_last_day(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first, second = sessions(work.engagement)
    change = move(work, first + DAY, to=second + DAY)
    jobs.close_due(change.reply_by)
    engagement_jobs.finish_due(change.reply_by)
    db.session.refresh(work.engagement)
    assert work.engagement.status is EngagementStatus.FINISHED


def test_more_time_asked_near_the_end_can_be_agreed_after_it(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    _, last = sessions(work.engagement)
    now = last - DAY
    change = ask_more(work, now, added={last + 14 * DAY: 60})
    deliver(change)
    engagement_jobs.finish_due(last + 2 * DAY)
    answering.accept(change.id, raised=False, by=work.who, now=last + 2 * DAY)
    assert len(sessions(work.engagement)) == 3


def _moved_too_late(july: datetime) -> tuple[Agreed, TermsChange]:
    soon = july + DAY
    starts = ((soon, 60), (july + 28 * DAY, 60))
    work = agreed(july - 9 * DAY, sessions=starts, reply_by=july - 2 * DAY)
    change = move(work, july, to=july + 10 * DAY)
    assert change.is_paid
    return work, change


@pytest.mark.parametrize("how", ["leave", "cancel"])
def test_pay_of_a_day_moved_too_late_stays_kept_when_the_work_ends(
    app: Flask, july: datetime, how: str
) -> None:
    work, change = _moved_too_late(july)
    if how == "leave":
        engagements.leave(work.engagement.id, by=work.who, now=july + HOUR)
    else:
        posts.cancel(work.post.id, by=work.by, now=july + HOUR)
        engagements.cancel(work.engagement.id, now=july + HOUR)
    line = db.session.get_one(FundingLine, work.engagement.funding_line_id)
    line.balance_cents -= left(work)
    make.save(line)
    jobs.close_due(july + 5 * DAY)
    assert kept(work) == PRICE + 75_00 * 30 // 60
    assert kept(work, Stage.SET_ASIDE, change.source) == 0


def test_a_day_once_lost_can_be_asked_for_again(app: Flask, july: datetime) -> None:
    work = agreed(july)
    first, second = sessions(work.engagement)
    change = move(work, july)
    jobs.close_due(change.reply_by)
    again = ask_more(work, change.reply_by + HOUR, added={first: 60})
    answering.accept(again.id, raised=False, by=work.who, now=deliver(again))
    assert sessions(work.engagement) == [first, second]
    assert (kept(work), minutes(work.group)) == (2 * PRICE, 2 * ONE)


def test_another_session_may_move_to_a_day_once_lost(
    app: Flask, july: datetime
) -> None:
    work = agreed(july)
    first, second = sessions(work.engagement)
    lost = move(work, july, to=second + 7 * DAY)
    jobs.close_due(lost.reply_by)
    now = lost.reply_by + HOUR
    change = move(work, now, to=first)
    assert sessions(work.engagement) == []
    answering.accept(change.id, raised=False, by=work.who, now=now)
    assert sessions(work.engagement) == [first]
    assert minutes(work.group) == ONE


@pytest.mark.parametrize("how", ["leave", "cancel"])
def test_pay_of_work_that_is_off_is_not_expected_any_more(
    app: Flask, july: datetime, how: str
) -> None:
    """Two sessions on one day, and an end between them."""
    starts = ((july + 9 * DAY, 60), (july + 9 * DAY + 5 * HOUR, 60))
    work = agreed(july, sessions=starts, reply_by=july + 5 * DAY)
    now = july + 9 * DAY + HOUR
    if how == "leave":
        engagements.leave(work.engagement.id, by=work.who, now=now)
        assert expected(work.group) == PRICE
    else:
        posts.cancel(work.post.id, by=work.by, now=july + 6 * DAY)
        engagements.cancel(work.engagement.id, now=july + 6 * DAY)
        assert expected(work.group) == len(sessions(work.engagement)) * PRICE


def test_pay_follows_whoever_moved_house_and_left(app: Flask, july: datetime) -> None:
    """A day that began yesterday there is today here: it is not expected twice."""
    work = agreed(july, make.consultant(zone="Asia/Tokyo"))
    work.who.zone = "Pacific/Honolulu"
    make.save(work.who)
    first, _ = sessions(work.engagement)
    engagements.leave(work.engagement.id, by=work.who, now=first + HOUR)
    assert expected(work.group) == PRICE
