from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engage.workload.minutes import Activity, Kept

TELLING = frozenset({Activity.SESSION, Activity.REVIEW})
STORY_WINDOW = timedelta(days=90)


@dataclass(frozen=True)
class StoryDays:
    """Days of agreed story-near engagements (one each), of all agreed sessions, and
    whether this one is story-near."""

    is_story_near: bool = False
    story_days: tuple[date, ...] = ()
    session_days: tuple[date, ...] = ()


def story_days_of(rows: Iterable[Kept]) -> StoryDays:
    """The days that agreed work leaves, whatever of it was logged, and when."""
    told: dict[str, date] = {}
    days = set()
    for row in rows:
        if row.is_logged or row.activity not in TELLING:
            continue
        days.add(row.day)
        if row.is_story:
            told[row.group] = max(row.day, told.get(row.group, row.day))
    return StoryDays(False, tuple(sorted(told.values())), tuple(sorted(days)))


def story_count(days: Sequence[date], story: StoryDays) -> int:
    """Story-near engagements in the fullest 90 days around this one, itself counted.

    An engagement stands on its last session day; 0 when this one is not story-near.
    """
    if not story.is_story_near:
        return 0
    every = (*story.story_days, days[-1])
    starts = [day for day in every if timedelta() <= days[-1] - day < STORY_WINDOW]
    return max(
        sum(start <= day < start + STORY_WINDOW for day in every) for start in starts
    )


def shortest_rest(days: Sequence[date], story: StoryDays) -> tuple[int, date] | None:
    """Free days between telling and the next session, with that day; None if none."""
    pairs = [(told, day) for told in story.story_days for day in days]
    if story.is_story_near:
        pairs += [(days[-1], day) for day in story.session_days]
    rests = [((day - told).days - 1, day) for told, day in pairs if day > told]
    return min(rests, default=None)
