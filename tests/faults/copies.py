"""A filled database copied for each trial, and the application led to the copy."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from engage.core.db import db, new_uid
from tests import tools


class Copies:
    """Where the application's database is, and how it is copied while nobody writes."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"])

    @contextmanager
    def one(self) -> Iterator[None]:
        """Inside, the application is on a copy of its own, which then is gone."""
        with self.app.app_context():
            mine = db.engines[None]
            db.session.remove()
            mine.dispose()
            copy, name = self._copy()
            db.engines[None] = sa.create_engine(copy, poolclass=sa.NullPool)
            try:
                yield
            finally:
                db.session.remove()
                db.engines[None] = mine
                self._drop(name)

    def _copy(self) -> tuple[sa.URL, str]:
        name = f"copy_{new_uid()}"
        if self.url.get_backend_name() == "sqlite":
            path = self.folder / f"{name}.sqlite"
            with (
                closing(sqlite3.connect(str(self.url.database))) as source,
                closing(sqlite3.connect(path)) as target,
            ):
                source.backup(target)
            return self.url.set(database=str(path)), str(path)
        tools.on_server(
            self._server(), f"CREATE DATABASE {name} TEMPLATE {self.url.database}"
        )
        return self.url.set(database=name), name

    def _drop(self, name: str) -> None:
        if self.url.get_backend_name() == "sqlite":
            for path in self.folder.glob(f"{Path(name).name}*"):
                path.unlink()
        else:
            tools.on_server(self._server(), f"DROP DATABASE {name} WITH (FORCE)")

    def _server(self) -> str:
        return self.url.set(database="postgres").render_as_string(hide_password=False)
