from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.offers import rules
from engage.offers.rules import OfferStatus, ReadsAs
from engage.panels.rules import HeldSeat, SeatRole

NOW = datetime(2026, 7, 1, 14, tzinfo=UTC)
TODAY = date(2026, 7, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TABLE = {
    ("waiting", "accept"): "accepted",
    ("waiting", "accept_if"): "conditional",
    ("waiting", "close"): "closed",
    ("conditional", "accept"): "accepted",
    ("conditional", "settle"): "accepted",
    ("conditional", "close"): "closed",
}
ALL_MOVES = ["accept", "accept_if", "settle", "close", "decline"]
moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds
    datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(
    ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/Havana"]
)
people = st.integers(1, 6)
held = st.frozensets(people, max_size=3)
conditional = st.lists(
    st.tuples(st.integers(1, 999), people, st.booleans()),
    unique_by=lambda one: one[0],
    max_size=5,
)


@pytest.mark.parametrize(("status", "move"), list(product(OfferStatus, ALL_MOVES)))
def test_every_move(status, move):
    if (status, move) in TABLE:
        assert rules.after(status, move) == TABLE[status, move]
        return
    with pytest.raises(Refused, match="no longer open. Nothing for you to do"):
        rules.after(status, move)


@given(st.sampled_from(OfferStatus), st.booleans(), st.integers(-500, 500))
def test_every_non_yes_reads_alike_at_every_moment(status, is_named, hours):
    def read(one: OfferStatus) -> ReadsAs:
        return rules.reads_as(one, NOW + hours * HOUR, NOW, is_named=is_named)

    if status is not OfferStatus.ACCEPTED:
        assert read(status) is read(OfferStatus.WAITING)
        assert read(status) is (ReadsAs.WAITING if hours < 0 else ReadsAs.NOT_AVAILABLE)
        return
    is_shown = is_named or hours >= 0
    assert read(status) is (ReadsAs.YES if is_shown else ReadsAs.WAITING)


def test_the_pool_is_still_asked_until_the_reply_by_date():
    assert rules.found_sentence(NOW - HOUR, NOW).endswith("still asking")
    assert not rules.found_sentence(NOW, NOW).endswith("still asking")


@pytest.mark.parametrize(
    ("after", "is_named", "words"),
    [
        (2 * DAY, False, None),
        (2 * DAY - HOUR / 60, False, "at least 48 hours"),
        (90 * DAY, False, None),
        (2 * DAY, True, None),
        (11 * DAY - HOUR / 60, True, None),  # to the end of the tenth day
        (11 * DAY, True, "at most 10 days"),
        (2 * DAY - HOUR / 60, True, "at least 48 hours"),
    ],
)
def test_people_have_two_days_and_one_named_person_no_more_than_ten(
    after, is_named, words
):
    if words is None:
        rules.check_reply_by(NOW, NOW + after, is_named=is_named)
        return
    with pytest.raises(Refused, match=words) as refusal:
        rules.check_reply_by(NOW, NOW + after, is_named=is_named)
    assert refusal.value.field == "reply_by"


def test_the_reply_by_date_is_over_before_the_work_begins():
    start = NOW + 5 * DAY

    rules.check_reply_by(NOW, start, is_named=False, first_session=start)
    with pytest.raises(Refused, match="before the first session"):
        rules.check_reply_by(NOW, start + HOUR, is_named=False, first_session=start)


@given(moments, st.integers(-200, 200))
def test_nobody_is_asked_with_less_than_two_days(now, hours):
    reply_by = now + hours * HOUR

    assert rules.may_still_ask(now, reply_by) == (hours >= 48)


@given(st.integers(0, 30), st.integers(0, 120))
def test_at_most_three_wait_for_each_open_seat(open_seats, waiting):
    size = rules.wave_size(open_seats, waiting)

    assert size >= 0
    assert size == 0 or waiting + size == 3 * open_seats


@given(moments, zones)
def test_waves_come_at_nine_and_three_and_none_is_left_out(now, zone):
    wave = rules.next_wave_at(now, zone)

    wall = wave.astimezone(ZoneInfo(zone))
    assert now < wave <= now + 19 * HOUR
    assert (wall.hour, wall.minute, wall.second) in {(9, 0, 0), (15, 0, 0)}
    assert rules.next_wave_at(wave - timedelta(seconds=1), zone) == wave
    assert rules.next_wave_at(wave, zone) > wave


candidates = st.lists(
    st.tuples(st.integers(1, 99), st.integers(0, 9), st.floats(0, 1)),
    unique_by=lambda one: one[0],
    max_size=20,
)


@given(candidates, st.integers(0, 25), st.randoms())
def test_those_asked_least_come_first_whatever_the_order(given_people, size, random):
    chosen = rules.choose_wave(given_people, size)
    turned = list(given_people)
    random.shuffle(turned)

    asks = {person: count for person, count, _ in given_people}
    assert len(chosen) == len(set(chosen)) == min(size, len(given_people))
    most = max((asks[person] for person in chosen), default=0)
    left = set(asks) - set(chosen)
    assert not chosen or all(asks[person] >= most for person in left)
    ties = {(count, chance) for _, count, chance in given_people}
    if len(ties) == len(given_people):
        assert rules.choose_wave(turned, size) == chosen


@given(held, conditional)
def test_conditional_yeses_settle_all_together_at_two_voices(held_now, waiting):
    settled = rules.settles(held_now, waiting)

    voices = set(held_now) | {person for _, person, counts in waiting if counts}
    everyone = [offer for offer, _, _ in waiting]
    assert settled == (everyone if len(voices) >= 2 else [])


@given(held, conditional)
def test_who_settles_is_never_the_only_counted_voice(held_now, waiting):
    settled = set(rules.settles(held_now, waiting))

    joined = {p for offer, p, counts in waiting if counts and offer in settled}
    assert not settled or len(set(held_now) | joined) >= 2


@pytest.mark.parametrize(
    ("held_now", "waiting", "settled"),
    [
        (set(), [(1, 10, True)], []),
        (set(), [(1, 10, True), (2, 11, True)], [1, 2]),
        ({12}, [(1, 10, True)], [1]),
        ({10}, [(1, 10, True)], []),  # the same person twice is one voice
        (set(), [(1, 10, True), (2, 10, True)], []),
        ({12}, [(1, 10, False)], []),  # not counted makes up no number
        (set(), [(1, 10, False), (2, 11, True)], []),
        (set(), [(1, 10, False), (2, 11, True), (3, 12, True)], [1, 2, 3]),
        ({12, 13}, [(1, 10, False)], [1]),
        ({12, 13}, [], []),
    ],
)
def test_settling_case_by_case(held_now, waiting, settled):
    assert rules.settles(held_now, waiting) == settled


@given(held, conditional, st.tuples(st.just(1000), people, st.booleans()))
def test_one_more_yes_never_unsettles(held_now, waiting, more):
    before = rules.settles(held_now, waiting)

    assert set(before) <= set(rules.settles(held_now, [*waiting, more]))


@pytest.mark.parametrize(
    ("counted", "is_counted", "seats", "words"),
    [
        ([], True, 7, "Right now you would be the only survivor voice among 7 seats."),
        ([5], True, 7, "Right now you would be the only survivor voice among 7 seats."),
        (
            [1],
            True,
            7,
            "Right now you would be one of 2 survivor voices among 7 seats.",
        ),
        ([], False, 7, "Right now no survivor voice is known among 7 seats."),
        ([1], False, 7, "Right now there is one survivor voice among 7 seats."),
        ([1, 2], False, 7, "Right now there are 2 survivor voices among 7 seats."),
        ([], True, 1, "You would do this alone."),
    ],
)
def test_the_offer_tells_who_else_is_in_the_room(counted, is_counted, seats, words):
    room = [HeldSeat(person, True, SeatRole.MEMBER) for person in counted]
    room += [HeldSeat(8, True, SeatRole.FACILITATOR), HeldSeat(None, True, "member")]

    sentence, values = rules.would_be(room, 5, is_counted, seats)

    assert sentence % values == words


def test_a_first_named_ask_is_delivered():
    assert rules.may_ask_named(0, None, TODAY, 180)


def test_one_open_ask_at_a_time():
    assert not rules.may_ask_named(1, None, TODAY, 180)


@pytest.mark.parametrize(("days", "is_delivered"), [(13, False), (14, True)])
def test_asks_of_one_person_cool_for_two_weeks(days, is_delivered):
    last = TODAY - timedelta(days=days)

    assert rules.may_ask_named(0, last, TODAY, 180) is is_delivered


@pytest.mark.parametrize(
    ("minutes", "missed", "is_delivered"),
    [
        (240, [], True),
        (240, [480], True),
        (240, [480, 480], True),
        (360, [480, 240], False),
        (480, [480, 240], True),
    ],
)
def test_a_third_size_is_a_step_and_stays_undelivered(minutes, missed, is_delivered):
    assert rules.may_ask_named(0, None, TODAY, minutes, missed) is is_delivered


@given(st.integers(0, 1200))
def test_halving_learns_from_no_more_than_two_noes(room):
    low, high, day = 0, 1200, TODAY
    missed: list[int] = []
    telling_noes = 0
    while high - low > 15:
        size = (low + high) // 2
        is_delivered = rules.may_ask_named(0, None, day, size, missed)
        is_yes = is_delivered and size <= room
        low, high = (size, high) if is_yes else (low, size)
        if not is_yes:
            telling_noes += is_delivered
            missed.append(size)

    assert telling_noes <= rules.MOST_SIZES
