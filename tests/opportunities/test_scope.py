import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.opportunities import actions
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from tests import make
from tests.opportunities.drafting import fresh

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def browser(author, sign_in):
    return sign_in(author)


def page_of(answer) -> str:
    return answer.get_data(as_text=True)


def posts() -> list[Opportunity]:
    return list(db.session.scalars(sa.select(Opportunity)))


def test_others_meet_404_everywhere(draft, sign_in):
    others = [
        make.coordinator(make.organization()),
        make.finance(make.payer()),
        make.consultant(),
        make.administrator(),
    ]

    for other in others:
        browser = sign_in(other)
        for path in ("", "/edit", "/ask-again"):
            for uid in (draft.uid, "nothing"):
                assert browser.get(f"/work/{uid}{path}").status_code == 404
        for verb in ("edit", "post", "cancel", "copy", "two", "keep", "ask-again"):
            assert browser.post(f"/work/{draft.uid}/{verb}").status_code == 404
    assert fresh(draft).status is OpportunityStatus.DRAFT
    assert len(posts()) == 1


def test_the_list_is_paged_filtered_and_asks_the_same_whatever_its_length(
    browser, place, line, queries
):
    make.opportunity(place, line=line)
    queries.statements.clear()
    browser.get("/work")
    few = len(queries)
    for number in range(26):
        make.opportunity(
            place, line=line, status=OpportunityStatus.DRAFT, title=f"Draft {number}"
        )
    queries.statements.clear()

    page = page_of(browser.get("/work"))

    assert len(queries) == few <= 8
    assert "Drafts (26)" in page
    assert page.count("<strong>") == 25
    assert page_of(browser.get("/work?page=2")).count("<strong>") == 2
    assert page_of(browser.get("/work?state=posted")).count("<strong>") == 1
    assert browser.get("/work?state=nonsense&page=x").status_code == 200


def test_pages_of_one_post_ask_few_statements(browser, draft, author, july, queries):
    counts = []
    for path in ("", "/edit"):
        queries.statements.clear()
        assert browser.get(f"/work/{draft.uid}{path}").status_code == 200
        counts.append(len(queries))
    actions.post(draft.id, warnings_seen=False, by=author, now=july)
    queries.statements.clear()
    assert browser.get(f"/work/{draft.uid}").status_code == 200

    assert max(*counts, len(queries)) <= 15


def test_an_empty_list_says_what_will_be_here(browser):
    assert "a title is enough" in page_of(browser.get("/work"))
