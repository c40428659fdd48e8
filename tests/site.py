"""The sample data behind a real address, for a real browser, in the test process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import pages
from tests.answering import answering
from tests.browsing import WIDE, note_complaint, note_foreign
from tests.filled import browser_of
from tests.pages import Spot

LOCALES = {"en": "en-US", "es": "es-US"}


class _Silent(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        """Say nothing of each request."""


@dataclass
class Site:
    """Where the application answers, and which browser looks at it."""

    app: Flask
    url: str
    chromium: Any

    def spots(self) -> list[Spot]:
        with self.app.app_context():
            return pages.spots(self.app)

    def templates(self) -> list[Spot]:
        """Each page once, by whoever comes first; first pages for every role."""
        found: dict[object, Spot] = {}
        for spot in self.spots():
            role = spot.role if spot.endpoint == "home.index" else None
            found.setdefault((spot.endpoint, spot.variant, role), spot)
        return list(found.values())

    @contextmanager
    def window(
        self, person_id: int | None, language: str, size: tuple[int, int] = WIDE
    ) -> Iterator[tuple[Any, list[str]]]:
        """A page in which that person is signed in, and what goes wrong in it."""
        context = self.chromium.new_context(
            base_url=self.url,
            locale=LOCALES[language],
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        browser = browser_of(self.app, person_id)
        browser.remember(language=language)
        name = self.app.config["SESSION_COOKIE_NAME"]
        cookie = browser.get_cookie(name)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "url": self.url}])
        page, wrong = context.new_page(), []
        page.on("request", lambda asked: note_foreign(asked.url, self.url, wrong))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: note_complaint(line, wrong))
        try:
            yield page, wrong
        finally:
            context.close()


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The application at an address of this machine, until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    with answering(server):
        yield f"http://127.0.0.1:{server.server_port}"


def by_person(spots: list[Spot]) -> dict[int | None, list[Spot]]:
    """Pages grouped by who opens them, so that one window serves each person."""
    groups: dict[int | None, list[Spot]] = {}
    for spot in spots:
        groups.setdefault(spot.person_id, []).append(spot)
    return groups
