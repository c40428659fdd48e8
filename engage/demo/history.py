"""A year of agreed work that has happened: posts, yeses, sessions, hours."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from engage.core import calendar
from engage.core.db import db
from engage.demo import boards, words
from engage.demo.agreeing import agree, alias_of, status_of
from engage.demo.year import Year
from engage.engagements.actions import version_of
from engage.engagements.rules import EngagementStatus
from engage.funding.models import FundingLine
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    PayKind,
    ProjectStage,
    WorkActivity,
)
from engage.organizations.models import Organization
from engage.panels.models import CountChoice, Panel, Seat
from engage.panels.rules import SeatKind, SeatRole, SeatStatus
from engage.people.models import Person
from engage.workload.models import AskCount

STATUS = {
    EngagementStatus.AGREED: OpportunityStatus.FILLED,
    EngagementStatus.UNDER_WAY: OpportunityStatus.UNDER_WAY,
    EngagementStatus.FINISHED: OpportunityStatus.FINISHED,
}


def play(year: Year) -> None:
    """Boards that go on, then single pieces of work spread over the year."""
    for number in range(year.size.boards):
        organizations = year.cast.organizations
        _board(year, organizations[number % len(organizations)], number)
    for _ in range(year.size.opportunities - year.size.boards):
        _single(year, year.chance.choice(year.cast.organizations))
    db.session.add_all(
        AskCount(person_id=person_id, day=day, count=count)
        for (person_id, day), count in year.asks.items()
    )
    db.session.flush()
    db.session.add_all(version_of(row, 1, row.agreed_at) for row in year.engagements)


def _board(year: Year, organization: Organization, number: int) -> None:
    """A standing panel that meets monthly; nearly half have one survivor member."""
    chance = year.chance
    first = _moment(year, organization, -chance.randrange(60, 100))
    sessions = [first + timedelta(days=28 * month) for month in range(6)]
    held = chance.choices((1, 2, 3), (45, 40, 15))[0]
    panel = Panel(
        organization_id=organization.id,
        name=words.BOARDS[number % len(words.BOARDS)],
        is_standing=True,
        minimum_voices=organization.minimum_voices,
        first_session_on=calendar.local_day(first, organization.zone),
        created_at=first - timedelta(days=40),
    )
    boards.rules(panel)
    db.session.add(panel)
    db.session.flush()
    least, most = year.size.professional_seats
    for place in chance.sample(words.PROFESSIONALS, chance.randint(least, most - 2)):
        db.session.add(
            Seat(
                panel_id=panel.id,
                kind=SeatKind.PROFESSIONAL,
                role=SeatRole.MEMBER,
                status=SeatStatus.HELD,
                label=place,
                is_salaried_elsewhere=True,
            )
        )
    opportunity = _opportunity(year, organization, words.WORK[0], sessions, held)
    opportunity.panel_id = panel.id
    db.session.flush()
    for person in _people(year, opportunity, held):
        _take_seat(year, panel, opportunity, person)


def _take_seat(
    year: Year, panel: Panel, opportunity: Opportunity, person: Person
) -> None:
    alias = alias_of(year.cast, person, opportunity.organization)
    seat = Seat(
        panel_id=panel.id,
        kind=SeatKind.SURVIVOR,
        role=SeatRole.MEMBER,
        status=SeatStatus.HELD,
        label=alias.name,
        person_id=person.id,
        hourly_cents=opportunity.rate_cents,
        starts_on=panel.first_session_on,
    )
    db.session.add(seat)
    db.session.add(
        CountChoice(
            panel_id=panel.id, person_id=person.id, is_counted=person.counts_by_default
        )
    )
    db.session.flush()
    zone = opportunity.organization.zone
    boards.seat(panel, seat, calendar.local_day(_last(opportunity), zone))
    agree(year, opportunity, person, seat)


def _last(opportunity: Opportunity) -> datetime:
    return max(each.starts_at for each in opportunity.sessions)


def _single(year: Year, organization: Organization) -> None:
    chance = year.chance
    kind = chance.choice(words.WORK[1:])
    start = _moment(year, organization, -chance.randrange(4, 360))
    sessions = [
        start + timedelta(days=7 * week) for week in range(chance.choice((1, 1, 2, 3)))
    ]
    seats = chance.choices((1, 2, 3), (4, 4, 2))[0]
    opportunity = _opportunity(year, organization, kind, sessions, seats)
    db.session.flush()
    for person in _people(year, opportunity, seats):
        agree(year, opportunity, person, None)


def _moment(year: Year, organization: Organization, days: int) -> datetime:
    """An afternoon hour on a weekday, in the organization's zone."""
    day = year.now.date() + timedelta(days=days)
    day -= timedelta(days=max(0, day.weekday() - 4))
    minute = year.chance.choice((10, 13, 14, 15, 16)) * 60
    return calendar.local_moment_utc(day, minute, organization.zone)


def _opportunity(
    year: Year,
    organization: Organization,
    work: words.Work,
    sessions: list[datetime],
    seats: int,
) -> Opportunity:
    line, pay, rate = _pay(year, organization)
    posted = sessions[0] - timedelta(days=28)
    row = Opportunity(
        organization=organization,
        organization_id=organization.id,
        line=line,
        funding_line_id=line.id,
        kind=OpportunityKind(work.kind),
        activity=WorkActivity(work.activity),
        stage=year.chance.choice(list(ProjectStage)),
        seats_wanted=seats,
        has_law_enforcement=year.chance.random() < 0.4,
        pay_kind=pay,
        rate_cents=rate,
        created_at=posted - timedelta(days=2),
        posted_at=posted,
        reply_by=posted + timedelta(days=7),
        **work.card(),
    )
    row.sessions = [
        WorkSession(starts_at=at, minutes=work.minutes[0]) for at in sessions
    ]
    row.status = STATUS[status_of(row, year.now)]
    db.session.add(row)
    return row


def _pay(year: Year, organization: Organization) -> tuple[FundingLine, PayKind, int]:
    line = year.chance.choice(year.cast.lines[organization.id])
    if line.cap_hourly_cents is None and line.cap_daily_cents is None:
        if year.chance.random() < 0.5:
            return line, PayKind.SESSION_STIPEND, year.chance.choice((150_00, 250_00))
        return line, PayKind.HOURLY, year.chance.choice((75_00, 90_00, 100_00))
    if line.floor_hourly_cents is not None:
        return line, PayKind.HOURLY, year.chance.choice((60_00, 65_00, 75_00))
    return line, PayKind.HOURLY, year.chance.choice((65_00, 75_00, 81_25))


def _people(year: Year, opportunity: Opportunity, count: int) -> Iterator[Person]:
    """Skewed as before Engage: a tenth of the people get half of the asks."""
    people = year.cast.consultants
    busy = max(1, len(people) // 10)
    weights = [
        5.0 / busy if place >= len(people) - busy else 5.0 / (len(people) - busy)
        for place in range(len(people))
    ]
    taken: set[int] = set()
    for _ in range(count * 6):
        (person,) = year.chance.choices(people, weights)
        if person.id in taken or not _has_room(year, opportunity, person):
            continue
        taken.add(person.id)
        yield person
        if len(taken) == count:
            return


def _has_room(year: Year, opportunity: Opportunity, person: Person) -> bool:
    """At most twelve hours in one week for anybody in the sample data."""
    each = opportunity.sessions[0].minutes + (opportunity.preparation_minutes or 0)
    weeks = [
        (person.id, calendar.week_of(session.starts_at.date(), 6)[0])
        for session in opportunity.sessions
    ]
    if any(year.minutes.get(week, 0) + each > 12 * 60 for week in weeks):
        return False
    for week in weeks:
        year.minutes[week] = year.minutes.get(week, 0) + each
    return True
