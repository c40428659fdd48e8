from collections.abc import Callable
from datetime import datetime

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock, lock_one, transaction
from engage.core.errors import NotFound
from engage.engagements import ending, queries, rules, seating, terms
from engage.engagements.models import Engagement, EngagementSession
from engage.funding import actions as funding
from engage.funding import costs
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.notices import actions as notices
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.panels import actions as panels
from engage.panels.models import Panel, Seat
from engage.people import actions as people
from engage.people import leads
from engage.people.models import Person
from engage.workload import actions as workload


def agree(
    opportunity: Opportunity,
    *,
    person: Person,
    seat: Seat | None,
    counted: bool,
    by: Person | None,
    now: datetime,
    shown_from: datetime | None = None,
) -> Engagement:
    """Turn a yes into agreed work; the caller locked person, panel, post and line.

    `opportunity.sessions` has to be loaded. `shown_from` is when the organization
    learns who it is, None for at once.
    """
    with transaction() as session:
        organization = session.get_one(Organization, opportunity.organization_id)
        frozen = terms.freeze(opportunity, organization, now)
        engagement = Engagement(
            opportunity_id=opportunity.id,
            organization_id=organization.id,
            person_id=person.id,
            seat_id=None if seat is None else seat.id,
            funding_line_id=opportunity.funding_line_id,
            agreed_at=now,
            terms=frozen,
            terms_hash=rules.terms_hash(frozen),
            shown_from=shown_from,
        )
        session.add(engagement)
        session.flush()
        first = terms.version_of(engagement, 1, now)
        session.add_all([*_dated(opportunity, engagement, now), first])
        _take_place(engagement, seat, person, counted=counted, by=by, now=now)
        _reserve(opportunity, engagement, frozen["seat_cents"], now)
        seating.balance(engagement, opportunity, by=by, now=now)
        _hold_minutes(opportunity, engagement, person, now)
        tell(organization.id, "agreed", opportunity, now)
        _record("agree", engagement, person, by, now)
    return engagement


def leave(engagement_id: int, *, by: Person, now: datetime) -> None:
    """Leave agreed work: no reason, and nothing against whoever leaves.

    Seat and minutes are free at once; the money of what was done stays.
    """
    with transaction():
        person = lock_one(Person, by.id)
        engagement = locked(engagement_id)
        if engagement.person_id != person.id:
            raise NotFound
        today = calendar.local_day(now, engagement.terms["zone"])
        rules.check_leave(ending.status_on(engagement, today))
        opportunity = db.session.get_one(Opportunity, engagement.opportunity_id)
        if opportunity.status is OpportunityStatus.CANCELLED:
            # Nobody loses the pay of short notice by leaving before the worker came.
            cancel(engagement_id, now=now)
            return
        engagement.status = rules.after(engagement.status, "leave")
        engagement.ended_on = calendar.local_day(now, person.zone)
        if not engagement.is_shown(now):
            # Nobody was told who it is: a place that opened again has no name either.
            engagement.shown_from = rules.NEVER
        ending.free(engagement, person, by=by, now=now)
        ending.reopen(engagement, opportunity, by=by, now=now)
        seating.balance(engagement, opportunity, by=by, now=now)
        tell(engagement.organization_id, "left", opportunity, now)
        _record("leave", engagement, person, by, now)


def cancel(engagement_id: int, *, now: datetime) -> None:
    """End agreed work whose post was cancelled; what the card promises stays paid."""
    with transaction():
        person_id = db.session.get_one(Engagement, engagement_id).person_id
        person = lock_one(Person, person_id)
        engagement = locked(engagement_id)
        if engagement.status not in rules.LIVE:
            return
        engagement.status = rules.after(engagement.status, "cancel")
        kept = ending.kept_on_cancelling(engagement, now)
        # The hour is the organization's to choose: by the person's day it would tell
        # their zone, on the page and by the day on which messages end.
        today = calendar.local_day(now, engagement.terms["zone"])
        days = [calendar.local_day(each.starts_at, person.zone) for each in kept]
        engagement.ended_on = max([today, *days])
        ending.free(engagement, person, by=None, now=now, kept=kept)
        ending.give_back(engagement, now=now)
        notices.queue(person.id, "cancelled", now=now, uid=engagement.uid)
        _record("cancel", engagement, person, None, now)


def move_on(
    engagement_id: int,
    *,
    now: datetime,
    waits: Callable[[int], bool] = rules.nothing_waits,
) -> None:
    """Begin or finish by its dates; what `waits` for an answer does not finish yet."""
    with transaction():
        person_id = db.session.get_one(Engagement, engagement_id).person_id
        person = lock_one(Person, person_id)
        engagement = locked(engagement_id)
        today = calendar.local_day(now, engagement.terms["zone"])
        for move in ending.moves_due(engagement, today):
            if move == "finish" and waits(engagement_id):
                return
            engagement.status = rules.after(engagement.status, move)
            if move == "finish":
                engagement.ended_on = ending.last_day(engagement, person.zone)
                db.session.flush()
                ending.end_term(engagement, by=None, now=now)
            _record(move, engagement, person, None, now)


def tell(
    organization_id: int, kind: str, opportunity: Opportunity, now: datetime
) -> None:
    """Tell who looks after one post something about it."""
    thing = opportunities.source(opportunity)
    for person_id in leads.to_tell(organization_id, thing, now):
        notices.queue(person_id, kind, now=now, uid=opportunity.uid)


def locked(engagement_id: int) -> Engagement:
    """The engagement with all that its end touches locked, in the house's order."""
    row = db.session.get_one(Engagement, engagement_id)
    if row.seat_id is not None:
        seat = db.session.get_one(Seat, row.seat_id)
        lock(Panel, [seat.panel_id])
        db.session.refresh(seat)
    lock(Opportunity, [row.opportunity_id])
    lock(FundingLine, [row.funding_line_id])
    lock(Engagement, [engagement_id])
    return queries.whole(engagement_id)


def _dated(
    opportunity: Opportunity, engagement: Engagement, now: datetime
) -> list[EngagementSession]:
    return [
        EngagementSession(
            engagement_id=engagement.id, starts_at=each.starts_at, minutes=each.minutes
        )
        for each in terms.still_to_come(opportunity, now)
    ]


def _take_place(
    engagement: Engagement,
    seat: Seat | None,
    person: Person,
    *,
    counted: bool,
    by: Person | None,
    now: datetime,
) -> None:
    alias = people.alias_for(person.id, engagement.organization_id)
    if seat is None:
        return
    panel = db.session.get_one(Panel, seat.panel_id)
    if seat.person_id == person.id:
        panels.stay(panel, person=person, counted=counted, by=by, now=now)
        return
    zone = engagement.terms["zone"]
    days = [
        calendar.local_day(each.starts_at, zone)
        for each in terms.agreed_sessions(engagement)
    ]
    panels.take_seat(
        panel,
        seat,
        person=person,
        label=alias.name,
        counted=counted,
        by=by,
        now=now,
        starts_on=min(days, default=None),
        until=max(days, default=None),
    )


def _reserve(
    opportunity: Opportunity, engagement: Engagement, cents: int, now: datetime
) -> None:
    rules.check_way_there(opportunity.is_in_person, opportunity.costs_cents)
    line = db.session.get_one(FundingLine, engagement.funding_line_id)
    post, own = opportunities.source(opportunity), queries.group(engagement)
    funding.move(
        line,
        source=post,
        stage=Stage.SET_ASIDE,
        to_source=own,
        to_stage=Stage.RESERVED,
        cents=cents,
        now=now,
    )
    costs.reserve(line, post, own, opportunity.costs_cents or 0, now=now)


def _hold_minutes(
    opportunity: Opportunity, engagement: Engagement, person: Person, now: datetime
) -> None:
    work = terms.work_of(opportunity, now)
    workload.hold(person, queries.group(engagement), work, now=now)


def _record(
    verb: str,
    engagement: Engagement,
    person: Person,
    by: Person | None,
    now: datetime,
) -> None:
    audit.record(
        f"engagement.{verb}",
        subject=person.subject,
        thing=f"engagement:{engagement.uid}",
        by=by,
        now=now,
        organization_id=engagement.organization_id,
    )
