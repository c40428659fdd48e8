"""Rate limits that every worker shares: counters in the database, no other server."""

import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask, current_app, request, session
from flask_limiter import Limiter
from limits import parse
from limits.storage import Storage
from sqlalchemy.orm import Mapped, mapped_column

from engage.core.db import Base, db, transaction


class RateCount(Base):
    """How often a hashed key came within its window; gone when the window ends."""

    __tablename__ = "rate_count"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[int] = mapped_column(sa.BigInteger)

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class DatabaseStorage(Storage):
    """Fixed windows in `rate_count`, on a connection beside the request's own."""

    STORAGE_SCHEME = ["engage-database"]  # noqa: RUF012 - the library reads a list

    @property
    def base_exceptions(self) -> type[Exception]:
        return sa.exc.SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = int(time.time())
        with self._connect() as connection:
            count = connection.execute(
                sa.text(
                    "INSERT INTO rate_count (key, count, ends_at)"
                    " VALUES (:key, :amount, :ends)"
                    " ON CONFLICT (key) DO UPDATE SET"
                    " count = CASE WHEN rate_count.ends_at <= :now THEN :amount"
                    " ELSE rate_count.count + :amount END,"
                    " ends_at = CASE WHEN rate_count.ends_at <= :now THEN :ends"
                    " ELSE rate_count.ends_at END RETURNING count"
                ),
                {
                    "key": _hashed(key),
                    "amount": amount,
                    "ends": now + expiry,
                    "now": now,
                },
            ).scalar_one()
        return int(count)

    def get(self, key: str) -> int:
        row = self._row(key)
        return row[0] if row and row[1] > int(time.time()) else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(key)
        return float(row[1]) if row else time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self._connect() as connection:
            return connection.execute(sa.delete(RateCount)).rowcount

    def clear(self, key: str) -> None:
        with self._connect() as connection:
            connection.execute(
                sa.delete(RateCount).where(RateCount.key == _hashed(key))
            )

    def _row(self, key: str) -> tuple[int, int] | None:
        with self._connect() as connection:
            row = connection.execute(
                sa.select(RateCount.count, RateCount.ends_at).where(
                    RateCount.key == _hashed(key)
                )
            ).one_or_none()
        return None if row is None else (row[0], row[1])

    def _connect(self) -> Any:
        return db.engine.execution_options(side=True).begin()


def _hashed(key: str) -> str:
    # A salt that changes every day: yesterday's addresses cannot be compared.
    salt = f"{datetime.now(UTC):%Y-%m-%d}{current_app.config['SECRET_KEY']}"
    return sha256((salt + key).encode()).hexdigest()


def forget_ended(now: datetime) -> None:
    """Delete counts whose window is over: a hashed address is kept no longer."""
    with transaction() as session:
        session.execute(
            sa.delete(RateCount).where(RateCount.ends_at <= now.timestamp())
        )


def who() -> str:
    """The sign-in when there is one, otherwise the network address; kept hashed."""
    token = session.get("_user_id")
    return f"sign-in:{token}" if token else f"address:{request.remote_addr}"


def address() -> str:
    """The network address, for limits that a fresh cookie must not lift."""
    return f"address:{request.remote_addr}"


limiter = Limiter(key_func=who, strategy="fixed-window")


def within(budget: str, *names: str) -> bool:
    """Spend one of a budget such as "60 per hour", for what only reads; False when
    nothing of it is left."""
    return not limiter.enabled or bool(limiter.limiter.hit(parse(budget), *names))


def init_app(app: Flask) -> None:
    """At most 120 writes a minute for one sign-in or address; pages are free."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", "engage-database://")
    app.config.setdefault("RATELIMIT_DEFAULT", "120 per minute")
    app.config.setdefault("RATELIMIT_DEFAULTS_PER_METHOD", False)
    limiter.init_app(app)
    limiter.request_filter(lambda: request.method in {"GET", "HEAD", "OPTIONS"})
