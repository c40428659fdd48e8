from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.calendar import local_day
from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.funding import actions as money
from engage.funding.rules import PayKind, Stage
from engage.hours import actions, deciding, jobs
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.ledger import queries as ledger
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableKind
from engage.notices.models import Notice
from engage.workload.models import WorkMinutes
from engage.workload.rules import Activity
from tests import make
from tests.hours.work import DAY, Work, agreed, approve, kept, log, rows

pytestmark = pytest.mark.usefixtures("app")


def verbs(work: Work) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(AuditEntry.verb)
            .where(AuditEntry.subject == work.person.subject)
            .order_by(AuditEntry.number)
        )
    )


def test_the_whole_life_of_an_entry(season: datetime) -> None:
    work = agreed(season)
    whole = kept(work, Stage.RESERVED)

    entry = log(work, note="Canary in the note")
    assert entry.status is HoursStatus.SUBMITTED
    assert entry.session_number == 1
    assert entry.note(work.person.subject) == "Canary in the note"
    assert rows(WorkMinutes, WorkMinutes.source == f"hours:{entry.uid}") == 1
    assert rows(Notice, Notice.person_id == work.coordinator.id) >= 1

    approve(work, entry)
    payable = db.session.scalars(sa.select(Payable)).one()
    posting = db.session.scalars(sa.select(Posting)).one()
    payee = db.session.scalars(sa.select(Payee)).one()
    assert (entry.status, entry.cents) == (HoursStatus.APPROVED, 150_00)
    assert (payable.kind, payable.cents) == (PayableKind.HOURS, 150_00)
    assert payable.source == f"hours:{entry.uid}"
    assert payable.approved_by_id == work.coordinator.id
    assert payable.due_on == deciding.rules.pay_due_on(entry.day, entry.day, 10)
    assert posting.credit == f"payable:{payee.handle}"
    assert posting.debit == "expense:stipends"
    assert kept(work, Stage.APPROVED) == 150_00
    assert kept(work, Stage.RESERVED) == whole - 150_00
    assert ledger.problems() == []

    actions.pay(entry.id, now=work.done)
    assert entry.status is HoursStatus.PAID
    actions.reopen(entry.id, now=work.done)
    assert entry.status is HoursStatus.APPROVED
    assert verbs(work)[-2:] == ["hours.log", "hours.approve"]
    assert "Canary" not in str(
        db.session.execute(sa.text("SELECT * FROM notice")).all()
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"minutes": 125}, "2 h left"),
        ({"day": 1}, "not come yet"),
        ({"day": -30}, "agreed on"),
        ({"minutes": 7}, "steps of five"),
    ],
)
def test_refusals_are_said_in_words(
    july: datetime, values: dict[str, Any], words: str
) -> None:
    work = agreed(july)
    if "day" in values:
        today = local_day(work.done, work.person.zone)
        values = {"day": today + values["day"] * DAY}
    with pytest.raises(Refused, match=words):
        log(work, **values)
    assert rows(HoursEntry) == 0


def test_logging_stays_open_for_thirty_days_after_the_end(july: datetime) -> None:
    work = agreed(july)
    day = local_day(work.done, work.person.zone)
    engagements.move_on(work.engagement.id, now=work.done + DAY)
    assert log(work, 60, day=day, now=work.done + 30 * DAY).minutes == 60
    with pytest.raises(Refused, match="could be logged until"):
        log(work, 60, day=day, now=work.done + 31 * DAY)
    with pytest.raises(Refused, match="ended on"):
        log(work, 60, day=day + DAY, now=work.done + 2 * DAY)


def test_logging_never_asks_a_limit(july: datetime) -> None:
    work = agreed(july)
    make.limits(work.person, week_minutes=0, month_minutes=0)
    assert log(work).status is HoursStatus.SUBMITTED


def test_nobody_logs_for_another(july: datetime) -> None:
    work = agreed(july)
    with pytest.raises(NotFound):
        log(work, by=make.consultant())


def test_one_press_repeats_an_agreed_session_once(july: datetime) -> None:
    work = agreed(july, minutes=(60, 90))
    piece = {"session_number": 2, "activity": Activity.SESSION}
    entry = actions.repeat(work.engagement.id, **piece, by=work.person, now=work.done)
    assert (entry.minutes, entry.session_number) == (90, 2)
    assert entry.day == local_day(july + 14 * DAY, work.person.zone)
    with pytest.raises(Refused, match="logged already"):
        actions.repeat(work.engagement.id, **piece, by=work.person, now=work.done)
    with pytest.raises(Refused):
        actions.repeat(work.engagement.id, **piece, by=work.person, now=july)


def test_asking_for_more_time_tells_once_and_says_nothing(july: datetime) -> None:
    work = agreed(july)
    for _ in range(2):
        actions.ask_more(work.engagement.id, by=work.person, now=work.done)
    told = db.session.scalars(sa.select(Notice).where(Notice.kind == "hours_more"))
    assert [notice.values for notice in told] == [{"uid": work.engagement.uid}]


def test_a_returned_entry_is_mended_once_and_its_clock_runs_on(july: datetime) -> None:
    work = agreed(july)
    entry = log(work, 60)
    actions.give_back(entry.id, ReturnCheck.MINUTES, by=work.coordinator, now=work.done)
    assert entry.status is HoursStatus.RETURNED
    later = work.done + 40 * DAY
    actions.mend(
        entry.id,
        day=entry.day,
        minutes=120,
        activity=Activity.SESSION,
        by=work.person,
        now=later,
    )
    assert entry.status is HoursStatus.SUBMITTED
    today = local_day(later, work.place.zone)
    assert entry.decides_itself_on == deciding.rules.add_business_days(today, 2)
    logged = db.session.scalars(
        sa.select(WorkMinutes).where(WorkMinutes.source == f"hours:{entry.uid}")
    ).one()
    assert logged.minutes == 120
    with pytest.raises(Refused, match="returned once already"):
        actions.give_back(entry.id, ReturnCheck.DATE, by=work.coordinator, now=later)
    approve(work, entry, now=later)
    due = db.session.scalars(sa.select(Payable.due_on)).one()
    assert due == deciding.rules.pay_due_on(
        entry.day, local_day(work.done, work.place.zone), 10
    )


def test_what_is_taken_back_leaves_no_minutes_and_no_note(july: datetime) -> None:
    work = agreed(july)
    entry = log(work, note="Mine")
    actions.withdraw(entry.id, by=work.person, now=work.done)
    assert entry.status is HoursStatus.WITHDRAWN
    assert entry.note(work.person.subject) is None
    assert rows(WorkMinutes, WorkMinutes.source == f"hours:{entry.uid}") == 0
    assert log(work).minutes == 120
    with pytest.raises(Refused):
        approve(work, entry)


def test_a_stale_page_approves_nothing(july: datetime) -> None:
    work = agreed(july)
    entry, other = log(work, 60), log(work, 30)
    seen = {entry.uid: entry.version, other.uid: other.version}
    actions.give_back(other.id, ReturnCheck.DATE, by=work.coordinator, now=work.done)
    values = {"by": work.coordinator, "now": work.done, "no_interest": True}
    with pytest.raises(Refused, match="changed meanwhile"):
        actions.approve_seen(seen, {work.place.id}, **values)
    mended = {"day": other.day, "minutes": 45, "activity": other.activity}
    actions.mend(other.id, **mended, by=work.person, now=work.done)
    with pytest.raises(Refused, match="changed meanwhile"):
        actions.approve_seen(seen, {work.place.id}, **values)
    with pytest.raises(Refused, match="changed meanwhile"):
        actions.approve_seen({entry.uid: 1}, {work.place.id + 1}, **values)
    assert entry.status is HoursStatus.SUBMITTED


def test_an_interest_keeps_an_approver_away(july: datetime) -> None:
    work = agreed(july)
    entry = log(work)
    with pytest.raises(Refused, match="without an interest"):
        actions.approve(
            [entry.id], by=work.coordinator, now=work.done, no_interest=False
        )


def test_flat_pay_is_earned_once_for_each_session(july: datetime) -> None:
    work = agreed(
        july,
        minutes=(120, 120),
        pay_kind=PayKind.SESSION_STIPEND,
        rate_cents=200_00,
    )
    first_day = local_day(july + 7 * DAY, work.person.zone)
    entries = [
        log(work, 60, day=first_day),
        log(work, 60, day=first_day),
        log(work, 120),
        log(work, 30, activity=Activity.PREPARATION, day=first_day - DAY),
    ]
    approve(work, *entries)
    assert sorted(entry.cents or 0 for entry in entries) == [0, 0, 200_00, 200_00]
    kinds = db.session.scalars(sa.select(Payable.kind)).all()
    assert kinds == [PayableKind.STIPEND] * 2
    assert kept(work, Stage.RESERVED) == 0


def test_preparation_is_paid_when_its_session_is_never_held(july: datetime) -> None:
    work = agreed(july, pay_kind=PayKind.SESSION_STIPEND, rate_cents=165_00)
    now = july + 2 * DAY
    entry = log(
        work, 30, activity=Activity.PREPARATION, day=local_day(now, "UTC"), now=now
    )
    approve(work, entry, now=now)
    assert entry.cents == 0
    engagements.leave(work.engagement.id, by=work.person, now=now)
    assert jobs.pay_preparation(now) == 30_00  # 165 minutes were agreed in all
    assert jobs.pay_preparation(now) == 0
    assert entry.cents == 30_00
    assert ledger.problems() == []


def test_nobody_looks_and_it_stands_as_attested(season: datetime) -> None:
    work = agreed(season)
    entry = log(work)
    last = entry.decides_itself_on
    due = [
        work.done + number * DAY
        for number in range(20)
        if local_day(work.done + number * DAY, work.place.zone) > last
    ]
    assert jobs.approve_due(due[0] - DAY) == 0
    assert jobs.approve_due(due[0]) == 1
    assert jobs.approve_due(due[0]) == 0
    assert (entry.status, entry.is_attested) == (HoursStatus.APPROVED, True)
    assert entry.decided_by_id is None
    assert db.session.scalars(sa.select(Payable)).one().approved_by_id is None


def test_money_nobody_used_goes_back_after_the_window(july: datetime) -> None:
    work = agreed(july)
    entry = log(work, 60)
    engagements.move_on(work.engagement.id, now=work.done + DAY)
    approve(work, entry)
    left = kept(work, Stage.RESERVED)
    assert left > 0
    assert jobs.settle(work.done + 29 * DAY) == 0
    assert jobs.settle(work.done + 33 * DAY) == left
    assert kept(work, Stage.RESERVED) == 0
    assert kept(work, Stage.APPROVED) == 75_00


def test_money_waits_for_an_entry_that_is_being_checked(july: datetime) -> None:
    work = agreed(july)
    entry = log(work)
    engagements.move_on(work.engagement.id, now=work.done + DAY)
    actions.give_back(entry.id, ReturnCheck.DATE, by=work.coordinator, now=work.done)
    assert jobs.settle(work.done + 40 * DAY) == 0
    assert jobs.settle(work.done + 62 * DAY) > 0


def test_the_money_of_a_line_can_run_out_in_words(july: datetime) -> None:
    work = agreed(july)
    entry = log(work)
    with transaction():
        money.release(
            work.line,
            source=f"engagement:{work.engagement.uid}",
            stage=Stage.RESERVED,
            now=work.done,
        )
        work.line.balance_cents = 100
    with pytest.raises(Refused, match=r"needs \$150.00"):
        approve(work, entry)
    assert jobs.approve_due(work.done + 30 * DAY) == 0
    assert entry.status is HoursStatus.SUBMITTED


def test_two_people_with_a_minute_between(app: Flask, july: datetime) -> None:
    """The same entry approved twice is approved once."""
    work = agreed(july)
    entry = log(work)
    approve(work, entry)
    with pytest.raises(Refused, match="changed meanwhile"):
        approve(work, entry, now=work.done + timedelta(minutes=1))
    assert rows(Payable) == 1


def test_notes_are_erased_ninety_days_after_the_last_payment(july: datetime) -> None:
    work = agreed(july)
    entry, covered = log(work, note="Mine"), log(work, 15, activity=Activity.DEBRIEF)
    engagements.move_on(work.engagement.id, now=work.done + DAY)
    approve(work, entry, covered)
    late = work.done + 200 * DAY
    assert jobs.forget_notes(late) == 0  # it is not paid yet
    for each in (entry, covered):
        actions.pay(each.id, now=work.done)
        payable = ledger.of_sources([f"hours:{each.uid}"])[f"hours:{each.uid}"]
        payable.paid_on = (work.done + 10 * DAY).date()
        make.save(payable)
    assert jobs.forget_notes(work.done + 99 * DAY) == 0
    assert jobs.forget_notes(work.done + 100 * DAY) == 1
    assert entry.note(work.person.subject) is None
