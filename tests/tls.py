"""The application over TLS in a real browser that keeps pages, as people's do."""

import shutil
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.answering import answering
from tests.browsing import FLAGS


class _Silent(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        """Say nothing of each request."""


class Certificate(NamedTuple):
    """A self-signed certificate, and the mark by which a browser may be told of it."""

    path: Path
    key_path: Path
    mark: str


def certificate(folder: Path) -> Certificate:
    """A new one for this machine's own names, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    plain = key.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    mark = b64encode(sha256(plain).digest()).decode()
    return Certificate(path, key_path, mark)


@contextmanager
def serve(app: Any, by: Certificate, host: str) -> Iterator[str]:
    """An application at an https address of this machine, until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(by.path, by.key_path)
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Silent, ssl_context=context
    )
    with answering(server):
        yield f"https://{host}:{server.server_port}"


@contextmanager
def keeping(chromium: Any, by: Certificate) -> Iterator[Any]:
    """Chromium that keeps left pages for Back, as outside of tests.

    Playwright switches that off. The one certificate is passed by its mark: any other
    wrong one is refused as always.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    browser = chromium.browser_type.launch(
        executable_path=program,
        args=[*FLAGS, f"--ignore-certificate-errors-spki-list={by.mark}"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    try:
        yield browser
    finally:
        browser.close()


def sign_in(context: Any, app: Flask, url: str, token: str) -> None:
    """Give a browser's context the cookie of a sign-in."""
    interface: Any = app.session_interface
    signed = interface.get_signing_serializer(app).dumps({"_user_id": token})
    cookie = {"name": app.config["SESSION_COOKIE_NAME"], "value": signed, "url": url}
    context.add_cookies([{**cookie, "secure": True, "httpOnly": True}])
