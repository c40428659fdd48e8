"""What a consultant's first page shows, in a fixed number of statements."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.rules import LIVE
from engage.ledger import given_up
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.offers import change_queries
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.payouts.models_accounts import PayeeAccount
from engage.people.models import Person
from engage.workload import queries as workload
from engage.workload import rules as room
from engage.workload.effects import Space, month_space, week_space

COMING = 3
MOST_SESSIONS = 40


class Session(NamedTuple):
    """An agreed session: when, how long, and what `Show` adds to it."""

    starts_at: datetime
    minutes: int
    uid: str
    title: str
    organization: str


@dataclass(frozen=True)
class Week:
    """This week and what follows it, in the consultant's own zone and week."""

    sessions: list[Session]
    coming: list[Session]
    week: Space
    month: Space
    weeks: list[room.Effect]
    is_paused: bool

    @property
    def minutes(self) -> int:
        return sum(session.minutes for session in self.sessions)


def week(person: Person, now: datetime) -> Week:
    """What is agreed this week, what comes next and the room left: 3 statements."""
    standing = workload.own_load(person.id, now)
    today = calendar.local_day(now, standing.zone)
    this_week = calendar.week_of(today, standing.first_weekday)
    begin = calendar.local_midnight_utc(this_week[0], standing.zone)
    end = calendar.end_of_local_day_utc(this_week[1], standing.zone)
    sessions = _sessions(person.id, begin)
    return Week(
        sessions=[each for each in sessions if each.starts_at < end],
        coming=[each for each in sessions if each.starts_at >= end][:COMING],
        week=week_space(standing.load, standing.limits, this_week),
        month=month_space(standing.load, standing.limits, calendar.month_of(today)),
        weeks=workload.next_weeks(standing, now, 4),
        is_paused=standing.pause is not None and room.is_paused(standing.pause, today),
    )


# The page that is opened most: its statements are built once.
SESSIONS = (
    sa.select(
        EngagementSession.starts_at,
        EngagementSession.minutes,
        Engagement.uid,
        Opportunity.title,
        Organization.name,
    )
    .join(EngagementSession.engagement)
    .join(Engagement.opportunity)
    .join(Organization, Organization.id == Engagement.organization_id)
    .where(
        Engagement.person_id == sa.bindparam("person_id"),
        Engagement.status.in_(LIVE),
        EngagementSession.starts_at >= sa.bindparam("begin"),
        EngagementSession.is_held,
    )
    .order_by(EngagementSession.starts_at, EngagementSession.id)
    .limit(MOST_SESSIONS)
)
CHANGES = change_queries.waiting_of(sa.bindparam("person_id"), sa.bindparam("now"))
REQUESTS = (
    sa.select(sa.func.count(Offer.id) + CHANGES.scalar_subquery())
    .join(Offer.opportunity)
    .where(
        Offer.person_id == sa.bindparam("person_id"),
        Offer.status.in_([OfferStatus.WAITING, OfferStatus.CONDITIONAL]),
        Offer.reply_by > sa.bindparam("now"),
        Opportunity.status == OpportunityStatus.POSTED,
    )
)


def _next_change() -> sa.Subquery:
    """The first change of where somebody is paid that still waits."""
    is_own = Payee.person_id == sa.bindparam("person_id")
    now = sa.bindparam("now")
    rails = sa.select(Payee.rail_from.label("at"), Payee.uid).where(
        is_own, Payee.rail_from > now
    )
    accounts = (
        sa.select(PayeeAccount.usable_from.label("at"), Payee.uid)
        .join(Payee, Payee.id == PayeeAccount.payee_id)
        .where(is_own, PayeeAccount.usable_from > now, PayeeAccount.closed_at.is_(None))
    )
    both = sa.union_all(rails, accounts).subquery()
    return sa.select(both).order_by(both.c.at).limit(1).subquery()


CHANGE = _next_change()
ONE_ROW = sa.select(sa.literal(1).label("one")).subquery()
WAITING = sa.select(REQUESTS.scalar_subquery(), CHANGE.c.at, CHANGE.c.uid).select_from(
    ONE_ROW.outerjoin(CHANGE, sa.true())
)


def _sessions(person_id: int, begin: datetime) -> list[Session]:
    rows = db.session.execute(SESSIONS, {"person_id": person_id, "begin": begin})
    return [Session(*row) for row in rows]


class Waiting(NamedTuple):
    """How many requests may be answered now, new terms with them; and when money goes
    another way next, of which payee: whoever did not choose that has to see it here."""

    requests: int
    change_at: datetime | None
    change_uid: str | None


def waiting(person_id: int, now: datetime) -> Waiting:
    row = db.session.execute(WAITING, {"person_id": person_id, "now": now}).one()
    return Waiting(*row)


class Pay(NamedTuple):
    """Cents on their way to the person, the next day promised, and cents paid."""

    owed_cents: int
    next_on: date | None
    paid_cents: int


def pay(person_id: int) -> Pay:
    """Sums for *Show*, over every payer."""
    off = given_up.off()
    left = sa.case(
        (Payable.status == PayableStatus.PAID, Payable.cents - given_up.cents_of(off)),
        else_=Payable.pay_cents,
    )
    rows = db.session.execute(
        sa.select(Payable.status, sa.func.sum(left), sa.func.min(Payable.due_on))
        .join(Payable.payee)
        .outerjoin(off, given_up.is_of(off))
        .where(Payee.person_id == person_id, Payable.pay_cents > 0)
        .group_by(Payable.status)
    )
    found = {status: (int(cents), due_on) for status, cents, due_on in rows}
    owed = [found[one] for one in found if one != PayableStatus.PAID]
    return Pay(
        owed_cents=sum(cents for cents, _ in owed),
        next_on=min((due_on for _, due_on in owed), default=None),
        paid_cents=found.get(PayableStatus.PAID, (0, None))[0],
    )
