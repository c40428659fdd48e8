"""What may be at random: zones, days on which clocks turn, limits, wishes, work."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from engage.opportunities.rules import OpportunityKind, Story, WorkActivity
from engage.workload.rules import Limits

ZONES = (
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Europe/Dublin",
    "America/St_Johns",
    "America/New_York",
    "America/Phoenix",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Niue",
)
# A few days before a clock turns, a year ends with a 53rd week, or a leap day comes.
STARTS = (
    datetime(2026, 9, 26, 20, 0, tzinfo=UTC),
    datetime(2026, 10, 27, 9, 0, tzinfo=UTC),
    datetime(2026, 12, 22, 23, 30, tzinfo=UTC),
    datetime(2027, 3, 9, 11, 0, tzinfo=UTC),
    datetime(2027, 3, 30, 4, 0, tzinfo=UTC),
    datetime(2028, 2, 24, 13, 0, tzinfo=UTC),
)
HOLIDAYS = tuple(
    date(*day)
    for day in (
        *((2026, 10, 12), (2026, 11, 11), (2026, 11, 26), (2026, 12, 25)),
        *((2027, 1, 1), (2027, 1, 18), (2027, 2, 15), (2027, 5, 31)),
        *((2027, 6, 18), (2027, 7, 5), (2028, 5, 29), (2028, 6, 19)),
    )
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBER = st.integers(0, 10**6)
LIMITS = st.builds(
    Limits,
    week_minutes=st.sampled_from([None, 120, 240, 480, 60, 0]),
    month_minutes=st.sampled_from([None, 960, 480, 180]),
    at_once=st.sampled_from([None, 3, 2, 1]),
    invitations_30=st.sampled_from([None, 8, 4, 2, 1]),
    notice_days=st.sampled_from([0, 0, 0, 3, 8]),
    story_90=st.sampled_from([None, 2, 1, 0]),
    rest_days=st.sampled_from([0, 0, 2, 5]),
)
WISHES = {
    "limits": LIMITS,
    "pause": st.sampled_from([None, 0, 3, 20]),
    "no_pause": st.none(),
    "window": st.tuples(
        st.sets(st.integers(0, 6), min_size=4),
        st.sampled_from([0, 60, 540]),
        st.sampled_from([600, 1020, 1440]),
    ),
    "no_window": st.none(),
    "days": st.tuples(st.integers(1, 20), st.integers(0, 6), st.booleans()),
    "filter": st.tuples(st.sampled_from([0, 0, 1]), st.booleans(), st.booleans()),
    "house": st.tuples(st.sampled_from(ZONES), st.integers(0, 6)),
}
WISH = st.sampled_from(sorted(WISHES)).flatmap(
    lambda kind: st.tuples(st.just(kind), WISHES[kind])
)
WORK = st.fixed_dictionaries(
    {
        "first": st.integers(5, 24),
        "hour": st.integers(0, 23),
        "gaps": st.lists(st.integers(1, 9), max_size=2),
        "minutes": st.sampled_from([30, 60, 90, 180, 420]),
        "preparation_minutes": st.sampled_from([0, 0, 30, 95]),
        "travel_minutes": st.sampled_from([0, 0, 40]),
        "debrief_minutes": st.sampled_from([0, 15]),
        "rate_cents": st.sampled_from([60_00, 90_00]),
        "seats_wanted": st.integers(1, 3),
        "asks_pool": st.sampled_from([True, True, False]),
        "has_law_enforcement": st.booleans(),
        "activity": st.sampled_from([WorkActivity.MEETING, WorkActivity.SPEAKING]),
        "story": st.sampled_from([Story.NONE, Story.NONE, Story.WELCOME]),
        "kind": st.sampled_from(
            [OpportunityKind.CONSULTING, OpportunityKind.ADVISORY_BOARD]
        ),
        "answer_days": st.integers(3, 10),
    }
)
