"""What was refused and what failed, as lines that a machine reads; never what was sent.

Who it was is a mark that changes every day: lines of one day can be put together, and
no line leads to anybody. Sign-ins have rows of their own, which their person reads.
"""

import json
import logging
import traceback
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, TextIO, cast

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


def say_what_failed(exc_info: Any) -> None:
    """Where it failed and what kind of error it was, in place of Flask's own line.

    That has the whole address, which may hold a secret, and what the error says: a
    database tells in it which values were not unique.
    """
    current_app.logger.error(
        "%s failed\n%s", request.endpoint or "", "".join(_traced(exc_info[1]))
    )


def _traced(error: BaseException | None) -> Iterator[str]:
    """The error and those behind it, the last one first: lines of code, no words."""
    while error is not None:
        yield f"{type(error).__module__}.{type(error).__qualname__}\n"
        yield from traceback.format_tb(error.__traceback__)
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def init_app(app: Flask) -> None:
    app.after_request(note)
    app.log_exception = say_what_failed  # type: ignore[method-assign]
    if not log.handlers:
        handler = logging.StreamHandler(cast(TextIO, wsgi_errors_stream))
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.WARNING)
