"""What a story is told with: people at their browsers, a worker, and days that pass."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests import later
from tests.browsing import NARROW, WIDE, Server, axe, note_complaint, note_foreign
from tests.words import spanish

TITLE = "Board on first visits"
UID = re.compile(r"/(?:work|groups|plans|runs)/([a-z0-9]{20})")
LOCALES = {"en": "en-US", "es": "es-US"}
WAYS = list(product(("en", "es"), (WIDE, NARROW), (True, False)))
WIDE_WITH_SCRIPTS, NARROW_WITHOUT = ("en", WIDE, True), ("es", NARROW, False)
OVER = "document.documentElement.scrollWidth - innerWidth"


def ways(*in_commit_run: tuple[str, tuple[int, int], bool]) -> pytest.MarkDecorator:
    """All eight ways of reading, of which the commit run takes these."""
    return pytest.mark.parametrize(
        ("language", "size", "script"),
        [
            pytest.param(
                *each,
                id=f"{each[0]}-{each[1][0]}-{'script' if each[2] else 'plain'}",
                marks=[] if each in in_commit_run else [pytest.mark.prove],
            )
            for each in WAYS
        ],
    )


@dataclass
class Story:
    """One installation, lived in one language and width, with scripts or without."""

    server: Server
    app: Flask
    chromium: Any
    language: str
    size: tuple[int, int]
    script: bool = False
    zone: str = "America/New_York"
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    ahead: timedelta = timedelta(0)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def say(self, sentence: str, **values: object) -> str:
        """A sentence of the program as this story's reader is shown it."""
        words = sentence
        if self.language == "es":
            known = spanish().get(sentence)
            words = str(known.string) if known and known.string else sentence
        return words % values if values else words

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def today(self, days: int = 0) -> date:
        """The organization's day, so many days from now."""
        return (
            (self.now() + timedelta(days=days)).astimezone(ZoneInfo(self.zone)).date()
        )

    def begun_day(self, days: int) -> date:
        """The organization's day, so many days after the story began."""
        begun = self.begun.astimezone(ZoneInfo(self.zone)).date()
        return begun + timedelta(days=days)

    def wait(self, **time: float) -> None:
        """Let time pass for every program."""
        self.ahead += timedelta(**time)
        folder = Path(self.server.env["DEMO_FOLDER"])
        (folder / later.NAME).write_text(str(self.ahead.total_seconds()))

    def wait_until(self, day: date, hour: int) -> None:
        moment = datetime(
            day.year, day.month, day.day, hour, tzinfo=ZoneInfo(self.zone)
        )
        assert moment > self.now(), "a story does not go back"
        self.wait(seconds=(moment - self.now()).total_seconds())

    def work(self) -> None:
        """A minute later the worker does what is due, as a program of its own."""
        self.wait(seconds=61)
        self.run("worker", "--once")

    def run(self, *command: str) -> str:
        folder = Path(self.server.env["DEMO_FOLDER"])
        return later.command(self.server.env, command, folder)

    @contextmanager
    def window(self) -> Iterator["Desk"]:
        """A fresh browser. What it complains of or asks elsewhere fails at the end."""
        url = self.server.url
        context = self.chromium.new_context(
            base_url=url,
            locale=LOCALES[self.language],
            viewport={"width": self.size[0], "height": self.size[1]},
            java_script_enabled=self.script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        wrong: list[str] = []
        page = context.new_page()
        page.on("request", lambda asked: note_foreign(asked.url, url, wrong))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: note_complaint(line, wrong))
        try:
            yield Desk(self, page)
        finally:
            context.close()
        assert wrong == []

    @contextmanager
    def as_(self, uid: str) -> Iterator["Desk"]:
        """Somebody at a fresh browser, signed in by the demo door."""
        with self.window() as desk:
            desk.page.goto("/in")
            desk.page.locator(f'button[name="person"][value="{uid}"]').click()
            desk.page.goto(f"/?lang={self.language}")
            yield desk


@dataclass
class Desk:
    """A person's open page, and what they do with it."""

    story: Story
    page: Any

    def open(self, path: str) -> "Desk":
        answer = self.page.goto(path)
        assert answer.status == 200, f"{answer.status} {path}"
        return self.look()

    def look(self) -> "Desk":
        """No page is wider than its window, and none has a barrier.

        The barriers are looked for once a page, for the reader who has scripts.
        """
        self.page.wait_for_load_state()
        assert self.page.evaluate(OVER) <= 0, self.page.url
        if not self.story.script:
            return self
        shown = (self.page.url, self.text())
        if shown not in self.story.seen:
            self.story.seen.add(shown)
            assert axe(self.page) == [], self.page.url
        return self

    def show_amounts(self) -> "Desk":
        """Amounts are hidden on a page that just opened, until this is pressed."""
        assert "$" not in self.text()
        return self.tick(self.page.locator("#show-amounts")).look()

    def text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def reads(self, sentence: str, **values: object) -> None:
        """The page says this sentence of the program."""
        words = self.story.say(sentence, **values)
        assert words in self.text(), f"{words!r} is not in: {self.text()}"

    def fill(self, **values: str) -> "Desk":
        """Type and choose; `__` stands for a dash in a field's name."""
        for name, value in values.items():
            typed = f'[name="{name.replace("__", "-")}"]:not([type="hidden"])'
            self._set(self.page.locator(typed), value)
        return self

    def _set(self, control: Any, value: str) -> None:
        kind = control.first.get_attribute("type")
        if kind in {"radio", "checkbox"}:
            self.tick(control.and_(self.page.locator(f'[value="{value}"]')))
        elif control.first.evaluate("one => one.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)

    def tick(self, box: Any) -> "Desk":
        """As people do it: by a press on the words beside the box."""
        if not box.is_checked():
            self.page.locator(f'label[for="{box.get_attribute("id")}"]').click()
        assert box.is_checked()
        return self

    def news(self, sentence: str) -> None:
        """The page tells this, folded away or not."""
        words = self.story.say(sentence)
        assert self.page.locator("main", has_text=words).count(), words

    def save_and_check(self) -> "Desk":
        self.page.locator('button[name="then"][value="check"]').click()
        return self.look()

    def send_page(self) -> "Desk":
        """Press the first button of the page's own form."""
        self.page.locator("main form:not(.press) .actions button").first.click()
        return self.look()

    def answer(self, said: str) -> "Desk":
        """Press one of the answers to a request."""
        self.page.locator(f'button[name="answer"][value="{said}"]').click()
        return self.look()

    def send(self, action: str) -> "Desk":
        """Press the button that leads to an address ending so."""
        button = f'form[action$="{action}"] button, button[formaction$="{action}"]'
        folded = self.page.locator(f"details:not([open]):has({button.split(',')[0]})")
        if folded.count():
            folded.locator("summary").first.click()
        self.page.locator(button).first.click()
        return self.look()


def uid_in(url: str) -> str:
    """The uid that an address names."""
    found = UID.search(url)
    assert found, url
    return found[1]
