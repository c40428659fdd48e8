"""The one-press door: each of its conditions broken in turn, and there is none."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engage.app import create_app
from engage.core.db import db
from engage.organizations import actions as organizations
from engage.people.demo_door import ENDPOINT
from engage.people.models import Person
from engage.people.rules import PersonStatus
from engage.settings import Settings, SettingsError
from tests import make
from tests.clients import Browser
from tests.conftest import new_browser

Start = Callable[[Settings], Flask]
STRANGER = "22222222222222222222"


@pytest.fixture
def settings(fresh_app: Flask) -> Settings:
    found: Settings = fresh_app.config["SETTINGS"]
    return found


@pytest.fixture
def marked(fresh_app: Flask) -> Person:
    """A database that carries the marker, with somebody in it."""
    with fresh_app.app_context():
        organizations.set_up(is_demo=True)
        person = make.consultant("paper-boat-lamp")
        db.session.refresh(person)
        db.session.expunge(person)
        db.session.remove()
    return person


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the real application once more, as a new process would."""
    started = []

    def begin(settings: Settings) -> Flask:
        app = create_app(settings)
        app.config["TESTING"] = True
        app.test_client_class = Browser
        started.append(app)
        return app

    yield begin
    for app in started:
        with app.app_context():
            db.engine.dispose()


def knock(app: Flask, person: str, **query: str) -> Any:
    browser = new_browser(app)
    answer = browser.post("/in/demo", data={"person": person}, query_string=query)
    return browser, answer


def test_one_press_signs_in(marked: Person, settings: Settings, start: Start) -> None:
    app = start(settings)
    page = new_browser(app).get("/in").text
    assert "paper-boat-lamp" in page

    browser, answer = knock(app, marked.uid, next="/account")

    assert answer.location == "/account"
    assert browser.get("/account").status_code == 200


def test_a_press_needs_the_tokens_and_a_person_who_is_there(
    marked: Person, settings: Settings, start: Start
) -> None:
    app = start(settings)
    assert knock(app, STRANGER)[1].status_code == 404
    bare = new_browser(app).post(
        "/in/demo", data={"person": marked.uid, "csrf_token": ""}
    )
    assert bare.status_code == 400
    foreign = new_browser(app).post(
        "/in/demo",
        data={"person": marked.uid},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert foreign.status_code == 403


def test_a_closed_account_is_not_let_in(
    marked: Person, settings: Settings, start: Start, fresh_app: Flask
) -> None:
    with fresh_app.app_context():
        db.session.get_one(Person, marked.id).status = PersonStatus.CLOSED
        db.session.commit()
    assert knock(start(settings), marked.uid)[1].status_code == 404


BROKEN: dict[str, dict[str, Any]] = {
    "another host": {"trusted_hosts": ("127.0.0.1", "engage.example")},
    "any address": {"trusted_hosts": ("0.0.0.0",)},  # noqa: S104
    "a payment key": {"payments_mode": "stripe"},
    "a mail server": {"mail_server": "mail.example:587"},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_each_condition_broken_leaves_no_such_route(
    marked: Person, settings: Settings, start: Start, broken: str
) -> None:
    app = start(replace(settings, **BROKEN[broken]))

    assert ENDPOINT not in app.view_functions
    assert "/in/demo" not in [rule.rule for rule in app.url_map.iter_rules()]
    host = app.config["TRUSTED_HOSTS"][0]
    browser = new_browser(app)
    page = browser.get("/in", base_url=f"http://{host}")
    assert "paper-boat-lamp" not in page.text
    answer = browser.post(
        "/in/demo", data={"person": marked.uid}, base_url=f"http://{host}"
    )
    assert answer.status_code == 404


def test_without_the_marker_there_is_no_door(settings: Settings, start: Start) -> None:
    """An empty database: demo mode may start, as before it is filled."""
    app = start(settings)
    assert ENDPOINT not in app.view_functions
    assert knock(app, STRANGER)[1].status_code == 404


@pytest.mark.usefixtures("marked")
def test_production_refuses_demo_data(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="holds demo data"):
        create_app(replace(settings, mode="production", payments_mode="manual"))


@pytest.mark.parametrize("is_set_up", [True, False])
def test_demo_refuses_data_that_is_not_its_own(
    settings: Settings, fresh_app: Flask, is_set_up: bool
) -> None:
    with fresh_app.app_context():
        if is_set_up:
            organizations.set_up(is_demo=False)
        else:
            make.consultant()
        db.session.remove()
    with pytest.raises(SettingsError, match="not demo data"):
        create_app(settings)


def test_production_starts_on_real_data(
    settings: Settings, start: Start, fresh_app: Flask
) -> None:
    with fresh_app.app_context():
        organizations.set_up()
        make.consultant()
        db.session.remove()
    app = start(replace(settings, mode="production", payments_mode="manual"))
    assert ENDPOINT not in app.view_functions


def test_a_database_that_does_not_answer_is_said_in_a_sentence(tmp_path: Path) -> None:
    gone = Settings(
        mode="demo",
        database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite'}",
        secret_key=secrets.token_hex(32),
        master_key=secrets.token_bytes(32),
        lookup_key=secrets.token_bytes(32),
        key_store=tmp_path / "keystore.sqlite",
        trusted_hosts=("localhost",),
    )
    with pytest.raises(SettingsError, match="does not answer"):
        create_app(gone)
