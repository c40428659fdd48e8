"""A person's agreed work as its pages list it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from engage.core import calendar
from engage.engagements import queries, rules
from engage.engagements.ending import status_on
from engage.engagements.models import Engagement, EngagementSession
from engage.panels import queries as panels
from engage.panels.models import Seat
from engage.people.models import Person


class Plans(NamedTuple):
    this_week: list[Engagement]
    coming: list[Engagement]
    ended: list[Engagement]


def plans(person: Person, now: datetime) -> Plans:
    """What is on in the person's own week, what comes after, and what has ended."""
    today = calendar.local_day(now, person.zone)
    _, last = calendar.week_of(today, person.week_start)
    found = Plans([], [], [])
    for each in queries.all_own(person):
        if status_on(each, today) not in rules.LIVE:
            found.ended.append(each)
        elif first_day(each, person.zone, now) <= last:
            found.this_week.append(each)
        else:
            found.coming.append(each)
    for live in (found.this_week, found.coming):
        live.sort(key=lambda each: (first_day(each, person.zone, now), each.id))
    return found


def first_day(engagement: Engagement, zone: str, now: datetime) -> date:
    following = next_session(engagement.sessions, now)
    if following is None:
        return calendar.local_day(now, zone)
    return calendar.local_day(following.starts_at, zone)


def next_session(
    sessions: Iterable[EngagementSession], now: datetime
) -> EngagementSession | None:
    """The first session that is not over yet, and will be held."""
    coming = (each for each in sessions if each.is_held and each.starts_at >= now)
    return next(coming, None)


def is_live(engagement: Engagement, now: datetime) -> bool:
    """May it still be left? By the dates, also before the worker has moved it."""
    today = calendar.local_day(now, engagement.terms["zone"])
    return status_on(engagement, today) in rules.LIVE


def is_as_agreed(engagement: Engagement) -> bool:
    """Do the frozen terms still have the hash that was taken at the yes?"""
    return rules.terms_hash(engagement.terms) == engagement.terms_hash


def companions(engagement: Engagement) -> list[Seat]:
    """Seats of the same panel in an order that says nothing of who holds them.

    Whoever has left sees the panel no more.
    """
    if engagement.seat is None or engagement.seat.person_id != engagement.person_id:
        return []
    seats = panels.live_seats(engagement.seat.panel_id)
    return sorted(seats, key=lambda seat: (seat.role.value, seat.uid))


def is_counted(engagement: Engagement) -> bool:
    """Does the person count as a survivor voice on this panel, by their own choice?"""
    if engagement.seat is None:
        return False
    choice = panels.choice(engagement.seat.panel_id, engagement.person_id)
    return choice is not None and choice.is_counted
