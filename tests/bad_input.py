"""What a browser, a mistake or a stranger may send, and what must come back.

A form is sent as its page shows it, with one field changed at a time.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engage.core.db import Base, db, new_uid
from tests import forms, pages
from tests.clients import Browser
from tests.filled import browser_of, undone
from tests.forms import Field, Form, Sending

LONG = "a" * 10_000
UTF8_BROKEN = b"\xff\xfe\xc3("
TYPED = {
    "empty": "",
    "too long": LONG,
    "with NUL": "a\x00b",
    "in both directions": "abc \u202e cba \u2067 abc \u0645\u0631\u062d\u0628\u0627",
    "emoji": "\U0001f9d1\u200d\U0001f33e\U0001f1fa\U0001f1f8" * 20,
    "half a sign": "\U0001f9d1"[:1] + "\u0301" * 50,
    "markup": "<script>alert(1)</script><b>'\"",
    "a template": "{{ 7 * 7 }} %(name)s {0} %s",
    "spaces": " \t\u00a0\u2003 ",
    "not broken": UTF8_BROKEN,
    "a day that is none": "2026-02-30",
    "a day long ago": "0001-01-01",
    "a day far off": "9999-12-31",
    "another's date": "12/31/2026",
    "a moment that is none": "2026-13-45T99:99",
    "negative": "-5",
    "negative money": "-12.00",
    "over-precise": "10.005",
    "an exponent": "1e9",
    "huge": "9" * 30,
    "other digits": "\uff19\uff19",
    "not a number": "NaN",
    "zero": "0",
}
CHOSEN = {
    "nothing": [],
    "an unknown choice": ["no-such"],
    "an id": ["-1"],
    "a huge id": ["9" * 30],
    "text": [LONG],
    "NUL": ["\x00"],
    "not broken": [UTF8_BROKEN],
    "somebody's uid": [pages.NOT_FOUND],
    "all at once": ["no-such", "", "1", "1"],
}
# These change whatever is sent: text kept for after a sign-in, looks, how often
# somebody tried, and that a try was wrong.
APART = {
    "kept_text", "rate_count", "sign_in", "audit_chain", "guess_count", "past_sign_in",
}  # fmt: skip
WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)
Sent = dict[str, list[str] | list[bytes] | str]


def attacks(form: Form, turn: int | None = None) -> Iterator[tuple[str, str, Sent]]:
    """(what, which field, what is sent) for each field of a form in turn.

    `turn` 0 or 1 takes every other one, as on a board of black and white squares.
    """
    fields = [each for each in form.fields.values() if each.name not in forms.TOKENS]
    for row, each in enumerate(fields):
        for column, (what, value) in enumerate(_worth(each)):
            if turn is None or (row + column) % 2 == turn:
                yield what, each.name, {**form.values(), each.name: value}


def _worth(each: Field) -> Iterator[tuple[str, list[str] | list[bytes]]]:
    if each.is_typed:
        yield from ((what, [value]) for what, value in TYPED.items())  # type: ignore[misc]
    else:
        yield from CHOSEN.items()  # type: ignore[misc]


def send(browser: Browser, path: str, sent: Sent, **more: str) -> TestResponse:
    """Post it as bytes, with the tokens that the page would have given."""
    tokens = {"csrf_token": browser.csrf_token(), "once": new_uid(), **more}
    body = urlencode({**sent, **{name: [tokens[name]] for name in tokens}}, doseq=True)
    kind = "application/x-www-form-urlencoded"
    return browser.open(path, method="POST", data=body.encode(), content_type=kind)


def rows(session: Session | None = None) -> dict[str, int]:
    """How many rows each table has; a look at a page is no change."""
    found = (session or db.session).execute(_counting())
    return {name: number for name, number in found}


@cache
def _counting() -> sa.TextClause:
    """As text: put together anew each time, it would cost more than all pages."""
    looks = " WHERE kind <> 'look'"
    return sa.text(
        " UNION ALL ".join(
            f"SELECT '{name}', COUNT(*) FROM {name}"  # noqa: S608 - our own names
            + looks * (name == "audit_entry")
            for name in sorted(Base.metadata.tables.keys() - APART)
        )
    )


@contextmanager
def trial(app: Flask, sending: Sending) -> Iterator[Browser]:
    """A browser of whoever has the form; all that happens is undone."""
    with undone(app):
        yield browser_of(app, sending.spot.person_id)


class Writes:
    """Has anything been written to a table that says more than who looked?"""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    @contextmanager
    def noted(self) -> Iterator["Writes"]:
        sa.event.listen(Engine, "before_cursor_execute", self._note)
        try:
            yield self
        finally:
            sa.event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, *seen: object) -> None:
        found = WRITES.match(str(seen[2]))
        if found and found[1] not in APART:
            self.tables.add(found[1])


def broke(answer: TestResponse, writes: Writes, before: dict[str, int]) -> str:
    """As `complaint`, where rows are counted only if something was written at all."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code == 303:
        return ""
    if not says_why(answer):
        return f"{answer.status_code} without a sentence"
    return complaint(answer, before, "") if writes.tables else ""


def complaint(answer: TestResponse, before: dict[str, int], path: str) -> str:
    """What is wrong with the answer to something that makes no sense, or nothing."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code == 303:
        return ""
    if not says_why(answer):
        return f"{answer.status_code} without a sentence"
    after = rows()
    changed = [name for name in after if after[name] != before[name]]
    if answer.status_code == 200 and changed == ["used_form"]:
        return ""  # a form that was taken, whose answer tells nobody who is here
    return f"{answer.status_code}, yet changed {changed}" if changed else ""


def says_why(answer: TestResponse) -> bool:
    """Is there a page that says what is wrong?"""
    text = answer.text
    return "<h1>" in text and (
        'id="problems"' in text or answer.status_code not in {409, 422} or "<p" in text
    )


def lost(answer: TestResponse, sending: Sending, sent: Sent, path: str) -> list[str]:
    """Typed text that the page no longer has after it said what is wrong."""
    page = forms.read("".join(FORM.findall(answer.text)), path)
    shown = {name: value for form in page for name, value in form.typed().items()}
    wanted = {
        each.name: sent[each.name][0]
        for each in sending.form.fields.values()
        if each.is_typed and each.kind != "password" and sent.get(each.name)
    }
    return [
        name
        for name, value in wanted.items()
        if isinstance(value, str)
        and "\x00" not in value
        and value.strip() != shown.get(name, "").strip()
    ]


def elsewhere(app: Flask, sending: Sending) -> str | None:
    """The form's address with a uid of something this person may not see."""
    rule = next(r for r in app.url_map.iter_rules() if r.endpoint == sending.endpoint)
    path = urlsplit(sending.form.action).path
    if "uid" not in rule.arguments or sending.spot.person_id is None:
        return None
    uid = pages.foreign(pages.prefix(rule), sending.spot.person_id)
    here = path.removeprefix(pages.prefix(rule) + "/").partition("/")[0]
    return path.replace(here, uid or pages.NOT_FOUND)
