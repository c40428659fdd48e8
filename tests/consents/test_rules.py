from datetime import date, timedelta

import pytest

from engage.consents import rules
from engage.consents.rules import ConsentStatus, SeenAs, UseStatus, VersionStatus
from engage.core.errors import Refused
from tests.conftest import JULY

TODAY = date(2026, 7, 15)
DAY = timedelta(days=1)


def test_a_year_and_the_ends_of_months() -> None:
    assert rules.last_day(TODAY, 12) == date(2027, 7, 15)
    assert rules.last_day(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert rules.last_day(date(2026, 12, 5), 36) == date(2029, 12, 5)
    for months in (0, 37):
        with pytest.raises(Refused):
            rules.last_day(TODAY, months)


def test_who_gives_may_make_it_shorter_and_never_longer() -> None:
    rules.check_within(12, 1)
    rules.check_within(12, 12)
    for months in (0, 13):
        with pytest.raises(Refused):
            rules.check_within(12, months)


@pytest.mark.parametrize("status", [ConsentStatus.ASKED, ConsentStatus.CLOSED])
def test_a_no_reads_as_no_answer_and_not_before_the_day(status: ConsentStatus) -> None:
    def seen(after: timedelta) -> SeenAs:
        return rules.seen_as(status, JULY, None, now=JULY + after, today=TODAY)

    assert seen(-DAY) is SeenAs.WAITING
    assert seen(0 * DAY) is SeenAs.NOT_GIVEN


def test_it_ends_by_its_own_date_before_the_worker_comes() -> None:
    live = ConsentStatus.LIVE
    assert rules.is_in_force(live, TODAY, TODAY)
    assert not rules.is_in_force(live, TODAY, TODAY + DAY)
    assert not rules.is_in_force(ConsentStatus.WITHDRAWN, TODAY, TODAY)
    seen = rules.seen_as(live, JULY, TODAY, now=JULY, today=TODAY + DAY)
    assert seen is SeenAs.EXPIRED


def test_only_what_was_asked_can_be_given_and_only_what_lives_can_end() -> None:
    for status in ConsentStatus:
        for move in ("give", "close", "withdraw", "expire"):
            if (status, move) in rules.MOVES:
                assert rules.after(status, move)
            else:
                with pytest.raises(Refused):
                    rules.after(status, move)
    assert len(rules.MOVES) == 4


def test_nothing_is_published_without_a_yes() -> None:
    for status in (VersionStatus.PROPOSED, VersionStatus.OUT):
        with pytest.raises(Refused):
            rules.version_after(status, "publish")
    with pytest.raises(Refused):
        rules.use_after(UseStatus.DONE, "asked")


def test_one_changed_sign_changes_the_mark() -> None:
    first = rules.fingerprint("u", {"text": "One word.", "address": ""})
    assert first == rules.fingerprint("u", {"address": "", "text": "One word."})
    assert first != rules.fingerprint("u", {"text": "One word", "address": "."})
    with pytest.raises(Refused):
        rules.check_same(first, first[:-1] + "0" + "1")


def test_the_mark_of_a_file() -> None:
    assert rules.check_file_hash("") is None
    assert rules.check_file_hash(" AB" * 32) == "ab" * 32
    for text in ("ab", "g" * 64, "٣" * 64):
        with pytest.raises(Refused):
            rules.check_file_hash(text)


def test_places_days_and_dates_have_bounds() -> None:
    rules.check_uses(1, 2)
    with pytest.raises(Refused):
        rules.check_uses(2, 2)
    for days in (2, 31):
        with pytest.raises(Refused):
            rules.check_short(days)
    rules.check_since(TODAY, TODAY, TODAY)
    for since in (TODAY + DAY, TODAY - 2 * DAY):
        with pytest.raises(Refused):
            rules.check_since(since, TODAY - DAY, TODAY)
