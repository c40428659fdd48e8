"""Plain builders: valid rows by default, arguments for what matters in the test.

All need an open app context; each commits, so that the next request sees the row.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from engage.core import clock
from engage.core.db import Base, transaction
from engage.engagements.models import Engagement, EngagementSession
from engage.funding.models import FundingLine, LineUse
from engage.funding.rules import CostCategory
from engage.hours.models import HoursEntry
from engage.offers.models import Offer
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    ProjectStage,
    WorkActivity,
)
from engage.organizations.models import Organization
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatKind, SeatRole, SeatStatus
from engage.people.models import Alias, Membership, Person, TrainingRecord
from engage.people.rules import PersonKind
from engage.workload.models import WorkLimits
from engage.workload.rules import Activity

_numbers: Iterator[int] = count(1)
Kind = TypeVar("Kind", bound=Base)
ZONE = "America/New_York"
DAY = timedelta(days=1)


def save(row: Kind) -> Kind:
    """Add and commit."""
    with transaction() as session:
        session.add(row)
    return row


def organization(name: str = "", **values: Any) -> Organization:
    name = name or f"Task force {next(_numbers)}"
    return save(Organization(name=name, **{"zone": ZONE, **values}))


def payer(**values: Any) -> Organization:
    return organization(f"Fiscal agent {next(_numbers)}", is_payer=True, **values)


def person(kind: PersonKind, name: str = "", **values: Any) -> Person:
    """Nobody can sign in with the password: use the `sign_in` fixture."""
    values = {"password_hash": "none", "created_on": clock.today(ZONE), **values}
    person = Person(kind=kind, **{"zone": ZONE, **values})
    person.sign_in_name = name or f"{kind}{next(_numbers)}"
    return save(person)


def consultant(name: str = "", **values: Any) -> Person:
    return person(PersonKind.CONSULTANT, name, **values)


def staff(*roles: tuple[str, Organization], **values: Any) -> Person:
    """A member of staff with (role, organization) memberships, and valid training.

    They are here for some weeks: long enough to be the second of two.
    """
    values.setdefault("created_on", clock.today(ZONE) - 60 * DAY)
    values.setdefault("staff_name", f"Staff {next(_numbers)}")
    member = person(PersonKind.STAFF, **values)
    for role, place in roles:
        save(Membership(person_id=member.id, organization_id=place.id, role=role))
    training(member)
    return member


def coordinator(place: Organization, **values: Any) -> Person:
    return staff(("coordinator", place), **values)


def finance(place: Organization, **values: Any) -> Person:
    return staff(("finance", place), **values)


def administrator(**values: Any) -> Person:
    return staff(is_administrator=True, **values)


def training(member: Person, ends_on: date | None = None) -> TrainingRecord:
    ends_on = ends_on or clock.today(ZONE) + 365 * DAY
    title = "Trauma-informed practice"
    return save(TrainingRecord(person_id=member.id, title=title, ends_on=ends_on))


def alias(of: Person, place: Organization, name: str = "", **values: Any) -> Alias:
    name = name or f"Juniper {next(_numbers)}"
    return save(Alias(person_id=of.id, organization_id=place.id, name=name, **values))


def limits(of: Person, **values: Any) -> WorkLimits:
    """Limits in minutes and counts; what is not named has no limit."""
    return save(WorkLimits(person_id=of.id, **values))


def funding_line(
    *used_by: Organization, payer: Organization | None = None, **values: Any
) -> FundingLine:
    """A line of $100,000 that runs from half a year ago to next year."""
    today = clock.today(ZONE)
    fields = {
        "name": f"Line {next(_numbers)}",
        "award_reference": "AWARD-1",
        "cost_category": CostCategory.CONSULTANT,
        "starts_on": today - 180 * DAY,
        "ends_on": today + 365 * DAY,
        "balance_cents": 100_000_00,
        **values,
    }
    payer = payer or organization(is_payer=True)
    line = save(FundingLine(payer_id=payer.id, **fields))
    for place in used_by:
        save(LineUse(line_id=line.id, organization_id=place.id))
    return line


def panel(place: Organization, **values: Any) -> Panel:
    values = {"name": f"Group {next(_numbers)}", "created_at": clock.now(), **values}
    return save(Panel(organization_id=place.id, **values))


def seat(of: Panel, held_by: Person | None = None, **values: Any) -> Seat:
    """A survivor seat: open, or held by a person."""
    status = SeatStatus.HELD if held_by else SeatStatus.OPEN
    held = {
        "kind": SeatKind.SURVIVOR,
        "role": SeatRole.MEMBER,
        "status": status,
        "person_id": held_by and held_by.id,
    }
    return save(Seat(panel_id=of.id, **{**held, **values}))


CARD: dict[str, Any] = {
    "what_is_asked": "Read a draft and say what you would change.",
    "who_is_in_the_room": "Two coordinators and one other consultant.",
    "has_law_enforcement": False,
    "recording": "Nothing is recorded.",
    "preparation_minutes": 30,
    "travel_minutes": 0,
    "debrief_minutes": 15,
    "place": "By link.",
    "access": "Captions.",
    "languages": "English",
    "interpretation": "Spanish, if asked for.",
    "expenses": "Paid in full.",
    "costs_cents": 0,
    "advances": "Paid ahead if asked for.",
    "if_we_cancel": "Paid in full within three days of a session.",
    "support_person": "Sam Rivera is there before and after.",
    "how_input_is_used": "In the next version of the protocol.",
    "not_expected": "Nobody will be asked about their life.",
    "rate_cents": 75_00,
}


def opportunity(
    place: Organization,
    *,
    line: FundingLine | None = None,
    panel: Panel | None = None,
    sessions: tuple[tuple[datetime, int], ...] | None = None,
    **values: Any,
) -> Opportunity:
    """Posted work with a whole card and no panel; two hours, three weeks off."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    line = line or funding_line(place)
    fields = {
        "funding_line_id": line.id,
        "panel_id": panel and panel.id,
        "status": OpportunityStatus.POSTED,
        "kind": OpportunityKind.CONSULTING,
        "activity": WorkActivity.MEETING,
        "stage": ProjectStage.DEVELOPMENT,
        "title": f"Review {next(_numbers)}",
        "created_at": now,
        "posted_at": now,
        "reply_by": now + 10 * DAY,
        **CARD,
        **values,
    }
    if sessions is None:
        sessions = ((now + 21 * DAY, 60), (now + 28 * DAY, 60))
    row = save(Opportunity(organization_id=place.id, **fields))
    for starts_at, minutes in sessions:
        save(WorkSession(opportunity_id=row.id, starts_at=starts_at, minutes=minutes))
    return row


def offer(of: Opportunity, to: Person, **values: Any) -> Offer:
    values.setdefault("reply_by", of.reply_by)
    return save(Offer(opportunity_id=of.id, person_id=to.id, **values))


def engagement(
    of: Opportunity,
    who: Person,
    *,
    seat: Seat | None = None,
    terms: dict[str, Any] | None = None,
    sessions: tuple[tuple[datetime, int], ...] = (),
    **values: Any,
) -> Engagement:
    """An agreed engagement as a bare row; money, minutes and seat are not moved."""
    fields = {"agreed_at": clock.now(), "terms_hash": "0" * 64, **values}
    fields |= {"seat_id": seat and seat.id, "terms": terms or {}}
    fields |= {"funding_line_id": of.funding_line_id, "person_id": who.id}
    fields |= {"opportunity_id": of.id, "organization_id": of.organization_id}
    row = save(Engagement(**fields))
    for starts_at, minutes in sessions:
        save(EngagementSession(engagement=row, starts_at=starts_at, minutes=minutes))
    return row


def hours_entry(of: Engagement, **values: Any) -> HoursEntry:
    """A submitted hour of a session today."""
    today = clock.today(ZONE)
    fields = {
        "day": today,
        "minutes": 60,
        "activity": Activity.SESSION,
        "logged_at": clock.now(),
        "submitted_at": clock.now(),
        "decides_itself_on": today + 7 * DAY,
        **values,
    }
    fields |= {"person_id": of.person_id, "organization_id": of.organization_id}
    return save(HoursEntry(engagement_id=of.id, **fields))
