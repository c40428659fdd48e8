"""The test client: a browser that keeps requests apart and sends a form's tokens."""

import re
from contextvars import Context
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from engage.core.db import db, new_uid

CSRF = "0123456789abcdef0123456789abcdef01234567"


class Browser(FlaskClient):
    """A POST with a dict (or nothing) brings the tokens its page would have given.

    Name `csrf_token` or `once` in the data to send others; `once=...` twice is the
    same form sent twice.
    """

    def open(self, *args: Any, **kw: Any) -> Any:
        if kw.get("method") == "POST" and isinstance(kw.get("data") or {}, dict):
            tokens = {"csrf_token": self.csrf_token(), "once": new_uid()}
            kw["data"] = {**tokens, **(kw.get("data") or {})}
        if has_app_context():
            # What the test read is over: the request sees and undoes only its own.
            db.session.commit()
        # A context of its own, or Flask would lend it the test's `g` and its user.
        return Context().run(super().open, *args, **kw)

    def csrf_token(self) -> str:
        """The token that a form in this browser carries."""
        if self.session_now().get("csrf_token") != CSRF:
            self.remember(csrf_token=CSRF)
        signer = URLSafeTimedSerializer(
            self.application.secret_key or "", salt="wtf-csrf-token"
        )
        return str(signer.dumps(CSRF))

    def session_now(self) -> dict[str, Any]:
        """What the browser's signed cookie holds."""
        cookie = self.get_cookie(self.application.config["SESSION_COOKIE_NAME"])
        return self._signer().loads(cookie.value) if cookie else {}

    def remember(self, **values: Any) -> None:
        """Put values into the signed cookie, as a response would."""
        self.put_back({**self.session_now(), **values})

    def put_back(self, values: dict[str, Any]) -> None:
        """Hold these values alone, as at some moment before."""
        signed = self._signer().dumps(values)
        self.set_cookie(self.application.config["SESSION_COOKIE_NAME"], signed)

    def _signer(self) -> Any:
        interface: Any = self.application.session_interface
        return interface.get_signing_serializer(self.application)


def plain(text: str) -> str:
    """A page without what is new at each answer, and without its own address."""
    text = re.sub(r'nonce="[^"]*"|data-seconds="\d+"', "", text)
    text = re.sub(r' aria-current="page"|href="[^"]*[?&;]lang=\w+"', "", text)
    return re.sub(r'name="(?:once|csrf_token)"[^>]*', "", text)
