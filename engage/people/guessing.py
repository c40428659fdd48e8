"""Wrong tries at one name: strangers share one slow budget, and nobody is locked out.

Names that exist and names that do not are counted alike. Each try starts the silence
anew that the next one has to wait for, so that a flood is looked at least of all.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engage.core import crypto
from engage.core.db import beside, insert_missing_in, transaction
from engage.core.errors import N_, Refused
from engage.people import factor_rules as rules
from engage.people.factor_models import GuessCount
from engage.people.rules import plain_name

WAIT = N_(
    "There were many wrong tries with this name. Wait a minute without a try, then try"
    " again. A passkey, a printed code or a device marked as yours needs no wait."
)


def spend(name: str, kind: str, address: str, *, now: datetime) -> None:
    """Take one try at a name before it is looked at; refuses while it has to wait.

    On a connection of its own: two at once are counted one after the other, and a
    try that is undone stays counted.
    """
    key = _key(name, kind)
    with beside() as session:
        row = _row(session, key, now)
        is_open = rules.may_try(row.tries, row.last_at, now)
        row.last_at = now
        if is_open:
            row.tries += 1
            _is_new(session, key, address, now)
        elif row.newcomers < rules.NEWCOMERS and _is_new(session, key, address, now):
            # Not among the tries: these few must not make everybody wait for longer.
            row.newcomers += 1
            is_open = True
    if not is_open:
        raise Refused(WAIT)


def give_back(name: str, kind: str, *, now: datetime) -> None:
    """The try was right: it does not count."""
    with beside() as session:
        row = _row(session, _key(name, kind), now)
        row.tries = max(0, row.tries - 1)


def spend_own(uid: str, kind: str, *, now: datetime) -> bool:
    """Take one wrong try of an own device or sheet; False when none is left today."""
    with beside() as session:
        row = _row(session, _key(uid, kind), now)
        row.tries += 1
        return row.tries <= rules.OWN_TRIES


def _key(name: str, kind: str) -> str:
    return crypto.lookup_hash(f"guess {kind}", plain_name(name))


def _row(session: Session, key: str, now: datetime) -> GuessCount:
    """The count of this key, locked by a write first; a new one where its day ended."""
    session.execute(
        sa.update(GuessCount)
        .where(GuessCount.key == key, GuessCount.ends_at <= now)
        .values(tries=0, newcomers=0, last_at=None, ends_at=now + rules.DAY)
    )
    insert_missing_in(
        session, GuessCount, key=key, tries=0, newcomers=0, ends_at=now + rules.DAY
    )
    # Changes nothing, and makes whoever comes at the same time wait for this one.
    same = sa.update(GuessCount).where(GuessCount.key == key)
    session.execute(same.values(tries=GuessCount.tries))
    return session.get_one(GuessCount, key, populate_existing=True)


def _is_new(session: Session, key: str, address: str, now: datetime) -> bool:
    """Is it this address's first try at the name today? It counts from now on.

    The key of the name stands in the same table: only what is kept apart hides which
    address it was from whoever can try them all.
    """
    hashed = crypto.lookup_hash("guess address", f"{key}:{now:%Y-%m-%d}:{address}")
    found = session.get(GuessCount, hashed)
    if found is not None:
        return False
    insert_missing_in(
        session, GuessCount, key=hashed, tries=1, newcomers=0, ends_at=now + rules.DAY
    )
    return True


def forget_old(now: datetime) -> None:
    """Delete counts whose day is over."""
    with transaction() as session:
        session.execute(sa.delete(GuessCount).where(GuessCount.ends_at <= now))
