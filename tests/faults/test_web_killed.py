"""A web worker that dies of SIGKILL inside a writing request: all of it or nothing.

Every form of every page is sent by a process of its own, on a copy of the sample data,
and killed at each commit that it makes, before it and after it. Then the person sends
the same form again.
"""

import os
import random
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from engage.audit import queries as audit
from engage.core import clock, once, web
from engage.core.db import db, new_uid
from engage.payouts import books
from tests import bad_input, forms, make
from tests.clients import Browser
from tests.faults.copies import Copies
from tests.faults.kill_points import die
from tests.filled import Filled, browser_of
from tests.forms import Form, Sending

LONG = pytest.mark.prove
# Signing in and out: the sign-in itself is what they change.
DOORS = {"people.sign_in", "people.sign_out", "people.demo_door"}
SOME = 5  # of the forms, in the commit run
Rows = dict[str, int]
Seen = Callable[[int], object]
SIDES = ("before", "after")


LIKELY = {
    "date": lambda: str(clock.today(make.ZONE) + timedelta(days=14)),
    "email": lambda: "rosa@example.org",
    "number": lambda: "1",
    "time": lambda: "10:00",
}


def likely(form: Form) -> bad_input.Sent:
    """The form as it stands, with something written where nothing was."""
    written = {
        each.name: [LIKELY.get(each.kind, lambda: "Some words")()]
        for each in form.fields.values()
        if each.is_typed and not each.value
    }
    chosen = {
        each.name: each.options[:1]
        for each in form.fields.values()
        if each.kind in {"radio", "checkbox"} and not each.chosen
    }
    return {**form.values(), **written, **chosen}


class Trial:
    """One form that one person sends, over and over the same."""

    def __init__(self, app: Flask, sending: Sending, sent: bad_input.Sent) -> None:
        self.sending, self.sent, self.token = sending, sent, new_uid()
        self.browser: Browser = browser_of(app, sending.spot.person_id)
        self.browser.csrf_token()

    def send(self) -> Any:
        return bad_input.send(
            self.browser,
            self.sending.form.action,
            self.sent,
            once=self.token,
        )


def in_a_child(act: Callable[[], object]) -> bool:
    """True when the process that did it was killed on the way."""
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class Commits:
    """Calls `before` and `after` with the number of each commit of this process."""

    def __init__(self, before: Seen, after: Seen) -> None:
        self.before, self.after = before, after
        self.number = self.told = 0
        event.listen(Engine, "commit", self._begins)
        event.listen(Session, "after_commit", self._is_done)

    def stop(self) -> None:
        event.remove(Engine, "commit", self._begins)
        event.remove(Session, "after_commit", self._is_done)

    def _begins(self, _: Connection) -> None:
        self.number += 1
        self.before(self.number)

    def _is_done(self, _: Session) -> None:
        if self.told < self.number:
            self.told = self.number
            self.after(self.number)


def states_of(trial: Trial) -> tuple[Any, list[Rows]]:
    """The answer, and what stood in the tables before and after each commit."""
    states = [bad_input.rows()]
    db.session.remove()

    def look(_: int) -> None:
        with Session(db.engine) as beside:
            states.append(bad_input.rows(beside))

    commits = Commits(lambda _: None, look)
    try:
        return trial.send(), states
    finally:
        commits.stop()


def die_at(number: int, side: str) -> None:
    """Arm this process: the commit of that number is its last, done or not."""

    def end(at: str) -> Seen:
        return lambda now: die() if (now, at) == (number, side) else None

    Commits(end("before"), end("after"))


def wrong_with(copies: Copies, sending: Sending) -> list[str] | None:
    """None for a form that is taken neither as it stands nor filled in."""
    for sent in (sending.form.values(), likely(sending.form)):
        with copies.one():
            first, states = states_of(Trial(copies.app, sending, sent))
        if first.status_code == 303:
            return [
                f"{side} commit {number}: {problem}"
                for number in range(1, len(states))
                for side in SIDES
                for problem in killed(copies, sending, sent, states, number, side)
            ]
    return None


def killed(
    copies: Copies,
    sending: Sending,
    sent: bad_input.Sent,
    states: list[Rows],
    number: int,
    side: str,
) -> Iterator[str]:
    """What is not as it should be after such a death, and after the second try."""
    with copies.one():
        trial = Trial(copies.app, sending, sent)

        def act() -> None:
            die_at(number, side)
            trial.send()

        if not in_a_child(act):
            yield "it was not killed"
            return
        expected = states[number - 1 if side == "before" else number]
        if bad_input.rows() != expected:
            yield f"half done: {changes(expected, bad_input.rows())}"
        db.session.remove()
        again = trial.send()
        if again.status_code != 303:
            yield f"again: {again.status_code}"
        if bad_input.rows() != states[-1]:
            yield f"not once: {changes(states[-1], bad_input.rows())}"
        if audit.broken_chains() or books.problems(clock.now()):
            yield "unsound"


def changes(expected: Rows, found: Rows) -> dict[str, int]:
    return {
        name: found[name] - expected[name]
        for name in found
        if found[name] != expected[name]
    }


@pytest.fixture
def copies(filled: Filled, database: str, tmp_path: Path) -> Copies:
    return Copies(filled("small", database), tmp_path)


@pytest.fixture
def sendings(copies: Copies) -> dict[str, Sending]:
    found = forms.sendings(copies.app)
    return {key: each for key, each in found.items() if each.endpoint not in DOORS}


@pytest.mark.parametrize("most", [SOME, pytest.param(10_000, marks=LONG)])
def test_s02_killed_at_each_commit_of_a_form_it_is_all_or_nothing(
    copies: Copies, sendings: dict[str, Sending], most: int
) -> None:
    wrong, taken = {}, 0
    for key in random.sample(sorted(sendings), len(sendings)):
        found = wrong_with(copies, sendings[key])
        taken += found is not None
        if found:
            wrong[key] = found
        if taken >= most:
            break
    print(f"{taken} forms were taken, of {len(sendings)}")  # noqa: T201 - a count
    assert taken >= SOME
    assert wrong == {}


def test_s02_the_control_without_form_tokens_does_it_twice(
    copies: Copies, sendings: dict[str, Sending], monkeypatch: pytest.MonkeyPatch
) -> None:
    use = once.use
    monkeypatch.setattr(web.once, "location_of", lambda _: None)
    monkeypatch.setattr(web.once, "use", lambda _, now: use(new_uid(), now))
    key = next(key for key in sendings if key.startswith("own.training "))
    assert any("not once" in each for each in wrong_with(copies, sendings[key]) or [])
