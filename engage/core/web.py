"""What every view stands on: who may enter, one way to run an action, paging."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    request,
    url_for,
)
from flask_babel import gettext
from flask_login import current_user

from engage.core import calendar, clock, once, policy, policy_check
from engage.core.access import Permission, may, places
from engage.core.db import Conflict, db, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.core.forms import BaseForm

View = Callable[..., Any]
Form = TypeVar("Form", bound=BaseForm)
PAGE_SIZE = 25
FRESH = timedelta(minutes=5)


def public(view: View) -> View:
    """Open to everyone, signed in or not; said aloud so that silence means closed."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def requires(
    *permissions: Permission, fresh: bool = False, words: bool = False
) -> Callable[[View], View]:
    """Only for those who hold one of the permissions somewhere; others get 404.

    The permissions are said here for the reader. The policy's table is what is asked,
    and nothing starts while the two differ.
    `fresh` asks again who is here when that was last proved more than FRESH ago. A
    form that was sent goes on by itself once it is proved: nothing of it is stored.
    `words` shows what somebody wrote: closed while an account opened anew settles.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kw: Any) -> Any:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            opens = policy.permissions(request.endpoint or "")
            if not any(may(current_user.roles, each) for each in opens):
                raise NotFound
            if words:
                check_words()
            if fresh and not is_fresh():
                asked = current_app.login_manager.needs_refresh()  # type: ignore[attr-defined]
                if asked is not None:
                    return asked
            return view(*args, **kw)

        guarded.access = permissions  # type: ignore[attr-defined]
        guarded.shows_words = words  # type: ignore[attr-defined]
        guarded.is_fresh = fresh  # type: ignore[attr-defined]
        return guarded

    return decorate


def check_words() -> None:
    """Refuses what somebody wrote, for some days after the account was opened anew."""
    until = current_user.held_until
    if until is not None:
        raise Refused(
            N_("This account was opened anew. Its words are closed until %(day)s."),
            day=calendar.local_day(until, current_user.zone),
        )


def is_fresh() -> bool:
    """Was it proved a short while ago who is signed in here?"""
    proved_at = current_user.proved_at
    return proved_at is not None and clock.now() - proved_at < FRESH


def me() -> Any:
    """The signed-in person's row itself, not Flask-Login's stand-in for it."""
    return current_user._get_current_object()


def my_places(permission: Permission) -> frozenset[int]:
    """Ids of the organizations in which the signed-in person holds the permission."""
    return places(current_user.roles, permission)


def open_form(kind: type[Form], /, **values: Any) -> Form:
    """The form as sent, or with text kept from an ended session, or with `values`."""
    if request.method == "POST":
        return kind(request.form, **values)
    kept = getattr(g, "kept_text", None)
    return kind(kept, **values) if kept else kind(None, **values)


def submit(
    form: BaseForm,
    action: Callable[[], Any],
    *,
    done: Callable[[Any], str],
    again: Callable[[], Any],
    said: str | None = None,
) -> Any:
    """Run `action` once for this form; go to `done(result)` or show `again` with why.

    The form's one-time token, the action and its result stand in one transaction, so
    that the same form sent twice has one effect and leads to the same page.
    """
    if not form.validate():
        return again(), 422
    token = request.form.get("once", "")
    earlier = once.location_of(token) if token else None
    if earlier is not None:
        return _already(earlier)
    try:
        place = _run(token, action, done)
    except Refused as refused:
        form.refuse(refused)
        return again(), 422
    except Conflict:
        # The same form in two tabs: the other was first and has committed.
        earlier = once.location_of(token) if token else None
        if earlier is None:
            raise
        return _already(earlier)
    if said:
        flash(said)
    return redirect(place, 303)


def _run(token: str, action: Callable[[], Any], done: Callable[[Any], str]) -> str:
    if not token:
        raise Refused(N_("Please send this form again from its page."))
    with transaction():
        used = once.use(token, clock.now())
        place = done(action())
        used.location = place
    return place


def _already(place: str) -> Any:
    flash(gettext("We already have this. Nothing was done twice."))
    return redirect(place, 303)


@dataclass(frozen=True)
class Page:
    """One page of rows: `rows` and whether there are more; never a total count."""

    rows: list[Any]
    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    def url(self, number: int) -> str:
        """The same page's address with another number and the same filters."""
        return same_page(page=number)


def paged(query: Any, size: int = PAGE_SIZE) -> Page:
    """The asked-for page of a select; a number that makes no sense reads as 1."""
    typed = request.args.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    number = max(1, number)
    start = (number - 1) * size
    rows = list(db.session.execute(query.limit(size + 1).offset(start)))
    plain = [row[0] if len(row) == 1 else row for row in rows]
    return Page(plain[:size], number, len(plain) > size)


def refuse_foreign_requests() -> None:
    """An unsafe request that another site's page started is refused."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {
        "same-origin",
        "none",
    }:
        abort(403)
    if request.mimetype == "multipart/form-data" and request.files:
        abort(415)


def name_place(response: Response) -> Response:
    """Say where a form leads to instead of leading there, to a script that asks so.

    Only so can it take the place of the page in the tab's history.
    """
    is_asked = request.headers.get("Engage-Trail") == "none"
    if is_asked and response.status_code in {302, 303} and response.location:
        response.headers["Engage-Place"] = response.location
        del response.headers["Location"]
        response.status_code = 200
    return response


def now() -> datetime:
    """The moment this request is about."""
    return clock.now()


def check_every_route(app: Flask) -> None:
    """Refuse to start while a route says another thing than the policy, or nothing."""
    found = policy_check.problems(policy.book.rules)
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            sent = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            methods.setdefault(rule.endpoint, set()).update(sent)
    for endpoint in sorted(methods):
        access = getattr(app.view_functions[endpoint], "access", None)
        found += policy_check.differences(endpoint, methods[endpoint], access)
    if found:
        raise RuntimeError("routes and policy differ:\n" + "\n".join(found))


def settings() -> Any:
    """The frozen settings of this application."""
    return current_app.config["SETTINGS"]


def same_page(**arguments: object) -> str:
    """This page's address with other query arguments; the front page after a form.

    Written by hand: url_for would take a stranger's `_scheme` as its own argument.
    """
    if request.endpoint is None or request.method != "GET":
        return f"{url_for('home.index')}?{urlencode(arguments)}"
    return f"{request.path}?{urlencode({**request.args.to_dict(), **arguments})}"
