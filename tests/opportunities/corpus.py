"""Precision and recall of the wording check over the corpus, per language and level.

Run as a module it prints them, and every sentence on which the check and the reader of
the guidance differ.
"""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engage.opportunities.rules import Level, Story
from engage.opportunities.word_lists import LANGUAGES, load_words
from engage.opportunities.wording import wording_findings

FOLDER = Path(__file__).parent / "corpus"
Mark = tuple[str, Level]


@dataclass(frozen=True)
class Sentence:
    language: str
    kind: str
    source: str
    text: str
    story: Story
    is_pay_blank: bool
    expected: frozenset[Mark]

    def found(self) -> frozenset[Mark]:
        findings = wording_findings(
            {"what_is_asked": self.text},
            load_words(self.language),
            self.story,
            is_pay_blank=self.is_pay_blank,
        )
        # How hard a text is to read is another question, with tests of its own.
        return frozenset((f.key, f.level) for f in findings if f.key != "grade")


@dataclass(frozen=True)
class Score:
    right: int
    missed: int
    extra: int

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed or 1)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.extra or 1)


def sentences(language: str) -> list[Sentence]:
    data = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return [
        Sentence(
            language,
            row["kind"],
            row.get("source", ""),
            row["text"],
            Story(row.get("story", Story.NONE)),
            row.get("is_pay_blank", False),
            frozenset(_mark(each) for each in row["expect"]),
        )
        for row in data["sentence"]
    ]


def _mark(text: str) -> Mark:
    key, _, level = text.partition(":")
    return key, Level(level)


def score(rows: list[Sentence], level: Level | None = None) -> Score:
    """Counted by finding: the same row at another level is a miss and an extra."""
    right = missed = extra = 0
    for row in rows:
        found, expected = _at(row.found(), level), _at(row.expected, level)
        right += len(found & expected)
        missed += len(expected - found)
        extra += len(found - expected)
    return Score(right, missed, extra)


def _at(marks: frozenset[Mark], level: Level | None) -> frozenset[Mark]:
    return frozenset(each for each in marks if level in (None, each[1]))


def report() -> Iterator[str]:
    yield "language  level    right missed extra  recall precision"
    for language in LANGUAGES:
        rows = sentences(language)
        for level in (*Level, None):
            one = score(rows, level)
            yield (
                f"{language:9} {level or 'all':8} {one.right:5} {one.missed:6} "
                f"{one.extra:5}  {one.recall:6.3f} {one.precision:9.3f}"
            )
    for row in (row for language in LANGUAGES for row in sentences(language)):
        for word, marks in (
            ("missed", row.expected - row.found()),
            ("extra", row.found() - row.expected),
        ):
            for key, level in sorted(marks):
                yield f"{row.language} {word} {key} ({level}): {row.text}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
