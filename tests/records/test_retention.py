"""The clock is moved over every row of the table of what is kept, and for how long."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from engage.audit import actions as audit
from engage.audit.models import AuditEntry
from engage.core import once
from engage.core.db import db, transaction
from engage.core.jobs import JobRun
from engage.core.limits import RateCount
from engage.engagements.models import Engagement, Message
from engage.engagements.rules import EngagementStatus, Side
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payee
from engage.notices.models import Notice
from engage.notices.rules import MailState
from engage.offers.models import NamedAsk, Offer
from engage.offers.rules import OfferStatus
from engage.payouts.models import ManualPayment, Payout, PayoutBatch
from engage.payouts.models_accounts import PayeeAccount, RailEvent
from engage.payouts.models_after import PayeeDetail
from engage.payouts.rules import ManualKind, PayoutStatus, RailName
from engage.people import actions as people
from engage.people.code_models import EntryCode
from engage.people.factor_models import GuessCount
from engage.people.models import Alias, KeptText, Person, SignIn
from engage.people.rules import PersonKind
from engage.records import closing, copies, labels, retention, rules
from engage.records.models import Closure
from engage.workload.models import AskCount, AvailabilityException, Pause
from tests import make
from tests.records.keeping import PUBLIC

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ELSEWHERE = {  # the clock is moved over these beside what makes them
    "Questions about what may be shown that brought no yes",
    "What you allowed to be shown, what was made of it, and where it stood",
    "A concern that you ended",
    "What was owed and paid from an award, and who approved it",
    "When you signed in, and wrong tries",
    "That pages were opened as an exception, and why",
    "Who asked by law about you, and what was given",
}
# The words of a row in the table, how long what was made at the start is kept, and
# how much of it there is.
Case = tuple[str, timedelta, Callable[[], int]]


def count(model: type, *which: Any) -> int:
    query = sa.select(sa.func.count()).select_from(model).where(*which)
    return int(db.session.scalar(query) or 0)


def work(who: Person, now: datetime) -> Engagement:
    post = make.opportunity(make.organization())
    return make.engagement(
        post,
        who,
        terms={"zone": make.ZONE},
        status=EngagementStatus.FINISHED,
        ended_on=now.date(),
    )


def short(now: datetime) -> Iterator[Case]:
    """What is kept for hours or a few days."""
    who = make.consultant()
    people.start_sign_in(who, now=now)
    yield "Where you are signed in", 12 * HOUR, lambda: count(SignIn)
    text = KeptText(person_id=who.id, path="/hours", kept_at=now, fields_sealed=b"x")
    make.save(text)
    yield "Text you typed when a sign-in had ended", DAY, lambda: count(KeptText)
    ends_at = now + DAY - HOUR / 2
    make.save(RateCount(key="a", count=1, ends_at=int(ends_at.timestamp())))
    make.save(GuessCount(key="b", tries=1, newcomers=0, ends_at=ends_at))
    yield (
        "Counts by which we slow down strangers, with no address in them",
        DAY,
        lambda: count(RateCount) + count(GuessCount),
    )
    code = EntryCode(
        code_hash="c", kind=PersonKind.CONSULTANT, expires_at=now + 14 * DAY
    )
    make.save(code)
    yield "Printed codes that nobody used", 14 * DAY, lambda: count(EntryCode)
    with transaction():
        once.use("token", now)
    # Of its time the day alone is kept: two days from that midnight.
    yield "That a form was sent, so that it counts once", 32 * HOUR, forms
    make.save(Pause(person_id=who.id, starts_on=now.date(), ends_on=now.date()))
    make.save(AvailabilityException(person_id=who.id, day=now.date()))
    # By days of UTC: midnight is eight hours off.
    yield "Single days and breaks that are over", 56 * HOUR, past
    for slot in (1, 2):
        make.save(JobRun(job="a", slot=slot, started_at=now, ended_at=now))
    yield "When a task of this program ran", DAY, lambda: count(JobRun) - 1


def forms() -> int:
    return count(once.UsedForm)


def past() -> int:
    return count(Pause) + count(AvailabilityException)


def log(now: datetime) -> Iterator[Case]:
    """The database's own clock is not moved: what is deleted has to be old by it."""
    made = now - 366 * 2 * DAY + 10 * DAY
    with transaction():
        audit.record("made", subject="person:old", thing="x:1", by=None, now=made)
    old = AuditEntry.subject == "person:old"
    yield (
        "What was done about you, and who looked",
        10 * DAY,
        lambda: count(AuditEntry, old),
    )


def asks(now: datetime) -> Iterator[Case]:
    who, place = make.consultant(), make.organization()
    post = make.opportunity(place)
    make.offer(post, who, reply_by=now, status=OfferStatus.CLOSED)
    alias = make.alias(who, place)
    ask = NamedAsk(
        opportunity_id=post.id, alias_id=alias.id, reply_by=now, asked_at=now
    )
    make.save(ask)
    yield (
        "Requests that brought no yes, whatever the cause",
        30 * DAY,
        lambda: count(Offer) + count(NamedAsk),
    )
    make.save(AskCount(person_id=who.id, day=now.date(), count=1))
    yield (
        "How many requests reached a person on a day, and nothing else",
        89 * DAY + 8 * HOUR,
        lambda: count(AskCount),
    )
    news = Notice(person_id=who.id, kind="offer", values={}, created_at=now)
    news.mail = MailState.SENT
    make.save(news)
    yield "That a mail went out", DAY, lambda: count(Notice, Notice.mail == "sent")
    yield "News for you in here that you did not put away", 30 * DAY, unread


def unread() -> int:
    return count(Notice)


def texts(now: datetime) -> Iterator[Case]:
    who = make.consultant()
    agreed = work(who, now)
    message = Message(engagement_id=agreed.id, side=Side.CONSULTANT, at=now)
    message.write(who.subject, "hello")
    make.save(message)
    # By days where the organization is: it is noon there.
    yield "Messages about agreed work", 30 * DAY + 12 * HOUR, lambda: count(Message)
    place = agreed.organization_id
    make.save(Alias(person_id=who.id, organization_id=place, name="Juniper 99"))
    yield (
        "The name by which an organization knows you",
        29 * DAY + 8 * HOUR,
        lambda: count(Alias, Alias.name == "Juniper 99"),
    )
    paid = {"status": HoursStatus.PAID, "decided_at": now, "is_attested": True}
    entry = make.hours_entry(agreed, cents=100, **paid)
    with transaction():
        entry.write_note(who.subject, "a note")
    noted = HoursEntry.note_sealed.is_not(None)
    yield "Notes on hours", 89 * DAY + 8 * HOUR, lambda: count(HoursEntry, noted)


def money(now: datetime, folder: Path) -> Iterator[Case]:
    who, payer = make.consultant(), make.payer()
    one, two = make.finance(payer), make.finance(payer)
    payee = make.save(Payee(person_id=who.id, payer_id=payer.id, handle="abcd"))
    batch = make.save(
        PayoutBatch(payer_id=payer.id, prepared_by_id=one.id, prepared_at=now)
    )
    payout = Payout(batch_id=batch.id, payee_id=payee.id, rail=RailName.MANUAL, cents=9)
    payout.status, payout.remote_id = PayoutStatus.PAID, "manual_1"
    make.save(payout)
    by_hand = {"kind": ManualKind.CHECK, "reference": "1", "paid_on": now.date()}
    by_hand |= {"recorded_by_id": one.id, "recorded_at": now, "payer_id": payer.id}
    by_hand |= {"confirmed_by_id": two.id, "confirmed_at": now}
    make.save(ManualPayment(payout_id=payout.id, **by_hand))
    given = PayeeDetail(payout_id=payout.id, person_id=who.id, given_at=now)
    given.write(who.subject, "a place")
    make.save(given)
    kept = PayeeDetail.text_sealed.is_not(None)
    yield (
        "What you gave for one payment by hand",
        30 * DAY,
        lambda: count(PayeeDetail, kept),
    )
    event = {"kind": "transfer.x", "object_id": "tr_1", "created_at": now}
    event |= {"arrived_at": now, "next_try_at": now, "done_at": now}
    make.save(RailEvent(event_id="evt_1", **event))
    yield (
        "That something changed at the payment service: numbers alone",
        40 * DAY,
        lambda: count(RailEvent),
    )
    (folder / f"{now.strftime(copies.STAMP)}{copies.DATA}").touch()
    yield (
        "Copies of the data, closed by a key that is kept elsewhere",
        30 * DAY,
        lambda: len(list(folder.iterdir())),
    )


def closed(now: datetime) -> Iterator[Case]:
    who, payer = make.consultant(), make.payer()
    payee = make.save(Payee(person_id=who.id, payer_id=payer.id, handle="efgh"))
    account = PayeeAccount(payee_id=payee.id, created_at=now, usable_from=now)
    account.account_id = "acct_1"
    make.save(account)
    closing.close_account(word="x", wanted="x", by=who, now=now)
    yield "An account that was closed", 14 * DAY, lambda: count(Closure)
    there = PayeeAccount.account_sealed.is_not(None)
    yield (
        "Where somebody is paid who closed their account",
        14 * DAY,
        lambda: count(PayeeAccount, there),
    )


@pytest.fixture
def start(app: Flask, july: datetime, tmp_path: Path) -> Iterator[datetime]:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before,
        backup_public_key=PUBLIC,
        backup_folder=tmp_path,
        key_backup_folder=tmp_path,
        erasure_list=tmp_path.parent / "erasures",
    )
    yield july
    app.config["SETTINGS"] = before


def everything(now: datetime, folder: Path) -> list[Case]:
    return [
        *short(now),
        *log(now),
        *asks(now),
        *texts(now),
        *money(now, folder),
        *closed(now),
    ]


def test_everything_is_kept_as_long_as_the_table_says_and_no_longer(
    start: datetime, tmp_path: Path
) -> None:
    cases = everything(start, tmp_path)
    said = {row.what for row in retention.TABLE}
    assert {each[0] for each in cases} | ELSEWHERE == said
    moments = [
        (start + kept + beside, what, left, beside < timedelta())
        for what, kept, left in cases
        for beside in (-HOUR, HOUR)
    ]
    for moment, what, left, is_there in sorted(moments, key=lambda each: each[0]):
        with time_machine.travel(moment, tick=False):
            retention.retain(moment)
            retention.retain(moment)
        db.session.expire_all()
        assert (left() > 0) == is_there, (what, moment - start)


def test_a_run_that_is_cut_off_at_any_commit_is_finished_by_the_next(
    start: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = everything(start, tmp_path)
    late = start + 100 * DAY
    commit, cut_at = Session.commit, 0

    def cut(session: Session) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        commit(session)

    while True:
        cut_at, left = cut_at + 1, cut_at + 1
        with monkeypatch.context() as patched:
            patched.setattr(Session, "commit", cut)
            try:
                retention.retain(late)
            except KeyboardInterrupt:
                continue
        break
    assert cut_at > 10
    db.session.expire_all()
    assert [what for what, _, there in cases if there()] == []


def test_one_row_that_fails_keeps_no_other_from_being_run(
    start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[int] = []

    def fails(now: datetime) -> None:
        raise ValueError("on purpose")

    rows = [retention.TABLE[0]._replace(forget=each) for each in (fails, ran.append)]
    monkeypatch.setattr(retention, "TABLE", rows)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="on purpose"):
        retention.retain(start)
    assert len(ran) == 1


class TestLabels:
    def make(self, now: datetime, **values: Any) -> Alias:
        who = make.consultant()
        agreed = work(who, now - 40 * DAY)
        place = agreed.organization_id
        fields = {"person_id": who.id, "organization_id": place, "name": "Fern 7"}
        return make.save(Alias(**{**fields, **values}))

    def test_each_gets_the_next_free_label(self, app: Flask, july: datetime) -> None:
        first = self.make(july)
        place = first.organization_id
        taken = make.consultant()
        make.save(Alias(person_id=taken.id, organization_id=place, name="Consultant A"))
        labels.relabel(july)
        assert first.name == "Consultant B"
        labels.relabel(july)
        assert first.name == "Consultant B"

    @pytest.mark.parametrize("wish", ["is_open", "is_listed"])
    def test_who_wants_to_be_asked_again_keeps_the_name(
        self, app: Flask, july: datetime, wish: str
    ) -> None:
        alias = self.make(july, **{wish: True})
        labels.relabel(july)
        assert alias.name == "Fern 7"

    def test_a_name_stays_while_something_is_open(
        self, app: Flask, july: datetime
    ) -> None:
        alias = self.make(july)
        agreed = db.session.scalars(
            sa.select(Engagement).where(Engagement.person_id == alias.person_id)
        ).one()
        entry = make.hours_entry(agreed)
        labels.relabel(july)
        assert alias.name == "Fern 7"
        with transaction():
            entry.status = HoursStatus.WITHDRAWN
        labels.relabel(july)
        assert alias.name == "Consultant A"

    def test_labels_go_on_after_the_last_letter(self) -> None:
        last = len(rules.LETTERS) - 1
        named = [rules.label(each) for each in (0, last, last + 1, last + 2)]
        assert named == [f"Consultant {each}" for each in ("A", "Z", "AA", "AB")]
        assert len({rules.label(each) for each in range(2000)}) == 2000


def test_retention_is_the_first_job_of_the_worker() -> None:
    """After days of standstill nothing old goes out before it was forgotten."""
    from engage.worker import JOBS

    assert JOBS[0].run is retention.retain
