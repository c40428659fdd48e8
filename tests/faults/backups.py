"""A database of a test's own, copied away and put back as from an old backup."""

import shutil
from pathlib import Path

from flask import Flask
from sqlalchemy.engine import make_url

from engage.core.db import db
from tests import tools


def take(app: Flask) -> None:
    """Keep everything as it is now; the key store stays out of it."""
    _close(app)
    if is_file(app):
        shutil.copy(path(app), f"{path(app)}.backup")
    else:
        _copy(app, name(app), f"{name(app)}_backup")


def put_back(app: Flask) -> None:
    """What came after the backup is gone from our side."""
    _close(app)
    if is_file(app):
        for more in ("-wal", "-shm"):
            Path(f"{path(app)}{more}").unlink(missing_ok=True)
        shutil.copy(f"{path(app)}.backup", path(app))
    else:
        tools.on_server(_server(app), f"DROP DATABASE {name(app)}")
        _copy(app, f"{name(app)}_backup", name(app))


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _address(app: Flask) -> str:
    found: str = app.config["SQLALCHEMY_DATABASE_URI"]
    return found


def is_file(app: Flask) -> bool:
    return _address(app).startswith("sqlite")


def path(app: Flask) -> str:
    return make_url(_address(app)).database or ""


name = path


def _server(app: Flask) -> str:
    return _address(app).replace(f"/{name(app)}?", "/{name}?")


def _copy(app: Flask, old: str, new: str) -> None:
    tools.on_server(_server(app), f"CREATE DATABASE {new} TEMPLATE {old}")
