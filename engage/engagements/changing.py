"""Changing agreed work: a session taken off, new terms taken on. All under locks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements import (
    actions,
    changed,
    ending,
    queries,
    rules,
    seating,
    terms,
)
from engage.engagements.models import Engagement, EngagementSession, TermsVersion
from engage.funding import actions as funding
from engage.funding import costs
from engage.funding import queries as funding_queries
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.opportunities.models import Opportunity
from engage.panels.models import Seat
from engage.people.models import Person
from engage.workload import actions as workload
from engage.workload import pay
from engage.workload.models import StoryMark
from engage.workload.rules import Work


def last_version(engagement_id: int) -> int:
    """The number of the newest terms; 1 where nothing was written before."""
    found = sa.select(sa.func.max(TermsVersion.version)).where(
        TermsVersion.engagement_id == engagement_id
    )
    return int(db.session.scalar(found) or 1)


def work_in(
    engagement: Engagement, values: Mapping[str, Any], kept: changed.Starts
) -> Work:
    """What terms put to somebody would ask of them in these sessions."""
    return changed.work_in(values, kept, **beside(engagement))


def beside(engagement: Engagement) -> dict[str, Any]:
    """What the terms do not say of the work: how near to a story, and who pays."""
    line = db.session.get_one(FundingLine, engagement.funding_line_id)
    mark = db.session.get(StoryMark, queries.group(engagement))
    return {"is_story_near": mark is not None, "payer_id": line.payer_id}


def coming(
    engagement: Engagement,
    values: Mapping[str, Any],
    new: changed.Starts,
    now: datetime,
) -> Work:
    """All of it that would still be to come, as a yes to it is weighed."""
    kept = changed.held_starts(engagement) | set(new)
    return work_in(engagement, values, {at for at in kept if at > now})


def take_off(
    engagement: Engagement, person: Person, starts_at: datetime, now: datetime
) -> None:
    """Take one session off somebody's days: its time is free, its money stays kept."""
    for each in list(engagement.sessions):
        if each.starts_at == starts_at:
            engagement.sessions.remove(each)
    db.session.flush()
    _hold_again(engagement, person, now)


def take_on(
    engagement: Engagement,
    person: Person,
    values: dict[str, Any],
    new: changed.Starts,
    *,
    now: datetime,
) -> None:
    """New terms after their yes: a version of their own, sessions, days and seat."""
    number = last_version(engagement.id) + 1
    _keep_costs(engagement, values, now)
    engagement.terms = values
    engagement.terms_hash = rules.terms_hash(values)
    db.session.add(terms.version_of(engagement, number, now))
    minutes = changed.moments(values)
    for each in engagement.sessions:
        each.minutes = minutes[each.starts_at]
    for at in sorted(new):
        engagement.sessions.append(EngagementSession(starts_at=at, minutes=minutes[at]))
    engagement.sessions.sort(key=lambda each: each.starts_at)
    db.session.flush()
    _hold_again(engagement, person, now)
    _lengthen_term(engagement)


def _keep_costs(
    engagement: Engagement, values: Mapping[str, Any], now: datetime
) -> None:
    """What more may be spent on the way is kept beside the pay, as far as there is
    money; what was kept before stays, since it may be spent already."""
    more = (values.get("costs_cents") or 0) - (engagement.terms.get("costs_cents") or 0)
    if more > 0:
        line = db.session.get_one(FundingLine, engagement.funding_line_id)
        own = queries.group(engagement)
        costs.reserve(line, own, own, more, now=now)


def _hold_again(engagement: Engagement, person: Person, now: datetime) -> None:
    """Minutes and expected pay as the terms have them now, whatever was there."""
    group = queries.group(engagement)
    work = work_in(engagement, engagement.terms, changed.held_starts(engagement))
    paid = {each.starts_at for each in engagement.sessions if not each.is_held}
    own = db.session.get(StoryMark, group)
    is_own = own is not None and own.is_own
    with pay.written_anew(group):
        workload.release(group)
        workload.hold(person, group, work, now=now)
        pay.expect(person, group, work_in(engagement, engagement.terms, paid).pay)
    mark = db.session.get(StoryMark, group)
    if mark is not None:
        mark.is_own = is_own
    db.session.flush()


def _lengthen_term(engagement: Engagement) -> None:
    """A seat with a last day of its own is held until the last session."""
    if engagement.seat_id is None or not engagement.sessions:
        return
    seat = db.session.get_one(Seat, engagement.seat_id)
    last = ending.last_day(engagement, engagement.terms["zone"])
    if seat.person_id == engagement.person_id and seat.ends_on is not None:
        seat.ends_on = max(seat.ends_on, last)


def keep_paid(
    engagement: Engagement, person: Person, starts_at: datetime, now: datetime
) -> None:
    """A session that was moved away too late: not held, and paid all the same."""
    minutes = changed.moments(engagement.terms)[starts_at]
    engagement.sessions.append(
        EngagementSession(starts_at=starts_at, minutes=minutes, is_held=False)
    )
    engagement.sessions.sort(key=lambda each: each.starts_at)
    db.session.flush()
    _hold_again(engagement, person, now)


def fit_money(
    engagement: Engagement, *, source: str, now: datetime, by: Person | None
) -> None:
    """Keep exactly what the terms may still come to.

    What is missing comes from what `source` has set aside, then from the line as far
    as it goes; what is too much goes back to the line.
    """
    line = db.session.get_one(FundingLine, engagement.funding_line_id)
    own = queries.group(engagement)
    needed = ending.owed_at_most(engagement) - ending.spent_cents(engagement)
    missing = needed - funding_queries.held_cents(line.id, own, Stage.RESERVED)
    aside = funding_queries.held_cents(line.id, source, Stage.SET_ASIDE)
    if missing > aside:
        aside += _from_line(line, source, missing - aside, by, now)
    part = min(missing, aside)
    if part > 0:
        funding.move(
            line,
            source=source,
            stage=Stage.SET_ASIDE,
            to_source=own,
            to_stage=Stage.RESERVED,
            cents=part,
            now=now,
        )
    funding.release(line, source=source, stage=Stage.SET_ASIDE, now=now)
    ending.give_back(engagement, now=now)


def _from_line(
    line: FundingLine, source: str, cents: int, by: Person | None, now: datetime
) -> int:
    part = min(cents, funding_queries.left_cents(line.id))
    if part <= 0:
        return 0
    try:
        funding.set_aside(line, source, part, by=by, now=now)
    except Refused:
        return 0  # what is missing is asked of the line when the hours are approved
    return part


def end_without_sessions(
    engagement: Engagement, person: Person, *, now: datetime
) -> None:
    """Nothing is left of it: seat and money are free, and the place opens again."""
    opportunity = db.session.get_one(Opportunity, engagement.opportunity_id)
    engagement.status = rules.after(engagement.status, "cancel")
    # By the organization's day, at whose midnight this comes: no zone shows by it.
    engagement.ended_on = calendar.local_day(now, engagement.terms["zone"])
    if not engagement.is_shown(now):
        engagement.shown_from = rules.NEVER
    ending.free(engagement, person, by=None, now=now)
    ending.reopen(engagement, opportunity, by=None, now=now)
    seating.balance(engagement, opportunity, by=None, now=now)
    actions.tell(engagement.organization_id, "left", opportunity, now)
