"""What a story is told with: people at their browsers, a worker, and days that pass."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from tests import later
from tests.browsing import Server
from tests.house import ROOT
from tests.words import spanish

TITLE = "Board on first visits"
UID = re.compile(r"/(?:work|groups|plans|runs)/([a-z0-9]{20})")
LOCALES = {"en": "en-US", "es": "es-US"}


@dataclass
class Story:
    """One installation, lived in one language and width, without any script."""

    server: Server
    app: Flask
    chromium: Any
    language: str
    size: tuple[int, int]
    zone: str = "America/New_York"
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    ahead: timedelta = timedelta(0)

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
        done = subprocess.run(
            [sys.executable, "-m", "tests.later", *command],
            cwd=ROOT,
            env=self.server.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    @contextmanager
    def as_(self, uid: str) -> Iterator["Desk"]:
        """Somebody at a fresh browser, signed in by the demo door."""
        context = self.chromium.new_context(
            base_url=self.server.url,
            locale=LOCALES[self.language],
            viewport={"width": self.size[0], "height": self.size[1]},
            java_script_enabled=False,
        )
        context.set_default_timeout(15_000)
        try:
            desk = Desk(self, context.new_page())
            desk.page.goto("/in")
            desk.page.locator(f'button[name="person"][value="{uid}"]').click()
            desk.page.goto(f"/?lang={self.language}")
            yield desk
        finally:
            context.close()


@dataclass
class Desk:
    """A person's open page, and what they do with it."""

    story: Story
    page: Any

    def open(self, path: str) -> "Desk":
        answer = self.page.goto(path)
        assert answer.status == 200, f"{answer.status} {path}"
        return self

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
        return self

    def send_page(self) -> "Desk":
        """Press the first button of the page's own form."""
        self.page.locator("main form:not(.press) .actions button").first.click()
        return self

    def answer(self, said: str) -> "Desk":
        """Press one of the answers to a request."""
        self.page.locator(f'button[name="answer"][value="{said}"]').click()
        return self

    def send(self, action: str) -> "Desk":
        """Press the button that leads to an address ending so."""
        button = f'form[action$="{action}"] button, button[formaction$="{action}"]'
        folded = self.page.locator(f"details:not([open]):has({button.split(',')[0]})")
        if folded.count():
            folded.locator("summary").first.click()
        self.page.locator(button).first.click()
        return self


def uid_in(url: str) -> str:
    """The uid that an address names."""
    found = UID.search(url)
    assert found, url
    return found[1]
