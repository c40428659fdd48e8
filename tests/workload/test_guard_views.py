from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db
from engage.ledger.models import Payable
from engage.workload import figures, pay, pay_queries
from engage.workload.guard import Basis, Guard, GuardKind, GuardMode
from tests import make, scenes
from tests.workload.guards import month, owed_work

PAGES = ["/room/earnings", "/room/earnings?show=1", "/room/earnings/days"]
SET = {"kind": "month", "limit": "1,000", "basis": "paid", "mode": "warn"}
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app", "july")


@pytest.fixture
def who():
    return make.consultant()


@pytest.fixture
def browser(who, sign_in):
    return sign_in(who)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_in_few_statements(page, browser, queries):
    queries.statements.clear()

    answer = browser.get(page)

    assert answer.status_code == 200
    assert len(queries) <= 12


@pytest.mark.parametrize("page", PAGES)
def test_no_role_of_staff_has_these_pages(page, client, sign_in):
    place = make.organization()
    for member in (
        make.coordinator(place),
        make.finance(place),
        make.administrator(),
    ):
        browser = sign_in(member)
        assert browser.get(page).status_code == 404
        assert browser.post(page, data=SET).status_code == 404
    assert client.get(page).status_code == 303


def test_a_limit_is_set_changed_and_removed_in_one_step_each(browser, who):
    assert browser.post("/room/earnings", data=SET).status_code == 303
    changed = {**SET, "limit": "$81.25", "basis": "worked", "mode": "dont_ask"}
    assert browser.post("/room/earnings", data=changed).status_code == 303
    assert pay_queries.guards(who) == [
        Guard(GuardKind.MONTH, Basis.WORKED, GuardMode.DONT_ASK, 81_25)
    ]

    browser.post("/room/earnings", data={"remove": "month"})

    assert pay_queries.guards(who) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"limit": ""}, "Please fill this in."),
        ({"limit": "a lot"}, "Write an amount in dollars"),
        ({"kind": "payments", "limit": "2.5"}, "Write a whole number"),
        ({"kind": "payments", "limit": "9999"}, "Write at most 400."),
        ({"kind": "week"}, "Please choose from the list."),
        ({"basis": "other"}, "Please choose from the list."),
        ({"mode": ""}, "Please choose from the list."),
    ],
)
def test_what_makes_no_sense_is_said(wrong, words, browser, who):
    answer = browser.post("/room/earnings", data={**SET, **wrong})

    assert answer.status_code == 422
    assert words in answer.text
    assert pay_queries.guards(who) == []


def test_a_limit_that_is_not_there_cannot_be_removed(browser):
    for kind in ("month", "rubbish"):
        answer = browser.post("/room/earnings", data={"remove": kind})
        assert answer.status_code == 404


def test_signs_that_no_uid_has_are_not_looked_for(browser, who):
    pay.set_guard(who, month(123_456), now=clock.now())
    for odd in ("\0", "a" * 27, "é", "' or 1=1"):
        for where, name in (("days", "remove"), ("days", "lines")):
            data = {name: odd, "until": "2027-01-05"}
            answer = browser.post(f"/room/earnings/{where}", data=data)
            assert answer.status_code in {404, 422}


def test_amounts_stay_hidden_until_the_press(browser, who):
    pay.set_guard(who, month(123_456), now=clock.now())

    hidden = browser.get("/room/earnings").text
    shown = browser.get("/room/earnings?show=1").text

    assert "$1,234.56" not in hidden
    assert "Show the amounts" in hidden
    assert "$1,234.56" in shown
    assert 'value="1234.56"' not in shown.replace(",", "")
    changing = browser.get("/room/earnings?show=1&change=month").text
    assert "1,234.56" in changing


def test_a_raise_asks_once_and_a_lower_limit_does_not(browser, who):
    pay.set_guard(who, month(500_00), now=clock.now())

    asked = browser.post("/room/earnings?show=1", data={**SET, "limit": "600"})
    kept = [guard.limit for guard in pay_queries.guards(who)]
    browser.post("/room/earnings", data={**SET, "limit": "600", "sure": "y"})
    raised = [guard.limit for guard in pay_queries.guards(who)]
    browser.post("/room/earnings", data={**SET, "limit": "400"})

    assert asked.status_code == 422
    assert "Your limit is $500.00. Tick the box to raise it." in asked.text
    assert 'value="600"' in asked.text
    assert (kept, raised) == ([500_00], [600_00])
    assert [guard.limit for guard in pay_queries.guards(who)] == [400_00]


def test_twelve_months_stand_as_text_by_either_basis(sign_in):
    work, _ = owed_work()
    browser = sign_in(work.person)

    paid = browser.get("/room/earnings?show=1&by=paid").text
    worked = browser.get("/room/earnings?show=1&by=worked").text

    assert paid.count('scope="row"') == worked.count('scope="row"') == 12
    assert "July 2026" in worked
    assert "$206.25" in worked
    assert "By the month of the work." in worked
    assert "By the month it is paid, or promised for." in paid


def test_figures_stand_with_their_source_and_are_no_advice(browser):
    figures.keep()

    page = browser.get("/room/earnings?show=1").text

    assert "$1,690.00" in page
    assert "Not checked in the original." in page
    assert "of $500.00 in a month, $217.50 counts" in page
    assert "This is arithmetic and not advice." in page


def test_a_request_shows_the_arithmetic_and_not_advice(who, browser):
    figures.keep()
    make.limits(who)
    post = scenes.posted(make.organization())
    offer = make.offer(post, who)
    pay.set_guard(who, month(1_690_00), now=clock.now())

    fits = browser.get(f"/asks/{offer.uid}?show=1").text

    assert "It stays within your limits on pay" in fits
    assert "August 2026: $0.00 so far + " in fits
    assert "of $1,690.00" in fits
    assert "Your limit is as high as a figure of 2026." in fits
    assert "This is arithmetic and not advice." in fits
    pay.set_guard(who, month(1_00), now=clock.now())
    above = browser.get(f"/asks/{offer.uid}?show=1").text
    assert "It goes above one of your limits on pay" in above
    assert "You chose to earn at most $1.00 a month." in above


def test_a_request_says_nothing_where_there_is_no_limit(who, browser):
    make.limits(who)
    offer = make.offer(scenes.posted(make.organization()), who)

    assert "limits on pay" not in browser.get(f"/asks/{offer.uid}").text


@pytest.fixture
def owed(sign_in):
    work, payable = owed_work()
    pay.set_guard(work.person, month(), now=clock.now())
    return work, payable, sign_in(work.person)


def test_a_pay_day_is_moved_and_taken_back(owed):
    _, payable, browser = owed
    page = browser.get("/room/earnings/days").text
    assert "Some programs count money when you earn it or could have had it." in page

    sent = {"lines": [payable.uid], "until": "2026-09-01"}
    assert browser.post("/room/earnings/days", data=sent).status_code == 303

    db.session.refresh(payable)
    assert payable.not_before == date(2026, 9, 1)
    assert "not before" in browser.get("/room/earnings/days").text
    assert "not before" in browser.get("/record").text
    browser.post("/room/earnings/days", data={"remove": payable.uid})
    db.session.refresh(payable)
    assert payable.not_before is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"lines": []}, "Choose at least one line."),
        ({"until": "2026-07-15"}, "Choose a day after today."),
        ({"until": ""}, "Please fill this in."),
        ({"until": "2028-01-01"}, "Choose a day within the next year."),
    ],
)
def test_a_pay_day_that_makes_no_sense_is_said(wrong, words, owed):
    _, payable, browser = owed
    sent = {"lines": [payable.uid], "until": "2026-09-01", **wrong}

    answer = browser.post("/room/earnings/days", data=sent)

    assert answer.status_code == 422
    assert words in answer.text


def test_somebody_elses_line_is_not_there(owed, sign_in):
    _, payable, _ = owed
    other = make.consultant()
    pay.set_guard(other, month(), now=clock.now())
    sent = {"lines": [payable.uid], "until": "2026-09-01"}

    assert sign_in(other).post("/room/earnings/days", data=sent).status_code == 404
    gone = {"remove": payable.uid}
    assert sign_in(other).post("/room/earnings/days", data=gone).status_code == 404


def test_finance_sees_that_the_payee_chose_and_nothing_else(owed, sign_in):
    work, payable, browser = owed
    sent = {"lines": [payable.uid], "until": "2026-09-01"}
    browser.post("/room/earnings/days", data=sent)
    payer_id = db.session.scalars(sa.select(Payable.payer_id)).one()
    member = make.finance(db.session.get_one(type(work.place), payer_id))

    page = sign_in(member).get("/runs/owed").text
    run = sign_in(member).get("/runs/new").text

    assert "Date chosen by payee" in page
    assert "September 1" not in page
    assert payable.uid not in run
