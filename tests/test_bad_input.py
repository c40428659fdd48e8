"""Whatever is sent to a form: never a 500, never a half change, never lost text."""

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.db import db, new_uid, transaction
from engage.people.models import SignIn
from engage.people.rules import may_keep
from tests import bad_input, forms, pages
from tests.filled import Filled, browser_of, step_undone, undone
from tests.forms import Sending
from tests.house import ROOT
from tests.visits import visits

Sendings = dict[str, Sending]
Tries = Iterable[tuple[str, str, bad_input.Sent]]
PARTS = 2  # so that each ends in time, and several can run side by side
# SQLite takes every attack, PostgreSQL every other; the proof gives it the rest.
SHARES = [
    *(pytest.param(part, 0, id=str(part)) for part in range(PARTS)),
    *(
        pytest.param(part, 1, id=f"rest-{part}", marks=pytest.mark.prove)
        for part in range(PARTS)
    ),
]
WITHOUT_FORM = {
    # Behind a step that is in the cookie alone: tests/people/test_without_form.py.
    *("people.make", "people.second", "help.anew"),
    # Sent by a script or by the browser itself: the same file.
    *("own.stay", "own.keep", "reports.take"),
    # Sample data has no Stripe: tests/payouts/test_setup_views.py sends these.
    *("payment_setup.show", "payment_setup.go_on", "payment_setup.look"),
    "payment_setup.stop",
    # Of a payment whose end nobody knows: tests/payouts/test_asking_views.py.
    "payments.end",
    # Signed by its sender: tests/payouts/test_hooks.py.
    "hooks.take",
}
ENGAGE = list((ROOT / "engage").rglob("*.py"))
ASKED = re.compile(r'request\.args\.get\("(\w+)"')
UID = re.compile(r"(?<=/)[2-9a-hjkmnp-tv-z]{20}(?=/|$)")
# Signing in and out: the sign-in itself is what they change.
DOORS = {"people.sign_in", "people.sign_out", "people.demo_door"}


@pytest.fixture
def app(filled: Filled, database: str) -> Flask:
    return filled("small", database)


@pytest.fixture
def sendings(app: Flask, found: dict[int, Sendings]) -> Sendings:
    if id(app) not in found:
        found[id(app)] = forms.sendings(app)
    return {
        key: each
        for key, each in found[id(app)].items()
        if each.endpoint != "people.demo_door"
    }


@pytest.fixture(scope="module")
def found() -> dict[int, Sendings]:
    """The forms of each application, read once."""
    return {}


def test_every_address_that_takes_a_form_has_one(
    app: Flask, sendings: Sendings
) -> None:
    reached = {each.endpoint for each in sendings.values()} | WITHOUT_FORM
    every = {rule.endpoint for rule in pages.rules(app, "POST")}
    assert every - reached == set()


@pytest.mark.parametrize(("part", "turn"), SHARES)
def test_no_field_of_any_form_breaks_a_page_or_changes_half(
    app: Flask, sendings: Sendings, database: str, part: int, turn: int
) -> None:
    wrong, tried = {}, 0
    every = database == "sqlite"
    if every and turn:
        return  # all of them were tried in the commit run
    only = None if every else turn
    before = untouched(app)
    for key, sending in sendings.items():
        tries = islice(bad_input.attacks(sending.form, only), part, None, PARTS)
        for what, name, problem in tried_out(app, sending, tries, before):
            tried += 1
            if problem:
                wrong[f"{key.split()[0]} {name}: {what}"] = problem
    print(f"{tried} bad inputs to {len(sendings)} forms")  # noqa: T201 - a count
    assert tried > 2000 // PARTS
    assert wrong == {}


def tried_out(
    app: Flask, sending: Sending, tries: Tries, before: dict[str, int]
) -> Iterator[tuple[str, str, str]]:
    """(what, which field, what is wrong with the answer) for each; all is undone.

    One person sends them all, so that their sign-in is made once.
    """
    path = sending.form.action
    with bad_input.trial(app, sending) as browser:
        signed_in = browser.session_now()
        for what, name, sent in tries:
            browser.put_back(signed_in)
            with step_undone(), bad_input.Writes().noted() as writes:
                answer = bad_input.send(browser, path, sent)
                problem = bad_input.broke(answer, writes, before)
            if not problem and answer.status_code == 422:
                gone = bad_input.lost(answer, sending, sent, path)
                problem = f"lost {gone}" if gone else ""
            yield what, name, problem


def untouched(app: Flask) -> dict[str, int]:
    """How many rows each table has before a trial, since every trial is undone."""
    with app.app_context():
        return bad_input.rows()


def test_two_turns_are_every_attack(sendings: Sendings) -> None:
    for sending in sendings.values():
        first, second, every = (
            [(what, name) for what, name, _ in bad_input.attacks(sending.form, turn)]
            for turn in (0, 1, None)
        )
        assert sorted(first + second) == sorted(every)
        assert abs(len(first) - len(second)) < 9


def test_a_form_sent_twice_has_one_effect_and_leads_to_one_place(
    app: Flask, sendings: Sendings
) -> None:
    wrong, done = {}, []
    for key, sending in sendings.items():
        if sending.endpoint in DOORS:
            continue
        token = new_uid()
        with bad_input.trial(app, sending) as browser:
            values = sending.form.values()
            path = sending.form.action
            first = bad_input.send(browser, path, values, once=token)
            if first.status_code != 303:
                continue
            done.append(key)
            after = bad_input.rows()
            second = bad_input.send(browser, path, values, once=token)
            again = bad_input.rows()
        if second.status_code != 303 or second.location != first.location:
            wrong[key] = f"{second.status_code} {second.location}"
        elif again != after:
            wrong[key] = "had two effects"
    assert len(done) > 25, done
    assert wrong == {}


def _refused(
    app: Flask, sendings: Sendings, status: int, **request: object
) -> dict[str, str]:
    """Forms that answer otherwise than with this status and no change."""
    wrong = {}
    before = untouched(app)
    for key, sending in sendings.items():
        with bad_input.trial(app, sending) as browser:
            path = sending.form.action
            more: dict[str, Any] = {"data": sending.form.values(), **request}
            answer = browser.open(path, method="POST", **more)
            problem = bad_input.complaint(answer, before, path)
        if answer.status_code != status or problem:
            wrong[key] = problem or str(answer.status_code)
    return wrong


def test_a_form_without_its_token_is_refused(app: Flask, sendings: Sendings) -> None:
    wrong = _refused(app, sendings, 400, data={"csrf_token": ""})
    assert wrong == {}


def test_a_form_of_another_site_is_refused(app: Flask, sendings: Sendings) -> None:
    for site in ("cross-site", "same-site"):
        wrong = _refused(app, sendings, 403, headers={"Sec-Fetch-Site": site})
        assert wrong == {}


def test_a_form_with_a_file_is_refused(app: Flask, sendings: Sendings) -> None:
    wrong = {}
    for key, sending in sendings.items():
        with bad_input.trial(app, sending) as browser:
            file = (BytesIO(b"MZ"), "a.exe")
            answer = browser.post(sending.form.action, data={"file": file})
        if answer.status_code != 415:
            wrong[key] = str(answer.status_code)
    assert wrong == {}


def test_a_body_over_64_kib_is_refused(app: Flask, sendings: Sendings) -> None:
    wrong = _refused(app, sendings, 413, data={"note": "a" * 70_000})
    assert wrong == {}


def test_a_uid_of_others_is_not_found(app: Flask, sendings: Sendings) -> None:
    wrong, tried = {}, 0
    for key, sending in sendings.items():
        with bad_input.trial(app, sending) as browser:
            path = bad_input.elsewhere(app, sending)
            if path is None:
                continue
            tried += 1
            before = bad_input.rows()
            answer = bad_input.send(browser, path, sending.form.values())
            problem = bad_input.complaint(answer, before, path)
        if answer.status_code != 404 or problem:
            wrong[key] = problem or str(answer.status_code)
    assert tried > 20
    assert wrong == {}


def test_text_typed_in_an_ended_session_comes_back(
    app: Flask, sendings: Sendings
) -> None:
    wrong, tried = {}, 0
    for key, sending in sendings.items():
        sent = _with_text(sending)
        if not sent or sending.spot.person_id is None:
            continue
        tried += 1
        with bad_input.trial(app, sending) as browser:
            _end_every_sign_in()
            answer = bad_input.send(browser, sending.form.action, sent)
            again = answer.location or ""
            if answer.status_code != 303 or "/in?next=" not in again:
                wrong[key] = f"{answer.status_code} {again}"
                continue
            token = browser_of(app, sending.spot.person_id).session_now()["_user_id"]
            browser.remember(_user_id=token)
            where = browser.get(again, query_string=None).request.args["next"]
            page = browser.get(where)
        gone = bad_input.lost(page, sending, sent, where)
        if page.status_code != 200 or gone:
            wrong[key] = f"{page.status_code} lost {gone}"
    assert tried >= 15
    assert wrong == {}


def test_a_sign_that_no_database_keeps_breaks_no_address(
    app: Flask, database: str
) -> None:
    asked = {
        word: "\x00" for path in ENGAGE for word in ASKED.findall(path.read_text())
    }
    assert {"kept", "page", "year", "place"} <= set(asked)
    places = dict.fromkeys(
        (each.spot.person_id, each.spot.path) for each in visits(app)
    )
    wrong = {}
    with undone(app):
        for person_id, path in places:
            for address in (path, UID.sub("%00", path)):
                with step_undone():
                    browser = browser_of(app, person_id)
                    answer = browser.get(address, query_string=asked)
                if answer.status_code >= 500:
                    wrong[address] = answer.status_code
    assert wrong == {}


def _with_text(sending: Sending) -> bad_input.Sent:
    """The form with something typed wherever a text fits; empty if nothing does."""
    typed = {
        each.name: ["Something typed at length"]
        for each in sending.form.fields.values()
        if each.kind in {"text", "textarea"} and may_keep(each.name)
    }
    return {**sending.form.values(), **typed} if typed else {}


def _end_every_sign_in() -> None:
    with transaction():
        db.session.execute(sa.update(SignIn).values(ended_at=clock.now()))
