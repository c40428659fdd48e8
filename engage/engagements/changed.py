"""Other terms of agreed work, as they are put to somebody and frozen at their yes."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from engage.core import calendar
from engage.engagements import ending, terms
from engage.engagements.models import Engagement
from engage.funding.cost_rules import MOST_COSTS_CENTS
from engage.opportunities.rules import pay_by
from engage.workload.rules import Work

Starts = Collection[datetime]


def starts_of(engagement: Engagement) -> set[datetime]:
    """When the sessions begin that nothing took away, held or paid only."""
    return {each.starts_at for each in engagement.sessions}


def held_starts(engagement: Engagement) -> set[datetime]:
    return {each.starts_at for each in engagement.sessions if each.is_held}


def changed(
    engagement: Engagement,
    *,
    sessions: Mapping[datetime, int] | None = None,
    kept: Starts,
    **lines: Any,
) -> dict[str, Any]:
    """The agreed terms with other sessions (minutes by start) or lines of the card.

    `kept` are the starts of sessions that would be held or are paid: the others were
    taken away before, and only preparation that was done for them is paid. They are
    marked, since the same day may be asked for again later.
    """
    values = {**engagement.terms, **lines}
    if sessions is None:
        sessions = moments(engagement.terms)
    values["sessions"] = [
        _written(at, minutes, is_off=at not in kept)
        for at, minutes in sorted(sessions.items())
    ]
    days = [
        calendar.local_day(at, values["zone"])
        for at in sorted(moments(values))
        if at in kept
    ]
    values["seat_cents"] = ending.cents_at_most(values, kept)
    values["pay_days"] = [
        pay_by(day, values["promise_days"]).isoformat() for day in days
    ]
    values["pay_by"] = max(values["pay_days"], default=None)
    return values


def _written(at: datetime, minutes: int, *, is_off: bool) -> dict[str, Any]:
    session = {"starts_at": at.astimezone(UTC).isoformat(), "minutes": minutes}
    return {**session, "is_off": True} if is_off else session


def brought(engagement: Engagement, values: Mapping[str, Any]) -> set[datetime]:
    """Sessions that a yes to these terms brings, also on a day that was lost before."""
    return {
        datetime.fromisoformat(each["starts_at"])
        for each in values["sessions"]
        if not each.get("is_off")
    } - starts_of(engagement)


def spans(
    engagement: Engagement, values: Mapping[str, Any]
) -> tuple[list[tuple[datetime, int]], list[tuple[datetime, int]]]:
    """Sessions with their minutes that are agreed now, and after a yes."""
    now = starts_of(engagement)
    then = now | brought(engagement, values)
    before, after = moments(engagement.terms), moments(values)
    return (
        [(at, before[at]) for at in sorted(now)],
        [(at, after[at]) for at in sorted(then)],
    )


def moments(values: Mapping[str, Any]) -> dict[datetime, int]:
    """Minutes of the sessions of any terms by their start."""
    return {one.starts_at: one.minutes for one in terms.sessions_in(values)}


def moved(
    engagement: Engagement, old: datetime, new: datetime, **lines: Any
) -> dict[str, Any]:
    """The terms with one session on another day."""
    sessions = moments(engagement.terms)
    sessions[new] = sessions.pop(old)
    kept = (starts_of(engagement) - {old}) | {new}
    return changed(engagement, sessions=sessions, kept=kept, **lines)


def more(
    engagement: Engagement,
    *,
    longer: Mapping[datetime, int],
    added: Mapping[datetime, int],
    **beside: int,
) -> dict[str, Any]:
    """The terms with longer or more sessions, or more time beside each of them."""
    sessions = {**moments(engagement.terms), **longer, **added}
    kept = starts_of(engagement) | set(added)
    costs = {} if not added else _more_costs(engagement, len(kept))
    return changed(engagement, sessions=sessions, kept=kept, **beside, **costs)


def _more_costs(engagement: Engagement, sessions: int) -> dict[str, int]:
    """Whoever comes more often travels more often: so much more is kept for costs."""
    cents, before = engagement.terms.get("costs_cents"), len(starts_of(engagement))
    if not cents or not before:
        return {}
    return {"costs_cents": min(-(-cents * sessions // before), MOST_COSTS_CENTS)}


def minutes_at_most(values: Mapping[str, Any], kept: Starts) -> int:
    """All the time of the sessions that are left, with what comes beside each."""
    return sum(
        one.minutes + one.preparation + one.travel + one.debrief
        for one in terms.sessions_in(values)
        if one.starts_at in kept
    )


def work_in(
    values: Mapping[str, Any],
    kept: Starts,
    *,
    is_story_near: bool,
    payer_id: int | None,
) -> Work:
    """What terms ask of somebody in the sessions that begin at `kept`."""
    return Work(
        [one for one in terms.sessions_in(values) if one.starts_at in kept],
        is_story_near=is_story_near,
        pay=terms.pay_in(values, kept, payer_id),
    )
