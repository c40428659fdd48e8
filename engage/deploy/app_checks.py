"""What Flask does not give by itself, looked at on the application as it will run."""

from collections.abc import Callable, Iterator
from pathlib import Path

from argon2 import Type
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from engage.core import web
from engage.people import demo_door, door, passwords

Check = Callable[[Flask], Iterator[str]]

YEAR = 365 * 24 * 3600
LARGEST_BODY = 64 * 1024
SERVED = {
    ".css", ".js", ".scss", ".svg", ".png", ".ico", ".ttf", ".woff2", ".gz", ".txt",
    ".md", "",
}  # fmt: skip
HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def problems(app: Flask) -> dict[str, list[str]]:
    """What is wrong, by the name of the check; an empty list where all is well."""
    return {name: list(check(app)) for name, check in CHECKS.items()}


def forms(app: Flask) -> Iterator[str]:
    is_on = app.config.get("WTF_CSRF_ENABLED", True)
    if "csrf" not in app.extensions or not is_on:
        yield "Forms of other sites are taken: switch WTF_CSRF_ENABLED on."
    if web.refuse_foreign_requests not in app.before_request_funcs.get(None, []):
        yield "Nobody looks at where a form was sent from."


def sign_in(app: Flask) -> Iterator[str]:
    login = getattr(app, "login_manager", None)
    if login is None or login._user_callback is not door.person_of:
        yield "A sign-in is not looked up on the server, so it could not be ended."


def cookie(app: Flask) -> Iterator[str]:
    config = app.config
    if not config["SESSION_COOKIE_NAME"].startswith("__Host-"):
        yield "The name of the cookie does not begin with __Host-."
    if not (config["SESSION_COOKIE_SECURE"] and config["SESSION_COOKIE_HTTPONLY"]):
        yield "The cookie must be Secure and HttpOnly."
    if config["SESSION_COOKIE_SAMESITE"] != "Strict":
        yield "The cookie must be SameSite=Strict."
    if config.get("SESSION_COOKIE_DOMAIN") or config.get("SESSION_COOKIE_PATH"):
        yield "The cookie must belong to this host alone: set no domain and no path."


def hosts(app: Flask) -> Iterator[str]:
    named = [host for host in app.config["TRUSTED_HOSTS"] or () if host.strip()]
    if not named:
        yield "TRUSTED_HOSTS is empty: the site would answer to any name."
    for host in named:
        if "*" in host or host.startswith("."):
            yield f"TRUSTED_HOSTS has {host}: write whole names."


def body(app: Flask) -> Iterator[str]:
    for name in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
        if not 0 < (app.config[name] or 0) <= LARGEST_BODY:
            yield f"{name} must be set, and at most {LARGEST_BODY} bytes."


def headers(app: Flask) -> Iterator[str]:
    with app.test_request_context("/in", base_url="https://localhost"):
        sent = app.process_response(Response()).headers
    for name, part in HEADERS.items():
        if part not in sent.get(name, ""):
            yield f"{name} is not sent as it must be."
    if "unsafe-" in sent.get("Content-Security-Policy", ""):
        yield "Content-Security-Policy allows something unsafe."
    said = sent.get("Strict-Transport-Security", "").partition("max-age=")[2]
    age, _, below = said.partition(";")
    if not age.isdigit() or int(age) < YEAR or "includeSubDomains" not in below:
        yield "Strict-Transport-Security is not sent for a year and for all below."


def password_work(app: Flask) -> Iterator[str]:
    used = app.config.get("ARGON2", passwords.ARGON2)
    if used.type is not Type.ID or used.memory_cost < 46 * 1024 or used.time_cost < 1:
        yield "Password hashes cost too little: argon2id with 46 MiB or more."
    if passwords.AT_ONCE > 2:
        yield "More than two passwords are weighed at once: memory is not bounded."


def routes(app: Flask) -> Iterator[str]:
    try:
        web.check_every_route(app)
    except RuntimeError as error:
        yield f"There are {error}."
    if demo_door.ENDPOINT in app.view_functions:
        yield "The door of the demo is open: anyone could sign in by one press."
    for rule in app.url_map.iter_rules():
        if "TRACE" in (rule.methods or ()):
            yield f"{rule.rule} answers TRACE."


def traces(app: Flask) -> Iterator[str]:
    if app.debug or app.testing:
        yield "Debug or test mode is on: visitors would see traces."
    if app.config.get("PROPAGATE_EXCEPTIONS"):
        yield "PROPAGATE_EXCEPTIONS is on: errors would not have a page."
    if HTTPException not in app.error_handler_spec[None].get(None, {}):
        yield "Errors have no page of ours."


def escaping(app: Flask) -> Iterator[str]:
    chosen = app.jinja_env.autoescape
    if not (chosen("a.html") if callable(chosen) else chosen):
        yield "Templates do not escape what people typed."


def secrets(app: Flask) -> Iterator[str]:
    settings = app.config["SETTINGS"]
    if len(set(settings.secret_key)) < 10 or len(settings.secret_key) < 32:
        yield "SECRET_KEY is not random: make it with `openssl rand -hex 32`."
    for name, key in (
        ("MASTER_KEY", settings.master_key),
        ("LOOKUP_KEY", settings.lookup_key),
    ):
        if len(set(key)) < 16:
            yield f"{name} is not random: make it with `openssl rand -base64 32`."
    if settings.master_key == settings.lookup_key:
        yield "MASTER_KEY and LOOKUP_KEY must differ."


def key_store(app: Flask) -> Iterator[str]:
    path = Path(app.config["SETTINGS"].key_store)
    if path.exists() and path.stat().st_mode & 0o077:
        yield "KEY_STORE can be read by others: chmod 600."
    served = Path(str(app.static_folder)).resolve()
    if served in path.resolve().parents:
        yield "KEY_STORE lies in the folder that is served to everyone."


def served_files(app: Flask) -> Iterator[str]:
    for path in sorted(Path(str(app.static_folder)).rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.parts[-3:])
        if path.is_file() and (path.suffix not in SERVED or is_hidden):
            yield f"static/ holds {path.name}, which nobody should be served."


CHECKS: dict[str, Check] = {
    "forms of other sites": forms,
    "sign-ins on the server": sign_in,
    "cookie": cookie,
    "host names": hosts,
    "size of requests": body,
    "headers": headers,
    "password hashes": password_work,
    "rights of every address": routes,
    "no traces": traces,
    "escaped pages": escaping,
    "secrets": secrets,
    "key store": key_store,
    "served files": served_files,
}
