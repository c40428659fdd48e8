"""The wording check against the corpus: no error missed, few false alarms."""

import re

import pytest

from engage.opportunities.rules import Level
from engage.opportunities.word_lists import LANGUAGES, load_words
from tests.opportunities.corpus import Score, report, score, sentences

# What the lists reach today, rounded down: a change may not lose it unseen.
PRECISION = {
    ("en", Level.ERROR): 0.96,
    ("en", Level.WARNING): 0.96,
    ("en", Level.NOTE): 0.9,
    ("es", Level.ERROR): 0.96,
    ("es", Level.WARNING): 0.96,
    ("es", Level.NOTE): 0.9,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_error_of_the_corpus_is_missed(language: str) -> None:
    assert score(sentences(language), Level.ERROR).recall == 1.0


@pytest.mark.parametrize(("language", "level"), PRECISION)
def test_false_alarms_stay_rare(language: str, level: Level) -> None:
    one = score(sentences(language), level)
    assert one.precision >= PRECISION[language, level]
    assert one.recall >= 0.95


def test_half_is_quoted_word_for_word_and_half_is_harmless() -> None:
    rows = [row for language in LANGUAGES for row in sentences(language)]
    assert len(rows) >= 120
    assert sum(row.kind == "verbatim" for row in rows) >= 60
    assert sum(row.kind == "harmless" for row in rows) >= 60
    assert all(row.source for row in rows if row.kind != "harmless")
    assert all(not row.expected for row in rows if row.kind == "harmless")
    assert len({row.text for row in rows}) == len(rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_that_blocks_has_a_sentence_of_its_own(language: str) -> None:
    expected = {key for row in sentences(language) for key, _ in row.expected}
    rows = load_words(language).words
    blocking = {
        row.key for row in rows if Level.ERROR in (row.level, row.level_without_story)
    }
    assert blocking <= expected


def test_a_blunt_checker_would_fail() -> None:
    """The floors can be missed: a check by bare words finds too much."""
    bare = re.compile(r"\b(?:save|exit|voice|story|victim\w*|volunteer\w*)\b", re.I)
    rows = sentences("en")
    extra = sum(bool(bare.search(row.text)) and not row.expected for row in rows)
    assert extra > 10
    assert Score(right=1, missed=1, extra=0).recall == 0.5
    assert Score(right=1, missed=0, extra=1).precision == 0.5


def test_the_report_has_a_line_for_each_language_and_level() -> None:
    lines = list(report())
    assert sum(line.startswith(LANGUAGES) for line in lines) >= 8
