"""Nobody meets private words of others: on pages, in headers, downloads and the log."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from engage.core.access import Role
from tests import canaries, pages
from tests.canaries import Canary, Watch
from tests.filled import Filled, browser_of, undone

try:
    import pypdf
except ImportError:
    pypdf = None

# No page shows them to anybody; of a topic to avoid a page shows only known words.
# No page shows these to anybody: text that was kept comes back to its own page alone,
# and the name that one administrator typed is typed anew by the second.
NOWHERE = {
    *("password hash", "sign-in name", "topic to avoid"),
    *("kept text", "name in an opening"),
}


@pytest.fixture
def app(filled: Filled, steady_day: None) -> Iterator[Flask]:
    app = filled("small", steady=True)
    with undone(app):
        yield app


@pytest.fixture
def consultant_id(app: Flask) -> int:
    return pages.person_of(Role.CONSULTANT)


@pytest.fixture
def planted(consultant_id: int) -> list[Canary]:
    return canaries.plant(consultant_id)


def read_everything(app: Flask, viewer: int | None) -> Iterator[tuple[str, str]]:
    """(path, all that came back) of every page for anybody, as opened by one person."""
    browser = browser_of(app, viewer)
    paths = {spot.path for spot in pages.spots(app, pages_only=False)}
    for path in sorted(paths - {"/leave"}):
        answer = browser.get(path)
        yield path, f"{words_in(answer)}\n{answer.headers}"
        if answer.mimetype == "text/html" and answer.status_code == 200:
            shown = browser.get(f"{path}?show=1")
            yield path, f"{shown.text}\n{shown.headers}"


def words_in(answer: Any) -> str:
    """What a reader of the page, or of the PDF, would read."""
    if answer.mimetype != "application/pdf":
        return str(answer.text)
    if pypdf is None:  # it comes with the development tools
        return str(answer.data.decode("latin-1"))
    made = pypdf.PdfReader(BytesIO(answer.data))
    return "".join(page.extract_text() for page in made.pages).replace("\n", " ")


def test_private_words_are_met_by_nobody_else(
    app: Flask,
    planted: list[Canary],
    consultant_id: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrong: set[str] = set()
    met: set[str] = set()
    watch = Watch(planted)
    for viewer in canaries.viewers(consultant_id):
        for path, answer in read_everything(app, viewer):
            for canary in watch.met(answer):
                met.add(canary.what)
                if viewer not in canary.readers:
                    wrong.add(f"person {viewer} reads a {canary.what} at {path}")
    assert wrong == set()
    # Without this a canary that no page shows would prove nothing.
    assert {each.what for each in planted} - met == NOWHERE
    logged = [each.what for each in planted if each.is_in(caplog.text)]
    assert logged == []


def test_a_canary_out_of_its_cage_is_caught(app: Flask, planted: list[Canary]) -> None:
    stranger = browser_of(app, None).get("/in").text
    name = next(each for each in planted if each.what == "sign-in name")
    assert not name.is_in(stranger)
    assert name.is_in(stranger + name.texts[0])
