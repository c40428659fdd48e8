import re

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.funding import actions, queries
from engage.funding.models import FundingLine, LineUse
from engage.funding.rules import LineStatus
from tests import make

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def payer(july):
    return make.payer()


@pytest.fixture
def place(july):
    return make.organization("Riverbend")


@pytest.fixture
def finance(payer, sign_in):
    return sign_in(make.finance(payer))


@pytest.fixture
def typed(payer, place):
    return {
        "payer": payer.uid,
        "name": "Award 2026",
        "award_reference": "A-1",
        "cost_category": "consultant",
        "balance_cents": "12,000.50",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "floor_hourly_cents": "57",
        "cap_hourly_cents": "81.25",
        "cap_daily_cents": "650",
        "counts_preparation": "y",
        "prior_approval_reference": "PA-7",
        "organizations": [place.uid],
    }


def lines() -> list[FundingLine]:
    return list(db.session.scalars(sa.select(FundingLine)))


def test_finance_opens_a_line_with_all_that_the_award_says(finance, typed, place):
    answer = finance.post("/lines/new", data=typed)

    (line,) = lines()
    assert answer.location == f"/lines/{line.uid}"
    assert line.balance_cents == 12_000_50
    assert line.cap_hourly_cents == 81_25
    assert line.counts_preparation
    assert not line.counts_travel
    assert queries.may_use(line.id, place.id)


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("name", "", "Please fill this in."),
        ("name", "x" * 81, "at most 80 letters"),
        ("award_reference", "", "Please fill this in."),
        ("balance_cents", "", "Please fill this in."),
        ("balance_cents", "-5", "Write an amount in dollars"),
        ("balance_cents", "5.001", "at most two digits"),
        ("balance_cents", "0", "more than zero"),
        ("balance_cents", "99999999999999999999", "Write an amount"),
        ("starts_on", "2026-02-30", "Write a day such as"),
        ("ends_on", "yesterday", "Write a day such as"),
        ("ends_on", "2025-12-31", "before the first"),
        ("cap_hourly_cents", "lots", "Write an amount in dollars"),
        ("floor_hourly_cents", "90", "cannot be above the most"),
        ("payer", "unknown", "Please choose from the list."),
        ("cost_category", "gifts", "Please choose from the list."),
        ("organizations", ["unknown"], "Please choose from the list."),
    ],
)
def test_wrong_input_gets_a_sentence_and_loses_nothing(
    finance, typed, field, wrong, words
):
    answer = finance.post("/lines/new", data={**typed, field: wrong})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert "PA-7" in page
    assert lines() == []


def test_a_payer_of_somebody_else_cannot_be_chosen(finance, typed):
    other = make.payer()

    answer = finance.post("/lines/new", data={**typed, "payer": other.uid})

    assert answer.status_code == 422
    assert lines() == []


def test_the_same_form_twice_makes_one_line(finance, typed):
    for _ in range(2):
        answer = finance.post("/lines/new", data={**typed, "once": "same"})

    assert answer.status_code == 303
    assert len(lines()) == 1


def test_the_same_name_twice_is_refused_in_words(finance, typed):
    finance.post("/lines/new", data=typed)

    answer = finance.post("/lines/new", data=typed)

    assert answer.status_code == 422
    assert "There is a line named Award 2026." in answer.get_data(as_text=True)
    assert len(lines()) == 1


def test_a_change_is_kept_and_shown(finance, typed, payer, place):
    line = make.funding_line(place, payer=payer)
    shown = finance.get(f"/lines/{line.uid}/edit").get_data(as_text=True)

    answer = finance.post(
        f"/lines/{line.uid}/edit", data={**typed, "organizations": []}
    )

    assert 'value="AWARD-1"' in shown
    assert answer.status_code == 303
    page = finance.get(f"/lines/{line.uid}").get_data(as_text=True)
    assert "Award 2026" in page
    assert "No organization yet." in page
    assert db.session.scalar(sa.select(LineUse.line_id)) is None


def test_the_final_report_says_how_long_records_are_kept(finance, typed, payer, place):
    line = make.funding_line(place, payer=payer)
    begins = finance.get("/lines/new").get_data(as_text=True)
    before = finance.get(f"/lines/{line.uid}").get_data(as_text=True)
    finance.post(
        f"/lines/{line.uid}/edit", data={**typed, "final_report_on": "2026-06-30"}
    )

    page = finance.get(f"/lines/{line.uid}").get_data(as_text=True)
    form = finance.get(f"/lines/{line.uid}/edit").get_data(as_text=True)

    assert "Day of the final report" not in begins
    assert "are kept until you write down" in before
    assert "are kept until" in page
    assert "2029" in page
    assert 'value="2026-06-30"' in form


def test_closing_and_opening_again(finance, payer):
    line = make.funding_line(payer=payer)

    finance.post(f"/lines/{line.uid}/close")
    page = finance.get(f"/lines/{line.uid}").get_data(as_text=True)
    again = finance.post(f"/lines/{line.uid}/close")
    finance.post(f"/lines/{line.uid}/reopen")

    assert "This line is closed" in page
    assert again.status_code == 422
    db.session.refresh(line)
    assert line.status is LineStatus.OPEN


def test_a_coordinator_sees_what_is_left_and_changes_nothing(
    place, payer, sign_in, july
):
    line = make.funding_line(place, payer=payer, balance_cents=1_000_00)
    actions.set_aside(line, "opportunity:a", 400_00, by=None, now=july)
    browser = sign_in(make.coordinator(place))

    index = browser.get("/lines").get_data(as_text=True)
    page = browser.get(f"/lines/{line.uid}").get_data(as_text=True)

    assert "$600.00 is left" in index
    assert "$600.00 is left" in page
    assert "Change this line" not in page
    for path in (f"/lines/{line.uid}/edit", "/lines/new"):
        assert browser.get(path).status_code == 404
    for verb in ("close", "reopen", "edit"):
        assert browser.post(f"/lines/{line.uid}/{verb}").status_code == 404


def same_words(answer, uid: str) -> str:
    """The page without its own address and one-time tokens."""
    text = answer.get_data(as_text=True).replace(uid, "")
    return re.sub(r'(value|nonce)="[^"]*"', "", text)


def test_others_meet_the_same_404_as_for_nothing(place, payer, sign_in):
    line = make.funding_line(place, payer=payer)
    others = [
        make.coordinator(make.organization()),
        make.finance(make.payer()),
        make.consultant(),
        make.administrator(),
    ]

    for other in others:
        browser = sign_in(other)
        for path in ("/lines/{}", "/lines/{}/edit"):
            foreign = browser.get(path.format(line.uid))
            missing = browser.get(path.format("nobody"))
            assert foreign.status_code == missing.status_code == 404
            assert same_words(foreign, line.uid) == same_words(missing, "nobody")


def test_signed_out_people_are_asked_to_sign_in(client):
    assert client.get("/lines").status_code == 303


def test_finance_without_a_payer_of_money_cannot_open_a_line(place, sign_in):
    browser = sign_in(make.finance(place))

    assert browser.get("/lines/new").status_code == 404
    assert "Add a line" not in browser.get("/lines").get_data(as_text=True)


def test_the_list_is_paged_and_asks_the_same_whatever_its_length(
    finance, payer, queries
):
    make.funding_line(payer=payer)
    queries.statements.clear()
    finance.get("/lines")
    few = len(queries)
    for _ in range(11):
        make.funding_line(payer=payer)
    queries.statements.clear()

    page = finance.get("/lines").get_data(as_text=True)

    assert len(queries) == few <= 8
    assert page.count('class="card"') == 10
    assert "Next page" in page
    assert finance.get("/lines?page=2").data.count(b'class="card"') == 2
    assert finance.get("/lines?page=-7").status_code == 200
    assert finance.get("/lines?page=abc").status_code == 200


def test_an_empty_list_says_what_will_be_here(finance):
    page = finance.get("/lines").get_data(as_text=True)

    assert "Awards that pay people will be here" in page
