"""Asked by staff, given by one person alone, out everywhere when it ends."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.consents import asking, giving, jobs, making, queries
from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.consents.rules import ConsentStatus, SeenAs, UseStatus, VersionStatus
from engage.core import apart
from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.notices.models import Notice
from engage.people.models import Person
from engage.workload.models import SilentFilter
from tests import make
from tests.consents.showing import DAY, WANTED, WORDS, approved, asked, given, published
from tests.house import ROOT


def told(person: Person) -> list[str]:
    rows = sa.select(Notice.kind).where(Notice.person_id == person.id)
    return list(db.session.scalars(rows.order_by(Notice.id)))


def test_only_the_person_asked_can_give_it(app: Flask, july: datetime) -> None:
    shown = asked(july)
    for other in (shown.by, make.consultant(), make.administrator()):
        with pytest.raises(NotFound):
            giving.give(
                shown.consent.id, described="", months=1, language="en", by=other,
                now=july,
            )  # fmt: skip
    giving.give(
        shown.consent.id, described="trainer", months=6, language="es", by=shown.who,
        now=july,
    )  # fmt: skip
    consent = queries.own(shown.who, shown.consent.uid, july)
    assert consent.status is ConsentStatus.LIVE
    assert consent.until == datetime(2027, 1, 15).date()  # noqa: DTZ001
    assert (consent.wording, consent.language) == (1, "es")
    assert b"trainer" not in (consent.described_sealed or b"")
    assert told(shown.by) == ["permission_given"]


def test_no_door_of_staff_leads_to_a_grant() -> None:
    """The verb that gives is named by one page, which is the consultant's own."""
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in Path(ROOT / "engage").rglob("*.py")
        if "giving.give(" in path.read_text()
    }
    assert naming - {"engage/demo/showing.py"} == {"engage/consents/views.py"}


def test_no_work_or_pay_can_hang_on_it() -> None:
    """What posts, asks, agrees and pays stands on floors below and knows no consent."""
    folders = ("opportunities", "offers", "engagements", "hours", "payouts", "ledger")
    for folder in folders:
        for path in Path(ROOT / "engage" / folder).rglob("*.py"):
            assert "engage.consents" not in path.read_text(), path


def test_a_no_leaves_nothing_and_reads_as_no_answer(app: Flask, july: datetime) -> None:
    said_no, silent = asked(july), asked(july)
    kept_away = asked(july, is_delivered=False)
    with transaction() as session:
        session.add(
            SilentFilter(
                person_id=kept_away.who.id,
                kind="organization",
                organization_id=kept_away.consent.organization_id,
            )
        )
    asking.deliver(kept_away.consent.id, now=july)
    giving.pass_by(said_no.consent.id, by=said_no.who, now=july + DAY)
    for now, wanted in ((july + 13 * DAY, "waiting"), (july + 14 * DAY, "not_given")):
        jobs.follow(now)
        for each in (said_no, silent, kept_away):
            consent = db.session.get_one(Consent, each.consent.id)
            assert queries.seen(consent, now) is SeenAs(wanted)
            assert told(each.by) == told(each.who) == [] or now < july + 14 * DAY
    rows = [db.session.get_one(Consent, each.consent.id) for each in (said_no, silent)]
    left = [
        {
            name: getattr(row, name)
            for name in ("status", "given_at", "until", "ended_on", "recorded_by_id",
                         "language", "answer_by", "described_sealed", "is_delivered")
        }
        for row in rows
    ]  # fmt: skip
    assert left[0] == left[1]
    assert told(kept_away.who) == []
    with pytest.raises(NotFound):
        queries.own(kept_away.who, kept_away.consent.uid, july)


def test_one_question_at_a_time_by_what_the_asker_sees(
    app: Flask, july: datetime
) -> None:
    shown = asked(july)
    giving.pass_by(shown.consent.id, by=shown.who, now=july)
    for later in (DAY, 13 * DAY):
        with pytest.raises(Refused):
            asking.ask(shown.engagement.id, WANTED, by=shown.by, now=july + later)
    asking.ask(shown.engagement.id, WANTED, by=shown.by, now=july + 14 * DAY)


def test_what_asks_for_a_story_asks_back_first(app: Flask, july: datetime) -> None:
    shown = asked(july)
    asking.take_back(shown.consent.id, by=shown.by, now=july)
    story = WANTED._replace(what="Tell your story in two sentences.")
    with pytest.raises(Refused):
        asking.ask(shown.engagement.id, story, by=shown.by, now=july)
    asking.ask(shown.engagement.id, story, by=shown.by, now=july, is_seen=True)


def test_taking_back_says_nothing_of_a_no(app: Flask, july: datetime) -> None:
    shown = asked(july)
    giving.pass_by(shown.consent.id, by=shown.who, now=july)
    asking.take_back(shown.consent.id, by=shown.by, now=july)
    assert db.session.scalars(sa.select(Consent)).all() == []
    there = given(july)
    with pytest.raises(Refused):
        asking.take_back(there.consent.id, by=there.by, now=july)


def test_nothing_is_published_but_the_very_version_with_a_yes(
    app: Flask, july: datetime
) -> None:
    shown = given(july)
    version = making.make(shown.consent.id, "Summary", WORDS, by=shown.by, now=july)

    def publish(seen: str = "") -> MaterialUse:
        return making.publish(
            version.id, "Page 4", july.date(), seen=seen or version.hash,
            by=shown.by, now=july,
        )  # fmt: skip

    with pytest.raises(Refused):
        publish()
    with pytest.raises(NotFound):
        making.approve(version.id, seen=version.hash, by=shown.by, now=july)
    with pytest.raises(Refused):
        making.approve(version.id, seen="0" * 64, by=shown.who, now=july)
    making.approve(version.id, seen=version.hash, by=shown.who, now=july)
    with pytest.raises(Refused):
        publish(seen="0" * 64)
    with transaction():
        version.put(shown.who.subject, text="The new form asks more.")
    with pytest.raises(Refused):  # the words were changed behind its mark
        publish()
    with transaction():
        version.put(shown.who.subject, text=WORDS.text)
    publish()
    assert version.status is VersionStatus.PUBLISHED


def test_a_new_version_needs_a_new_yes(app: Flask, july: datetime) -> None:
    shown, first = approved(july)
    second = making.propose(
        first.material_id, WORDS._replace(text="Other."), by=shown.by, now=july
    )
    assert (first.status, second.number) == (VersionStatus.OUT, 2)
    for version in (first, second):
        with pytest.raises(Refused):
            making.publish(
                version.id, "x", july.date(), seen=version.hash, by=shown.by, now=july
            )


def test_how_often_is_part_of_what_was_given(app: Flask, july: datetime) -> None:
    shown, version, _ = published(july, most_uses=1)
    with pytest.raises(Refused):
        making.publish(
            version.id, "Page 5", july.date(), seen=version.hash, by=shown.by, now=july
        )


def test_one_press_takes_it_out_everywhere_and_lists_each_place(
    app: Flask, july: datetime
) -> None:
    shown, version, use = published(july)
    making.publish(
        version.id, "Wall", july.date(), seen=version.hash, by=shown.by, now=july
    )
    with pytest.raises(NotFound):
        giving.withdraw(shown.consent.id, by=shown.by, now=july)
    giving.withdraw(shown.consent.id, by=shown.who, now=july)
    consent = db.session.get_one(Consent, shown.consent.id)
    assert (consent.status, consent.ended_on) == ("withdrawn", july.date())
    assert version.status is VersionStatus.OUT
    uses = queries.uses_of(consent.id)
    assert [each.status for each in uses] == [UseStatus.TO_TAKE_DOWN] * 2
    assert {each.place for each in uses} == {"Page 4", "Wall"}
    assert told(shown.by)[-1] == "take_down"
    assert [line.uid for line in apart.lines() if line.what == giving.WITHDRAWN][
        -1:
    ] == [consent.uid]
    making.mark(use.id, "asked", by=shown.by, now=july + DAY)
    making.mark(use.id, "done", by=shown.by, now=july + 2 * DAY)
    assert (use.asked_on, use.done_on) == (
        (july + DAY).date(),
        (july + 2 * DAY).date(),
    )
    with pytest.raises(Refused):
        making.propose(version.material_id, WORDS, by=shown.by, now=july)


def test_its_last_day_takes_it_out_as_well(app: Flask, july: datetime) -> None:
    shown, version, use = published(july, months=1)
    last = july + 31 * DAY
    jobs.follow(last)
    assert db.session.get_one(Consent, shown.consent.id).status == "live"
    with pytest.raises(Refused):  # before the worker has come
        making.publish(
            version.id, "x", july.date(), seen=version.hash, by=shown.by, now=last + DAY
        )
    jobs.follow(last + DAY)
    assert db.session.get_one(Consent, shown.consent.id).status == "expired"
    assert use.status is UseStatus.TO_TAKE_DOWN
    assert "permission_over" in told(shown.who)


def test_staff_may_write_down_a_withdrawal_and_its_person_is_told(
    app: Flask, july: datetime
) -> None:
    shown, _, use = published(july)
    giving.record_withdrawal(shown.consent.id, by=shown.by, now=july)
    consent = db.session.get_one(Consent, shown.consent.id)
    assert consent.recorded_by_id == shown.by.id
    assert use.status is UseStatus.TO_TAKE_DOWN
    assert "permission_noted" in told(shown.who)


def test_what_is_not_down_is_said_again_each_week(app: Flask, july: datetime) -> None:
    shown, _, use = published(july)
    giving.withdraw(shown.consent.id, by=shown.who, now=july)

    def reminders(now: datetime) -> int:
        jobs.follow(now)
        return told(shown.by).count("take_down_waits")

    assert reminders(july + 6 * DAY) == 0
    assert reminders(july + 7 * DAY) == 1
    with transaction() as session:
        session.execute(sa.delete(Notice))
    assert reminders(july + 8 * DAY) == 0
    assert reminders(july + 14 * DAY) == 1
    making.mark(use.id, "done", by=shown.by, now=july)
    with transaction() as session:
        session.execute(sa.delete(Notice))
    assert reminders(july + 30 * DAY) == 0


def test_after_a_restore_what_was_taken_back_is_taken_back_again(
    app: Flask, july: datetime
) -> None:
    shown, _, use = published(july)
    for _again in range(2):
        giving.withdraw_again(shown.consent.uid, july)
    giving.withdraw_again("no-such-uid-00000000", july)
    assert db.session.get_one(Consent, shown.consent.id).status == "withdrawn"
    assert use.status is UseStatus.TO_TAKE_DOWN


def test_what_is_past_its_time_is_forgotten(app: Flask, july: datetime) -> None:
    asked(july)
    shown, _, _ = published(july)
    giving.withdraw(shown.consent.id, by=shown.who, now=july)
    years = timedelta(days=3 * 365)

    def left(now: datetime) -> int:
        jobs.forget(now)
        return len(db.session.scalars(sa.select(Consent)).all())

    assert left(july + 43 * DAY) == 2
    assert left(july + 44 * DAY) == 1
    assert left(july + years) == 1
    assert left(july + years + 2 * DAY) == 0
    for model in (Material, MaterialVersion, MaterialUse):
        assert db.session.scalars(sa.select(model)).all() == []
