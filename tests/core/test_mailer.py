"""One neutral sentence to one address: sent at most once, whatever the server does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_string, policy

import pytest
from flask import Flask

from engage.core import mailer
from engage.core.db import transaction
from engage.notices.rules import OUTSIDE
from tests import words
from tests.fakes.mail import HANG_UP, Post, mail_server

TO = "rosa@example.org"


@contextmanager
def server(app: Flask, **answers: str) -> Iterator[Post]:
    """The application with a mail server that gives these answers."""
    before = app.config["SETTINGS"]
    with mail_server(**answers) as post:
        app.config["SETTINGS"] = replace(
            before,
            mail_server=f"127.0.0.1:{post.port}",
            mail_sender="Engage <no-reply@engage.example.org>",
        )
        with app.app_context():
            yield post
    app.config["SETTINGS"] = before


@pytest.mark.parametrize("locale", ["en_US", "es_US"])
def test_the_mail_says_one_neutral_sentence(bare_app: Flask, locale: str) -> None:
    with server(bare_app) as post:
        mailer.send(TO, OUTSIDE, locale)
    ((to, text),) = post.letters
    mail = message_from_string(text, policy=policy.default)
    spanish = words.spanish().get(OUTSIDE)
    said = OUTSIDE if locale == "en_US" else spanish and spanish.string
    assert to == TO
    assert mail["Subject"] == said
    assert mail.get_content().strip() == said
    assert mail["From"].endswith("engage.example.org>")
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert mail["Message-ID"].endswith("@engage.example.org>")


@pytest.mark.parametrize(
    ("answers", "is_final"),
    [
        ({"greet": HANG_UP}, False),
        ({"greet": "421 busy"}, False),
        ({"rcpt": "550 nobody here"}, True),
        ({"rcpt": "451 later"}, False),
        ({"rcpt": HANG_UP}, False),
        ({"data": "554 no"}, True),
        ({"end": "452 full"}, False),
        ({"end": "554 no"}, True),
    ],
)
def test_a_clear_no_is_not_sent(
    bare_app: Flask, answers: dict[str, str], is_final: bool
) -> None:
    with server(bare_app, **answers), pytest.raises(mailer.NotSent) as caught:
        mailer.send(TO, OUTSIDE, "en_US")
    assert caught.value.is_final is is_final


def test_no_server_at_all_is_not_sent(bare_app: Flask) -> None:
    with server(bare_app) as post:
        pass
    bare_app.config["SETTINGS"] = replace(
        bare_app.config["SETTINGS"], mail_server=f"127.0.0.1:{post.port}"
    )
    with bare_app.app_context(), pytest.raises(mailer.NotSent):
        mailer.send(TO, OUTSIDE, "en_US")


def test_a_break_after_the_text_went_out_counts_as_sent(bare_app: Flask) -> None:
    with server(bare_app, end=HANG_UP) as post:
        mailer.send(TO, OUTSIDE, "en_US")
    assert len(post.letters) == 1


def test_no_mail_leaves_inside_a_transaction(app: Flask) -> None:
    with server(app) as post:
        with transaction(), pytest.raises(RuntimeError, match="inside"):
            mailer.send(TO, OUTSIDE, "en_US")
        assert post.letters == []
