import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.engagements import rules
from engage.engagements.rules import EngagementStatus, Owed
from engage.workload.rules import Session

FIRST, LAST = date(2026, 7, 6), date(2026, 7, 20)
NOW = datetime(2026, 7, 6, 18, tzinfo=UTC)
NEW_YORK = "America/New_York"
TABLE = {
    ("agreed", "begin"): "under_way",
    ("under_way", "finish"): "finished",
    ("agreed", "leave"): "left",
    ("under_way", "leave"): "left",
    ("agreed", "cancel"): "cancelled",
    ("under_way", "cancel"): "cancelled",
}
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
terms = st.dictionaries(st.text(max_size=8), plain, max_size=6)


@pytest.mark.parametrize(
    ("status", "move"),
    list(product(EngagementStatus, ["begin", "finish", "leave", "cancel", "reopen"])),
)
def test_every_move(status, move):
    if (status, move) in TABLE:
        assert rules.after(status, move) == TABLE[status, move]
        return
    with pytest.raises(Refused, match="Look at it again"):
        rules.after(status, move)


@pytest.mark.parametrize(
    ("today", "agreed", "under_way"),
    [
        (FIRST - timedelta(1), "agreed", "under_way"),
        (FIRST, "under_way", "under_way"),
        (LAST, "under_way", "under_way"),
        (LAST + timedelta(1), "finished", "finished"),
    ],
)
def test_the_dates_move_what_is_live(today, agreed, under_way):
    def on(status: EngagementStatus) -> str:
        return rules.status_on(status, FIRST, LAST, today)

    assert on(EngagementStatus.AGREED) == agreed
    assert on(EngagementStatus.UNDER_WAY) == under_way
    for ended in set(EngagementStatus) - rules.LIVE:
        assert on(ended) is ended
        assert rules.moves_due(ended, FIRST, LAST, today) == []


def test_a_worker_that_slept_catches_up_in_order():
    due = rules.moves_due(EngagementStatus.AGREED, FIRST, LAST, LAST + timedelta(9))

    assert due == ["begin", "finish"]


@pytest.mark.parametrize("status", EngagementStatus)
def test_one_may_leave_until_the_end(status):
    if status in ("agreed", "under_way"):
        rules.check_leave(status)
        return
    with pytest.raises(Refused, match="already ended"):
        rules.check_leave(status)


@given(terms)
def test_the_hash_outlives_the_database_and_the_order_of_keys(given_terms):
    stored = json.loads(json.dumps(given_terms))
    turned = dict(reversed(given_terms.items()))

    assert rules.terms_hash(given_terms) == rules.terms_hash(stored)
    assert rules.terms_hash(given_terms) == rules.terms_hash(turned)
    assert len(rules.terms_hash(given_terms)) == 64


@given(terms, terms)
def test_other_terms_have_another_hash(some, others):
    def canonical(value: object) -> str:
        return json.dumps(value, sort_keys=True)

    is_same = canonical(some) == canonical(others)
    assert (rules.terms_hash(some) == rules.terms_hash(others)) is is_same


def test_a_moment_hashes_alike_in_every_zone_and_as_it_is_stored():
    east = NOW.astimezone(timezone(timedelta(hours=-4)))

    assert (
        len(
            {
                rules.terms_hash({"at": NOW, "on": FIRST}),
                rules.terms_hash({"at": east, "on": FIRST}),
                rules.terms_hash({"at": NOW.isoformat(), "on": FIRST.isoformat()}),
            }
        )
        == 1
    )


@pytest.mark.parametrize(
    "value",
    [datetime(2026, 7, 6), {1, 2}, object(), b"x"],  # noqa: DTZ001 - naive on purpose
)
def test_a_value_without_one_form_is_an_error(value):
    with pytest.raises(TypeError):
        rules.terms_hash({"value": value})


def test_what_is_not_a_number_is_an_error():
    with pytest.raises(ValueError, match="JSON"):
        rules.terms_hash({"value": float("nan")})


def test_leaving_pays_begun_sessions_whole_and_preparation_done():
    begun = Session(NOW, 120, preparation=60, travel=30, debrief=15)
    later = Session(NOW + timedelta(minutes=1), 120, 60, 30, 15)

    owed = rules.pay_owed_on_leaving([begun, later], NOW, 75)

    assert owed == Owed(1, 120, 30, 15, 75)


@given(st.lists(st.integers(-500, 500), max_size=8), st.integers(0, 600))
def test_leaving_never_pays_less_than_was_begun(hours, preparation):
    sessions = [Session(NOW + timedelta(hours=offset), 60) for offset in hours]

    owed = rules.pay_owed_on_leaving(sessions, NOW, preparation)

    begun = sum(offset <= 0 for offset in hours)
    assert (owed.sessions, owed.session_minutes) == (begun, 60 * begun)
    assert owed.preparation_minutes == preparation
    cancelled = rules.pay_owed_on_cancelling(sessions, NOW, NEW_YORK, preparation)
    assert cancelled.sessions >= owed.sessions


@pytest.mark.parametrize(
    ("day", "is_paid"),
    [(6, True), (7, True), (8, True), (9, False), (10, False)],
)
def test_cancelling_pays_sessions_under_three_business_days_off(day, is_paid):
    session = Session(datetime(2026, 7, day, 19, tzinfo=UTC), 60)

    owed = rules.pay_owed_on_cancelling([session], NOW, NEW_YORK, 0)

    assert (owed.sessions == 1) is is_paid


def test_a_weekend_is_no_notice():
    friday = datetime(2026, 7, 10, 18, tzinfo=UTC)
    tuesday = Session(datetime(2026, 7, 14, 18, tzinfo=UTC), 60)

    owed = rules.pay_owed_on_cancelling([tuesday], friday, NEW_YORK, 30)

    assert (owed.sessions, owed.preparation_minutes) == (1, 30)


def test_logging_stays_open_for_thirty_days():
    assert rules.last_logging_day(date(2026, 7, 20)) == date(2026, 8, 19)
