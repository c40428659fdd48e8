"""What an end of agreed work gives back: seat, minutes, money. All under locks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements import queries, rules, terms
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.rules import EngagementStatus
from engage.funding import actions as funding
from engage.funding import queries as funding_queries
from engage.funding.models import FundingLine
from engage.funding.rules import (
    PayKind,
    Stage,
    Terms,
    preparation_cents,
    seat_cents,
    share_cents_through,
)
from engage.opportunities import actions as opportunities
from engage.opportunities import queries as opportunity_queries
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.panels import actions as panels
from engage.panels.models import Panel, Seat
from engage.people.models import Person
from engage.workload import actions as workload

ASKABLE = frozenset({OpportunityStatus.POSTED, OpportunityStatus.FILLED})


def moves_due(engagement: Engagement, today: date) -> list[str]:
    zone = engagement.terms["zone"]
    days = [calendar.local_day(each.starts_at, zone) for each in engagement.sessions]
    if not days:
        return []
    return rules.moves_due(engagement.status, min(days), max(days), today)


def status_on(engagement: Engagement, today: date) -> EngagementStatus:
    """What the status reads by the dates, also before the worker has moved it."""
    status = engagement.status
    for move in moves_due(engagement, today):
        status = rules.after(status, move)
    return status


def last_day(engagement: Engagement, zone: str) -> date:
    """The day on which the last session ends where somebody lives."""
    ends = max(
        each.starts_at + timedelta(minutes=each.minutes) for each in engagement.sessions
    )
    return calendar.local_day(ends - timedelta(minutes=1), zone)


def free(
    engagement: Engagement,
    person: Person,
    *,
    by: Person | None,
    now: datetime,
    kept: Sequence[EngagementSession] | None = None,
) -> None:
    """Free seat and minutes at once; sessions stay that have begun, or are `kept`."""
    if kept is None:
        kept = [each for each in engagement.sessions if each.starts_at <= now]
    for each in list(engagement.sessions):
        if each not in kept:
            engagement.sessions.remove(each)
    days = [calendar.local_day(each.starts_at, person.zone) for each in kept]
    today = calendar.local_day(now, person.zone)
    last = max((day for day in days if day >= today), default=today - calendar.DAY)
    workload.release(queries.group(engagement), from_day=last + calendar.DAY)
    free_seat(engagement, by=by, now=now)


def free_seat(
    engagement: Engagement, *, by: Person | None, now: datetime, is_end: bool = False
) -> None:
    """Give the seat back, if it is still this person's."""
    if engagement.seat_id is None:
        return
    seat = db.session.get_one(Seat, engagement.seat_id)
    if seat.person_id == engagement.person_id:
        panel = db.session.get_one(Panel, seat.panel_id)
        panels.free_seat(panel, seat, by=by, now=now, is_end=is_end)


def kept_on_cancelling(
    engagement: Engagement, now: datetime
) -> list[EngagementSession]:
    """Sessions that have begun, or are so near that the card pays them."""
    zone = engagement.terms["zone"]
    return [
        each
        for each in engagement.sessions
        if rules.is_paid_on_cancelling(each.starts_at, now, zone)
    ]


def owed_at_most(engagement: Engagement) -> int:
    """Cents that may still come to be logged in all: kept sessions, preparation."""
    whole = terms.terms_of(engagement)
    zone = engagement.terms["zone"]
    held = tuple(
        (calendar.local_day(each.starts_at, zone), each.minutes)
        for each in engagement.sessions
    )
    minutes = whole.preparation_minutes * (len(whole.sessions) - len(held))
    return _sessions_cents(whole, held) + preparation_cents(whole, minutes)


def _sessions_cents(whole: Terms, held: tuple[tuple[date, int], ...]) -> int:
    if not held:
        return 0
    if whole.pay is PayKind.HOURLY:
        return seat_cents(replace(whole, sessions=held))
    return share_cents_through(whole, len(held))


def to_give_back(engagement: Engagement) -> int:
    """Reserved cents that no work of this person can need any more."""
    line_id, source = engagement.funding_line_id, queries.group(engagement)
    reserved = funding_queries.held_cents(line_id, source, Stage.RESERVED)
    spent = max(0, int(engagement.terms["seat_cents"]) - reserved)
    return reserved - min(reserved, max(0, owed_at_most(engagement) - spent))


def give_back(engagement: Engagement, *, now: datetime) -> None:
    """Give money back to the line itself; what may still be logged stays reserved."""
    cents = to_give_back(engagement)
    if cents:
        funding.release(
            db.session.get_one(FundingLine, engagement.funding_line_id),
            source=queries.group(engagement),
            stage=Stage.RESERVED,
            cents=cents,
            now=now,
        )


def reopen(
    engagement: Engagement,
    opportunity: Opportunity,
    *,
    by: Person | None,
    now: datetime,
) -> None:
    """Open the place for asking again while a session is still to come.

    Its money goes back to the post and is filled up from the line as far as that has
    any left; without money for a whole place nobody is asked.
    """
    organization = db.session.get_one(Organization, opportunity.organization_id)
    db.session.refresh(opportunity, ["sessions"])
    price = terms.seat_price(opportunity, organization.zone, now)
    if opportunity.status not in ASKABLE or not price:
        give_back(engagement, now=now)
        return
    line = db.session.get_one(FundingLine, engagement.funding_line_id)
    post = opportunity_queries.source(opportunity)
    cents = to_give_back(engagement)
    if cents:
        funding.move(
            line,
            source=queries.group(engagement),
            stage=Stage.RESERVED,
            to_source=post,
            to_stage=Stage.SET_ASIDE,
            cents=cents,
            now=now,
        )
    db.session.flush()
    places = opportunity.seats_wanted - queries.living(opportunity.id)
    aside = funding_queries.held_cents(line.id, post, Stage.SET_ASIDE)
    _fill_up(line, post, price * places - aside, by, now)
    if opportunity.status is OpportunityStatus.FILLED:
        opportunities.reopen(opportunity, now=now)


def _fill_up(
    line: FundingLine, post: str, cents: int, by: Person | None, now: datetime
) -> None:
    if cents <= 0:
        return
    left = funding_queries.left_cents(line.id)
    try:
        funding.set_aside(line, post, min(cents, left), by=by, now=now)
    except Refused:
        return  # nothing is left; the coordinator sees it when asking again


def end_term(engagement: Engagement, *, by: Person | None, now: datetime) -> None:
    """After the last session: on a standing panel the seat's term is over."""
    if engagement.seat_id is None:
        return
    seat = db.session.get_one(Seat, engagement.seat_id)
    if db.session.get_one(Panel, seat.panel_id).is_standing:
        free_seat(engagement, by=by, now=now, is_end=True)
