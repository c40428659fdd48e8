"""What an end of agreed work gives back: seat, minutes, money. All under locks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements import queries, rules, seat_queries, terms
from engage.engagements.models import Engagement, EngagementSession
from engage.engagements.rules import EngagementStatus
from engage.funding import actions as funding
from engage.funding import costs
from engage.funding import queries as funding_queries
from engage.funding.models import FundingLine
from engage.funding.rules import (
    PayKind,
    Stage,
    Terms,
    preparation_cents,
    seat_cents,
    session_share_cents,
)
from engage.opportunities import actions as opportunities
from engage.opportunities import queries as opportunity_queries
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.panels import actions as panels
from engage.panels import terms as board_terms
from engage.panels.models import Panel, Seat
from engage.people.models import Person
from engage.workload import actions as workload
from engage.workload import pay
from engage.workload.rules import Session

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
    """Free seat and minutes at once; sessions stay that have begun, or are `kept`.

    So do those that are not held any more and paid all the same.
    """
    if kept is None:
        kept = [
            each
            for each in engagement.sessions
            if each.starts_at <= now or not each.is_held
        ]
    for each in list(engagement.sessions):
        if each not in kept:
            engagement.sessions.remove(each)
    after = [engagement.terms[name] for name in terms.MINUTES]
    held = [
        Session(each.starts_at, each.minutes, *after) for each in kept if each.is_held
    ]
    group = queries.group(engagement)
    workload.keep_only(person, group, held, now=now)
    line = db.session.get_one(FundingLine, engagement.funding_line_id)
    paid = {each.starts_at for each in kept}
    with pay.written_anew(group):
        left = terms.pay_in(engagement.terms, paid, line.payer_id)
        pay.expect(person, group, left)
    free_seat(engagement, by=by, now=now)


def free_seat(
    engagement: Engagement, *, by: Person | None, now: datetime, is_end: bool = False
) -> None:
    """Give the seat back, if it is still this person's and no other work is in it."""
    if engagement.seat_id is None:
        return
    seat = db.session.get_one(Seat, engagement.seat_id)
    is_needed = seat_queries.has_other_work(engagement, seat)
    if seat.person_id == engagement.person_id and not is_needed:
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
        if not each.is_held or rules.is_paid_on_cancelling(each.starts_at, now, zone)
    ]


def owed_at_most(engagement: Engagement) -> int:
    """Cents that may still come to be logged in all: kept sessions, preparation."""
    return cents_at_most(
        engagement.terms, {each.starts_at for each in engagement.sessions}
    )


def cents_at_most(values: Mapping[str, Any], kept: Collection[datetime]) -> int:
    """The same for any terms of which the sessions that begin at `kept` are left."""
    whole = terms.terms_in(values)
    agreed = zip(terms.sessions_in(values), whole.sessions, strict=True)
    ordered = sorted(agreed, key=lambda pair: pair[0].starts_at)
    left = {
        number: dated
        for number, (one, dated) in enumerate(ordered, 1)
        if one.starts_at in kept
    }
    minutes = whole.preparation_minutes * (len(ordered) - len(left))
    before = whole.preparation_minutes * len(left) * whole.pays_preparation
    lost = preparation_cents(whole, minutes, before=before)
    return _sessions_cents(whole, left) + lost


def _sessions_cents(whole: Terms, left: Mapping[int, tuple[date, int]]) -> int:
    if not left:
        return 0
    if whole.pay is PayKind.HOURLY:
        return seat_cents(replace(whole, sessions=tuple(left.values())))
    return sum(session_share_cents(whole, number) for number in left)


def spent_cents(engagement: Engagement) -> int:
    """What of the engagement's money was approved or paid."""
    line_id, source = engagement.funding_line_id, queries.group(engagement)
    return sum(
        funding_queries.held_cents(line_id, source, stage)
        for stage in (Stage.APPROVED, Stage.PAID)
    )


def to_give_back(engagement: Engagement) -> int:
    """Reserved cents that no work of this person can need any more."""
    line_id, source = engagement.funding_line_id, queries.group(engagement)
    reserved = funding_queries.held_cents(line_id, source, Stage.RESERVED)
    needed = max(0, owed_at_most(engagement) - spent_cents(engagement))
    return reserved - min(reserved, needed)


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
    costs.fill_up(line, post, (opportunity.costs_cents or 0) * places, now=now)
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
    """After the last session: on a standing panel the seat's term is over.

    One with a day of its own lasts until then; a job of the panels ends it.
    """
    if engagement.seat_id is None:
        return
    seat = db.session.get_one(Seat, engagement.seat_id)
    today = calendar.local_day(now, engagement.terms["zone"])
    goes_on = board_terms.goes_on(seat.ends_on, today)
    if db.session.get_one(Panel, seat.panel_id).is_standing and not goes_on:
        free_seat(engagement, by=by, now=now, is_end=True)
