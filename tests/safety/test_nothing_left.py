"""No other machine is asked, and nothing stays in the browser but the sign-in."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from engage.core.access import Role
from tests import house, pages
from tests.filled import Filled
from tests.site import Site, by_person, serve

ADDRESS = re.compile(r"https?://[\w.-]+")
LOADS = re.compile(r"(?:src|srcset|poster|data|action)\s*=\s*\"(?:https?:)?//", re.I)
KEPT = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map(one => one.name),
  ...(await caches?.keys() ?? []),
  ...(await navigator.serviceWorker?.getRegistrations() ?? []).map(one => one.scope),
  document.cookie].filter(Boolean)"""
ROLES = (None, Role.CONSULTANT, Role.COORDINATOR, Role.FINANCE, Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def site(filled: Filled, chromium: Any) -> Iterator[Site]:
    app = filled("small")
    with serve(app) as url:
        yield Site(app, url, chromium)


@pytest.mark.browser
def test_nothing_is_kept_in_the_browser_and_nobody_else_is_asked(site: Site) -> None:
    found: dict[str, Any] = {}
    first: dict[Any, pages.Spot] = {}
    for spot in site.templates():
        if "/file" not in spot.path:
            first.setdefault((spot.role, spot.endpoint.partition(".")[0]), spot)
    for person_id, theirs in by_person(list(first.values())).items():
        with site.window(person_id, "en") as (page, wrong):
            for spot in theirs:
                page.goto(spot.path)
                kept = page.evaluate(KEPT)
                cookies = {each["name"] for each in page.context.cookies()} - {"id"}
                if kept or cookies or wrong:
                    found[spot.name] = [kept, cookies, list(wrong)]
                    wrong.clear()
    assert found == {}
    assert {spot.role for spot in first.values()} >= set(ROLES[1:])


@pytest.mark.browser
def test_a_page_that_keeps_something_is_noticed(site: Site) -> None:
    with site.window(None, "en") as (page, wrong):
        page.goto("/in")
        page.evaluate("localStorage.setItem('a', 'b'); document.cookie = 'c=d'")
        assert page.evaluate(KEPT) == ["a", "c=d"]
        page.evaluate("fetch('https://other.example.org/').catch(() => {})")
        page.wait_for_timeout(200)
        assert wrong


def test_templates_scripts_and_styles_name_no_other_machine() -> None:
    wrong = []
    for folder, ends in (("templates", "html"), ("static/js", "js"), ("static", "css")):
        for path in (house.ROOT / folder).rglob(f"*.{ends}"):
            text = path.read_text()
            loads = LOADS.findall(text) if ends == "html" else []
            if ends != "html":
                loads = [
                    each
                    for each in ADDRESS.findall(text)
                    if "/vendor/" not in path.as_posix() and "w3.org" not in each
                ]
                loads += re.findall(r"url\([\"']?(?:https?:)?//", text)
            wrong += [f"{path.name}: {each}" for each in loads]
    assert wrong == []


@pytest.mark.browser
def test_a_printed_page_has_a_neutral_head(site: Site) -> None:
    with site.app.app_context():
        consultant = pages.person_of(Role.CONSULTANT)
    with site.window(consultant, "en") as (page, _):
        page.goto("/")
        page.emulate_media(media="print")
        assert page.title() == "Engage"
        for part in (".head", ".foot", ".demo", "a.leave"):
            assert not page.locator(part).first.is_visible()
        assert page.locator(".top").inner_text().strip() == "Engage"
