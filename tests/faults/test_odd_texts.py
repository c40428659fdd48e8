"""Giant and broken requests, and texts in every script: refused in words, or shown."""

import json
import re
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from flask import Flask
from markupsafe import escape

from engage.people.models import TrainingRecord
from tests.bad_input import says_why
from tests.faults.traffic import ENDS_ON, PAGE, signed_in, titles
from tests.site import serve

# What people may well write, and must read again as they wrote it.
TEXTS = [
    "Zoë Ångström-O’Neill",
    "مرحبا بكم",
    "mixed עברית and English",
    "日本語の研修",
    "🧑🏽‍🌾🇺🇸 care",
    "a\u0301e\u0308 combining",
    "<b>not bold</b> & \"quoted\" 'twice'",
    "{{ 7 * 7 }} %(name)s {0}",
    "Ω" * 120,
]
# Where browsers tell of what a page may not do: it answers nothing, and keeps nothing.
TAKES_ANY = {"/told"}
ODD_BYTES = [b"\x00", b"\xff\xfe\xfd", b"\xc3(", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"]
LONGEST_TITLE = TrainingRecord.__table__.c.title.type.length  # type: ignore[attr-defined]


@pytest.fixture
def site(fresh_app: Flask) -> Flask:
    fresh_app.config["PROPAGATE_EXCEPTIONS"] = False
    return fresh_app


def training(title: str) -> dict[str, str]:
    return {"title": title, "ends_on": str(ENDS_ON)}


def test_s32_what_people_write_in_any_script_is_stored_and_shown_as_it_is(
    site: Flask,
) -> None:
    browser = signed_in(site)
    for text in TEXTS:
        assert browser.post(PAGE, data=training(text)).status_code == 303, text
    page = browser.get(PAGE).text
    assert [text for text in TEXTS if str(escape(text)) not in page] == []
    assert set(titles(site)) == set(TEXTS)
    said = re.sub(r"<[^>]*>", "", page)
    assert "49" not in said.replace(str(ENDS_ON), "")
    assert "<b>not bold" not in page


@pytest.mark.parametrize("length", [LONGEST_TITLE + 1, 10_000])
def test_s32_a_name_that_is_too_long_is_refused_and_stays_in_its_field(
    site: Flask, length: int
) -> None:
    browser = signed_in(site)
    answer = browser.post(PAGE, data=training("n" * length))
    assert (answer.status_code, says_why(answer)) == (422, True)
    assert "n" * length in answer.text
    assert not titles(site)


@pytest.mark.parametrize("odd", ODD_BYTES, ids=repr)
def test_s32_bytes_that_are_no_text_do_no_harm(site: Flask, odd: bytes) -> None:
    browser, typed = signed_in(site), quote(odd)
    asked = [
        f"/account/training?page={typed}",
        f"/account/training?{typed}={typed}&kept={typed}&lang={typed}",
        f"/in?next={typed}",
        f"/{typed}",
        f"/work/{typed}",
        f"/days/{typed}",
    ]
    for path in asked:
        assert browser.get(path).status_code < 500, path
    kind = "application/x-www-form-urlencoded"
    body = f"title={typed}&{typed}={typed}&ends_on={typed}&csrf_token={typed}".encode()
    for sent in (body, odd * 50, b"&" * 5000, b"=" * 5000, b"%" * 5000):
        answer = browser.open(PAGE, method="POST", data=sent, content_type=kind)
        assert 400 <= answer.status_code < 500
    assert not titles(site)


@pytest.mark.parametrize("many", [201, 20_000])
def test_s32_very_many_fields_are_refused(site: Flask, many: int) -> None:
    browser = signed_in(site)
    body = "&".join(f"f{number}=" for number in range(many)).encode()
    kind = "application/x-www-form-urlencoded"
    answer = browser.open(PAGE, method="POST", data=body, content_type=kind)
    assert 400 <= answer.status_code < 500
    assert not titles(site)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 30_000,
        b'{"a":' * 8_000 + b"1" + b"}" * 8_000,
        b"9" * 30_000,
        json.dumps({"a": "\x00"}).encode(),
        b'{"a": \xff}',
        b"",
    ],
    ids=["lists", "objects", "digits", "NUL", "no text", "nothing"],
)
def test_s32_deep_and_broken_json_is_refused_by_every_address(
    site: Flask, body: bytes
) -> None:
    browser = signed_in(site)
    wrong = {}
    for rule in site.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        path = rule.rule.replace("<uid>", "no-such").replace("<token>", "no-such")
        answer = browser.open(
            path, method="POST", data=body, content_type="application/json"
        )
        if path not in TAKES_ANY and not 300 <= answer.status_code < 500:
            wrong[path] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("size", [7_000, 70_000])
def test_s32_giant_headers_and_cookies_break_nothing(site: Flask, size: int) -> None:
    with serve(site) as url:
        for name in ("Cookie", "X-Odd", "Accept-Language", "User-Agent", "Referer"):
            connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
            connection.request("GET", "/in", headers={name: "a=" + "x" * size})
            assert connection.getresponse().status in {200, 400, 431}, name
            connection.close()
    assert site.test_client().get("/in").status_code == 200
