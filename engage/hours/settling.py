from datetime import datetime

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.funding import actions as funding
from engage.funding.models import FundingLine
from engage.funding.rules import Stage, preparation_cents
from engage.hours import agreed, agreements, deciding, decisions, queries, rules
from engage.hours.models import HoursEntry
from engage.ledger import actions as ledger
from engage.people.models import Person
from engage.workload import pay as pay_rows


def pay(entry_id: int, *, now: datetime) -> HoursEntry:
    """Its payment arrived; the caller holds the engagement and moves the money."""
    return _turn(entry_id, "pay")


def reopen(entry_id: int, *, now: datetime) -> HoursEntry:
    """Its payment came back: approved and unpaid once more."""
    with transaction():
        entry = _turn(entry_id, "reopen")
        pay_rows.came_back(f"hours:{entry.uid}")
    return entry


def _turn(entry_id: int, move: str) -> HoursEntry:
    with transaction() as session:
        entry = session.get_one(HoursEntry, entry_id)
        entry.status = rules.after(entry.status, move)
    return entry


def pay_preparation(entry_id: int, *, now: datetime) -> int:
    """Owe what was prepared for a session that will not be held; cents.

    Flat pay had covered it, until the early end took that session away.
    """
    with transaction():
        (entry,) = deciding.locked([entry_id])
        if entry.cents or not decisions.is_for_nothing(entry):
            return 0
        terms = engagements.terms_of(entry.engagement)
        paid = deciding.paid_minutes([entry.engagement_id])
        before = paid[entry.engagement_id, entry.activity]
        entry.cents = preparation_cents(terms, entry.minutes, before=before)
        if entry.cents:
            payer_id = entry.engagement.line.payer_id
            payee = ledger.payee_for(entry.person_id, payer_id)
            decisions.owe(entry, terms, payee, chosen={}, now=now)
            decisions.spend(entry.engagement, entry.cents, now=now)
            decisions.record("hours.preparation", [entry], by=None, now=now)
    return entry.cents


def forget_notes(engagement_id: int) -> int:
    """Erase the notes of work that was paid long ago; how many there were."""
    with transaction() as session:
        engagement = lock_one(Engagement, engagement_id)
        notes = session.scalars(
            sa.select(HoursEntry).where(
                HoursEntry.engagement_id == engagement.id,
                HoursEntry.note_sealed.is_not(None),
            )
        ).all()
        for entry in notes:
            entry.note_sealed = None
    return len(notes)


def settle(engagement_id: int, *, now: datetime) -> int:
    """Free the money of an ended engagement that nothing can use any more; cents."""
    with transaction():
        line_id = deciding.line_id(engagement_id)
        line = lock_one(FundingLine, line_id)
        lock_one(Engagement, engagement_id)
        engagement = queries.engagement(engagement_id)
        # Until their own midnight the consultant may log, wherever the payer is.
        zone = db.session.get_one(Person, engagement.person_id).zone
        ends = agreed.ends_on(
            agreements.sessions_of(engagement, zone), engagement.ended_on
        )
        today = calendar.local_day(now, zone)
        if ends is None or not agreed.may_settle(
            ends, today, deciding.statuses(engagement_id)
        ):
            return 0
        pay_rows.no_longer(engagements.group(engagement))
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
