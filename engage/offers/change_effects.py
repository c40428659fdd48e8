"""What a yes to new terms would do, worked out for its page: days, time, pay."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from engage.core import calendar
from engage.engagements import changed, changing, terms
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.offers import effects
from engage.offers.models import TermsChange
from engage.offers.terms_rules import LINES, newly_broken
from engage.people.models import Person
from engage.workload import queries as workload
from engage.workload.rules import (
    Effect,
    OverLimit,
    Session,
    effect,
    load_of,
    month_effect,
    spread,
)

Days = list[tuple[datetime, int]]
BESIDE = ("preparation_minutes", "debrief_minutes")


class Outlook(NamedTuple):
    """Days and pay before and after, and each limit that a yes would pass."""

    before: Days
    after: Days
    minutes: tuple[int, int]
    cents: tuple[int, int]
    lines: list[tuple[str, str, str]]
    week: Effect | None
    month: Effect | None
    over: list[OverLimit]


def outlook(change: TermsChange, person: Person, now: datetime) -> Outlook:
    """Everything a person should know before a yes to it."""
    of = change.engagement
    held = changed.held_starts(of)
    known = changed.moments(of.terms)
    new = {at for at in changed.moments(change.terms) if at not in known}
    was = held | ({change.old_starts_at} if change.old_starts_at else set())
    # The plan itself is laid upon the rest: one reading serves picture and limits.
    standing = workload.standing(person.id, now, without=engagements.group(of))
    today = calendar.local_day(now, standing.zone)
    known_beside = changing.beside(of)
    agreed = changed.work_in(of.terms, held, **known_beside).sessions
    load = load_of(spread(agreed, standing.zone, today), standing.load)
    pieces = spread(_more(of, change.terms, new, now), standing.zone, today)
    coming = {at for at in held if at > now}
    before = changed.work_in(of.terms, coming, **known_beside)
    work = changed.work_in(change.terms, coming | new, **known_beside)
    limits, first = standing.limits, standing.first_weekday
    return Outlook(
        before=_days(of.terms, {at for at in was if at > now}),
        after=_days(change.terms, {at for at in held | new if at > now}),
        minutes=(
            changed.minutes_at_most(of.terms, was),
            changed.minutes_at_most(change.terms, held | new),
        ),
        cents=(int(of.terms["seat_cents"]), int(change.terms["seat_cents"])),
        lines=[
            (name, str(of.terms[name]), str(change.terms[name]))
            for name in (*LINES, *BESIDE)
            if of.terms[name] != change.terms[name]
        ],
        week=effects.fullest(effect(load, pieces, limits, first)),
        month=effects.fullest(month_effect(load, pieces, limits)),
        over=effects.over(newly_broken(standing, before, work, today)),
    )


def _days(values: Mapping[str, Any], starts: set[datetime]) -> Days:
    moments = changed.moments(values)
    return [(at, moments[at]) for at in sorted(starts) if at in moments]


def _more(
    of: Engagement, values: Mapping[str, Any], new: set[datetime], now: datetime
) -> Sequence[Session]:
    """The time that a yes adds, as sessions of their own."""
    old = changed.moments(of.terms)
    steps = [values[name] - of.terms[name] for name in BESIDE]
    coming = {at for at in changed.held_starts(of) if at > now}
    found = []
    for one in terms.sessions_in(values):
        if one.starts_at in new:
            found.append(one)
        elif one.starts_at in coming:
            longer = one.minutes - old[one.starts_at]
            found.append(Session(one.starts_at, longer, steps[0], 0, steps[1]))
    return found
