"""The file of one's log, and the script that checks it without a line of Engage."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from engage.audit import actions as audit
from engage.audit import rules
from engage.core.db import transaction
from engage.looks import check as script
from engage.people.models import Person
from tests import make
from tests.clients import Browser
from tests.house import ROOT

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
SCRIPT = ROOT / "engage" / "looks" / "check.py"
LONG, ROUNDS = 12, 2_000


@pytest.fixture
def person(app: Flask, july: datetime) -> Person:
    person, place = make.consultant(), make.organization()
    ana = make.coordinator(place, staff_name="Ana Réyes")
    for number in range(LONG):
        with transaction():
            audit.record(
                "hours.log" if number % 2 else "hours.approve",
                subject=person.subject,
                thing=f"hours_entry:{number}",
                by=person if number % 2 else ana,
                now=july + timedelta(seconds=number),
                organization_id=None if number % 2 else place.id,
            )
    return person


@pytest.fixture
def lines(person: Person, sign_in: SignInAs) -> list[str]:
    answer = sign_in(person).get("/account/looks/file/log")
    assert answer.headers["Content-Disposition"] == "attachment; filename=log.jsonl"
    return answer.text.splitlines()


def run(folder: Path, lines: list[str], *kept: str) -> tuple[int, str]:
    """As somebody would, with nothing but Python: `-I -S` keeps packages out."""
    file = folder / "log.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(file), *kept],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return done.returncode, done.stdout.strip()


def test_the_script_is_short_and_stands_alone() -> None:
    text = SCRIPT.read_text()
    assert len([line for line in text.splitlines() if line.strip()]) <= 30
    assert [line for line in text.splitlines() if "import" in line] == [
        "import json",
        "import sys",
        "from hashlib import sha256",
    ]


def test_what_is_served_is_that_script(person: Person, sign_in: SignInAs) -> None:
    answer = sign_in(person).get("/account/looks/file/check")
    assert answer.text == SCRIPT.read_text()
    assert answer.headers["Content-Disposition"] == "attachment; filename=check.py"
    assert "engage" not in answer.text.lower()


def test_a_good_file_is_right_and_says_what_to_keep(
    tmp_path: Path, lines: list[str], person: Person, sign_in: SignInAs
) -> None:
    code, said = run(tmp_path, lines)
    mark = said.rpartition(" ")[2]
    assert (code, said.partition(":")[0]) == (0, "Right")
    assert f"{LONG} entries" in said
    assert mark in sign_in(person).get("/account/looks/file").text
    assert run(tmp_path, lines, mark)[0] == 0
    assert "Ana R" in lines[1]  # who it was, for people


def test_tampered_files_are_wrong(tmp_path: Path, lines: list[str]) -> None:
    mark = run(tmp_path, lines)[1].rpartition(" ")[2]
    changed = [line.replace("hours.log", "hours.mend") for line in lines]
    swapped = [lines[0], lines[2], lines[1], *lines[3:]]
    assert run(tmp_path, changed) == (
        1,
        "Wrong: entry 2 was changed, or one before it is missing.",
    )
    assert run(tmp_path, [lines[0], *lines[2:]])[0] == 1
    assert run(tmp_path, swapped)[0] == 1
    assert run(tmp_path, [*lines, lines[-1]])[0] == 1
    assert run(tmp_path, lines[:-1])[0] == 1
    cut = with_head(lines[:-1])
    assert run(tmp_path, cut)[0] == 0  # a tail that was cut, and its head set back
    assert run(tmp_path, cut, mark) == (
        1,
        "Wrong: the line you kept is not in this log.",
    )


def with_head(lines: list[str]) -> list[str]:
    """The first line made to fit what is left."""
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    first |= {"entries": last["entry"]["number"], "head": last["hash"]}
    return [json.dumps(first), *lines[1:]]


def tampered(lines: list[str], chance: random.Random) -> list[str]:
    place = chance.randrange(1, len(lines))
    kind = chance.choice(["change", "rewrite", "delete", "swap", "insert", "cut"])
    found = list(lines)
    entry = json.loads(found[place])
    if kind in {"change", "rewrite"}:
        entry["entry"][chance.choice(["verb", "at", "thing", "by_role"])] = "other"
        if kind == "rewrite":
            entry["hash"] = rules.link(entry["previous"], entry["entry"])
        found[place] = json.dumps(entry)
    elif kind == "delete":
        del found[place]
    elif kind == "swap":
        other = chance.choice([n for n in range(1, len(lines)) if n != place])
        found[place], found[other] = found[other], found[place]
    elif kind == "insert":
        found.insert(place, json.dumps(entry))
    else:
        del found[place:]
    return found


def missed(lines: list[str], checker: ModuleType) -> int:
    chance = random.Random(5)
    return sum(
        checker.check(tampered(lines, chance)).startswith("Right")
        for _ in range(ROUNDS)
    )


def test_thousands_of_tampered_files_are_all_wrong(lines: list[str]) -> None:
    assert missed(lines, script) == 0


def test_control_a_script_that_believes_the_hashes_misses_some(
    lines: list[str],
) -> None:
    text = SCRIPT.read_text().replace("(last, right)", '(last, each["hash"])')
    text = text.replace("last = right", 'last = each["hash"]')
    believing = ModuleType("believing")
    exec(compile(text, "believing", "exec"), believing.__dict__)  # noqa: S102 - ours

    assert missed(lines, believing) > 0


def test_it_asks_again_before_it_is_given(
    person: Person, sign_in: SignInAs, july: datetime
) -> None:
    import time_machine

    browser = sign_in(person)
    with time_machine.travel(july + timedelta(minutes=6), tick=False):
        answer = browser.get("/account/looks/file/log")
    assert answer.status_code == 303
    assert answer.location.startswith("/again")
