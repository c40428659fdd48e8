"""Boards of the sample data: their rules, terms that end soon, one brought in."""

from datetime import date, timedelta

from engage.core import calendar
from engage.core.db import db
from engage.demo.year import Year
from engage.panels import bringing, terms
from engage.panels.models import Panel, Seat, Term
from engage.panels.rules import SeatKind, SeatRole
from engage.panels.sheet import Row, Sheet

EARLIER = timedelta(days=230)  # so that some terms end in the coming weeks
NAME = "Lived experience council"


def rules(panel: Panel) -> None:
    panel.quorum, panel.term_months, panel.most_terms = 4, 12, 2


def seat(panel: Panel, seat: Seat, last: date) -> None:
    """A year's term that began before Engage, and for some a second one."""
    begun = (seat.starts_on or last) - EARLIER
    seat.starts_on, seat.ends_on = terms.term_of(begun, last, panel.term_months)
    db.session.add(_term(seat, begun, seat.ends_on))
    if panel.id % 2 and seat.starts_on is not None:
        before = seat.starts_on - timedelta(days=1)
        db.session.add(_term(seat, before - timedelta(days=364), before, before))


def _term(
    seat: Seat, starts_on: date, ends_on: date | None, ended_on: date | None = None
) -> Term:
    return Term(
        panel_id=seat.panel_id,
        seat_id=seat.id,
        person_id=seat.person_id,
        starts_on=starts_on,
        ends_on=ends_on,
        ended_on=ended_on,
    )


def bring_in(year: Year) -> None:
    """A board of the first organization that has met for long: two wait for a yes."""
    organization = year.cast.organizations[0]
    begun = calendar.local_day(year.now, organization.zone) - timedelta(days=120)
    ends_on = terms.last_day(begun, 24)
    rows = [
        Row(SeatRole.MEMBER, SeatKind.SURVIVOR, "", begun, ends_on),
        Row(SeatRole.MEMBER, SeatKind.SURVIVOR, "", begun, ends_on),
        Row(SeatRole.CHAIR, SeatKind.PROFESSIONAL, "Harbor Legal Aid", begun, ends_on),
        Row(SeatRole.MEMBER, SeatKind.PROFESSIONAL, "County Clinic", None, None),
    ]
    bringing.bring_in(
        organization,
        Sheet(rows, [2, 3, 4, 5]),
        name=NAME,
        minimum_voices=organization.minimum_voices,
        by=year.cast.coordinators[organization.id][0],
        now=year.now,
    )
