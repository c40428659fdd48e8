"""Travel of work in person is settled before it is posted, and its money kept."""

import pytest

from engage.core.errors import Refused
from engage.funding import queries as funding
from engage.funding.rules import CostCategory, Stage
from engage.opportunities import actions, checks, queries
from engage.opportunities.rules import OpportunityStatus
from tests import make
from tests.opportunities.drafting import SEAT_CENTS, change, fresh, set_aside

pytestmark = pytest.mark.usefixtures("app")


def kept(post):
    source = f"costs:opportunity:{post.uid}"
    return funding.held_cents(post.funding_line_id, source, Stage.SET_ASIDE)


def test_work_in_person_says_what_travel_may_cost(draft, author, july, post):
    change(draft, author, july, is_in_person=True, costs_cents=None)
    with pytest.raises(Refused, match="Say how much travel and other costs"):
        post(draft)
    change(draft, author, july, is_in_person=True, costs_cents=0)
    post(draft)
    assert fresh(draft).status is OpportunityStatus.POSTED


def test_costs_are_kept_apart_from_pay_and_given_back(draft, author, july, post):
    change(draft, author, july, is_in_person=True, costs_cents=40_00)
    post(draft)
    row = fresh(draft)
    assert (set_aside(row), kept(row)) == (2 * SEAT_CENTS, 2 * 40_00)
    actions.cancel(row.id, by=author, now=july)
    assert (set_aside(row), kept(row)) == (0, 0)


def test_pay_and_costs_together_never_pass_what_is_left(draft, author, july, post):
    line = fresh(draft).funding_line_id
    row = make.save(funding.db.session.get_one(funding.FundingLine, line))
    row.balance_cents = 2 * SEAT_CENTS + 79_99
    make.save(row)
    change(draft, author, july, costs_cents=40_00)
    with pytest.raises(Refused, match=r"needs \$605.00.*has \$604.99 left"):
        post(draft)
    row.balance_cents += 1
    make.save(row)
    post(draft)
    assert funding.left_cents(line) == 0


def test_a_line_that_pays_no_costs_is_refused_for_them(draft, author, july, post):
    row = funding.db.session.get_one(funding.FundingLine, fresh(draft).funding_line_id)
    row.allowed_costs = []
    make.save(row)
    change(draft, author, july, costs_cents=40_00)
    with pytest.raises(Refused, match="pays no costs"):
        post(draft)


def test_like_work_from_other_money_asks_for_a_reason(place, draft, author, july, post):
    other = make.funding_line(
        place, name="Stipends", cost_category=CostCategory.PARTICIPANT_SUPPORT
    )
    make.opportunity(place, line=other, kind=draft.kind, activity=draft.activity)

    def found():
        of = checks.of(queries.by_id(draft.id), author_id=author.id, now=july)
        return of.other_money

    assert found().line == "Stipends"
    change(draft, author, july, category_reason="Another result was agreed.")
    assert found() is None
