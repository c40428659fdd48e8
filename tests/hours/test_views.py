import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.engagements import actions as engagements
from engage.hours import actions, jobs
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.notices.models import Notice
from engage.workload.rules import Activity
from tests import make
from tests.clients import Browser
from tests.hours.work import DAY, Work, agreed, approve, log

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., Browser]
CANARY = "canary-7f3k"


@pytest.fixture
def work(july: datetime) -> Iterator[Work]:
    """Two agreed sessions; the clock stands after the second one."""
    work = agreed(july, minutes=(120, 60))
    with time_machine.travel(work.done, tick=False):
        yield work


def only() -> HoursEntry:
    return db.session.scalars(
        sa.select(HoursEntry).execution_options(populate_existing=True)
    ).one()


def typed(work: Work, **values: Any) -> dict[str, Any]:
    day = work.done.date().isoformat()
    return {"day": day, "minutes": "0:45", "activity": "session", "note": "", **values}


def test_the_first_page_says_what_will_be_here(sign_in: SignIn) -> None:
    page = sign_in(make.consultant()).get("/time")
    assert page.status_code == 200
    assert "No time yet" in page.text


def test_time_is_logged_from_its_form(work: Work, sign_in: SignIn) -> None:
    client = sign_in(work.person)
    address = f"/plans/{work.engagement.uid}/time"
    assert "Log your time" in client.get(address).text
    answer = client.post(address, data=typed(work, note=CANARY))
    assert (answer.status_code, answer.location) == (303, "/time")
    assert only().note(work.person.subject) == CANARY
    page = client.get("/time").text
    assert "Waiting to be approved" in page
    assert "45 min" in page
    assert CANARY not in page
    assert CANARY in client.get(f"/time/{only().uid}").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"minutes": "5"}, "Your agreement has 3 h left for this."),
        ({"minutes": "30"}, "Half an hour is written 0:30 or 0.5."),
        ({"minutes": "often"}, "Write a length of time"),
        ({"day": "2030-01-01"}, "This day has not come yet."),
        ({"activity": "travel"}, "Please choose from the list."),
        ({"activity": ""}, "Please choose from the list."),
    ],
)
def test_what_was_typed_stays_beside_the_reason(
    work: Work, sign_in: SignIn, values: dict[str, str], words: str
) -> None:
    client = sign_in(work.person)
    address = f"/plans/{work.engagement.uid}/time"
    answer = client.post(address, data=typed(work, note=CANARY, **values))
    assert answer.status_code == 422
    assert words in answer.text
    assert CANARY in answer.text
    assert db.session.scalars(sa.select(HoursEntry)).all() == []


def test_one_press_logs_an_agreed_session(work: Work, sign_in: SignIn) -> None:
    client = sign_in(work.person)
    assert "Log 2 h" in client.get("/time").text
    address = f"/plans/{work.engagement.uid}/time/repeat"
    answer = client.post(address, data={"number": "1", "activity": "session"})
    assert (answer.status_code, answer.location) == (303, "/time")
    assert (only().minutes, only().session_number) == (120, 1)
    assert "Log 2 h" not in client.get("/time").text
    again = client.post(address, data={"number": "1", "activity": "session"})
    assert again.status_code == 422
    assert "This is logged already." in again.text
    assert client.post(address, data={"number": "x"}).status_code == 422


def test_more_time_is_asked_for_with_one_press(work: Work, sign_in: SignIn) -> None:
    client = sign_in(work.person)
    address = f"/plans/{work.engagement.uid}/time"
    assert client.post(f"{address}/more").location == address
    kinds = db.session.scalars(
        sa.select(Notice.kind).where(Notice.person_id == work.coordinator.id)
    )
    assert "hours_more" in list(kinds)


def test_a_returned_entry_says_what_to_check(work: Work, sign_in: SignIn) -> None:
    entry = log(work, 60)
    actions.give_back(entry.id, ReturnCheck.MINUTES, by=work.coordinator, now=work.done)
    client = sign_in(work.person)
    assert "Please check how long it took." in client.get("/time").text
    page = client.get(f"/time/{entry.uid}").text
    assert 'value="1 h"' in page
    answer = client.post(f"/time/{entry.uid}", data=typed(work, minutes="5"))
    assert "3 h left" in answer.text
    answer = client.post(f"/time/{entry.uid}", data=typed(work, minutes="0:50"))
    assert answer.location == "/time"
    assert (only().status, only().minutes) == (HoursStatus.SUBMITTED, 50)


def test_an_entry_is_taken_back_until_it_is_approved(
    work: Work, sign_in: SignIn
) -> None:
    entry, client = log(work, 60), sign_in(work.person)
    approved = log(work, 30)
    approve(work, approved)
    answer = client.post(f"/time/{approved.uid}/withdraw")
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.text
    assert client.post(f"/time/{entry.uid}/withdraw").location == "/time"
    assert "Taken back" in client.get("/time").text


def test_pages_of_somebody_else_are_not_there(work: Work, sign_in: SignIn) -> None:
    entry = log(work)
    client = sign_in(make.consultant())
    for address in (
        f"/time/{entry.uid}",
        f"/plans/{work.engagement.uid}/time",
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, data=typed(work)).status_code == 404
    for address in (
        f"/time/{entry.uid}/withdraw",
        f"/plans/{work.engagement.uid}/time/repeat",
        f"/plans/{work.engagement.uid}/time/more",
    ):
        assert client.post(address).status_code == 404
    assert client.get("/time/waiting").status_code == 404
    other = sign_in(make.coordinator(make.organization()))
    assert other.get(f"/time/waiting/{entry.uid}").status_code == 404
    assert other.post(f"/time/waiting/{entry.uid}").status_code == 404
    assert entry.uid not in other.get("/time/waiting").text
    assert sign_in(work.coordinator).get("/time").status_code == 404


def ticks(*entries: HoursEntry, **values: str) -> dict[str, Any]:
    chosen = [f"{entry.uid}.{entry.version}" for entry in entries]
    return {"chosen": chosen, "no_interest": "y", **values}


def test_a_batch_is_approved_with_one_sentence(work: Work, sign_in: SignIn) -> None:
    make.alias(work.person, make.organization(), "Another name")
    entries = [log(work, 60), log(work, 30, activity=Activity.PREPARATION)]
    client = sign_in(work.coordinator)
    page = client.get("/time/waiting").text
    assert page.count('name="chosen"') == 2
    assert "checked" not in page
    assert client.get("/time/waiting?all=1").text.count(" checked") == 2
    assert "Another name" not in page

    answer = client.post("/time/waiting", data=ticks(*entries, no_interest=""))
    assert answer.status_code == 422
    assert "Tick this line" in answer.text
    assert answer.text.count(" checked") == 2
    answer = client.post("/time/waiting", data=ticks())
    assert "Tick what you approve." in answer.text

    assert client.post("/time/waiting", data=ticks(*entries)).status_code == 303
    page = client.get("/time/waiting").text
    assert "Nothing waits" in page
    assert "Approved in the last 30 days" in page


def test_a_stale_batch_is_refused_in_words(work: Work, sign_in: SignIn) -> None:
    entry, client = log(work), sign_in(work.coordinator)
    stale = ticks(entry)
    actions.withdraw(entry.id, by=work.person, now=work.done)
    answer = client.post("/time/waiting", data=stale)
    assert answer.status_code == 422
    assert "This was changed meanwhile. Nothing was decided" in answer.text
    for wrong in ("nothing", f"{entry.uid}.x", f"{entry.uid}.99999999999"):
        answer = client.post("/time/waiting", data={**stale, "chosen": [wrong]})
        assert answer.status_code == 422


def test_the_note_is_only_on_the_page_that_is_a_look(
    work: Work, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    entry = log(work, note=CANARY)
    client, own = sign_in(work.coordinator), sign_in(work.person)
    page = client.get("/time/waiting").text
    assert CANARY not in page
    assert "Open with its note" in page
    assert CANARY not in own.get("/record.csv").text
    for _ in range(2):
        assert CANARY in client.get(f"/time/waiting/{entry.uid}").text
    looks = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.kind == "look")
    ).all()
    assert [(look.subject, look.thing) for look in looks] == [
        (work.person.subject, f"hours_entry:{entry.uid}")
    ]
    assert CANARY not in caplog.text
    kept = db.session.scalars(sa.select(HoursEntry.note_sealed)).one()
    assert CANARY.encode() not in kept


def test_one_entry_is_approved_on_its_page(work: Work, sign_in: SignIn) -> None:
    entry, client = log(work), sign_in(work.coordinator)
    address = f"/time/waiting/{entry.uid}"
    sent = {"version": entry.version, "do": "approve"}
    assert client.post(address, data=sent).status_code == 422
    stale = {**sent, "version": 99, "no_interest": "y"}
    assert "changed meanwhile" in client.post(address, data=stale).text
    answer = client.post(address, data={**sent, "no_interest": "y"})
    assert (answer.status_code, answer.location) == (303, "/time/waiting")
    assert only().status is HoursStatus.APPROVED


def test_an_entry_is_sent_back_once_without_words(work: Work, sign_in: SignIn) -> None:
    entry, client = log(work, 60), sign_in(work.coordinator)
    address = f"/time/waiting/{entry.uid}"
    sent = {"version": entry.version, "do": "return"}
    assert "Please choose" in client.post(address, data=sent).text
    wrong = {**sent, "check": "She was late"}
    assert client.post(address, data=wrong).status_code == 422
    assert client.post(address, data={**sent, "check": "date"}).status_code == 303
    assert only().return_check is ReturnCheck.DATE
    mended = {"day": entry.day, "minutes": 55, "activity": entry.activity}
    actions.mend(entry.id, **mended, by=work.person, now=work.done)
    page = client.get(address).text
    assert "It came back from one check already." in page
    assert "Sent again" in client.get("/time/waiting").text
    again = {"version": only().version, "do": "return", "check": "date"}
    assert "returned once already" in client.post(address, data=again).text


def test_what_stood_by_itself_is_marked_so(work: Work, sign_in: SignIn) -> None:
    entry = log(work)
    later = work.done + 12 * DAY
    assert jobs.approve_due(later) == 1
    with time_machine.travel(later, tick=False):
        own, client = sign_in(work.person), sign_in(work.coordinator)
        assert "Approved as you wrote it." in own.get("/time").text
        assert "because nobody looked" in own.get(f"/time/{entry.uid}").text
        for address in ("/time/waiting", f"/time/waiting/{entry.uid}"):
            assert "As attested, without a look" in client.get(address).text
        assert "Not paid by its date" not in client.get("/time/waiting").text
    with time_machine.travel(later + 10 * DAY, tick=False):
        client = sign_in(work.coordinator)
        assert "Not paid by its date" in client.get("/time/waiting").text


def test_cancelled_at_short_notice_is_logged_on_its_day(
    july: datetime, sign_in: SignIn
) -> None:
    work = agreed(july)
    engagements.cancel(work.engagement.id, now=july + 6 * DAY)
    with time_machine.travel(work.done, tick=False):
        client = sign_in(work.person)
        assert "Log 2 h" in client.get("/time").text
        address = f"/plans/{work.engagement.uid}/time/repeat"
        sent = {"number": "1", "activity": "session"}
        assert client.post(address, data=sent).status_code == 303
    approve(work, only())
    assert only().cents == 150_00


def test_pages_ask_as_much_for_many_as_for_few(
    work: Work, sign_in: SignIn, queries: Any
) -> None:
    counted: dict[str, list[int]] = {}
    for _ in range(2):
        for _ in range(3):
            log(work, 5)
        approve(work, log(work, 5))
        uid = db.session.scalars(
            sa.select(HoursEntry.uid).order_by(HoursEntry.id)
        ).first()
        own, client = sign_in(work.person), sign_in(work.coordinator)
        for browser, address in (
            (own, "/time"),
            (own, f"/plans/{work.engagement.uid}/time"),
            (own, f"/time/{uid}"),
            (client, "/time/waiting"),
            (client, f"/time/waiting/{uid}"),
        ):
            browser.get(address)
            queries.statements.clear()
            assert browser.get(address).status_code == 200
            counted.setdefault(address, []).append(len(queries))
    for address, (few, many) in counted.items():
        assert few == many <= 15, address
