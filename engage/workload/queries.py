from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from engage.core import calendar
from engage.core.db import db
from engage.workload import pay_queries, rows, rules
from engage.workload.filters import Filters
from engage.workload.models import WorkLimits

# Agreed minutes are consumed by logged ones for at most 30 days after an end.
LOOK_BACK = timedelta(days=100)
HELD = "offer:"  # the groups of what is held on condition


def limits_of(person_id: int) -> WorkLimits | None:
    """The consultant's own limits row, or None before it was first set."""
    return db.session.get(WorkLimits, person_id)


def standing(
    person_id: int, now: datetime, *, without: str | None = None
) -> rules.Standing:
    """Everything a consultant's limits weigh; `without` leaves one group out."""
    return standings([person_id], now, without=without)[person_id]


def own_load(person_id: int, now: datetime) -> rules.Standing:
    """Limits, load and pause alone, in two statements, for the first page."""
    (one,) = rows.basics([person_id])
    kept = rows.kept([person_id], now.date() - LOOK_BACK, None)[person_id]
    return rules.Standing(
        zone=one.zone,
        first_weekday=one.week_start,
        limits=_limits(one),
        load=rules.counted_load(kept),
        pause=_pause(one),
    )


def standings(
    person_ids: Collection[int], now: datetime, *, without: str | None = None
) -> dict[int, rules.Standing]:
    """The same for many people, in seven statements however many they are."""
    today = now.date()
    kept = rows.kept(person_ids, today - LOOK_BACK, without)
    asks = rows.asks(person_ids, today - timedelta(days=30))
    windows = rows.windows(person_ids)
    exceptions = rows.exceptions(person_ids, today - timedelta(days=1))
    earned = pay_queries.weighed(person_ids, now)
    found = {}
    for one in rows.basics(person_ids):
        own = kept[one.id]
        here = calendar.local_day(now, one.zone)
        found[one.id] = rules.Standing(
            zone=one.zone,
            first_weekday=one.week_start,
            limits=_limits(one),
            load=rules.counted_load(own),
            engagements_now=len({row.group for row in own if row.day >= here}),
            asks_30d=asks.get(one.id, 0),
            windows=tuple(windows[one.id]),
            exceptions=tuple(exceptions[one.id]),
            pause=_pause(one),
            guard=rules.earnings_of(*earned[one.id], today=here, without=without),
            story=rules.story_days_of(own),
            held=_held(own),
            has_limits=one.limits_of is not None,
        )
    return found


def _held(kept: Iterable[rules.Kept]) -> dict[date, int]:
    rest = (row for row in kept if row.group.startswith(HELD))
    return rules.load_of(rules.Piece(*row[:3]) for row in rest)


def _limits(one: Any) -> rules.Limits:
    return limits_values(None if one.limits_of is None else one)


def _pause(one: Any) -> rules.Pause | None:
    if one.starts_on is None:
        return None
    return rules.Pause(one.starts_on, one.ends_on)


def limits_values(row: Any) -> rules.Limits:
    """A limits row as plain values; the steady preset before any was set."""
    if row is None:
        return rules.PRESETS[rules.Preset.STEADY]
    return rules.Limits(
        week_minutes=row.week_minutes,
        month_minutes=row.month_minutes,
        at_once=row.at_once,
        invitations_30=row.invitations_30,
        story_90=row.story_90,
        rest_days=row.rest_days,
        notice_days=row.notice_days,
    )


def next_weeks(
    standing: rules.Standing, now: datetime, count: int = 8
) -> list[rules.Effect]:
    """This week and those after it: minutes counted, beside the limit of a week."""
    today = calendar.local_day(now, standing.zone)
    first, _ = calendar.week_of(today, standing.first_weekday)
    totals = rules.week_totals(standing.load, standing.first_weekday)
    starts = [first + timedelta(weeks=number) for number in range(count)]
    return [
        rules.Effect(
            start,
            totals.get(start, 0),
            totals.get(start, 0),
            standing.limits.week_minutes,
        )
        for start in starts
    ]


def asks_90d(person_ids: Collection[int], now: datetime) -> dict[int, int]:
    """How many asks reached each person in 90 days; 0 is left out."""
    return rows.asks(person_ids, now.date() - timedelta(days=90))


def filters_of(person_ids: Collection[int]) -> dict[int, Filters]:
    """Silent filters by person, in two statements; who has none is left out."""
    return rows.filters(person_ids)
