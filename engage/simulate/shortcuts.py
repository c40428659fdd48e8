"""Cheap looks that spare the whole rule; each only says no where the rule says no."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from engage.core import calendar
from engage.simulate.assumptions import FIRST_DAY, FIRST_WEEKDAY, ZONE
from engage.simulate.demand import Consultant, Demand
from engage.simulate.diary import Diary, suits
from engage.workload.rules import Limits, Work, effect, month_effect, spread
from engage.workload.story import StoryDays, story_count


@dataclass(frozen=True)
class Least:
    """The least that a work asks for of anybody, however empty their weeks are."""

    week: int
    month: int
    days: Sequence[date]

    def suits(self, person: Consultant, demand: Demand) -> bool:
        limits = person.limits
        return (
            (limits.week_minutes is None or self.week <= limits.week_minutes)
            and (limits.month_minutes is None or self.month <= limits.month_minutes)
            and suits(person, demand)
        )

    def has_told_enough(self, diary: Diary, demand: Demand) -> bool:
        """Whether one more talk would pass the person's own number in 90 days."""
        most = diary.person.limits.story_90
        if most is None or not demand.work.is_story_near:
            return False
        told = [one.days[-1] for one in diary.held.values() if one.is_story_near]
        return story_count(self.days, StoryDays(True, tuple(told))) > most


def least(demand: Demand) -> Least:
    """Without preparation: that alone can move to other days as time goes by."""
    bare = Work([replace(one, preparation=0) for one in demand.work.sessions])
    pieces = spread(bare.sessions, ZONE, FIRST_DAY)
    weeks = effect({}, pieces, Limits(), FIRST_WEEKDAY)
    months = month_effect({}, pieces, Limits())
    days = {calendar.local_day(one.starts_at, ZONE) for one in bare.sessions}
    return Least(
        max(one.after for one in weeks),
        max(one.after for one in months),
        sorted(days),
    )
