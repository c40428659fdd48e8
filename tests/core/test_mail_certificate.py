"""A mail server whose certificate nobody vouches for is given nothing."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engage.core import mailer
from tests.tls import Certificate, certificate


@pytest.fixture
def own(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


@pytest.fixture
def port(own: Certificate) -> Iterator[int]:
    """Somebody who greets over TLS, with a certificate of their own making."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.path, own.key_path)
    with socket.create_server(("127.0.0.1", 0)) as plain:
        thread = threading.Thread(target=_greet, args=(plain, context), daemon=True)
        thread.start()
        yield plain.getsockname()[1]


def _greet(plain: socket.socket, context: ssl.SSLContext) -> None:
    try:
        while True:
            raw, _ = plain.accept()
            try:
                with context.wrap_socket(raw, server_side=True) as asked:
                    asked.sendall(b"220 here\r\n")
            except OSError:
                continue
    except OSError:
        return


def test_nobody_vouches_for_it(port: int) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        mailer._greeted(urlsplit(f"smtps://localhost:{port}"))


def test_control_with_its_certificate_known_it_is_greeted(
    port: int, own: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows = ssl.create_default_context(cafile=str(own.path))
    monkeypatch.setattr(mailer.ssl, "create_default_context", lambda: knows)
    server = mailer._greeted(urlsplit(f"smtps://localhost:{port}"))
    assert isinstance(server, smtplib.SMTP_SSL)
    server.close()


def test_it_checks_names_and_speaks_nothing_old() -> None:
    context = ssl.create_default_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
