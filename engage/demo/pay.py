"""The hours of a played history, and the money that was paid for them."""

from datetime import date, timedelta

from engage.core import calendar
from engage.core.db import db
from engage.demo.year import Year
from engage.engagements.models import Engagement
from engage.engagements.terms import agreed_sessions, terms_of
from engage.funding.models import Reservation
from engage.funding.rules import PayKind, Stage, seat_cents
from engage.hours import rules as hours
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import rules as ledger
from engage.ledger.actions import new_handle
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableKind, PayableStatus
from engage.opportunities.rules import is_story_near
from engage.people.models import Person
from engage.workload.models import StoryMark, WorkMinutes
from engage.workload.rules import Activity, Session, spread

PAID_AFTER, APPROVED_AFTER = 16, 6  # days since the session
LOOK_BACK = timedelta(days=110)


def log(year: Year) -> list[tuple[Payable, HoursEntry]]:
    """Hours of every past session; those that earned money, with what is owed."""
    owed = [pair for each in year.engagements for pair in _log_one(year, each)]
    db.session.flush()
    return owed


def _log_one(year: Year, engagement: Engagement) -> list[tuple[Payable, HoursEntry]]:
    owed, earned, paid = [], 0, 0
    sessions = agreed_sessions(engagement)
    for ordinal, session in enumerate(sessions, 1):
        for entry in _entries(year, engagement, session, ordinal):
            if not entry.cents:
                continue
            owed.append((_owe(year, engagement, entry), entry))
            earned += entry.cents
            paid += entry.cents if entry.status is HoursStatus.PAID else 0
    _hold_money(engagement, earned, paid)
    _hold_minutes(year, engagement, sessions)
    return owed


def _entries(
    year: Year, engagement: Engagement, session: Session, ordinal: int
) -> list[HoursEntry]:
    day = calendar.local_day(session.starts_at, engagement.person.zone)
    age = (year.now.date() - day).days
    if age < 1 or session.starts_at > year.now:
        return []
    made = [
        (Activity.PREPARATION, session.preparation),
        (Activity.SESSION, session.minutes),
        (Activity.TRAVEL, session.travel),
        (Activity.DEBRIEF, session.debrief),
    ]
    return [
        _entry(year, engagement, day, activity, minutes, ordinal, age)
        for activity, minutes in made
        if minutes
    ]


def _entry(
    year: Year,
    engagement: Engagement,
    day: date,
    activity: Activity,
    minutes: int,
    ordinal: int,
    age: int,
) -> HoursEntry:
    logged = calendar.local_moment_utc(day, 18 * 60, engagement.person.zone)
    logged += timedelta(hours=year.chance.randrange(1, 6))
    entry = HoursEntry(
        engagement=engagement,
        engagement_id=engagement.id,
        person=engagement.person,
        person_id=engagement.person_id,
        organization_id=engagement.organization_id,
        day=day,
        minutes=minutes,
        activity=activity,
        session_number=ordinal,
        logged_at=min(logged, year.now),
        submitted_at=min(logged, year.now),
        decides_itself_on=hours.approves_itself_on(day),
    )
    if age > APPROVED_AFTER:
        _decide(year, entry, engagement, ordinal, age)
    db.session.add(entry)
    _count(entry, engagement)
    return entry


def _decide(
    year: Year, entry: HoursEntry, engagement: Engagement, ordinal: int, age: int
) -> None:
    entry.status = HoursStatus.PAID if age > PAID_AFTER else HoursStatus.APPROVED
    entry.is_attested = year.chance.random() < 0.12
    decided = entry.logged_at + timedelta(days=year.chance.randrange(1, 5))
    entry.decided_at = min(decided, year.now)
    by = None
    if not entry.is_attested:
        by = year.chance.choice(year.cast.coordinators[engagement.organization_id])
        entry.decided_by_id = by.id
    entry.cents = hours.earned_cents(
        terms_of(engagement),
        entry.activity,
        entry.minutes,
        session_ordinal=ordinal if entry.activity is Activity.SESSION else None,
    )
    year.chains.add(
        "hours.approve",
        engagement.person.subject,
        f"hours_entry:{entry.uid}",
        by=by,
        at=entry.decided_at,
        role="coordinator" if by else "",
        organization_id=engagement.organization_id,
    )


def _owe(year: Year, engagement: Engagement, entry: HoursEntry) -> Payable:
    payee = payee_of(year, engagement.person, engagement.line.payer_id)
    organization = engagement.organization
    source = f"hours:{entry.uid}"
    kind = (
        PayableKind.HOURS
        if terms_of(engagement).pay is PayKind.HOURLY
        else PayableKind.STIPEND
    )
    db.session.add(
        Posting(
            kind=ledger.OWE,
            source=source,
            debit=ledger.expense(kind),
            credit=ledger.payable(payee.handle),
            cents=entry.cents,
            at=entry.decided_at,
        )
    )
    payable = Payable(
        kind=kind,
        source=source,
        payee=payee,
        payee_id=payee.id,
        payer_id=payee.payer_id,
        organization_id=organization.id,
        funding_line_id=engagement.funding_line_id,
        cents=entry.cents,
        worked_on=entry.day,
        due_on=hours.pay_due_on(
            entry.day,
            calendar.local_day(entry.logged_at, organization.zone),
            organization.pay_promise_days,
        ),
        approved_by_id=entry.decided_by_id,
        status=PayableStatus.WAITING,
    )
    db.session.add(payable)
    return payable


def payee_of(year: Year, person: Person, payer_id: int) -> Payee:
    """The person as one payer knows them; about a third are paid by check or card."""
    key = (person.id, payer_id)
    if key not in year.cast.payees:
        rail = "manual" if year.chance.random() < 0.3 else "demo"
        row = Payee(
            person_id=person.id, payer_id=payer_id, handle=new_handle(), rail=rail
        )
        year.cast.payees[key] = row
        db.session.add(row)
        db.session.flush()
    return year.cast.payees[key]


def _hold_money(engagement: Engagement, earned: int, paid: int) -> None:
    """Paid, approved, and what work still to come has reserved."""
    whole = seat_cents(terms_of(engagement))
    to_come = 0 if engagement.ended_on else max(0, whole - earned)
    held = (
        (Stage.PAID, paid),
        (Stage.APPROVED, earned - paid),
        (Stage.RESERVED, to_come),
    )
    for stage, cents in held:
        if cents:
            db.session.add(
                Reservation(
                    line_id=engagement.funding_line_id,
                    source=f"engagement:{engagement.uid}",
                    stage=stage,
                    cents=cents,
                )
            )
            engagement.line.balance_cents += cents


def _hold_minutes(year: Year, engagement: Engagement, sessions: list[Session]) -> None:
    agreed_on = calendar.local_day(engagement.agreed_at, engagement.person.zone)
    group = f"engagement:{engagement.uid}"
    post = engagement.opportunity
    if is_story_near(post.activity, post.story):
        db.session.add(StoryMark(group=group, person_id=engagement.person_id))
    db.session.add_all(
        WorkMinutes(
            person_id=engagement.person_id,
            day=piece.day,
            minutes=piece.minutes,
            activity=piece.activity,
            group=group,
            source=group,
        )
        for piece in spread(sessions, engagement.person.zone, agreed_on)
        if piece.day > year.now.date() - LOOK_BACK
    )


def _count(entry: HoursEntry, engagement: Engagement) -> None:
    db.session.add(
        WorkMinutes(
            person_id=entry.person_id,
            day=entry.day,
            minutes=entry.minutes,
            activity=entry.activity,
            group=f"engagement:{engagement.uid}",
            source=f"hours:{entry.uid}",
        )
    )
