import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from io import BufferedReader
from typing import Any

from engage.opportunities.rules import Level
from engage.opportunities.wording import Degree, When, Word, WordList

LANGUAGES = ("en", "es")


@lru_cache(maxsize=len(LANGUAGES))
def load_words(language: str) -> WordList:
    """The list that ships with Engage; English where a language has none."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    file = files("engage.opportunities") / "words" / f"{name}.toml"
    return read_words(file.read_text("utf-8"))


def read_words(text: str) -> WordList:
    """A list from its TOML, also one that a local board has edited."""
    data = tomllib.loads(text)
    degree = data["degree"]
    return WordList(
        language=data["language"],
        version=data["version"],
        words=tuple(_word(row) for row in data["word"]),
        degree=Degree(
            patterns=tuple(degree["patterns"]),
            equivalents=tuple(degree["equivalents"]),
            suggestion=degree["suggestion"],
            source=degree["source"],
        ),
    )


def _word(row: dict[str, Any]) -> Word:
    without_story = row.get("level_without_story")
    return Word(
        key=row["key"],
        level=Level(row["level"]),
        patterns=tuple(row["patterns"]),
        exceptions=tuple(row.get("except", ())),
        suggestion=row["suggestion"],
        source=row["source"],
        when=When(row.get("when", When.ALWAYS)),
        level_without_story=Level(without_story) if without_story else None,
        may_skip=row.get("may_skip", True),
        not_in=tuple(row.get("not_in", ())),
        case_matters=row.get("case_matters", False),
    )


def extract(
    fileobj: BufferedReader, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Suggestions as msgids, in the form in which Babel asks an extractor for them."""
    for number, line in enumerate(fileobj.read().decode().splitlines(), 1):
        name, _, value = line.partition(" = ")
        if name == "suggestion":
            yield number, "gettext", tomllib.loads(f"text = {value}")["text"], []
