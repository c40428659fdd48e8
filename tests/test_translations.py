"""Every sentence is there in Spanish, and no page says one past the translators."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import Environment

from engage.core import catalogs
from tests import words
from tests.house import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
HOLE = re.compile(r"%\((\w+)\)")
# Words that the product never says of a person or their work.
NEVER = re.compile(
    r"\b(victims?|rescued?|rescuers?|case ?loads?|clients?|performance|scores?|"
    r"resource pool|cheques?)\b",
    re.IGNORECASE,
)
MAY_SAY = "/opportunities/words/"  # the list of words to avoid has to name them


def sentences(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    text = message.string
    return [text] if isinstance(text, str) else list(text)


def test_every_sentence_has_its_spanish() -> None:
    spanish = {key(each): each for each in sentences(words.spanish())}
    missing = [
        f"{each.locations[0][0]}: {key(each)}"
        for each in sentences(words.extracted())
        if key(each) not in spanish or not all(forms(spanish[key(each)]))
    ]
    if missing:
        pytest.fail("\n".join(missing), pytrace=False)


def test_nothing_is_half_translated() -> None:
    catalog = words.spanish()
    known = {key(each) for each in sentences(words.extracted())}
    assert [key(each) for each in sentences(catalog) if each.fuzzy] == []
    assert [key(each) for each in sentences(catalog) if key(each) not in known] == []


def test_values_stand_in_both_languages() -> None:
    wrong = []
    for each in sentences(words.spanish()):
        wanted = set(HOLE.findall(str(each.id)))
        for text in forms(each):
            found = set(HOLE.findall(text))
            if text and found != wanted and not (each.pluralizable and found < wanted):
                wrong.append((each.id, text))
    assert wrong == []


def test_words_we_do_not_use_are_in_no_sentence() -> None:
    found = [
        key(each)
        for each in sentences(words.extracted())
        if NEVER.search(str(each.id))
        and not any(MAY_SAY in f"/{place}" for place, _ in each.locations)
    ]
    assert found == []


def bare_words(source: str) -> list[str]:
    """Text and spoken attributes of a template that pass by gettext."""
    text = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{% block width %\}.*?\{% endblock %\}", "", text)
    text = "".join(
        value if kind == "data" else "\x00"
        for _, kind, value in Environment().lex(text)  # noqa: S701 - nothing is rendered
        if kind == "data" or kind.endswith("_end")
    )
    text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    spoken = re.findall(r'\b(?:alt|title|placeholder|aria-label)="([^"]*)"', text)
    between = re.sub(r"<[^>]*>", "\x01", re.sub(r"<!--.*?-->", "", text))
    between = re.sub(r"&\w+;", "", between)
    found = re.findall(r"[^\x00\x01\s][^\x00\x01]*", between) + spoken
    # What begins with a hyphen is the end of an id that is put together.
    return [each.strip() for each in found if re.search(r"^(?!-).*[A-Za-z]{2}", each)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_past_the_translators(path: Path) -> None:
    assert bare_words(path.read_text()) == []


def test_bare_words_are_caught() -> None:
    assert bare_words("<p>Hello {{ name }}</p>") == ["Hello"]
    assert bare_words('<img alt="A tree">') == ["A tree"]
    assert bare_words("{% if a > b %}<b>{{ _('Hello') }}</b>{% endif %}") == []
    assert bare_words("{% trans n=2 %}Hello {{ n }}{% endtrans %}") == []


def test_only_stale_catalogs_are_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid "Yes"\nmsgstr "Sí"\n')
    assert catalogs.compile_stale(tmp_path) == ["es"]
    assert (folder / "messages.mo").exists()
    assert catalogs.compile_stale(tmp_path) == []
