"""Hands one neutral sentence to the mail server, at most once, whatever goes wrong."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app
from flask_babel import force_locale, gettext

from engage.core import clock, db

SECONDS = 20
PORTS = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """The server surely does not have the mail; `is_final` when it never will."""

    def __init__(self, *, is_final: bool = False) -> None:
        super().__init__("not sent")
        self.is_final = is_final


def is_there() -> bool:
    """Is there a mail server? Without one, notices stay inside."""
    return bool(current_app.config["SETTINGS"].mail_server)


def keepers() -> tuple[str, ...]:
    """Who keeps the daily hash of the log away from this machine."""
    found: tuple[str, ...] = current_app.config["SETTINGS"].mark_keepers
    return found


def send(address: str, sentence: str, locale: str) -> None:
    """Send a sentence as subject and body; NotSent only when it surely did not go.

    When the connection breaks after the text went out nobody can say: that counts as
    sent, since a second mail is worse than none. No database transaction may be open.
    """
    if db.in_transaction():
        raise RuntimeError("a mail inside a transaction")
    settings = current_app.config["SETTINGS"]
    with force_locale(locale):
        message = _message(settings.mail_sender, address, gettext(sentence))
    with _connected(urlsplit_server(settings.mail_server)) as server:
        _expect(server.mail(settings.mail_sender), 250)
        _expect(server.rcpt(address), 250, 251)
        _expect(server.docmd("DATA"), 354)
        answer = _hand_over(server, message)
    _expect(answer, 250)


def urlsplit_server(text: str) -> SplitResult:
    """smtp://user:password@host:587 (STARTTLS), smtps://..., or just host:port."""
    return urlsplit(text if "://" in text else f"smtp://{text}")


def _message(sender: str, address: str, words: str) -> bytes:
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"], mail["To"], mail["Subject"] = sender, address, words
    mail["Date"] = format_datetime(clock.now())
    # The sender's domain, so that the name of the machine stays at home.
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(words + "\n")
    return re.sub(rb"(?m)^\.", b"..", mail.as_bytes())


@contextmanager
def _connected(where: SplitResult) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted, signed-in connection; what breaks in it is NotSent."""
    server: smtplib.SMTP | None = None
    try:
        server = _greeted(where)
        if where.username:
            server.login(unquote(where.username), unquote(where.password or ""))
        yield server
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent from error
    finally:
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()


def _greeted(where: SplitResult) -> smtplib.SMTP:
    host, port = where.hostname or "", where.port or PORTS.get(where.scheme, 587)
    context = ssl.create_default_context()
    if where.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=SECONDS)
    server.ehlo_or_helo_if_needed()
    if not is_loopback(host):
        server.starttls(context=context)
        server.ehlo()
    return server


def is_loopback(host: str) -> bool:
    """Does the name mean this machine, where nobody listens on the wire?"""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _hand_over(server: smtplib.SMTP, message: bytes) -> tuple[int, Any]:
    try:
        server.send(message + b".\r\n")
        return server.getreply()
    except (OSError, smtplib.SMTPException):
        current_app.logger.warning("a mail server broke off: the mail counts as sent")
        return 250, b""


def _expect(answer: tuple[int, Any], *good: int) -> None:
    code = answer[0]
    if code not in good:
        raise NotSent(is_final=500 <= code < 600)
