"""A mark kept elsewhere shows a tail that was cut, even with its head set back."""

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_string, policy

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit import actions, jobs, marks, queries
from engage.audit.models import AuditChain, AuditEntry, AuditMark
from engage.core import mail_settings
from engage.core.db import db, transaction
from tests.audit.test_tampering import entries, triggers
from tests.fakes.mail import mail_server

DAY = timedelta(days=1)


def act(subject: str, now: datetime, times: int = 1) -> None:
    with transaction():
        for _ in range(times):
            actions.record("done", subject=subject, thing="x:1", by=None, now=now)


@pytest.fixture
def open_tables(app: Flask, database: str) -> None:
    """Without the triggers, as for somebody who owns the database."""
    for trigger in triggers(database):
        db.session.execute(sa.text(trigger))
    db.session.commit()


def cut(subject: str, number: int) -> None:
    """The tail and its head together: what the chain alone cannot show."""
    *stay, last = entries(subject)[: number + 1]
    assert last.number == number + 1
    db.session.execute(
        sa.delete(AuditEntry).where(
            AuditEntry.subject == subject, AuditEntry.number > number
        )
    )
    chain = db.session.get_one(AuditChain, subject)
    chain.length, chain.head = number, stay[-1].hash
    db.session.flush()
    assert queries.broken_chains() == []


def test_a_mark_has_what_grew_and_stands_on_the_one_before(
    app: Flask, july: datetime
) -> None:
    act("person:a", july, 2)
    act("person:b", july)
    first = marks.make(july)
    assert [head[:2] for head in first.heads] == [["person:a", 2], ["person:b", 1]]
    assert marks.make(july + DAY).number == 1  # nothing was added

    act("person:b", july + DAY)
    second = marks.make(july + DAY)

    assert [head[:2] for head in second.heads] == [["person:b", 2]]
    assert second.previous == first.hash
    assert marks.line(second) == f"2026-07-16 {second.hash}"
    kept = [marks.line(first), marks.line(second)]
    assert marks.problems(kept, now=july + DAY) == []


@pytest.mark.usefixtures("open_tables")
def test_a_cut_tail_shows_against_a_mark_even_with_its_head_set_back(
    july: datetime,
) -> None:
    act("person:a", july, 5)
    act("person:b", july, 5)
    kept = marks.line(marks.make(july))

    cut("person:a", 3)

    assert len(marks.problems(now=july)) == 1
    assert "person:a" in marks.problems([kept], now=july)[0]


@pytest.mark.usefixtures("open_tables")
def test_control_with_the_marks_made_anew_only_the_kept_line_tells(
    july: datetime, database: str
) -> None:
    act("person:a", july, 5)
    kept = marks.line(marks.make(july))
    cut("person:a", 3)
    for trigger in mark_triggers(database):
        db.session.execute(sa.text(trigger))
    db.session.execute(sa.delete(AuditMark))
    db.session.commit()
    marks.make(july)

    assert marks.problems(now=july) == []
    assert marks.problems([kept], now=july) == [
        f"No mark here is the one that was kept: {kept}"
    ]


def mark_triggers(database: str) -> list[str]:
    if database == "postgres":
        return ["DROP TRIGGER audit_mark_only_grows ON audit_mark"]
    return [f"DROP TRIGGER audit_mark_no_{verb}" for verb in ("update", "delete")]


@pytest.mark.usefixtures("open_tables")
def test_what_was_forgotten_in_time_is_missed_by_no_mark(july: datetime) -> None:
    act("person:a", july, 3)
    marks.make(july)
    act("person:a", july + 300 * DAY)
    marks.make(july + 300 * DAY)
    later = july + 800 * DAY

    assert actions.forget_old(later) == 1

    assert queries.broken_chains() == []
    assert marks.problems(now=later) == []


@pytest.mark.usefixtures("open_tables")
def test_forgetting_too_early_shows_as_a_cut(july: datetime) -> None:
    act("person:a", july - 10 * DAY)
    marks.make(july - 10 * DAY)
    act("person:a", july, 3)
    marks.make(july)
    chain, gone = db.session.get_one(AuditChain, "person:a"), entries("person:a")[:-1]
    chain.forgotten, chain.anchor = 3, gone[-1].hash
    for entry in gone:
        db.session.delete(entry)
    act("person:a", july)

    assert queries.broken_chains() == []
    assert marks.problems(now=july + DAY) == []  # its head of that day still stands
    db.session.delete(entries("person:a")[0])
    chain = db.session.get_one(AuditChain, "person:a")
    chain.forgotten, chain.anchor = 4, entries("person:a")[0].previous
    db.session.flush()
    assert len(marks.problems(now=july + DAY)) == 1


def test_the_commands_print_a_line_and_compare_it(app: Flask, july: datetime) -> None:
    act("person:a", july)
    runner = app.test_cli_runner()
    printed = runner.invoke(args=["audit-heads"]).output.strip()

    held = runner.invoke(args=["check-audit", "--mark", printed])
    other = runner.invoke(args=["check-audit", "--mark", "2026-01-01 " + 64 * "0"])

    assert (held.exit_code, held.output.strip()) == (
        0,
        "Every chain of the audit log holds.",
    )
    assert other.exit_code == 1
    assert "No mark here is the one that was kept" in other.output


def test_two_keepers_are_mailed_the_line_and_nothing_else(
    fresh_app: Flask, july: datetime
) -> None:
    kept = fresh_app.config["SETTINGS"]
    keepers = ("one@example.org", "two@example.org")
    with mail_server() as post, fresh_app.app_context():
        fresh_app.config["SETTINGS"] = replace(
            kept,
            mail_server=f"127.0.0.1:{post.port}",
            mail_sender="Engage <no-reply@engage.example.org>",
            mark_keepers=keepers,
        )
        act("person:a", july)
        jobs.keep_mark(july)
        line = marks.line(marks.make(july))
    assert tuple(to for to, _ in post.letters) == keepers
    for _, text in post.letters:
        mail = message_from_string(text, policy=policy.default)
        assert mail["Subject"].strip() == mail.get_content().strip() == line


def test_keepers_are_two_and_need_a_server() -> None:
    server = {"MAIL_SERVER": "mail.example.org", "MAIL_SENDER": "a@example.org"}
    two = {"MARK_KEEPERS": "one@example.org, two@example.org"}
    assert mail_settings.mail_problems(server | two) == []
    assert len(mail_settings.mail_problems(two)) == 1
    alone = server | {"MARK_KEEPERS": "one@example.org"}
    assert len(mail_settings.mail_problems(alone)) == 1
