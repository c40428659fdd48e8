"""Who is at the door: the sign-in of a request, its language, zone and kept text."""

from datetime import timedelta

from flask import Flask, Response, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user

from engage.core import clock
from engage.people import actions, queries
from engage.people.models import Person
from engage.settings import Settings

LANGUAGES = {"en": "English", "es": "Español"}
SEEN_EVERY = timedelta(minutes=1)


def init_app(app: Flask, login: LoginManager) -> None:
    """Plug the sign-in into Flask-Login and every request."""
    login.user_loader(person_of)
    login.unauthorized_handler(ask_to_sign_in)
    app.before_request(choose_language)
    app.before_request(bring_back_text)


def person_of(token: str) -> Person | None:
    """The person whose live sign-in has this token; notes that they were seen."""
    now = clock.now()
    sign_in = queries.sign_in_of(token)
    if sign_in is None or not queries.is_live(sign_in, now):
        g.ended_sign_in = sign_in
        return None
    if now - sign_in.seen_at >= SEEN_EVERY:
        actions.note_seen(sign_in.id, now=now)
        sign_in = queries.sign_in_of(token)
        if sign_in is None:
            return None
    sign_in.person.token = token
    return sign_in.person


def ask_to_sign_in() -> Response:
    """To the sign-in page and back; what was typed is kept, sealed, for a day."""
    where = request.full_path.rstrip("?")
    if request.method == "POST":
        ended = getattr(g, "ended_sign_in", None)
        kept = actions.keep_text(
            ended.person_id if ended else None,
            request.path,
            {
                name: values
                for name, values in request.form.lists()
                if name not in {"csrf_token", "once"}
            },
            now=clock.now(),
        )
        where = f"{request.path}?kept={kept}"
    return redirect(url_for("people.sign_in", next=where), 303)


def bring_back_text() -> None:
    """Fill the form of this page with text kept from an ended sign-in."""
    kept = request.args.get("kept", "")
    if request.method == "GET" and kept and current_user.is_authenticated:
        g.kept_text = actions.kept_fields(
            kept, request.path, current_user.id, now=clock.now()
        )


def choose_language() -> None:
    """?lang= changes the language: for good when signed in, else in the cookie."""
    code = request.args.get("lang", "")
    if request.method != "GET" or code not in LANGUAGES:
        return
    session["language"] = code
    if current_user.is_authenticated and current_user.language != code:
        actions.set_language(current_user.id, code)


def language() -> str:
    """The reader's locale: chosen, else the account's, else the browser's."""
    code = session.get("language") if request else None
    if code is None and current_user and current_user.is_authenticated:
        code = current_user.language
    if code is None and request:
        code = request.accept_languages.best_match(list(LANGUAGES))
    return {"es": "es_US"}.get(code or "en", "en_US")


def zone() -> str:
    """The reader's time zone by name."""
    if current_user and current_user.is_authenticated:
        return str(current_user.zone)
    return "America/New_York"


def open_demo_door(app: Flask, settings: Settings) -> None:
    """One-press sign-in, registered only where security section 3.1 allows it."""
