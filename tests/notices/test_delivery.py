"""From the outbox to one neutral mail: only where it is wished, at most once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import mailer
from engage.core.db import Unreachable, db, transaction
from engage.notices import actions
from engage.notices.models import Notice
from engage.notices.rules import OUTSIDE, MailState
from engage.people import jobs
from engage.people.models import Person
from engage.people.rules import PersonStatus, SafeContact
from tests import make

pytestmark = pytest.mark.usefixtures("july")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Post:
    """Stands for the mail server: what it was given, and what it does first."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.fails: list[Exception] = []
        self.before: Callable[[], None] = lambda: None

    def send(self, address: str, sentence: str, locale: str) -> None:
        assert not db.session().info.get("writing")
        self.before()
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append((address, sentence, locale))


@pytest.fixture
def post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Post:
    post = Post()
    monkeypatch.setattr(mailer, "is_there", lambda: True)
    monkeypatch.setattr(mailer, "send", post.send)
    return post


def reachable(**values: Any) -> Person:
    person = make.consultant(**values)
    person.email, person.contact = f"{person.uid}@example.org", SafeContact.EMAIL
    return make.save(person)


def tell(person: Person, now: datetime, *kinds: str) -> None:
    with transaction():
        for kind in kinds or ("offer",):
            actions.queue(person.id, kind, now=now)


def states() -> list[MailState]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Notice.mail).order_by(Notice.id)))


def test_all_news_of_one_person_is_one_neutral_mail(post: Post, july: datetime) -> None:
    person = reachable(language="es")
    tell(person, july, "offer", "paid", "alone")

    jobs.deliver_notices(july)
    jobs.deliver_notices(july + HOUR)

    assert post.sent == [(f"{person.uid}@example.org", OUTSIDE, "es")]
    assert states() == [MailState.SENT] * 3


def test_nobody_is_written_to_who_does_not_wish_it(post: Post, july: datetime) -> None:
    silent = make.consultant()
    silent.email = "kept@example.org"
    make.save(silent)
    closed = reachable(status=PersonStatus.CLOSED)
    for person in (silent, closed):
        tell(person, july)

    jobs.deliver_notices(july)

    assert post.sent == []
    assert states() == [MailState.NONE] * 2


def test_a_wish_changed_while_the_mail_waited_wins(post: Post, july: datetime) -> None:
    person = reachable()
    tell(person, july)
    person.contact, person.email = SafeContact.NONE, None
    make.save(person)

    jobs.deliver_notices(july + MINUTE)

    assert post.sent == []


def test_a_notice_that_was_undone_is_never_sent(post: Post, july: datetime) -> None:
    person = reachable()
    with pytest.raises(ZeroDivisionError):
        tell_and_fail(person, july)

    jobs.deliver_notices(july)

    assert (post.sent, states()) == ([], [])


def tell_and_fail(person: Person, now: datetime) -> None:
    with transaction():
        actions.queue(person.id, "offer", now=now)
        db.session.flush()
        _ = 1 / 0


def test_what_was_surely_not_sent_is_tried_again(post: Post, july: datetime) -> None:
    tell(reachable(), july)
    post.fails = [mailer.NotSent(), mailer.NotSent()]

    for minutes in (0, 1, 5, 6, 10, 11):
        jobs.deliver_notices(july + minutes * MINUTE)

    assert len(post.sent) == 1
    assert states() == [MailState.SENT]


def test_a_mailbox_that_is_not_there_is_not_tried_again(
    post: Post, july: datetime
) -> None:
    tell(reachable(), july)
    post.fails = [mailer.NotSent(is_final=True)]

    jobs.deliver_notices(july)
    jobs.deliver_notices(july + HOUR)

    assert (post.sent, states()) == ([], [MailState.DROPPED])


def test_after_three_days_it_is_too_late(post: Post, july: datetime) -> None:
    tell(reachable(), july)

    jobs.deliver_notices(july + 72 * HOUR)

    assert (post.sent, states()) == ([], [MailState.DROPPED])


def test_a_sender_that_died_after_sending_sends_nothing_twice(
    post: Post, july: datetime
) -> None:
    """Killed between the call and the record: nobody can say, so it counts as sent."""
    tell(reachable(), july)
    post.fails = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        jobs.deliver_notices(july)
    assert states() == [MailState.SENDING]

    jobs.deliver_notices(july + 9 * MINUTE)
    assert states() == [MailState.SENDING]
    jobs.deliver_notices(july + 11 * MINUTE)

    assert (post.sent, states()) == ([], [MailState.SENT])


def test_control_without_the_claim_a_dead_sender_sends_twice(
    post: Post, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(reachable(), july)
    ids = list(db.session.scalars(sa.select(Notice.id)))
    monkeypatch.setattr(actions, "take", lambda *_, **__: ids)
    send = post.send

    def send_and_die(*given: str) -> None:
        send(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(mailer, "send", send_and_die)
    for minutes in (0, 20):
        with pytest.raises(KeyboardInterrupt):
            jobs.deliver_notices(july + minutes * MINUTE)

    assert len(post.sent) == 2


def test_one_bad_address_does_not_hold_up_the_others(
    post: Post, july: datetime
) -> None:
    for _ in range(3):
        tell(reachable(), july)
    post.fails = [mailer.NotSent()]

    jobs.deliver_notices(july)

    assert len(post.sent) == 2


def test_no_transaction_is_open_while_the_server_answers(
    post: Post, july: datetime
) -> None:
    tell(reachable(), july)
    open_then: list[bool] = []
    post.before = lambda: open_then.append(db.session().in_transaction())

    jobs.deliver_notices(july)

    assert open_then == [False]


def test_without_a_mail_server_news_stays_inside_for_good(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(reachable(), july)
    jobs.deliver_notices(july)
    assert states() == [MailState.NONE]

    sent: list[str] = []
    monkeypatch.setattr(mailer, "is_there", lambda: True)
    monkeypatch.setattr(mailer, "send", lambda *given: sent.append(given[0]))
    jobs.deliver_notices(july + HOUR)

    assert sent == []


def test_a_database_that_goes_away_leaves_the_mail_claimed(
    post: Post, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(reachable(), july)

    def away(*_: object) -> None:
        raise Unreachable("gone", {}, Exception())

    monkeypatch.setattr(actions, "settle", away)
    with pytest.raises(Unreachable):
        jobs.deliver_notices(july)
    monkeypatch.undo()

    assert len(post.sent) == 1
    assert states() == [MailState.SENDING]


def test_mail_that_another_sender_took_meanwhile_is_left_to_it(
    post: Post, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(reachable(), july)
    monkeypatch.setattr(actions, "take", lambda *_, **__: [])
    jobs.deliver_notices(july)
    assert post.sent == []
