"""Amounts on a consultant's pages: hidden until asked for, also without script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from engage.core.access import Role
from engage.core.db import db
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import ExpenseStatus
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from tests import pages
from tests.filled import Filled, browser_of, undone
from tests.site import Site, serve
from tests.visits import visits

HIDDEN = re.compile(r'<span class="sum"><span>[^<]*</span></span>')
TAGS = re.compile(r"<[^>]+>")
AMOUNT = re.compile(r"\$\d")
FIELD = re.compile(r'<input[^>]+value="0\.17"[^>]*>')
# A figure of the law or of a form's own words, the same for everybody, and what
# somebody has just typed or asked to see.
OPEN: dict[str, str] = {}


def consultants(app: Any) -> list[pages.Spot]:
    found = pages.spots(app)
    return [spot for spot in found if spot.role == Role.CONSULTANT]


def test_no_page_of_a_consultant_shows_an_amount_unasked(filled: Filled) -> None:
    app = filled("small")
    wrong, hidden = {}, 0
    for visit in visits(app):
        spot = visit.spot
        if not visit.is_page or spot.role != Role.CONSULTANT:
            continue
        hidden += len(HIDDEN.findall(visit.text))
        left = TAGS.sub(" ", HIDDEN.sub("", visit.text))
        if AMOUNT.search(left) and spot.endpoint not in OPEN:
            at = AMOUNT.search(left).start()  # type: ignore[union-attr]
            wrong[spot.name] = " ".join(left[max(0, at - 60) : at + 12].split())
    assert wrong == {}
    assert hidden > 5


@pytest.mark.usefixtures("steady_day")
def test_no_form_of_a_consultant_shows_a_sum_unasked(filled: Filled) -> None:
    """What stands in a field is covered like every other amount, until it is asked
    for or the field is entered."""
    app, found = filled("small", steady=True), 0
    with undone(app):
        db.session.execute(sa.update(Payable).values(take_cents=17))
        sent_back = Expense.status == ExpenseStatus.RETURNED
        db.session.execute(sa.update(Expense).where(sent_back).values(cents=17))
        for spot in consultants(app):
            if spot.endpoint not in {"parts.choose", "costs.mend"}:
                continue
            answer = browser_of(app, spot.person_id).get(spot.path)
            for field in FIELD.findall(answer.text):
                found += 1
                assert "sum-typed" in field, spot.name
                assert 'id="show-amounts"' in answer.text, spot.name
            shown = browser_of(app, spot.person_id).get(f"{spot.path}?show=1").text
            assert not any("sum-typed" in each for each in FIELD.findall(shown))
    assert found > 1


def test_no_refusal_shows_a_sum_unasked(filled: Filled) -> None:
    """A sentence that says why something was not taken is part of the page."""
    app, sent = filled("small"), {"how": "part", "cents": "99999"}
    with undone(app):
        db.session.execute(sa.update(Payable).values(status=PayableStatus.WAITING))
        spots = [one for one in consultants(app) if one.endpoint == "parts.choose"]
        answer = browser_of(app, spots[0].person_id).post(spots[0].path, data=sent)
    assert answer.status_code == 422
    assert len(HIDDEN.findall(answer.text)) >= 2
    left = TAGS.sub(" ", HIDDEN.sub("", answer.text))
    assert not AMOUNT.search(left)


@pytest.fixture
def site(filled: Filled, chromium: Any) -> Iterator[Site]:
    app = filled("small")
    with serve(app) as url:
        yield Site(app, url, chromium)


@pytest.mark.browser
def test_one_press_shows_them_without_script(site: Site) -> None:
    with site.app.app_context():
        spots = [s for s in consultants(site.app) if s.endpoint == "engagements.show"]
    with site.window(spots[0].person_id, "en") as (page, _):
        page.context.route("**/*.js", lambda asked: asked.abort())
        page.goto(spots[0].path)
        sums = page.locator(".sum > span")
        assert sums.count() > 0
        assert not sums.first.is_visible()
        page.get_by_label("Show the amounts").focus()
        page.keyboard.press("Space")
        assert sums.first.is_visible()
        page.reload()
        assert not sums.first.is_visible()
