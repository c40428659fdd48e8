"""The very first page: useful before any script runs, and from no other machine."""

from typing import Any

import pytest

from tests.browsing import NARROW, NewPage, axe

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_page_is_accessible(new_page: NewPage, language: str) -> None:
    page = new_page(language, NARROW)
    page.goto("/")
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language
    assert axe(page) == []


def test_a_page_with_a_fault_is_caught_by_axe(page: Any) -> None:
    page.goto("/in")
    page.evaluate("document.querySelectorAll('label').forEach(one => one.remove())")
    assert any(line.startswith("label") for line in axe(page))


def test_the_first_page_works_without_script(new_page: NewPage) -> None:
    page = new_page(script=False)
    page.goto("/")
    assert page.get_by_role("button").first.is_visible()
