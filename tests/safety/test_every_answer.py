"""Every answer there is, pages, files, faults and downloads: strict, and discreet.

Discreet: titles, addresses, names of files, headers, cookies, calendars and mail have
none of the words of `house.TELLING`, which would tell a bystander what this is about.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import count
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import headers
from engage.core.access import Role
from engage.core.db import db
from engage.engagements.models import Engagement
from engage.home import reports
from engage.notices.rules import OUTSIDE
from engage.settings import NEUTRAL_SITES, Settings
from tests import house, pages
from tests.filled import Filled, browser_of, undone
from tests.visits import visits

TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
FIELD = re.compile(r"<(?:input|textarea)\b[^>]*>")
UNTYPED = re.compile(r'type="(?:hidden|checkbox|radio|submit)"')
SUMMARY = re.compile(r"^SUMMARY[^:]*:(.*?)\r?$", re.MULTILINE)
# Nonces, signed cookies and uids, in which any word may stand by chance.
RANDOM = re.compile(
    r"nonce-[^']+|nonce=\"[^\"]*\"|(?<=\bid=)[\w.-]+|\b[2-9a-hjkmnp-tv-z]{20}\b"
)
# Of the fields in which a browser may help: those that sign somebody in.
SIGNS_IN = {
    "people.sign_in", "people.second", "people.make", "again.show", "own.password",
    "factors.app", "help.start", "help.make", "records.open_again",
}  # fmt: skip
POLICY = (
    "default-src 'none'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'",
    "base-uri 'none'", "object-src 'none'", "require-trusted-types-for 'script'",
    "report-to own",
)  # fmt: skip


class Answer(NamedTuple):
    name: str
    endpoint: str
    role: Any
    status: int
    mimetype: str
    headers: Any
    text: str

    @property
    def is_page(self) -> bool:
        return self.mimetype == "text/html" and "Location" not in self.headers


def noted(answer: Any, name: str) -> Answer:
    text = answer.text if answer.mimetype.startswith("text/") else ""
    found = answer.status_code, answer.mimetype, answer.headers
    return Answer(name, "", None, *found, text)


@pytest.fixture(scope="module")
def app(filled: Filled) -> Flask:
    return filled("small")


@pytest.fixture(scope="module")
def answers(app: Flask) -> list[Answer]:
    """Each address as opened by whoever may, and what goes wrong signed out."""
    found = [
        Answer(spot.name, spot.endpoint, spot.role, *came_back)
        for spot, *came_back in visits(app)
    ]
    with undone(app):
        return [*found, *_strange(app)]


def _strange(app: Flask) -> Iterator[Answer]:
    browser = app.test_client()
    for name, path, sent in (
        ("nothing", "/nothing-here", {}),
        ("not allowed", "/in", {"method": "PUT"}),
        ("too much", "/in", {"method": "POST", "data": b"x" * 70_000}),
        ("no token", "/in", {"method": "POST", "data": b""}),
        ("a file", "/static/css/engage.css", {}),
        ("a script", "/static/js/leave.js", {}),
        ("no file", "/static/none.css", {}),
        ("another name", "/in", {"base_url": "http://other.example.org"}),
        ("a report", headers.REPORTS_AT, {"method": "POST", "data": b"{}"}),
    ):
        yield noted(browser.open(path, buffered=True, **sent), name)


def telling(text: str) -> list[str]:
    plain = RANDOM.sub("", text).lower()
    return [word for word in house.TELLING if word in plain]


def test_all_of_them_carry_the_strict_headers(answers: list[Answer]) -> None:
    wrong = []
    for each in answers:
        found = dict(each.headers)
        wrong += [
            f"{each.name}: {name}"
            for name, value in headers.EVERYWHERE.items()
            if found.get(name) != value
        ]
        policy = found.get("Content-Security-Policy", "")
        if each.name not in {"a file", "a script"}:
            wrong += [f"{each.name}: {part}" for part in POLICY if part not in policy]
            if found.get("Reporting-Endpoints") != f'own="{headers.REPORTS_AT}"':
                wrong.append(f"{each.name}: no place for reports")
            if found.get("Cache-Control") != "no-store":
                wrong.append(f"{each.name}: it may be kept")
        elif policy != headers.NOTHING:
            wrong.append(f"{each.name}: {policy}")
        if "unsafe" in policy or "http" in policy or "*" in policy:
            wrong.append(f"{each.name}: {policy}")
    assert wrong == []
    assert {each.status for each in answers} >= {200, 303, 400, 404, 405, 413}


def test_a_report_is_counted_and_not_read(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_numbers", count(1))
    browser = app.test_client()
    for _ in range(64):
        report = b'[{"url": "https://x.example.org/secret-page"}]'
        sent = {"data": report, "content_type": "application/reports+json"}
        assert browser.post(headers.REPORTS_AT, **sent).status_code == 204
    assert "secret-page" not in caplog.text
    assert 0 < caplog.text.count("kept a page from something") < 12


def test_titles_headers_and_cookies_say_nothing(
    app: Flask, answers: list[Answer]
) -> None:
    wrong: dict[str, Any] = {}
    titles, cookies = set(), set()
    for each in answers:
        found = telling(str(each.headers))
        if each.is_page and each.endpoint not in pages.NO_PAGE:
            head = each.text.partition("</head>")[0]
            titles |= set(TITLE.findall(head)) or {f"none: {each.name}"}
            found += telling(head) + re.findall("og:|twitter:|description", head)
            found += [] if 'name="robots" content="noindex' in head else ["indexed"]
        cookies |= {one.partition("=")[0] for one in each.headers.getlist("Set-Cookie")}
        if found and each.name != "another name":
            wrong[each.name] = found
    assert wrong == {}
    assert titles - {"none: another name"} == {app.config["SETTINGS"].site_title}
    # The session's, and the mark of an own device, which is made only on a wish.
    assert cookies == {"id", "own"} or cookies == {"id"}


def test_names_of_files_and_downloads_say_nothing(answers: list[Answer]) -> None:
    names = {each.headers.get("Content-Disposition", "") for each in answers} - {""}
    assert names
    files = {path.name for path in (house.ROOT / "static").rglob("*")}
    assert [name for name in names | files if telling(name)] == []


def test_addresses_say_nothing(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert [rule for rule in rules if telling(rule)] == []
    assert telling("/survivors/7") == ["survivor"]


def test_a_calendar_of_a_consultant_says_busy(answers: list[Answer]) -> None:
    """Staff may have the dates of a panel under the title that they wrote."""
    calendars = [
        each.text
        for each in answers
        if each.mimetype == "text/calendar" and each.role in {None, Role.CONSULTANT}
    ]
    assert calendars
    for text in calendars:
        assert telling(text) == []
        assert set(SUMMARY.findall(text)) <= {"Busy", "Ocupado", "Look in", "Revisar"}
        assert not re.search("DESCRIPTION|LOCATION|ORGANIZER|ATTENDEE", text)


def test_mail_and_the_sites_name_say_nothing() -> None:
    assert OUTSIDE == "You have an update."
    assert telling(str(Settings.__dataclass_fields__["site_title"].default)) == []


def test_neutral_sites_are_a_fixed_list_without_a_query() -> None:
    assert len(NEUTRAL_SITES) == len(set(NEUTRAL_SITES))
    for site in NEUTRAL_SITES:
        assert re.fullmatch(r"https://www\.[a-z]+\.gov/", site)


def test_the_icon_has_no_words() -> None:
    icon = (house.ROOT / "static/img/icon.svg").read_text()
    assert "<text" not in icon
    assert telling(icon) == []


def test_only_fields_that_sign_in_are_filled_in_by_a_browser(
    answers: list[Answer],
) -> None:
    wrong: dict[str, list[str]] = {}
    for each in answers:
        helped = [
            field
            for field in FIELD.findall(each.text if each.is_page else "")
            if not UNTYPED.search(field) and 'autocomplete="off"' not in field
        ]
        if helped and each.endpoint not in {*SIGNS_IN, ""}:
            wrong[each.name] = helped
    assert wrong == {}


def test_the_first_screen_has_no_people_and_no_money(app: Flask) -> None:
    named: set[str] = set()
    with undone(app):
        for person_id in db.session.scalars(sa.select(Engagement.person_id).distinct()):
            browser = browser_of(app, person_id)
            main = unescape(browser.get("/").text.partition("<main")[2])
            shown = browser.get("/?show=1").text
            pairs = re.findall(r"<br><a href=[^>]*>([^<]+)</a>, ([^<\n]+)", shown)
            words = {unescape(one.strip()) for pair in pairs for one in pair}
            named |= words
            assert [one for one in words if one in main] == []
            assert not re.search(r"\$\d", main)
    assert named
