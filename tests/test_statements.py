"""A page asks a fixed number of statements, whatever the data."""

import pytest

from tests.filled import Filled
from tests.statements import Counts, counts, most, table


@pytest.fixture(scope="session")
def measured(filled: Filled) -> dict[str, Counts]:
    return {size: counts(filled(size, own="counted")) for size in ("small", "state")}


def test_no_page_asks_more_than_it_may(measured: dict[str, Counts]) -> None:
    print(table(measured))  # noqa: T201 - shown by `pytest -s`, and where it fails
    over = {
        f"{name}, {size}": number
        for size, found in measured.items()
        for name, number in found.items()
        if number > most(name)
    }
    assert over == {}


def test_a_page_asks_as_much_of_a_state_as_of_a_task_force(
    measured: dict[str, Counts],
) -> None:
    small, state = measured["small"], measured["state"]
    assert set(small) == set(state)
    grown = {
        name: (small[name], state[name]) for name in small if small[name] != state[name]
    }
    assert grown == {}
