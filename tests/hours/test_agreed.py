from datetime import UTC, date, datetime, timedelta

import pytest

from engage.hours import agreed
from engage.hours.agreed import Agreed, Press
from engage.hours.rules import HoursStatus
from engage.workload.rules import Activity, Session

ZONE = "America/New_York"
START = datetime(2026, 7, 20, 18, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = date(2026, 7, 20)


def sessions(*kept: int, count: int = 3) -> list[Agreed]:
    """Weekly hours with 30 minutes of preparation and 10 of debrief each."""
    all_of = [
        Session(START + 7 * DAY * number, 60, 30, 0, 10) for number in range(count)
    ]
    kept_starts = [all_of[number - 1].starts_at for number in kept or (1, 2, 3)]
    return agreed.agreed_sessions(all_of, kept=kept_starts, zone=ZONE)


def test_sessions_are_numbered_by_time_on_local_days() -> None:
    late = Session(datetime(2026, 7, 20, 3, tzinfo=UTC), 60)
    early = Session(datetime(2026, 7, 10, 3, tzinfo=UTC), 60)
    found = agreed.agreed_sessions([late, early], kept=[early.starts_at], zone=ZONE)
    assert [(one.number, one.day, one.is_owed) for one in found] == [
        (1, date(2026, 7, 9), True),
        (2, date(2026, 7, 19), False),
    ]


def test_an_early_end_keeps_all_preparation() -> None:
    assert agreed.agreed_minutes(sessions(1)) == {
        Activity.PREPARATION: 90,
        Activity.SESSION: 60,
        Activity.TRAVEL: 0,
        Activity.DEBRIEF: 10,
    }


def test_a_session_paid_though_cancelled_can_be_logged_on_its_day() -> None:
    assert agreed.ends_on(sessions(1, 2), FIRST) == FIRST + 7 * DAY
    assert agreed.ends_on(sessions(1), FIRST + DAY) == FIRST + DAY
    assert agreed.ends_on(sessions(1), None) is None


@pytest.mark.parametrize(
    ("day", "taken", "same_day", "number"),
    [
        (FIRST + 7 * DAY, (), None, 2),
        (FIRST + 7 * DAY, (2,), None, 2),  # its second entry
        (FIRST + 2 * DAY, (), None, 1),
        (FIRST + 2 * DAY, (1,), None, 2),
        (FIRST + 2 * DAY, (1,), 1, 1),  # goes on with the entry of that day
        (FIRST + 2 * DAY, (1, 2, 3), None, 1),
    ],
)
def test_an_entry_belongs_to_a_session(
    day: date, taken: tuple[int, ...], same_day: int | None, number: int
) -> None:
    found = agreed.session_number(sessions(), day, taken=taken, same_day=same_day)
    assert found == number
    assert agreed.session_number([], day, taken=(), same_day=None) is None


def press(now: datetime, **values: object) -> list[Press]:
    fields = {
        "taken": {},
        "left": agreed.agreed_minutes(sessions()),
        "agreed_on": FIRST - 30 * DAY,
        "today": now.date(),
        **values,
    }
    return agreed.presses(sessions(), now=now, **fields)  # type: ignore[arg-type]


def what(found: list[Press]) -> list[tuple[int, Activity, date]]:
    return [(one.number, one.activity, one.day) for one in found]


def test_only_what_has_been_done_can_be_pressed() -> None:
    assert press(START - 8 * DAY) == []
    ready = press(START - 2 * DAY)
    assert what(ready) == [(1, Activity.PREPARATION, FIRST - 2 * DAY)]
    held = press(START + timedelta(hours=1))
    assert what(held) == [
        (1, Activity.PREPARATION, FIRST - DAY),
        (1, Activity.SESSION, FIRST),
        (1, Activity.DEBRIEF, FIRST),
        (2, Activity.PREPARATION, FIRST),
    ]


def test_what_is_logged_or_used_up_is_not_offered() -> None:
    now = START + timedelta(hours=1)
    taken = {Activity.SESSION: {1}, Activity.PREPARATION: {1}}
    found = press(
        now, taken=taken, left={Activity.PREPARATION: 20, Activity.DEBRIEF: 10}
    )
    assert what(found) == [(1, Activity.DEBRIEF, FIRST)]


def test_a_review_is_pressed_as_a_review() -> None:
    one = agreed.agreed_sessions(
        [Session(START, 60, activity=Activity.REVIEW)], kept=[START], zone=ZONE
    )
    found = agreed.presses(
        one,
        taken={},
        left={Activity.SESSION: 60},
        agreed_on=FIRST,
        now=START + DAY,
        today=FIRST + DAY,
    )
    assert [each.activity for each in found] == [Activity.REVIEW]


@pytest.mark.parametrize(
    ("days", "statuses", "may"),
    [
        (30, (), False),
        (31, (), True),
        (31, (HoursStatus.APPROVED, HoursStatus.WITHDRAWN), True),
        (31, (HoursStatus.SUBMITTED,), False),
        (90, (HoursStatus.SUBMITTED,), False),
        (31, (HoursStatus.RETURNED,), False),
        (61, (HoursStatus.RETURNED,), True),
    ],
)
def test_money_is_free_when_nothing_can_come(
    days: int, statuses: tuple[HoursStatus, ...], may: bool
) -> None:
    assert agreed.may_settle(FIRST, FIRST + days * DAY, statuses) is may


def test_weeks_begin_on_the_persons_own_day() -> None:
    days = {date(2026, 7, 19): 60, date(2026, 7, 18): 30, date(2026, 7, 5): 5}
    found = list(agreed.week_sums(days, 6, date(2026, 7, 20), 3))
    assert found == [
        (date(2026, 7, 19), 60),
        (date(2026, 7, 12), 30),
        (date(2026, 7, 5), 5),
    ]
