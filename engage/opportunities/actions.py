from datetime import datetime

from engage.core.calendar import local_day
from engage.core.db import transaction
from engage.core.errors import N_, Refused
from engage.funding import actions as funding
from engage.funding import costs
from engage.funding import queries as lines
from engage.funding import rules as money
from engage.opportunities import checks, claims, queries, rules
from engage.opportunities.drafts import (
    add_session,
    copy,
    create,
    edit,
    keep_word,
    make_two,
    remove_session,
)
from engage.opportunities.endings import begin, cancel, finish
from engage.opportunities.held import Locked, lock_whole, record
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityKind
from engage.organizations.models import Organization
from engage.panels import actions as panels
from engage.panels.models import Panel
from engage.panels.rules import SeatKind
from engage.people.models import Person

__all__ = [
    "add_session",
    "ask_again",
    "begin",
    "cancel",
    "copy",
    "create",
    "edit",
    "fill",
    "finish",
    "keep_word",
    "make_two",
    "post",
    "remove_session",
    "reopen",
]


def post(
    opportunity_id: int, *, warnings_seen: bool, by: Person, now: datetime
) -> Opportunity:
    """Check everything again under lock, set the whole money aside, open the seats."""
    with transaction():
        held = lock_whole(opportunity_id)
        opportunity = held.opportunity
        found = checks.of(opportunity, author_id=by.id, now=now)
        found.refuse(opportunity.status, warnings_seen)
        if held.line is None:
            raise Refused(
                N_("Choose the funding line that pays for this."), field="funding_line"
            )
        funding.set_aside(
            held.line, queries.source(opportunity), found.needed_cents, by=by, now=now
        )
        costs.keep(
            held.line,
            queries.source(opportunity),
            queries.costs_cents(opportunity),
            now=now,
        )
        opportunity.status = rules.after(opportunity.status, "post")
        opportunity.posted_at = now
        if held.panel is None:
            _new_panel(held, found.hourly_cents, by=by, now=now)
        else:
            _more_seats(held.panel, held, found.hourly_cents, by=by, now=now)
        record("post", opportunity, held.organization, by=by, now=now)
    return opportunity


def _new_panel(held: Locked, hourly: int | None, *, by: Person, now: datetime) -> None:
    opportunity, organization = held.opportunity, held.organization
    panel = panels.create(
        organization,
        name=opportunity.title,
        minimum_voices=organization.minimum_voices,
        survivor_seats=opportunity.seats_wanted,
        survivor_role=opportunity.seat_role,
        survivor_hourly_cents=hourly,
        professional_seats=_professionals(opportunity),
        first_session_on=queries.terms(opportunity).session_days[0],
        is_standing=opportunity.kind is OpportunityKind.ADVISORY_BOARD,
        by=by,
        now=now,
    )
    opportunity.panel_id = panel.id


def _more_seats(
    panel: Panel, held: Locked, hourly: int | None, *, by: Person, now: datetime
) -> None:
    """On a panel that is there: open what is wanted beyond the seats that wait."""
    opportunity = held.opportunity
    claims.balance(
        panel, role=opportunity.seat_role, hourly_cents=hourly, by=by, now=now
    )
    for seat in _professionals(opportunity):
        panels.open_seat(
            panel, kind=SeatKind.PROFESSIONAL, **seat._asdict(), by=by, now=now
        )
    if panel.first_session_on is None:
        first = queries.terms(opportunity).session_days[0]
        panels.set_first_session(panel, first, by=by, now=now)


def _professionals(opportunity: Opportunity) -> list[panels.ProfessionalSeat]:
    return [
        panels.ProfessionalSeat(
            seat.role, seat.label, seat.hourly_cents, seat.is_salaried_elsewhere
        )
        for seat in opportunity.planned_seats
    ]


def ask_again(
    opportunity_id: int,
    *,
    seats: int,
    reply_by: datetime,
    by: Person,
    now: datetime,
) -> Opportunity:
    """Ask for `seats` more people, or longer: the money first, then the seats."""
    with transaction():
        held = lock_whole(opportunity_id)
        opportunity = held.opportunity
        rules.check_ask_again(
            opportunity.status, seats, opportunity.reply_by or now, reply_by
        )
        wave = queries.next_wave(now, held.organization.zone)
        rules.check_reply_by(reply_by, queries.sessions(opportunity)[0][0], wave)
        _check_trained(held.organization, by, now)
        if seats:
            _add_seats(held, seats, by=by, now=now)
        opportunity.reply_by = reply_by
        record("ask_again", opportunity, held.organization, by=by, now=now)
    return opportunity


def _check_trained(organization: Organization, by: Person, now: datetime) -> None:
    until = queries.trained_until(by.id)
    if until is None or until < local_day(now, organization.zone):
        raise Refused(
            N_(
                "Posting needs a training record that is still valid. Ask your "
                "administrator to add yours."
            )
        )


def _add_seats(held: Locked, seats: int, *, by: Person, now: datetime) -> None:
    opportunity, line = held.opportunity, held.line
    if opportunity.seats_wanted + seats > 30:
        raise Refused(N_("Ask for at most 30 people in one post."), field="seats")
    if line is None or held.panel is None:
        raise Refused(
            N_("This work is not being asked for. Use it again as a new draft.")
        )
    terms = queries.terms(opportunity)
    cents = seats * money.seat_cents(terms)
    money.check_open(lines.line_values(line))
    funding.set_aside(line, queries.source(opportunity), cents, by=by, now=now)
    each = opportunity.costs_cents or 0
    costs.keep(line, queries.source(opportunity), seats * each, now=now)
    opportunity.seats_wanted += seats
    hourly = checks.hourly_cents(line, terms)
    for _ in range(seats):
        panels.open_seat(
            held.panel,
            role=opportunity.seat_role,
            hourly_cents=hourly,
            by=by,
            now=now,
        )
    if opportunity.status is rules.OpportunityStatus.FILLED:
        reopen(opportunity, now=now)


def fill(opportunity: Opportunity, *, now: datetime) -> None:
    """Every seat is taken; the caller holds the lock on the post."""
    opportunity.status = rules.after(opportunity.status, "fill")


def reopen(opportunity: Opportunity, *, now: datetime) -> None:
    """A seat is open again; the caller holds the lock on the post."""
    opportunity.status = rules.after(opportunity.status, "reopen")
