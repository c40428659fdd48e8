"""The database: types that refuse wrong values, the one commit, the one row lock."""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry

Conflict = IntegrityError  # for actions that answer a unique key with a sentence
Unreachable = OperationalError  # the database is away, or too busy to answer

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in and out; a naive value is a programming error."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise TypeError("a naive datetime reached the database")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value


class Base(DeclarativeBase):
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: UTCDateTime(),
            bytes: sa.LargeBinary(),
            dict[str, Any]: sa.JSON(),
            list[Any]: sa.JSON(),
        },
    )


class Row(Base):
    """A table row with a number for the house and a random uid for the world."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(26), unique=True)

    def __init__(self, **values: Any) -> None:
        values.setdefault("uid", new_uid())
        super().__init__(**values)


UID_LENGTH = 20


def new_uid() -> str:
    """Random signs without look-alikes; safe in an address, about 100 bits."""
    signs = "23456789abcdefghjkmnpqrstvwxyz"
    return "".join(secrets.choice(signs) for _ in range(UID_LENGTH))


def enum_type(members: type[StrEnum]) -> sa.Enum:
    """A text column that holds the member's value and a CHECK with all of them."""
    return sa.Enum(
        members,
        native_enum=False,
        create_constraint=True,
        length=30,
        name=members.__name__.lower(),
        values_callable=lambda kind: [member.value for member in kind],
    )


Model = TypeVar("Model", bound=Row)
Keyed = TypeVar("Keyed", bound=Base)

db = SQLAlchemy(model_class=Base)

_writing: ContextVar[bool] = ContextVar("writing", default=False)


# A server that is gone without a word is given up, and not waited for.
PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


# A web process has 16 threads; the eight at its door need a second one for a moment.
POOL = {"pool_size": 8, "max_overflow": 16}


def engine_options(address: str) -> dict[str, Any]:
    """How SQLAlchemy connects, for each kind of database."""
    is_sqlite = sa.make_url(address).get_backend_name() == "sqlite"
    # What a person typed does not belong in the log of a failed statement.
    options: dict[str, Any] = {"pool_pre_ping": True, "hide_parameters": True}
    return options if is_sqlite else {**options, **POOL, "connect_args": PATIENCE}


def _on_connect(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "synchronous=FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    side = connection.get_execution_options().get("side")
    reads = has_request_context() and request.method in {"GET", "HEAD", "OPTIONS"}
    plain = side or (reads and not _writing.get())
    connection.exec_driver_sql("BEGIN" if plain else "BEGIN IMMEDIATE")


# Python's sqlite3 opens a transaction only at the first write and makes a savepoint
# that undoes nothing; these two put the BEGIN where READ COMMITTED would have it.
event.listen(Engine, "connect", _on_connect)
event.listen(Engine, "begin", _on_begin)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: the outermost commits or undoes, inner ones are savepoints."""
    session = db.session()
    if session.info.get("writing"):
        with session.begin_nested():
            yield session
        return
    if has_request_context() and request.method in {"GET", "HEAD"}:
        # A look is the one write of a GET: it needs a transaction of its own.
        session.rollback()
    token = _writing.set(True)
    session.info["writing"] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False
        _writing.reset(token)


def lock(model: type[Model], ids: Iterable[int]) -> Sequence[Model]:
    """Lock rows in id order and read them afresh; only inside transaction()."""
    if not db.session().info.get("writing"):
        raise RuntimeError("lock() outside transaction()")
    query = sa.select(model).where(model.id.in_(set(ids))).order_by(model.id)
    query = query.with_for_update(key_share=True).execution_options(
        populate_existing=True
    )
    return db.session.scalars(query).all()


def lock_one(model: type[Model], row_id: int) -> Model:
    """The one row with that id, locked and fresh."""
    (row,) = lock(model, [row_id])
    return row


def lock_by_key(model: type[Keyed], key: object) -> Keyed | None:
    """Lock one row whose primary key is not a number; None when there is none."""
    if not db.session().info.get("writing"):
        raise RuntimeError("lock_by_key() outside transaction()")
    return db.session.get(
        model, key, with_for_update={"key_share": True}, populate_existing=True
    )


def insert_missing(model: type[Base], **values: Any) -> None:
    """Insert a row unless another transaction was first; then do nothing."""
    insert_missing_in(db.session(), model, **values)


def insert_missing_in(session: Session, model: type[Base], **values: Any) -> None:
    """The same in a session of one's own, as that of `beside()`."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite_insert if sqlite else postgresql_insert
    session.execute(insert(model).values(**values).on_conflict_do_nothing())


def claim(model: type[Model], query: sa.Select[int]) -> list[int]:
    """Ids of due rows that no other worker holds, locked until the commit."""
    if not db.session().info.get("writing"):
        raise RuntimeError("claim() outside transaction()")
    skipping = query.with_for_update(skip_locked=True, of=model)
    return list(db.session.scalars(skipping))


def end_read() -> None:
    """End an open read transaction, as before a call that leaves the machine."""
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("a call that leaves the machine inside transaction()")
    session.rollback()


@contextmanager
def beside() -> Iterator[Session]:
    """A transaction on a connection of its own, as if it were another machine's."""
    with (
        Session(db.engine, join_transaction_mode="create_savepoint") as session,
        session.begin(),
    ):
        yield session


def in_transaction() -> bool:
    """Is any transaction open on this thread's session, even one that only reads?"""
    session = db.session()
    return session.in_transaction() or bool(session.info.get("writing"))
