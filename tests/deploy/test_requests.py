"""Requests as no page of ours sends them: methods, addresses, parameters, headers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import gunicorn
import pytest
import sqlalchemy as sa
from flask import Flask, request

from engage.app import trust_proxies
from engage.core.db import db
from engage.payouts.hints import read_hint
from engage.people.rules import is_local
from tests import bad_input, forms, make, pages
from tests.clients import Browser
from tests.conftest import new_browser
from tests.filled import Filled

SignIn = Callable[..., Browser]
STRANGE = ("TRACE", "TRACK", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "BREW")


def test_a_method_that_no_address_takes_is_refused(bare_app: Flask) -> None:
    browser = bare_app.test_client()
    wrong = {}
    for number, rule in enumerate(bare_app.url_map.iter_rules()):
        path = rule.rule.replace("<uid>", pages.NOT_FOUND).replace("<token>", "x")
        for method in {"TRACE", STRANGE[number % len(STRANGE)]}:
            answer = browser.open(path, method=method)
            if answer.status_code != 405:
                wrong[method, path] = answer.status_code
    assert wrong == {}


def test_every_address_takes_the_methods_it_names_alone(bare_app: Flask) -> None:
    for rule in bare_app.url_map.iter_rules():
        assert set(rule.methods or ()) <= {"GET", "HEAD", "OPTIONS", "POST"}
    answer = bare_app.test_client().open("/safety", method="OPTIONS")
    assert answer.data == b""
    assert bare_app.test_client().post("/safety").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static/css/", "/static", "/static/../wsgi.py", "/.git/config",
        "/static/%2e%2e/wsgi.py", "/static/..%2f..%2fwsgi.py", "/.env", "/.well-known/",
        "/static/js/../../requirements.txt", "//etc/passwd", "/static//etc/passwd",
        "/metrics", "/debug", "/console", "/admin", "/health", "/server-status",
        "/docs",
    ],
)  # fmt: skip
def test_no_listing_and_nothing_for_monitors(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {400, 404, 308}
    assert b"Index of" not in answer.data
    assert b"import " not in answer.data


# What a browser would read in another way once it has been unescaped again.
TWICE = ("%252e%252e%252f", "%2541", "%25%32%65", "%253Cb%253E", "%%32%65")


@pytest.mark.parametrize("typed", TWICE)
def test_what_is_escaped_twice_is_unescaped_once(client: Browser, typed: str) -> None:
    assert client.get(f"/{typed}").status_code == 404
    page = client.get(f"/in?next=/{typed}").text
    assert "<b>" not in page
    sent = client.post("/in", data={"name": typed, "password": "x" * 20})
    assert sent.status_code == 422
    (form, *_) = forms.read(sent.text, "/in")
    assert form.fields["name"].value == typed


@pytest.mark.parametrize(
    ("typed", "is_ours"),
    [
        ("/account", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("/%2f/evil.example", True),  # a path of ours that leads nowhere
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("/\t/evil.example", False),
        ("/a\r\nX: y", False),
        ("", False),
    ],
)
def test_after_signing_in_one_stays_on_this_site(
    app: Flask, sign_in: SignIn, typed: str, is_ours: bool
) -> None:
    assert is_local(typed) is is_ours
    browser = sign_in(make.consultant())
    answer = browser.get("/in", query_string={"next": typed})
    where = answer.location or "/"
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


def test_of_a_repeated_parameter_the_first_counts(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(make.consultant())
    page = browser.get("/safety?lang=es&lang=en")
    assert '<html lang="es">' in page.text
    twice = [("name", "one-of-them"), ("name", "another"), ("password", "x" * 20)]
    sent = bad_input.send(new_browser(app), "/in", _lists(twice))
    (form, *_) = forms.read(sent.text, "/in")
    assert form.fields["name"].value == "one-of-them"


def test_a_form_is_not_filled_from_its_address_or_cookies(client: Browser) -> None:
    client.set_cookie("name", "from-a-cookie")
    sent = client.post("/in?name=from-the-address&password=aaa", data={"password": "x"})
    assert sent.status_code == 422
    assert "from-a-cookie" not in sent.text
    (form, *_) = forms.read(sent.text, "/in")
    assert form.fields["name"].value == ""


def _lists(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


SPOOFED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Port": "1",
    "Forwarded": "for=1.2.3.4;host=evil.example;proto=http",
    "X-Original-URL": "/staff",
    "X-Rewrite-URL": "/staff",
    "X-HTTP-Method-Override": "DELETE",
    "True-Client-IP": "1.2.3.4",
}


def test_what_a_stranger_says_of_the_way_changes_nothing(client: Browser) -> None:
    plain = client.get("/safety")
    said = client.get("/safety", headers=SPOOFED)
    assert said.status_code == plain.status_code == 200
    assert "evil" not in f"{said.headers}{said.text}"
    assert said.request.path == "/safety"


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "10.0.0.9")])
def test_the_address_is_taken_from_our_own_proxy_alone(proxies: int, seen: str) -> None:
    app = Flask("probe")
    found: list[tuple[str | None, str]] = []

    @app.route("/x")
    def look() -> str:
        found.append((request.remote_addr, request.host))
        return ""

    trust_proxies(app, proxies)
    given = {"X-Forwarded-For": "6.6.6.6, 10.0.0.9", **SPOOFED}
    app.test_client().get("/x", headers=given)
    assert found == [(seen, "localhost")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "id=" + "a" * 60_000},
        {"Cookie": "id=x; " * 3_000},
        {"Accept-Language": "en," * 20_000},
        {"User-Agent": "\xff" * 20_000},
        {"Sec-Fetch-Site": "x" * 20_000},
        {"Cookie": 'id="\\073\\012"; own=%00'},
    ],
)
def test_long_and_odd_headers_lock_nobody_out(
    client: Browser, headers: dict[str, str]
) -> None:
    assert client.get("/in", headers=headers).status_code < 500
    assert client.get(f"/in?next={'a' * 20_000}").status_code < 500
    assert client.get("/in").status_code == 200


def test_the_server_does_not_name_its_version() -> None:
    assert not any(sign.isdigit() for sign in gunicorn.SERVER)


EVENT: dict[str, Any] = {
    "id": "evt_1",
    "type": "transfer.created",
    "livemode": True,
    "created": 1,
    "data": {"object": {"id": "tr_1"}},
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": 1}, {"id": ["evt_1"]}, {"id": None}, {"type": {"a": 1}},
        {"created": float("nan")}, {"created": "soon"}, {"created": 10**30},
        {"data": []}, {"data": {"object": "tr_1"}}, {"data": {"object": None}},
        {"id": "evt\n1"}, {"id": "e" * 300},
    ],
)  # fmt: skip
def test_parts_of_another_kind_are_no_event(change: dict[str, Any]) -> None:
    assert read_hint(EVENT).created == datetime.fromtimestamp(1, UTC)
    with pytest.raises((ValueError, OverflowError)):
        read_hint({**EVENT, **change})


def test_of_a_name_that_stands_twice_the_last_counts_everywhere() -> None:
    """One reader of JSON in the house, so no two can differ about it."""
    body = json.dumps(EVENT)[:-1] + ', "id": "evt_2"}'
    assert read_hint(json.loads(body)).event_id == "evt_2"


MARK, NUMBER = "sent-beside-the-form", 987_654_321


class Parameters:
    """Did something that was sent beside a form get into a statement?"""

    def __init__(self) -> None:
        self.found: list[str] = []

    def __call__(self, *seen: Any) -> None:
        said = f"{seen[3]}"
        if (MARK in said or str(NUMBER) in said) and "kept_text" not in seen[2]:
            self.found.append(seen[2][:80])


@pytest.fixture(scope="module")
def columns() -> dict[str, list[str]]:
    """Every column of every table as a field, and what such fields are often called."""
    metadata = db.metadata
    named = {each.name for table in metadata.tables.values() for each in table.columns}
    named |= {"is_admin", "admin", "role", "roles", "user", "owner", "__class__"}
    return {name: [str(NUMBER)] for name in sorted(named)}


def test_what_is_sent_beside_a_form_gets_nowhere(
    filled: Filled, columns: dict[str, list[str]]
) -> None:
    app, wrong, tried = filled("small"), {}, 0
    sendings = forms.sendings(app)
    for key, sending in sendings.items():
        if sending.endpoint == "people.demo_door":
            continue
        own = sending.form.fields
        extra = {name: value for name, value in columns.items() if name not in own}
        parameters = Parameters()
        with bad_input.trial(app, sending) as browser:
            connection = db.engines[None]
            sa.event.listen(connection, "before_cursor_execute", parameters)
            values = {**sending.form.values(), **extra, "zz": [MARK]}
            answer = bad_input.send(browser, sending.form.action, values)
            sa.event.remove(connection, "before_cursor_execute", parameters)
        tried += 1
        if parameters.found or answer.status_code >= 500:
            wrong[key] = f"{answer.status_code} {parameters.found[:1]}"
    assert tried > 100
    assert wrong == {}


def test_control_a_field_of_the_form_does_get_there(app: Flask) -> None:
    parameters = Parameters()
    connection = db.engines[None]
    sa.event.listen(connection, "before_cursor_execute", parameters)
    db.session.execute(sa.select(sa.literal(NUMBER)))
    sa.event.remove(connection, "before_cursor_execute", parameters)
    assert parameters.found
