"""Sign-ins, names, codes and paths as plain values."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.core.errors import Refused
from engage.people import rules
from engage.people.rules import PersonKind, PersonStatus

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "started", "seen", "good"),
    [
        (PersonKind.CONSULTANT, 14 * MINUTE, 14 * MINUTE, True),
        (PersonKind.CONSULTANT, 15 * MINUTE, 15 * MINUTE, False),
        (PersonKind.CONSULTANT, 12 * HOUR - MINUTE, MINUTE, True),
        (PersonKind.CONSULTANT, 12 * HOUR, MINUTE, False),
        (PersonKind.STAFF, 8 * HOUR - MINUTE, MINUTE, True),
        (PersonKind.STAFF, 8 * HOUR, MINUTE, False),
    ],
)
def test_a_sign_in_ends_when_idle_and_when_old(
    kind: PersonKind, started: timedelta, seen: timedelta, good: bool
) -> None:
    end = rules.ends_at(kind, NOW - started, NOW - seen, is_shared=False)
    assert (end > NOW) is good


def test_at_a_shared_device_a_sign_in_ends_sooner() -> None:
    end = rules.ends_at(PersonKind.CONSULTANT, NOW, NOW, is_shared=True)
    assert end == NOW + 5 * MINUTE


def test_a_closed_account_stays_closed() -> None:
    assert rules.after(PersonStatus.ACTIVE, "close") == PersonStatus.CLOSED
    with pytest.raises(Refused):
        rules.after(PersonStatus.CLOSED, "close")
    with pytest.raises(Refused):
        rules.after(PersonStatus.ACTIVE, "reopen")


def test_sign_in_names_are_compared_as_people_type_them() -> None:
    typed = {"Paper Boat", " paper  boat ", "PAPER BOAT", "paper\u00a0boat"}
    assert {rules.plain_name(one) for one in typed} == {"paper boat"}


@pytest.mark.parametrize(("name", "strength"), [("abc", 4), ("maria", 0)])
def test_a_common_name_is_refused_in_the_words_of_a_taken_one(
    name: str, strength: int
) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_sign_in_name(name, strength)
    assert refused.value.sentence == rules.OTHER_NAME
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("length", "strength", "good"),
    [(11, 4, False), (12, 3, True), (12, 2, False), (128, 4, True), (129, 4, False)],
)
def test_a_password_is_long_and_hard_to_guess(
    length: int, strength: int, good: bool
) -> None:
    if good:
        rules.check_password("x" * length, strength)
        return
    with pytest.raises(Refused) as refused:
        rules.check_password("x" * length, strength)
    assert refused.value.field == "password"


def test_a_code_reads_well_and_survives_how_it_is_typed() -> None:
    code = rules.code(random.Random(4).choice)

    assert [len(group) for group in code.split("-")] == [4] * 6
    assert not set(code) - set(rules.CODE_SIGNS) - {"-"}
    for typed in (code.lower(), code.replace("-", " "), f"  {code.replace('-', '')} "):
        assert rules.plain_code(typed) == rules.plain_code(code)


@pytest.mark.parametrize("path", ["/", "/plans/ab2/time?kept=x&line=3", "/work/%20"])
def test_a_path_of_this_site_is_local(path: str) -> None:
    assert rules.is_local(path)


@pytest.mark.parametrize(
    "path",
    ["", "//evil.example", "/\\evil.example", "https://evil.example", "evil.example",
     "javascript:alert(1)", "/a\nb", "/a b", "/\t/evil.example", "\\/evil", "/é"],
)  # fmt: skip
def test_anything_a_browser_may_read_otherwise_is_not(path: str) -> None:
    assert not rules.is_local(path)


@given(st.text(max_size=30))
def test_what_passes_as_local_never_names_a_host(path: str) -> None:
    if rules.is_local(path):
        assert path[0] == "/"
        assert path[1:2] not in {"/", "\\"}
        assert "\\" not in path


def test_neutral_names_do_not_tell_who_came_first() -> None:
    chance = random.Random(7)
    names = {rules.neutral_name(chance.choice) for _ in range(300)}
    assert len(names) > 250
    late = rules.neutral_name(chance.choice, rules.MOST_TRIES - 1)
    assert late.split()[0] in rules.PLANTS


@pytest.mark.parametrize(
    "field", ["password", "new_password", "present", "code", "csrf_token", "once"]
)
def test_secrets_are_never_kept(field: str) -> None:
    assert not rules.may_keep(field)


def test_other_text_is_kept_for_a_day_or_less_when_nobody_is_known() -> None:
    assert rules.may_keep("presentation")
    assert rules.is_kept(NOW, NOW + timedelta(hours=23), known=True)
    assert not rules.is_kept(NOW, NOW + timedelta(hours=24), known=True)
    assert rules.is_kept(NOW, NOW + 29 * MINUTE, known=False)
    assert not rules.is_kept(NOW, NOW + 30 * MINUTE, known=False)


@pytest.mark.parametrize(
    ("ends_on", "good"),
    [
        (date(2026, 7, 14), False),
        (date(2026, 7, 15), True),
        (date(2029, 7, 1), True),
        (date(2029, 8, 1), False),
    ],
)
def test_a_training_record_ends_from_today_on_within_three_years(
    ends_on: date, good: bool
) -> None:
    today = date(2026, 7, 15)
    if good:
        rules.check_training(ends_on, today)
        return
    with pytest.raises(Refused):
        rules.check_training(ends_on, today)


def test_any_training_that_still_runs_is_enough() -> None:
    today = date(2026, 7, 15)
    assert rules.has_valid_training([date(2025, 1, 1), today], today)
    assert not rules.has_valid_training([date(2026, 7, 14)], today)
    assert not rules.has_valid_training([], today)
