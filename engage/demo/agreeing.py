"""A yes of a played history, with all the rows a yes leaves."""

from datetime import UTC, datetime, timedelta

from engage.core import calendar
from engage.core.db import db
from engage.demo import words
from engage.demo.cast import Cast
from engage.demo.year import Year
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.rules import EngagementStatus, status_on, terms_hash
from engage.engagements.terms import freeze
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Seat
from engage.people.models import Alias, Person

OFFERED = (  # topics that somebody offers; each kind of work finds some of them
    ("boards", "services", "training"),
    ("boards", "health", "peers"),
    ("services", "training", "work"),
    ("courts", "immigration", "boards"),
    ("health", "training", "youth"),
    ("outreach", "peers", "services"),
)


def status_of(opportunity: Opportunity, now: datetime) -> EngagementStatus:
    """Where work with these sessions stands at a moment."""
    zone = opportunity.organization.zone
    days = [calendar.local_day(each.starts_at, zone) for each in opportunity.sessions]
    today = calendar.local_day(now, zone)
    return status_on(EngagementStatus.AGREED, days[0], days[-1], today)


def agree(
    year: Year, opportunity: Opportunity, person: Person, seat: Seat | None
) -> None:
    organization = opportunity.organization
    alias_of(year.cast, person, organization)
    posted = opportunity.posted_at or year.now
    agreed = posted + timedelta(hours=year.chance.randrange(30, 160))
    frozen = freeze(opportunity, organization, agreed)
    status = status_of(opportunity, year.now)
    last = calendar.local_day(opportunity.sessions[-1].starts_at, organization.zone)
    row = Engagement(
        opportunity=opportunity,
        organization=organization,
        person=person,
        organization_id=organization.id,
        person_id=person.id,
        seat_id=seat.id if seat else None,
        line=opportunity.line,
        funding_line_id=opportunity.funding_line_id,
        status=status,
        agreed_at=agreed,
        terms=frozen,
        terms_hash=terms_hash(frozen),
        shown_from=opportunity.reply_by,
        ended_on=last if status is EngagementStatus.FINISHED else None,
    )
    row.sessions = [
        EngagementSession(starts_at=each.starts_at, minutes=each.minutes)
        for each in opportunity.sessions
    ]
    db.session.add(row)
    year.engagements.append(row)
    _count_asks(year, posted, person)
    _trace(year, row, is_counted=person.counts_by_default and seat is not None)


def _trace(year: Year, row: Engagement, *, is_counted: bool) -> None:
    """The offer that was accepted, and the entry in the consultant's own chain."""
    db.session.add(
        Offer(
            opportunity=row.opportunity,
            person=row.person,
            status=OfferStatus.ACCEPTED,
            reply_by=row.opportunity.reply_by,
            is_counted=is_counted,
            engagement=row,
        )
    )
    year.chains.add(
        "engagement.agree",
        row.person.subject,
        f"engagement:{row.uid}",
        by=row.person,
        at=row.agreed_at.astimezone(UTC),
        organization_id=row.organization_id,
    )


def _count_asks(year: Year, posted: datetime, accepted: Person) -> None:
    """Three people were asked for each yes; a count a day is all that stays of it."""
    if year.now - posted > timedelta(days=90):
        return
    for person in {accepted, *year.chance.choices(year.cast.consultants, k=2)}:
        key = (person.id, (posted + timedelta(days=1)).date())
        year.asks[key] = year.asks.get(key, 0) + 1


def alias_of(cast: Cast, person: Person, organization: Organization) -> Alias:
    """The name one organization knows somebody by; another one knows another."""
    key = (person.id, organization.id)
    if key not in cast.aliases:
        name = words.WORKING_NAMES[(person.id + organization.id) % 24]
        number = len(cast.aliases) + 1
        offered = OFFERED[person.id % len(OFFERED)]
        cast.aliases[key] = Alias(
            person_id=person.id,
            organization_id=organization.id,
            name=f"{name} {number}",
            is_open=True,
            is_listed=True,
            topics=",".join(offered),
            languages="english,spanish" if person.language == "es" else "english",
        )
        db.session.add(cast.aliases[key])
    return cast.aliases[key]
