"""Posted work as posting leaves it: money set aside, seats open, people to ask."""

from datetime import datetime, timedelta
from typing import Any

from engage.core import clock
from engage.core.db import new_uid, transaction
from engage.funding import actions as funding
from engage.funding import rules as money
from engage.funding.models import FundingLine
from engage.offers.models import NamedAsk
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels import actions as panels
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatRole
from engage.people.models import Alias, Person
from engage.people.rules import PersonStatus
from engage.workload import actions as workload
from engage.workload.models import AvoidedTopics, Pause, SilentFilter, StoryMark
from engage.workload.rules import Activity, Piece
from tests import make


def posted(
    place: Organization,
    *,
    seats: int = 2,
    professionals: int = 1,
    panel: Panel | None = None,
    line: FundingLine | None = None,
    **values: Any,
) -> Opportunity:
    """Open work for `seats` people on a panel, whose money is set aside."""
    line = line or make.funding_line(place)
    now = clock.now()
    if panel is None:
        panel = panels.create(
            place,
            name="Protocol group",
            minimum_voices=2,
            survivor_seats=seats,
            professional_seats=[
                panels.ProfessionalSeat(SeatRole.MEMBER, "Harbor Legal Aid")
            ]
            * professionals,
            first_session_on=None,
            by=None,
            now=now,
        )
    post = make.opportunity(place, line=line, panel=panel, seats_wanted=seats, **values)
    post = opportunities.by_id(post.id)
    panel.first_session_on = opportunities.terms(post).session_days[0]
    make.save(panel)
    with transaction():
        cents = money.full_cents(opportunities.terms(post))
        funding.set_aside(line, opportunities.source(post), cents, by=None, now=now)
    return post


def consultants(number: int, **values: Any) -> list[Person]:
    """People without any limit of their own."""
    found = [make.consultant(**values) for _ in range(number)]
    for each in found:
        make.limits(each)
    return found


def hold_seat(panel: Panel, person: Person, *, counted: bool) -> Seat:
    """A seat more on the panel, held by a person who chose to count or not."""
    now = clock.now()
    with transaction():
        seat = panels.open_seat(panel, by=None, now=now)
        panels.take_seat(
            panel, seat, person=person, label="", counted=counted, by=None, now=now
        )
    return seat


LIMITS_ON_STORY: dict[str, dict[str, int]] = {
    "story": {"story_90": 1},
    "rest": {"rest_days": 60},
}


def near_a_story(who: Person, *, days_off: int, **limits: int) -> str:
    """An engagement of one hour, so many days off, that was near to their own story."""
    make.limits(who, **limits)
    group, day = f"engagement:{new_uid()}", clock.today(who.zone)
    piece = Piece(day + timedelta(days=days_off), 60, Activity.SESSION)
    workload.write_down(who.id, group=group, source=group, pieces=[piece])
    make.save(StoryMark(group=group, person_id=who.id))
    return group


def keep_away(who: Person, post: Opportunity, why: str) -> None:
    """One of the ways in which somebody's own wish keeps an ask from them."""
    rows = {
        "paused": Pause(person_id=who.id, starts_on=post.created_at.date()),
        "filtered": SilentFilter(
            person_id=who.id,
            kind="organization",
            organization_id=post.organization_id,
        ),
        "no_police": SilentFilter(person_id=who.id, kind="law_enforcement"),
    }
    if why in rows:
        make.save(rows[why])
    if why == "at_limit":
        make.limits(who, week_minutes=30)
    if why == "enough_asks":
        make.limits(who, invitations_30=0)
    if why in {"story", "rest"}:
        near_a_story(who, days_off=-1, **LIMITS_ON_STORY[why])
    if why == "topic":
        row = AvoidedTopics(person_id=who.id)
        row.write(who.subject, post.topics)
        make.save(row)
    if why == "notice":
        make.limits(who, notice_days=60)
    if why == "closed":
        who.status = PersonStatus.CLOSED
        make.save(who)


def ask_by_name(post: Opportunity, name: Alias, now: datetime) -> NamedAsk:
    """An organization's ask of one person, as the row that it writes."""
    return make.save(
        NamedAsk(
            opportunity_id=post.id,
            alias_id=name.id,
            reply_by=now + timedelta(days=5),
            asked_at=now,
        )
    )
