"""While the database cannot be asked: a page is read once more, or a plain page."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask, current_app, g, request
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)

from engage.core.db import db

# Away, cut off, full, or no connection free; and the file of keys, which is apart.
TROUBLE = (OperationalError, InterfaceError, TimeoutError, sqlite3.OperationalError)

Page = Callable[[int], Any]


def init_app(app: Flask, problem: Page) -> None:
    """`problem` makes the page for an HTTP error, and asks the database nothing."""

    def answer(error: Exception) -> Any:
        return _once_more() if _may_try_again(error) else problem(503)

    for kind in TROUBLE:
        app.register_error_handler(kind, answer)
    app.teardown_appcontext(let_go)


def let_go(_: BaseException | None = None) -> None:
    """End the session, also on a connection that was cut after its last statement.

    The page is made by then: a rollback that cannot be sent must not take it away.
    """
    session = db.session()
    try:
        db.session.remove()
    except TROUBLE:
        with suppress(SQLAlchemyError):
            session.invalidate()
        db.session.registry.clear()


def _may_try_again(error: Exception) -> bool:
    """Only what reads, only after a cut, only once: a form might be taken twice."""
    is_cut = isinstance(error, DBAPIError) and error.connection_invalidated
    reads = request.method in {"GET", "HEAD"}
    return is_cut and reads and not g.get("read_again")


def _once_more() -> Any:
    g.read_again = True
    let_go()
    g.pop("_login_user", None)  # a row of the session that was cut
    try:
        early = current_app.preprocess_request()
        return current_app.dispatch_request() if early is None else early
    except Exception as error:
        return current_app.handle_user_exception(error)
