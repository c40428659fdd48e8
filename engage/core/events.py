"""What was refused and what failed, as lines that a machine reads; never what was sent.

Who it was is a mark that changes every day: lines of one day can be put together, and
no line leads to anybody. Sign-ins have rows of their own, which their person reads.
"""

import json
import logging
from hashlib import sha256
from typing import TextIO, cast

from flask import Flask, Response, current_app, request
from flask.logging import wsgi_errors_stream

from engage.core import clock, limits

log = logging.getLogger("security")
METHODS = {"GET", "HEAD", "OPTIONS", "POST"}
# Forms without their token, other sites' pages, methods, sizes, files, too many.
REFUSED = {400, 403, 405, 413, 415, 429}


def note(response: Response) -> Response:
    """One line for an answer that says no, or that something broke."""
    event = _event(response.status_code)
    if event:
        log.warning(json.dumps(_line(event, response.status_code)))
    return response


def _event(status: int) -> str:
    if status >= 500:
        return "failed"
    if status == 404:
        # An address of ours that is not for this reader; else somebody mistyped.
        return "not for them" if request.endpoint not in {None, "static"} else ""
    return "refused" if status in REFUSED else ""


def _line(event: str, status: int) -> dict[str, str | int]:
    now = clock.now()
    marked = f"{now:%Y-%m-%d}{current_app.config['SECRET_KEY']}events{limits.who()}"
    return {
        "at": now.isoformat(timespec="seconds"),
        "event": event,
        "status": status,
        "page": request.endpoint or "",
        "method": request.method if request.method in METHODS else "other",
        "who": sha256(marked.encode()).hexdigest()[:16],
    }


def init_app(app: Flask) -> None:
    app.after_request(note)
    if not log.handlers:
        handler = logging.StreamHandler(cast(TextIO, wsgi_errors_stream))
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.WARNING)
