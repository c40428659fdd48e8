"""Preparation for a day that was moved away is paid, also where pay is flat."""

from datetime import datetime, timedelta

import pytest

from engage.core.db import db
from engage.funding.rules import PayKind, Stage
from engage.hours import jobs
from engage.offers import jobs as offers
from engage.offers import moving
from engage.opportunities import queries as opportunities
from engage.workload.rules import Activity
from tests.hours.work import agreed, approve, kept, log

pytestmark = pytest.mark.usefixtures("app")
DAY = timedelta(days=1)


def test_preparation_for_a_lost_day_is_paid_beside_flat_pay(july: datetime) -> None:
    flat = {"pay_kind": PayKind.SESSION_STIPEND, "rate_cents": 150_00}
    work = agreed(july, minutes=(60, 60), reply_by=july + 2 * DAY, **flat)
    entry = log(
        work, 30, activity=Activity.PREPARATION, day=july.date() + DAY, now=july + DAY
    )
    approve(work, entry, now=july + DAY)
    assert (entry.cents, entry.session_number) == (0, 1)

    post = opportunities.by_id(work.engagement.opportunity_id)
    first = min(post.sessions, key=lambda each: each.starts_at)
    now = july + DAY
    until = now + 3 * DAY
    moving.move(
        post.id,
        version=post.version,
        which=first.uid,
        starts_at=first.starts_at + DAY,
        lines={},
        reply_by=until,
        by=work.coordinator,
        now=now,
    )
    jobs.pay_preparation(until - timedelta(hours=1))
    db.session.refresh(entry)
    assert entry.cents == 0

    offers.close_due(until)
    jobs.pay_preparation(until)
    db.session.refresh(entry)
    # Half an hour of the hour and three quarters that the fixed amount was for.
    assert entry.cents == round(150_00 * 30 / 105)
    assert kept(work, Stage.APPROVED) == entry.cents
    assert kept(work, Stage.RESERVED) == 150_00
    assert entry.engagement.status == "agreed"
