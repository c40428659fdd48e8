from datetime import datetime

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import lock_one, transaction
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.funding import actions as funding
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.hours import agreed, deciding, queries, rules
from engage.hours.models import HoursEntry


def pay(uid: str, *, now: datetime) -> HoursEntry:
    """The entry that "hours:uid" names is paid; payouts tells and audits.

    Locks the funding line: a caller with locks of its own takes that one first.
    """
    return _turn(uid, "pay", Stage.APPROVED, Stage.PAID, now)


def reopen(uid: str, *, now: datetime) -> HoursEntry:
    """Its payment came back: approved and unpaid once more."""
    return _turn(uid, "reopen", Stage.PAID, Stage.APPROVED, now)


def _turn(
    uid: str, move: str, stage: Stage, to_stage: Stage, now: datetime
) -> HoursEntry:
    with transaction():
        entry = deciding.by_uid(uid)
        entry.status = rules.after(entry.status, move)
        source = engagements.group(entry.engagement)
        funding.move(
            entry.engagement.line,
            source=source,
            stage=stage,
            to_source=source,
            to_stage=to_stage,
            cents=entry.cents or 0,
            now=now,
        )
    return entry


def settle(engagement_id: int, *, now: datetime) -> int:
    """Free the money of an ended engagement that nothing can use any more; cents."""
    with transaction():
        line_id = deciding.line_id(engagement_id)
        line = lock_one(FundingLine, line_id)
        lock_one(Engagement, engagement_id)
        engagement = queries.engagement(engagement_id)
        zone = engagement.organization.zone
        ends = agreed.ends_on(
            queries.sessions_of(engagement, zone), engagement.ended_on
        )
        today = calendar.local_day(now, zone)
        if ends is None or not agreed.may_settle(
            ends, today, deciding.statuses(engagement_id)
        ):
            return 0
        cents = funding.release(
            line,
            source=engagements.group(engagement),
            stage=Stage.RESERVED,
            now=now,
        )
        if cents:
            audit.record(
                "hours.settle",
                subject=f"organization:{engagement.organization.uid}",
                thing=f"funding_line:{line.uid}",
                by=None,
                now=now,
                organization_id=engagement.organization_id,
            )
    return cents
