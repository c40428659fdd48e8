"""Who is at the door: the sign-in of a request, its language, zone and kept text."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import (
    Flask,
    abort,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import LoginManager, current_user
from itsdangerous import BadData
from werkzeug.wrappers import Response as BaseResponse

from engage.core import clock
from engage.core.db import Unreachable
from engage.core.errors import Refused
from engage.core.forms import BaseForm
from engage.people import actions, doorstep, entering, kept, queries
from engage.people.entering import Half
from engage.people.models import Person
from engage.people.recovery_rules import held_until
from engage.people.rules import is_local

# What is open to somebody who still has to set up a factor.
OPEN_BEFORE = {"factors", "again"}
OPEN_TOO = {"help.stop", "own.left", "own.stay"}
LANGUAGES = {"en": "English", "es": "Español"}
SEEN_EVERY = timedelta(minutes=1)
ZONE = "America/New_York"  # until somebody has chosen theirs
LANGUAGE = "language"
KEPT_HERE = "kept"  # in the cookie: this browser typed it, whoever that was


def init_app(app: Flask, login: LoginManager) -> None:
    """Plug the sign-in into Flask-Login and every request."""
    login.user_loader(person_of)
    login.unauthorized_handler(ask_to_sign_in)
    app.before_request(choose_language)
    app.before_request(lead_to_factors)
    app.before_request(bring_back_text)


def person_of(token: str) -> Person | None:
    """The person whose live sign-in has this token; notes that they were seen."""
    if is_shut():
        return None
    now = clock.now()
    sign_in = queries.sign_in_of(token)
    if sign_in is None or not queries.is_live(sign_in, now):
        g.ended_for = sign_in.person_id if sign_in else None
        return None
    # A page that looks again by itself is nobody's hand on the keyboard.
    by_itself = "Engage-Refresh" in request.headers
    if now - sign_in.seen_at >= SEEN_EVERY and not by_itself:
        actions.note_seen(sign_in.id, now=now)
        sign_in = queries.sign_in_of(token)
        if sign_in is None:
            return None
    person = sign_in.person
    person.token, person.proved_at, person.held = token, sign_in.proved_at, None
    person.held = person.roles
    person.ends_at = queries.ends_at(sign_in, person)
    person.held_until = held_until(person.recovered_at, now)
    asks = not current_app.config["DEMO"]
    person.lacks_factor = asks and sign_in.lacks_factor
    return person


def answer(form: BaseForm, page: Callable[[], Any], where: str) -> Any:
    """Try the name and password of a filled-in form; the same answer to every no."""
    shared = bool(form["is_shared"].data)
    try:
        found = entering.by_password(
            form["name"].data,
            form["password"].data,
            form["code"].data or "",
            door=doorstep.here(is_shared=shared),
            now=clock.now(),
        )
    except Refused as refused:
        form.refuse(refused)
        return page(), 422
    if isinstance(found, Half):
        doorstep.keep_half(found, shared=shared)
        return redirect(url_for("people.second", next=where), 303)
    let_in(found)
    return redirect(where, 303)


def let_in(token: str) -> None:
    """Give this browser the sign-in, in a new session: only what was chosen stays."""
    kept = (KEPT_HERE, LANGUAGE)
    stays = {key: session[key] for key in kept if key in session}
    session.clear()
    session.update(stays, _user_id=token)


def let_out() -> None:
    """End this browser's sign-in; it is forgotten here also if the database is away."""
    token = session.get("_user_id")
    session.clear()
    if not token:
        return
    try:
        actions.end_sign_in(token, now=clock.now())
    except Unreachable:
        current_app.logger.warning("a sign-in could not be ended: no database")


def leave() -> BaseResponse:
    """End the sign-in, wipe what the browser kept of this site, go somewhere plain."""
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        abort(403)
    let_out()
    answer = redirect(current_app.config["SETTINGS"].neutral_site, 303)
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    doorstep.drop_own(answer)
    return answer


def where_to(typed: str | None) -> str:
    """Where to go after signing in: a path of this site, or the first page."""
    return typed if typed and is_local(typed) else url_for("home.index")


def ask_to_sign_in() -> BaseResponse:
    """To the sign-in page and back; what was typed is kept, sealed, for a day.

    A press is not kept, nor is an answer: that somebody said no must not stand
    anywhere. It leads back to the page that has the button.
    """
    where, page = request.full_path.rstrip("?"), _page_above(request.path)
    if request.method == "POST":
        arguments = {key: request.args[key] for key in request.args if key != "kept"}
        is_answer = "answer" in request.form
        if page == request.path and not is_answer and _is_our_form():
            arguments["kept"] = _keep()
        where = f"{page}?{urlencode(arguments)}".rstrip("?")
    return redirect(url_for("people.sign_in", next=where), 303)


def _page_above(path: str) -> str:
    """The address itself where it is a page, else the nearest one above it."""
    routes = current_app.url_map.bind("")
    while path and not routes.test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"


def _keep() -> str:
    person_id = getattr(g, "ended_for", None)
    uid = kept.keep(
        person_id, request.path, dict(request.form.lists()), now=clock.now()
    )
    if person_id is None:
        session[KEPT_HERE] = uid
    return uid


def _is_our_form() -> bool:
    """Did we make this form for some session? A form made elsewhere is not kept."""
    try:
        doorstep.signer("wtf-csrf-token").loads(request.form.get("csrf_token", ""))
    except BadData:
        return False
    return True


def bring_back_text() -> None:
    """Fill the form of this page with kept text; forget it when it is sent again."""
    uid = request.args.get("kept", "")
    if not uid or not current_user.is_authenticated:
        return
    if request.method == "POST":
        kept.forget(uid, current_user.id)
    elif request.method == "GET":
        g.kept_text = kept.fields(
            uid,
            request.path,
            current_user.id,
            same_browser=session.get(KEPT_HERE) == uid,
            now=clock.now(),
        )


def lead_to_factors() -> BaseResponse | None:
    """Whoever still lacks a factor is led to setting it up, and nowhere else."""
    if request.blueprint in OPEN_BEFORE or request.endpoint in {None, *OPEN_TOO}:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "access", "public") == "public" or not somebody():
        return None
    if current_user.lacks_factor:
        return redirect(url_for("factors.index"), 303)
    return None


def choose_language() -> None:
    """?lang= changes the language for as long as the cookie lasts."""
    code = request.args.get("lang", "")
    if request.method == "GET" and code in LANGUAGES:
        session[LANGUAGE] = code


def forget_language() -> None:
    """Go by the account again, as after a change there."""
    session.pop(LANGUAGE, None)


def shut() -> None:
    """Ask for nobody's sign-in in the rest of this request: it cannot be read."""
    g.shut = True


def is_shut() -> bool:
    return bool(g.get("shut"))


def somebody() -> Any:
    """Whoever is signed in, or None: also in a command, where there is no request."""
    return current_user if current_user and current_user.is_authenticated else None


def language() -> str:
    """The reader's locale: chosen, else the account's, else the browser's."""
    code = session.get(LANGUAGE) if request else None
    if code is None and somebody():
        code = current_user.language
    if code is None and request:
        code = request.accept_languages.best_match(list(LANGUAGES))
    return {"es": "es_US"}.get(code or "en", "en_US")


def zone() -> str:
    """The reader's time zone by name."""
    return str(current_user.zone) if somebody() else ZONE
