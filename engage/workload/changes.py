from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from engage.core.calendar import DAY
from engage.core.errors import N_, Refused
from engage.core.money import Minutes
from engage.workload.availability import WHOLE_DAY, Window
from engage.workload.effects import Limits

# The most that can be written, by the field of Limits that a consultant sets.
MOST = {
    "week_minutes": 7 * WHOLE_DAY,
    "month_minutes": 31 * WHOLE_DAY,
    "at_once": 50,
    "invitations_30": 200,
    "story_90": 50,
    "rest_days": 90,
    "notice_days": 90,
}
DAYS = frozenset({"rest_days", "notice_days"})  # more of them lets less through
STEPS = {"week_minutes": 60, "month_minutes": 240}  # by one press; others by one
LONGEST_SPAN = 92
FURTHEST = 730


@dataclass(frozen=True)
class Change:
    """One limit before and after, by its field; None is no limit."""

    name: str
    before: int | None
    after: int | None

    @property
    def is_time(self) -> bool:
        return self.name.endswith("_minutes")

    @property
    def is_raise(self) -> bool:
        """Whether more requests get through: more of it, none of it, or fewer days."""
        if self.name in DAYS:
            return (self.after or 0) < (self.before or 0)
        if self.before is None:
            return False
        return self.after is None or self.after > self.before


def changes(before: Limits, after: Limits) -> list[Change]:
    """What differs, in the order of the page; no days and none set are the same."""
    every = [Change(name, _value(before, name), _value(after, name)) for name in MOST]
    return [one for one in every if one.before != one.after]


def _value(limits: Limits, name: str) -> int | None:
    value: int | None = getattr(limits, name)
    return value or 0 if name in DAYS else value


def stepped(name: str, value: int | None, *, is_more: bool) -> int | None:
    """A limit after one press on more or less; no limit stays none."""
    if value is None:
        return None
    step = STEPS.get(name, 1)
    return min(max(value + (step if is_more else -step), 0), MOST[name])


def is_raise(before: Limits, after: Limits) -> bool:
    return any(one.is_raise for one in changes(before, after))


def check_limits(before: Limits, after: Limits, *, sure: bool) -> None:
    """Refuse figures that make no sense, and a raise that was not said yes to."""
    for name, most in MOST.items():
        value = getattr(after, name)
        if value is not None and not 0 <= value <= most:
            written = Minutes(most) if name.endswith("_minutes") else most
            raise Refused(N_("Write at most %(most)s."), field=name, most=written)
    if is_raise(before, after) and not sure:
        raise Refused(N_("This raises a limit. Please press Save again and say yes."))


def check_weekdays(weekdays: Collection[int]) -> None:
    """Refuse a weekly time on no day at all."""
    if not weekdays:
        raise Refused(N_("Choose at least one day."), field="weekdays")


def check_window(start_minute: int, end_minute: int) -> int:
    """The end minute, midnight after when 0 was written; refuses an empty time."""
    end = end_minute or WHOLE_DAY
    if end <= start_minute:
        raise Refused(
            N_(
                "Choose an end that is later than the start. A time past midnight goes"
                " on the next day."
            ),
            field="ends",
        )
    return end


def meets(one: Window, other: Window) -> bool:
    """Whether two times of the same day overlap or touch."""
    return (
        one.weekday == other.weekday
        and one.start_minute <= other.end_minute
        and other.start_minute <= one.end_minute
    )


def joined(one: Window, other: Window) -> Window:
    """The one time that two which meet make together."""
    return Window(
        one.weekday,
        min(one.start_minute, other.start_minute),
        max(one.end_minute, other.end_minute),
    )


def check_days(first: date, last: date, today: date) -> None:
    """Refuse days that are over, out of order, too many or too far away."""
    if first < today:
        raise Refused(N_("Choose today or a later day."), field="first")
    if last < first:
        raise Refused(
            N_("Choose a last day that is not before the first."), field="last"
        )
    if last - first >= DAY * LONGEST_SPAN:
        raise Refused(
            N_("Choose at most %(most)s days at once. A pause can be longer."),
            field="last",
            most=LONGEST_SPAN,
        )
    if last > today + DAY * FURTHEST:
        raise Refused(N_("Choose a day within the next two years."), field="last")


def check_pause(ends_on: date | None, today: date) -> None:
    """Refuse a pause that would be over before it begins."""
    if ends_on is not None and ends_on < today:
        raise Refused(N_("Choose today or a later day."), field="ends_on")
