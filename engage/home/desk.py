"""What the first pages of staff show: counts and dates, never a consultant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core.access import Role
from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.queries import shown
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.organizations.rules import OrganizationStatus
from engage.panels.models import Panel, VoiceFlag
from engage.panels.rules import FlagStatus, VoiceState
from engage.payouts.models import Payout, PayoutBatch
from engage.people.models import Membership, Person, TrainingRecord
from engage.people.rules import PersonKind, PersonStatus

FLAGS = 6

Figures = dict[tuple[str, str], tuple[int, date | None]]


class Flag(NamedTuple):
    panel_uid: str
    panel: str
    state: VoiceState
    plan_by: date | None


@dataclass(frozen=True)
class Coordination:
    """Opportunities by state, hours that wait, panels that ask for a look."""

    posts: dict[str, int]
    hours: int
    decides_on: date | None
    is_trained: bool
    flags: list[Flag] = field(default_factory=list)


def coordination(
    person_id: int, places: Collection[int], now: datetime
) -> Coordination:
    """In two statements. Hours of a name that is still kept back are not counted."""
    today = now.date()
    found = _figures(
        _count("post", Opportunity.status, Opportunity.id)
        .where(Opportunity.organization_id.in_(places))
        .group_by(Opportunity.status),
        _count(
            "hours", "waiting", HoursEntry.id, sa.func.min(HoursEntry.decides_itself_on)
        )
        .join(Engagement, Engagement.id == HoursEntry.engagement_id)
        .where(
            HoursEntry.organization_id.in_(places),
            HoursEntry.status == HoursStatus.SUBMITTED,
            shown(now),
        ),
        _count("training", "valid", TrainingRecord.id).where(
            TrainingRecord.person_id == person_id, TrainingRecord.ends_on >= today
        ),
    )
    return Coordination(
        posts={
            state: number
            for (kind, state), (number, _) in found.items()
            if kind == "post"
        },
        hours=found["hours", "waiting"][0],
        decides_on=found["hours", "waiting"][1],
        is_trained=found["training", "valid"][0] > 0,
        flags=_flags(places),
    )


def _flags(places: Collection[int]) -> list[Flag]:
    """Raised ones that were told, those that wait longest first."""
    rows = db.session.execute(
        sa.select(Panel.uid, Panel.name, VoiceFlag.state, VoiceFlag.plan_by)
        .join(VoiceFlag, VoiceFlag.panel_id == Panel.id)
        .where(
            Panel.organization_id.in_(places),
            Panel.ended_on.is_(None),
            VoiceFlag.status == FlagStatus.RAISED,
            VoiceFlag.told_at.is_not(None),
        )
        .order_by(VoiceFlag.raised_at, VoiceFlag.id)
        .limit(FLAGS + 1)
    )
    return [Flag(*row) for row in rows]


@dataclass(frozen=True)
class Paying:
    """What to release, what is late, what needs a person."""

    to_release: int
    waiting: int
    next_on: date | None
    late: int
    late_since: date | None
    payouts: dict[str, int]  # by state; those that a person pays begin with "hand_"

    def count(self, *states: str) -> int:
        return sum(self.payouts.get(state, 0) for state in states)


def paying(person_id: int, payers: Collection[int], today: date) -> Paying:
    """In one statement; a run that the person prepared is for another to release."""
    unpaid = sa.and_(
        Payable.payer_id.in_(payers),
        Payable.status != PayableStatus.PAID,
        Payable.pay_cents > 0,
    )
    is_late = Payable.due_on < today
    state = sa.case((Payout.rail == "manual", "hand_"), else_="").concat(
        sa.cast(Payout.status, sa.String)
    )
    found = _figures(
        _count("batch", "draft", PayoutBatch.id).where(
            PayoutBatch.payer_id.in_(payers),
            PayoutBatch.status == "draft",
            PayoutBatch.prepared_by_id != person_id,
        ),
        _count("payable", "waiting", Payable.id, sa.func.min(Payable.due_on)).where(
            unpaid, Payable.status == PayableStatus.WAITING
        ),
        _count("payable", "late", Payable.id, sa.func.min(Payable.due_on)).where(
            unpaid, is_late
        ),
        _count("payout", state, Payout.id)
        .join(PayoutBatch, PayoutBatch.id == Payout.batch_id)
        .where(PayoutBatch.payer_id.in_(payers))
        .group_by(state),
    )
    return Paying(
        to_release=found["batch", "draft"][0],
        waiting=found["payable", "waiting"][0],
        next_on=found["payable", "waiting"][1],
        late=found["payable", "late"][0],
        late_since=found["payable", "late"][1],
        payouts={
            state: number
            for (kind, state), (number, _) in found.items()
            if kind == "payout"
        },
    )


@dataclass(frozen=True)
class House:
    """Counts for the administrator; of consultants not even how many there are."""

    organizations: int
    payers: int
    staff: int
    without_role: int


def house() -> House:
    """In one statement."""
    active = sa.and_(
        Person.kind == PersonKind.STAFF, Person.status == PersonStatus.ACTIVE
    )
    has_role = (
        sa.select(Membership.id)
        .where(Membership.person_id == Person.id, Membership.ended_on.is_(None))
        .exists()
    )
    place = Organization.status == OrganizationStatus.ACTIVE
    found = _figures(
        _count("place", "all", Organization.id).where(place),
        _count("place", "payer", Organization.id).where(place, Organization.is_payer),
        _count("staff", "all", Person.id).where(active),
        _count("staff", "none", Person.id).where(
            active, ~has_role, ~Person.is_administrator
        ),
    )
    return House(
        organizations=found["place", "all"][0],
        payers=found["place", "payer"][0],
        staff=found["staff", "all"][0],
        without_role=found["staff", "none"][0],
    )


def uncoordinated() -> Sequence[Organization]:
    """Organizations whose last coordinator has gone, so that nobody is told there."""
    all_who_did = sa.select(Membership.organization_id).where(
        Membership.role == Role.COORDINATOR
    )
    all_who_do = all_who_did.join(Person, Person.id == Membership.person_id).where(
        Membership.ended_on.is_(None), Person.status == PersonStatus.ACTIVE
    )
    return db.session.scalars(
        sa.select(Organization)
        .where(
            Organization.status == OrganizationStatus.ACTIVE,
            Organization.id.in_(all_who_did),
            Organization.id.not_in(all_who_do),
        )
        .order_by(Organization.name)
    ).all()


def _count(
    kind: str, state: Any, counted: Any, earliest: Any = None
) -> sa.Select[tuple[str, str, int, date]]:
    """One part of `_figures`: (kind, state, how many, the earliest day or NULL)."""
    word = sa.literal(state) if isinstance(state, str) else sa.cast(state, sa.String)
    day = sa.cast(sa.null(), sa.Date) if earliest is None else earliest
    return sa.select(sa.literal(kind), word, sa.func.count(counted), day)


def _figures(*parts: sa.Select[Any]) -> Figures:
    """Many counts in one statement."""
    whole = sa.union_all(*parts).subquery()
    kind, state, number, day = whole.c
    rows = db.session.execute(
        sa.select(kind, state, number, sa.type_coerce(day, sa.Date))
    )
    return {(row[0], row[1]): (int(row[2]), row[3]) for row in rows}
