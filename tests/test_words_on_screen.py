"""How the program speaks: easy to read, no avoided word, no shouting, no hurry.

What people typed is theirs; this is about our own sentences.
"""

import re
from html.parser import HTMLParser

import pytest
from flask import Flask

from engage.core.access import Role
from engage.opportunities.reading import reading_grade, word_count
from tests import pages
from tests.filled import Filled, browser_of, undone
from tests.house import ROOT
from tests.pages import Spot
from tests.words import extracted, spanish

HARDEST = 8.0
FEW_WORDS = 40  # below this a grade says nothing
# Stems in English and Spanish, each as it would begin a word.
AVOIDED = {
    "en": (
        "victim", "rescu", "case", "cases", "client", "clients", "performance", "score",
        "scores", "ranking", "overdue", "deadline", "hurry", "urgent", "asap", "expire",
        "failed", "penalty", "no-show", "beneficiar", "cheque", "resource pool",
        "last chance", "act now", "oops", "guys",
    ),
    "es": (
        "víctima", "rescat", "caso", "casos", "cliente", "clientes", "rendimiento",
        "puntaje", "puntuación", "vencid", "fecha límite", "urgente", "prisa", "cheque "
        "vencid", "beneficiari", "sanción",
    ),
}  # fmt: skip
# Whole sentences in which such a word is right, each with its reason.
ALLOWED: dict[str, str] = {}
WORD_LISTS = "engage/opportunities/words"  # these name words in order to advise on them
SHOUTS = re.compile(r"!|¡|\b[A-ZÁÉÍÓÚ]{4,}\b")
ACRONYMS = {"HTTP", "ASAP"}


def avoided(sentence: str, language: str) -> list[str]:
    """The avoided words in a sentence; a stem of four letters or more may go on."""
    return [
        stem
        for stem in AVOIDED[language]
        if re.search(rf"(?<![\w-]){re.escape(stem)}(?:s?\b)", sentence, re.I)
        or (
            stem in {"victim", "rescu", "rescat", "víctima", "vencid", "expire"}
            and re.search(rf"(?<!\w){stem}", sentence, re.I)
        )
    ]


def own_sentences() -> list[tuple[str, str]]:
    """(language, sentence) of everything the program says, lists of words left out."""
    found = []
    for message in extracted():
        if not message.id or all(
            path.startswith(WORD_LISTS) for path, _ in message.locations
        ):
            continue
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        found += [("en", text) for text in english]
        known = spanish().get(message.id)
        if known is not None and known.string:
            texts = known.string if isinstance(known.string, tuple) else [known.string]
            found += [("es", str(text)) for text in texts]
    return found


def test_no_sentence_has_an_avoided_word() -> None:
    wrong = [
        f"{words}: {sentence}"
        for language, sentence in own_sentences()
        if (words := avoided(sentence, language)) and sentence not in ALLOWED
    ]
    assert wrong == []


def test_no_sentence_shouts() -> None:
    wrong = [
        sentence
        for _, sentence in own_sentences()
        if set(SHOUTS.findall(re.sub(r"%\(\w+\)s", "", sentence))) - ACRONYMS
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Victims of it", "en"),
        ("Rescued people", "en"),
        ("Your case is open", "en"),
        ("This is overdue", "en"),
        ("Rescatar a una persona", "es"),
        ("Las víctimas", "es"),
        ("Su caso", "es"),
    ],
)
def test_an_avoided_word_is_caught(sentence: str, language: str) -> None:
    assert avoided(sentence, language)


@pytest.mark.parametrize("sentence", ["In that showcase", "A bookcase", "Underscored"])
def test_a_word_that_only_looks_like_one_passes(sentence: str) -> None:
    assert avoided(sentence, "en") == []


class Visible(HTMLParser):
    """The words of the main part, each block a sentence of its own."""

    BLOCKS = frozenset(
        {"p", "li", "h1", "h2", "h3", "h4", "dt", "dd", "th", "td", "label", "legend",
         "caption", "summary", "button", "div", "figcaption", "section", "form", "br"}
    )  # fmt: skip
    # A person's own words, lists of names and numbers are nobody's prose.
    LEFT_OUT = frozenset({"script", "style", "svg", "nav", "select", "textarea"})

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.hidden, self.text = False, 0, ""
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "main"
        self._in_title = tag == "title" and not self.inside
        self.hidden += tag in self.LEFT_OUT
        if tag in self.BLOCKS:
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self.LEFT_OUT
        self._in_title = False
        if tag == "main":
            self.inside = False
        if tag in self.BLOCKS:
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif self.inside and not self.hidden:
            self.text += re.sub(r"\s+", " ", data)


def visible(html: str) -> Visible:
    reader = Visible()
    reader.feed(html)
    return reader


def sentences(text: str) -> str:
    """Lines that are sentences: labels, names and figures have no grade."""
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line.endswith((".", "?", ":", "”")))


@pytest.fixture
def app(filled: Filled) -> Flask:
    return filled("small")


def opened(app: Flask, spots: list[Spot], language: str) -> list[tuple[Spot, Visible]]:
    found = []
    for spot in spots:
        with undone(app):
            browser = browser_of(app, spot.person_id)
            browser.remember(language=language)
            answer = browser.get(spot.path, follow_redirects=True)
            found.append((spot, visible(answer.text)))
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_survivor_leaders_can_read_every_page_of_theirs(
    app: Flask, language: str
) -> None:
    with app.app_context():
        theirs = [
            spot for spot in pages.spots(app) if spot.role in {Role.CONSULTANT, None}
        ]
    hard = {}
    for spot, page in opened(app, theirs, language):
        prose = sentences(page.text)
        grade = reading_grade(prose, language)
        if word_count(prose) >= FEW_WORDS and grade > HARDEST:
            hard[spot.name] = round(grade, 1)
    assert hard == {}


def test_every_page_has_the_same_title(app: Flask) -> None:
    with app.app_context():
        spots = pages.spots(app)
    titles = {page.title.strip() for _, page in opened(app, spots, "en")}
    assert titles == {app.config["SETTINGS"].site_title}


def test_titles_in_templates_are_the_base_one() -> None:
    titled = [
        path.name
        for path in (ROOT / "templates").rglob("*.html")
        if "<title>" in path.read_text() and "components" not in path.parts
    ]
    # The second is a file that somebody keeps, and no page of the site.
    assert sorted(titled) == ["base.html", "copy_file.html"]
