import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from io import BufferedReader
from pathlib import Path
from typing import Any

from flask import current_app, has_app_context

from engage.opportunities.rules import Level
from engage.opportunities.wording import Degree, When, Word, WordList

LANGUAGES = ("en", "es")


class WordListError(Exception):
    """A local list that cannot be read; the sentence names the file."""


def load_words(language: str) -> WordList:
    """The list of a language, with what this installation's own board changed in it.

    English where a language has none.
    """
    name = language if language in LANGUAGES else LANGUAGES[0]
    folder = current_app.config["SETTINGS"].words_folder if has_app_context() else None
    return _load(name, folder)


def check(folder: Path | None) -> None:
    """Refuse to start with a local list that cannot be read."""
    for language in LANGUAGES:
        _load(language, folder)


@lru_cache(maxsize=8)
def _load(name: str, folder: Path | None) -> WordList:
    file = files("engage.opportunities") / "words" / f"{name}.toml"
    shipped = read_words(file.read_text("utf-8"))
    own = folder / f"{name}.toml" if folder else None
    if own is None or not own.exists():
        return shipped
    try:
        return changed(shipped, own.read_text("utf-8"))
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise WordListError(f"{own} is no list of words: {error}") from error


def changed(shipped: WordList, text: str) -> WordList:
    """With rows of a local list in place of those of the same key, and its new ones."""
    data = tomllib.loads(text)
    rows = {word.key: word for word in shipped.words}
    unknown = set(data.get("drop", ())) - set(rows)
    if unknown:
        raise ValueError(f"no rows to drop: {', '.join(sorted(unknown))}")
    rows |= {row["key"]: _word(row) for row in data.get("word", ())}
    for key in data.get("drop", ()):
        del rows[key]
    for word in rows.values():
        for pattern in (*word.patterns, *word.exceptions):
            re.compile(pattern)
    version = f"{shipped.version}+{data['version']}"
    degree = _degree(data["degree"]) if "degree" in data else shipped.degree
    return replace(shipped, version=version, words=tuple(rows.values()), degree=degree)


def read_words(text: str) -> WordList:
    """A whole list from its TOML."""
    data = tomllib.loads(text)
    return WordList(
        language=data["language"],
        version=data["version"],
        words=tuple(_word(row) for row in data["word"]),
        degree=_degree(data["degree"]),
    )


def _degree(row: dict[str, Any]) -> Degree:
    return Degree(
        patterns=tuple(row["patterns"]),
        equivalents=tuple(row["equivalents"]),
        asked=tuple(row["asked"]),
        suggestion=row["suggestion"],
        source=row["source"],
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
