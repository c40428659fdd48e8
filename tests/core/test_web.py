"""What every view stands on: one effect a form, closed by default, strict headers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from wtforms import StringField

from engage.core import clock, policy
from engage.core.access import Permission
from engage.core.db import db, new_uid
from engage.core.errors import N_, Refused
from engage.core.forms import BaseForm
from engage.core.web import open_form, public, requires, submit
from engage.organizations.models import Organization
from engage.people import actions as people
from tests import make
from tests.conftest import make_app, running

STRICT = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet, noimageindex",
}


class NameForm(BaseForm):
    name = StringField("Name")


@public
def probe() -> Any:
    """A page like any other: a name that must not be taken, and must not be odd."""
    form = open_form(NameForm)

    def action() -> Organization:
        if form.name.data == "odd":
            raise Refused(N_("Please choose one from the list."), field="name")
        row = Organization(name=form.name.data, zone=make.ZONE)
        db.session.add(row)
        db.session.flush()
        return row

    return submit(
        form,
        action,
        done=lambda row: f"/made/{row.name}",
        again=lambda: str(form.name.errors),
    )


def broken() -> None:
    raise RuntimeError("a fault of ours")


@pytest.fixture
def probed(own_address: str, tmp_path: Path) -> Iterator[Flask]:
    with running(tmp_path, own_address) as app:
        app.add_url_rule("/probe", "probe", probe, methods=["POST"])
        app.add_url_rule("/broken", "broken", public(broken))
        guarded = requires(Permission.FUNDING_RUN)(lambda: "money")
        app.add_url_rule("/closed", "closed", guarded)
        rules = policy.read()
        entry = replace(rules.routes["funding.new"], endpoint="closed")
        policy.book.put(rules._replace(routes={**rules.routes, "closed": entry}))
        yield app
        policy.book.put(rules)


def made(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count(Organization.id))) or 0


def test_a_form_sent_twice_has_one_effect_and_leads_to_one_page(probed: Flask) -> None:
    client = probed.test_client()
    token = new_uid()
    answers = [
        client.post("/probe", data={"name": "Ours", "once": token}) for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [303, 303]
    assert {each.location for each in answers} == {"/made/Ours"}
    assert made(probed) == 1


def test_two_fresh_forms_have_two_effects(probed: Flask) -> None:
    client = probed.test_client()
    for name in ("One", "Two"):
        assert client.post("/probe", data={"name": name}).status_code == 303
    assert made(probed) == 2


def test_a_refused_form_can_be_mended_and_sent_again(probed: Flask) -> None:
    client = probed.test_client()
    token = new_uid()
    answer = client.post("/probe", data={"name": "odd", "once": token})
    assert answer.status_code == 422
    assert "Please choose one" in answer.text
    assert made(probed) == 0
    answer = client.post("/probe", data={"name": "even", "once": token})
    assert answer.status_code == 303
    assert made(probed) == 1


def test_the_same_form_from_many_tabs_at_once_has_one_effect(probed: Flask) -> None:
    token = new_uid()

    def send(_: int) -> tuple[int, str | None]:
        data = {"name": "Ours", "once": token}
        answer = probed.test_client().post("/probe", data=data)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(send, range(12)))
    assert answers == {(303, "/made/Ours")}
    assert made(probed) == 1


def test_a_form_without_its_tokens_does_nothing(probed: Flask) -> None:
    client = probed.test_client()
    assert client.post("/probe", data={"name": "x", "once": ""}).status_code == 422
    answer = client.post("/probe", data={"name": "x", "csrf_token": ""})
    assert answer.status_code in {303, 400}
    assert made(probed) == 0


def test_another_sites_page_cannot_start_a_write(probed: Flask) -> None:
    for site in ("cross-site", "same-site"):
        answer = probed.test_client().post(
            "/probe", data={"name": "x"}, headers={"Sec-Fetch-Site": site}
        )
        assert answer.status_code == 403
    assert made(probed) == 0


def test_a_closed_page_is_absent_for_who_may_not_open_it(probed: Flask) -> None:
    def opened_by(person: Any) -> int:
        token = people.start_sign_in(person, now=clock.now())
        browser: Any = probed.test_client()
        browser.remember(_user_id=token, _fresh=True)
        return int(browser.get("/closed").status_code)

    assert probed.test_client().get("/closed").status_code == 303
    with probed.app_context():
        place = make.organization()
        assert opened_by(make.consultant()) == 404
        assert opened_by(make.coordinator(place)) == 404
        assert opened_by(make.finance(place)) == 200


@pytest.mark.parametrize("path", ["/in", "/probe", "/none", "/closed", "/broken"])
def test_every_answer_has_the_strict_headers(probed: Flask, path: str) -> None:
    probed.config["PROPAGATE_EXCEPTIONS"] = False
    answer = probed.test_client().get(path)
    assert {name: answer.headers.get(name) for name in STRICT} == STRICT
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "Strict-Transport-Security" not in answer.headers


def test_a_nonce_is_good_for_one_answer(probed: Flask) -> None:
    client = probed.test_client()
    one, two = (client.get("/in").headers["Content-Security-Policy"] for _ in range(2))
    assert one != two


def test_a_static_file_says_what_it_is(probed: Flask) -> None:
    answer = probed.test_client().get("/static/css/engage.css", buffered=True)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_outside_demo_mode_only_https_and_only_known_names(tmp_path: Path) -> None:
    app = make_app(tmp_path, "sqlite:///:memory:", mode="production")
    with app.app_context():
        db.create_all()
        client = app.test_client()
        answer = client.get("/none", base_url="https://localhost")
        foreign = client.get("/none", base_url="https://other.example.org")
        db.engine.dispose()
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert foreign.status_code == 400
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-id"
    assert app.config["SESSION_COOKIE_SECURE"] is True
