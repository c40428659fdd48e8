"""People who send a form again until it is taken, while something else goes wrong."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock, Thread

import sqlalchemy as sa
from flask import Flask

from engage.audit import queries as audit
from engage.core import clock
from engage.core.db import db, new_uid
from engage.core.once import UsedForm
from engage.people import actions as people
from engage.people.models import Person, TrainingRecord
from tests import make
from tests.clients import Browser

PAGE = "/account/training"
ENDS_ON = clock.today(make.ZONE) + timedelta(days=200)
GIVEN_UP_AFTER = 60.0  # seconds: then the site did not heal


class Traffic:
    """`taken` are the titles that were answered as kept; `answers` counts by status.

    With `again` False, a form whose answer is no yes is never sent a second time.
    """

    def __init__(self, app: Flask, members: int = 3, *, again: bool = True) -> None:
        self.app, self.again = app, again
        self.browsers = [signed_in(app) for _ in range(members)]
        self.answers: Counter[int] = Counter()
        self.pages: set[str] = set()
        self.taken: list[str] = []
        self.odd: list[str] = []
        self.lock, self.is_over = Lock(), Event()

    @contextmanager
    def flowing(self) -> Iterator["Traffic"]:
        threads = [
            Thread(target=self._go, args=each, daemon=True)
            for each in enumerate(self.browsers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join(2 * GIVEN_UP_AFTER)
            assert not any(thread.is_alive() for thread in threads)

    def _go(self, number: int, browser: Browser) -> None:
        turn = 0
        while not self.is_over.is_set():
            turn += 1
            self._send(browser, f"{number}-{turn}")
            self._look(browser)

    def _send(self, browser: Browser, title: str) -> None:
        data = {"title": title, "ends_on": str(ENDS_ON), "once": new_uid()}
        until = time.monotonic() + GIVEN_UP_AFTER
        while time.monotonic() < until:
            answer = browser.post(PAGE, data=data)
            self._note(answer.status_code, {303, 503}, answer.text)
            if answer.status_code == 303:
                self.taken.append(title)
                return
            if not self.again or answer.status_code != 503:
                return
            time.sleep(0.05)
        self.odd.append(f"{title} was never taken")

    def _look(self, browser: Browser) -> None:
        answer = browser.get(PAGE)
        self._note(answer.status_code, {200, 503}, answer.text)

    def _note(self, status: int, right: set[int], text: str) -> None:
        with self.lock:
            self.answers[status] += 1
            if status == 503:
                self.pages.add(text)
            if status not in right:
                self.odd.append(f"{status}: {_said(text)}")

    def wait_for(self, more: int) -> None:
        """Until so many more forms are taken."""
        wanted, until = len(self.taken) + more, time.monotonic() + GIVEN_UP_AFTER
        while len(self.taken) < wanted:
            assert time.monotonic() < until, self.answers
            assert self.odd == []
            time.sleep(0.02)


def _said(page: str) -> str:
    """What it says in its middle, without the marks."""
    middle = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub("<[^>]*>", " ", middle).split())[:200]


def signed_in(app: Flask, of: Callable[[], Person] = make.administrator) -> Browser:
    """Somebody new in a browser of their own."""
    with app.app_context():
        token = people.start_sign_in(of(), now=clock.now())
        db.session.remove()
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.remember(_user_id=token, _fresh=True)
    browser.csrf_token()
    return browser


def titles(app: Flask) -> Counter[str]:
    with app.app_context():
        found = sa.select(TrainingRecord.title).where(TrainingRecord.ends_on == ENDS_ON)
        return Counter(db.session.scalars(found))


def unsound(app: Flask) -> list[str]:
    """Forms without what they did, or chains that do not hold."""
    kept = sum(titles(app).values())
    with app.app_context():
        forms = db.session.scalar(sa.select(sa.func.count()).select_from(UsedForm))
        wrong = [f"a chain broke: {subject}" for subject, *_ in audit.broken_chains()]
        return wrong + ([] if forms == kept else [f"{forms} forms, {kept} rows"])


def check(app: Flask, traffic: Traffic) -> None:
    """Each form that was taken is there once, and nothing else is."""
    assert traffic.odd == []
    kept, taken = titles(app), Counter(traffic.taken)
    assert kept == taken, f"only kept: {kept - taken}, only taken: {taken - kept}"
    assert unsound(app) == []
