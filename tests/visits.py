"""Every address as opened by whoever may, read once for all tests of an application."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from flask import Flask

from engage.core.db import db
from tests import pages
from tests.clients import Browser
from tests.filled import browser_of, step_undone, undone
from tests.pages import Spot


class Visit(NamedTuple):
    """What came back; `text` is empty where it is no text."""

    spot: Spot
    status: int
    mimetype: str
    headers: Any
    text: str

    @property
    def is_page(self) -> bool:
        return self.mimetype == "text/html" and self.status == 200


_made: WeakKeyDictionary[Flask, list[Visit]] = WeakKeyDictionary()


def visits(app: Flask) -> list[Visit]:
    """Pages, files and downloads, one look each; what a look writes is undone."""
    if app not in _made:
        with undone(app):
            _made[app] = list(_look_around(app))
    return _made[app]


def _look_around(app: Flask) -> Iterator[Visit]:
    tokens: dict[int | None, Any] = {}
    spots = pages.spots(app, pages_only=False)
    db.session.remove()  # its savepoint would end inside what others do
    for spot in spots:
        if spot.person_id not in tokens:
            browser = browser_of(app, spot.person_id)
            tokens[spot.person_id] = browser.session_now()
        browser = app.test_client()
        assert isinstance(browser, Browser)
        if tokens[spot.person_id]:
            browser.remember(**tokens[spot.person_id])
        with step_undone():
            got = browser.get(spot.path, buffered=True)
        text = got.text if got.mimetype.startswith("text/") else ""
        yield Visit(spot, got.status_code, got.mimetype, got.headers, text)
