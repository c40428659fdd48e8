"""What is printed and drawn: a simulation by name, with what gets worse."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from engage.simulate import command as simulation
from engage.simulate import picture, report
from engage.simulate.assumptions import Assumptions
from engage.simulate.measures import MEASURES, Figures
from engage.simulate.running import Pair, lines

BETTER = Figures(*[10.0] * len(MEASURES))
FEW = Assumptions(organizations=10, people=20, posts=40, boards=5)
WORSE = Figures(*[20.0] * len(MEASURES))


def test_every_measure_has_words_for_getting_worse() -> None:
    found = lines([Pair(1, without=BETTER, with_rules=WORSE)])

    said = report.what_gets_worse(found)

    assert len(said) == len(MEASURES) == len(report.WORSE)
    assert said[0] == (
        "The busiest tenth receive a larger share of the asks. 20% instead of 10%."
    )
    assert report.what_gets_worse(lines([Pair(1, WORSE, BETTER)])) == []


def test_the_table_and_the_picture_say_that_it_is_a_simulation() -> None:
    found = lines([Pair(1, WORSE, BETTER), Pair(2, BETTER, WORSE)])
    table = "\n".join(report.table(found, 2))
    drawn = picture.draw(found, 2)

    assert "a simulation" in table.lower()
    assert "15% (10% to 20%)" in table
    assert "a simulation" in drawn.lower()
    assert report.NO_CLAIM in list(report.assumptions(Assumptions()))


def test_the_picture_is_whole_and_asks_nothing_of_others() -> None:
    drawn = picture.draw(lines([Pair(1, WORSE, BETTER)]), 1)

    root = ElementTree.fromstring(drawn)  # noqa: S314 - drawn here
    assert root.tag.endswith("svg")
    assert drawn.count("http") == 1  # the name of the format
    assert "prefers-color-scheme: dark" in drawn
    for line in MEASURES:
        assert (line.words in drawn) == (line.key not in picture.HIDDEN)


def test_the_command_prints_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "Assumptions", lambda: FEW)
    sheet, drawn = tmp_path / "figures.json", tmp_path / "year.svg"
    command = ["--seeds", "1", "--json", sheet, "--picture", drawn]

    done = CliRunner().invoke(simulation.command, [str(each) for each in command])

    assert done.exit_code == 0, done.output
    assert "What gets worse:" in done.output
    assert "What it takes for granted:" in done.output
    figures = json.loads(sheet.read_text())
    assert figures["seeds"][0]["with"]["too_many"] == 0
    assert drawn.read_text().startswith("<svg")
