"""Bad input where no page of the sample has the form: doors, and what scripts send."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from engage.core import clock
from engage.core.headers import REPORTS_AT
from engage.people import codes, papers
from engage.people.factor_rules import PaperKind
from tests import bad_input, forms, make
from tests.clients import Browser
from tests.conftest import new_browser
from tests.filled import Filled, browser_of, step_undone, undone
from tests.forms import Sending
from tests.pages import Spot
from tests.people import accounts

NAME = "paper-boat-lamp"
Step = Callable[[Browser], None]


@pytest.fixture
def app(filled: Filled, database: str) -> Iterator[Flask]:
    app = filled("small", database)
    with undone(app):
        yield app


def invite(browser: Browser) -> None:
    """Whoever has typed a code that opens an account."""
    place = make.organization()
    by = make.coordinator(place)
    code = codes.make_for_consultant(organization_id=place.id, by=by, now=clock.now())
    assert browser.post("/start", data={"code": code}).status_code == 303
    assert browser.get("/start/safety").status_code == 200


def half(browser: Browser) -> None:
    """Whoever has given the password, where a code comes after it."""
    person = accounts.consultant(NAME)
    papers.print_anew(PaperKind.SIGN_IN, by=person, now=clock.now())
    sent = {"name": NAME, "password": accounts.PASSWORD}
    assert browser.post("/in", data=sent).location == "/in/code?next=/"


def helped(browser: Browser) -> None:
    """Whoever has typed a spare code after everything else was lost."""
    person = accounts.consultant(NAME)
    spare = papers.print_anew(PaperKind.RECOVERY, by=person, now=clock.now())
    sent = {"name": NAME, "code": spare[0]}
    assert browser.post("/in/help", data=sent).location == "/in/help/new"


@pytest.mark.parametrize(
    ("step", "path"),
    [(invite, "/start/account"), (half, "/in/code"), (helped, "/in/help/new")],
)
def test_no_field_behind_a_door_breaks_anything(
    app: Flask, step: Step, path: str
) -> None:
    browser, wrong, tried = new_browser(app), {}, 0
    step(browser)
    for form in forms.read(browser.get(path).text, path):
        for what, name, problem in tried_out(browser, form, path):
            tried += 1
            if problem:
                wrong[f"{name}: {what}"] = problem
    assert tried > 20
    assert wrong == {}


def tried_out(
    browser: Browser, form: forms.Form, path: str
) -> Iterator[tuple[str, str, str]]:
    stands, before = browser.session_now(), bad_input.rows()
    sending = Sending("", Spot("", None, "", path, None), form)
    for what, name, sent in bad_input.attacks(form):
        browser.put_back(stands)
        with step_undone(), bad_input.Writes().noted() as writes:
            answer = bad_input.send(browser, form.action, sent)
            problem = bad_input.broke(answer, writes, before)
        if not problem and answer.status_code == 422:
            gone = bad_input.lost(answer, sending, sent, path)
            problem = f"lost {gone}" if gone else ""
        yield what, name, problem


@pytest.mark.parametrize(
    ("path", "status"),
    [("/account/stay", 200), ("/account/kept?page=/days", 200), (REPORTS_AT, 204)],
)
def test_what_a_script_sends_breaks_nothing(app: Flask, path: str, status: int) -> None:
    browser = browser_of(app, make.consultant().id)
    before = bad_input.rows()
    for value in (*bad_input.TYPED.values(), *bad_input.CHOSEN.values()):
        for name in ("text", "page", "once", "\x00", "a" * 500):
            with step_undone():
                answer = bad_input.send(browser, path, {name: value})
                assert answer.status_code == status, (name, value)
                assert bad_input.rows() == before


@pytest.mark.parametrize(
    "page", ["", "//other.example.org", "/\x07", "/a b", "x" * 999]
)
def test_text_is_kept_for_pages_of_ours_alone(app: Flask, page: str) -> None:
    browser = browser_of(app, make.consultant().id)
    answer = browser.post(
        "/account/kept", query_string={"page": page}, data={"text": "a"}
    )
    assert answer.json == {"kept": ""}


@pytest.mark.parametrize("uid", ["a" * 500, "' OR 1=1", "é"])
def test_a_uid_of_kept_text_that_is_none_brings_the_page(app: Flask, uid: str) -> None:
    browser = browser_of(app, make.consultant().id)
    answer = browser.get("/account", query_string={"kept": uid})
    assert answer.status_code == 200
