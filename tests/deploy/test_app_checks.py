"""What keeps a real installation from starting: each thing broken in turn is found."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import profiles
from flask import Flask

from engage.core import headers, web
from engage.core.web import public
from engage.deploy import app_checks, start
from engage.people import demo_door, passwords
from engage.settings import SettingsError
from tests.conftest import make_app


@pytest.fixture
def ours(tmp_path: Path) -> Flask:
    """As it would run for real, without what makes tests cheap."""
    app = make_app(tmp_path, f"sqlite:///{tmp_path / 'x.sqlite'}", mode="production")
    app.config.update(TESTING=False, ARGON2=passwords.ARGON2)
    return app


def _door(app: Flask) -> None:
    app.view_functions[demo_door.ENDPOINT] = public(lambda: "")


def _silent(app: Flask) -> None:
    app.view_functions["home.index"] = lambda: ""


def _headerless(app: Flask) -> None:
    app.after_request_funcs[None].remove(headers.strict_headers)


def _unsafe_scripts(app: Flask) -> None:
    def worse(response):  # type: ignore[no-untyped-def]
        response.headers["Content-Security-Policy"] = "script-src 'unsafe-inline'"
        return response

    app.after_request_funcs[None].insert(0, worse)


def _open_store(app: Flask) -> None:
    os.chmod(app.config["SETTINGS"].key_store, 0o644)  # noqa: S103 - the fault itself


def _foreign_forms(app: Flask) -> None:
    app.before_request_funcs[None].remove(web.refuse_foreign_requests)


def _stranger_loader(app: Flask) -> None:
    app.login_manager._user_callback = lambda token: None  # type: ignore[attr-defined]


def _same_secrets(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    object.__setattr__(settings, "master_key", b"\0" * 32)
    object.__setattr__(settings, "lookup_key", b"\0" * 32)
    object.__setattr__(settings, "secret_key", "change-me" * 4)


def _no_pages_for_errors(app: Flask) -> None:
    app.error_handler_spec[None].clear()


def _unescaped(app: Flask) -> None:
    app.jinja_env.autoescape = False


def _set(**values: object) -> Callable[[Flask], None]:
    return lambda app: app.config.update(values)


BROKEN: list[tuple[str, Callable[[Flask], None], int]] = [
    ("forms of other sites", _set(WTF_CSRF_ENABLED=False), 1),
    ("forms of other sites", _foreign_forms, 1),
    ("sign-ins on the server", _stranger_loader, 1),
    ("cookie", _set(SESSION_COOKIE_NAME="session"), 1),
    ("cookie", _set(SESSION_COOKIE_SECURE=False), 1),
    ("cookie", _set(SESSION_COOKIE_HTTPONLY=False), 1),
    ("cookie", _set(SESSION_COOKIE_SAMESITE="Lax"), 1),
    ("cookie", _set(SESSION_COOKIE_DOMAIN="example.org"), 1),
    ("host names", _set(TRUSTED_HOSTS=None), 1),
    ("host names", _set(TRUSTED_HOSTS=[".example.org"]), 1),
    ("size of requests", _set(MAX_CONTENT_LENGTH=None), 1),
    ("size of requests", _set(MAX_FORM_MEMORY_SIZE=10**7), 1),
    ("headers", _headerless, 9),
    ("headers", _unsafe_scripts, 2),
    ("password hashes", _set(ARGON2=profiles.CHEAPEST), 1),
    ("rights of every address", _silent, 1),
    ("rights of every address", _door, 1),
    ("no traces", _set(DEBUG=True), 1),
    ("no traces", _set(TESTING=True), 1),
    ("no traces", _set(PROPAGATE_EXCEPTIONS=True), 1),
    ("no traces", _no_pages_for_errors, 1),
    ("escaped pages", _unescaped, 1),
    ("secrets", _same_secrets, 4),
    ("key store", _open_store, 1),
]


def test_what_we_ship_passes_every_check(ours: Flask) -> None:
    assert not any(app_checks.problems(ours).values())
    start.refuse_unsafe(ours)


@pytest.mark.parametrize(
    ("name", "spoil", "number"), BROKEN, ids=[str(i) for i in range(len(BROKEN))]
)
def test_each_thing_broken_is_found_and_refused(
    ours: Flask, name: str, spoil: Callable[[Flask], None], number: int
) -> None:
    spoil(ours)
    found = {key: said for key, said in app_checks.problems(ours).items() if said}
    assert list(found) == [name]
    assert len(found[name]) == number, found
    with pytest.raises(SettingsError, match="."):
        start.refuse_unsafe(ours)


def test_every_check_has_a_way_to_fail() -> None:
    tried = {name for name, _, _ in BROKEN} | {"served files"}
    assert tried == set(app_checks.CHECKS)


def test_a_stray_file_among_the_served_ones_is_found(
    ours: Flask, tmp_path: Path
) -> None:
    (tmp_path / "dump.sql").write_text("")
    ours.static_folder = str(tmp_path)
    assert any("dump.sql" in said for said in app_checks.served_files(ours))
    assert list(app_checks.key_store(ours)) == [
        "KEY_STORE lies in the folder that is served to everyone."
    ]
