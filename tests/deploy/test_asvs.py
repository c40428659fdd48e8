"""Each requirement that applies has its line, and each line a proof that is there.

Requirements are cited by their ids in OWASP ASVS 5.0.0; the words beside them are ours.
"""

import ast
import csv
from collections import Counter
from functools import cache
from typing import NamedTuple

import pytest

from tests.house import ROOT

TABLE = ROOT / "docs" / "security" / "asvs.csv"
PAGE = ROOT / "docs" / "security.md"
# How many of each chapter apply, at levels 1, 2 and 3; what is left out has no place
# in this program, and the page says why.
CHAPTERS = {
    1: (6, 10, 3), 2: (4, 7, 2), 3: (7, 10, 12), 4: (1, 3, 6), 5: (1, 2, 0),
    6: (13, 18, 10), 7: (6, 9, 1), 8: (4, 3, 6), 9: (4, 1, 0), 11: (3, 11, 9),
    12: (3, 5, 3), 13: (1, 12, 8), 14: (2, 7, 3), 15: (3, 10, 8), 16: (0, 16, 1),
}  # fmt: skip
LEFT_OUT = {
    "V1.2": (6, 7, 8), "V1.3": (1, 4, 5, 8, 9), "V1.4": (1, 3), "V1.5": (1,),
    "V3.5": (2, 5), "V5.3": (1,), "V6.4": (5,), "V6.6": (4,), "V7.1": (3,),
    "V9.2": (3, 4), "V11.6": (2,), "V12.1": (3,), "V14.2": (8,),
}  # fmt: skip
PROOFS = {"test", "check", "file", "page", "sample", "process"}
# At levels 1 and 2, and not met: each is said on the page.
STILL_OPEN: set[str] = set()
DECLINED = {"V2.4.2", "V8.2.4", "V11.7.1", "V13.3.3"}
WANTED = {"V3.7.4", "V12.1.4", "V12.1.5", "V12.3.5"}


class Line(NamedTuple):
    id: str
    level: str
    status: str
    proof: str
    where: str
    note: str

    @property
    def places(self) -> list[str]:
        return [each.strip() for each in self.where.split(";") if each.strip()]

    @property
    def chapter(self) -> int:
        return int(self.id[1:].partition(".")[0])


def lines() -> list[Line]:
    with TABLE.open(newline="") as file:
        return [Line(**row) for row in csv.DictReader(file)]


@cache
def names_in(path: str) -> frozenset[str]:
    """Test functions, test classes and "class::test" of a file, without running it."""
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {f"{node.name}::{each.name}" for each in inner}
    return frozenset(found)


def missing(place: str) -> str:
    """Why this place proves nothing, or nothing."""
    path, _, name = place.partition("::")
    if not (ROOT / path).is_file():
        return f"{path} is not there"
    if not name:
        return f"{place} names no test" if path.startswith("tests/test_") else ""
    plain = name.rpartition("::")[2]
    if name not in names_in(path) or not plain.lower().startswith("test"):
        return f"{place} is not there"
    return ""


def test_each_requirement_that_applies_has_one_line() -> None:
    found = lines()
    assert len({each.id for each in found}) == len(found) == 254
    counted = Counter((each.chapter, each.level) for each in found)
    wanted = {
        (chapter, str(level)): number
        for chapter, numbers in CHAPTERS.items()
        for level, number in enumerate(numbers, 1)
        if number
    }
    assert counted == wanted


def test_within_a_section_only_what_is_named_is_left_out() -> None:
    found = {each.id for each in lines()}
    for section, numbers in LEFT_OUT.items():
        for number in numbers:
            assert f"{section}.{number}" not in found


def test_every_place_is_there() -> None:
    wrong = [
        f"{each.id}: {missing(place)}"
        for each in lines()
        for place in each.places
        if missing(place)
    ]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_every_line_has_a_proof_of_its_kind() -> None:
    for each in lines():
        assert each.proof in PROOFS, each.id
        assert each.places, each.id
        assert each.status in {"met", "wanted", "declined"}, each.id
        if each.proof == "test":
            assert any("::" in place for place in each.places), each.id
        if each.status != "met":
            assert each.note, each.id


def test_levels_1_and_2_are_met_but_for_what_is_named() -> None:
    found = lines()
    unmet = {each.id for each in found if each.status != "met"}
    low = {each.id for each in found if each.level in {"1", "2"}}
    assert unmet & low == STILL_OPEN
    assert unmet - low == DECLINED | WANTED
    by_id = {each.id: each.status for each in found}
    assert {by_id[each] for each in DECLINED} == {"declined"}


def test_the_page_names_what_is_not_met_and_counts_right() -> None:
    text = PAGE.read_text()
    found = lines()
    for each in found:
        assert each.status == "met" or each.id in text, each.id
    for level in "123":
        of_level = [each.status for each in found if each.level == level]
        said = f"| {level} | {len(of_level)} | {of_level.count('met')} |"
        assert said in text, said


@pytest.mark.parametrize(
    "place",
    [
        "tests/deploy/test_asvs.py::test_that_nobody_wrote",
        "tests/deploy/test_asvs.py::lines",
        "tests/deploy/test_nothing.py::test_a",
        "docs/nothing.md",
        "tests/test_dangers.py",
    ],
)
def test_a_place_that_proves_nothing_is_caught(place: str) -> None:
    assert missing(place)
