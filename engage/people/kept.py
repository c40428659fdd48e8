"""What was typed when a sign-in had ended: sealed, for a day at most, never secrets."""

from collections.abc import Mapping
from datetime import datetime
from json import dumps, loads

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from engage.core import crypto
from engage.core.db import db, transaction
from engage.core.scope import unscoped
from engage.people import rules
from engage.people.models import KeptText

SUBJECT = "kept"


def keep(
    person_id: int | None,
    path: str,
    fields: Mapping[str, list[str]],
    *,
    now: datetime,
) -> str:
    """Seal what was typed and return the uid that brings it back."""
    typed = {name: fields[name] for name in fields if rules.may_keep(name)}
    with transaction() as session:
        row = KeptText(person_id=person_id, path=path[:300], kept_at=now)
        row.fields_sealed = crypto.seal(
            SUBJECT, KeptText.__tablename__, "fields", row.uid, dumps(typed)
        )
        session.add(row)
    return row.uid


def fields(
    uid: str, path: str, person_id: int, *, same_browser: bool, now: datetime
) -> MultiDict[str, str] | None:
    """What the same person typed on that page, or None.

    Where nobody can say who typed it (the cookie was lost), the browser has to be the
    same one, and the time is short.
    """
    with unscoped("a row of nobody yet: the same browser shows whose it is"):
        row = db.session.scalar(
            sa.select(KeptText).where(KeptText.uid == uid, KeptText.path == path)
        )
    if row is None:
        return None
    known = row.person_id is not None
    owner = row.person_id == person_id if known else same_browser
    if not owner or not rules.is_kept(row.kept_at, now, known=known):
        return None
    text = crypto.open_sealed(
        SUBJECT, KeptText.__tablename__, "fields", row.uid, row.fields_sealed
    )
    return MultiDict(loads(text))


def forget(uid: str, person_id: int) -> None:
    """Delete text that came back to its page and was sent from there."""
    with transaction() as session:
        session.execute(
            sa.delete(KeptText).where(
                KeptText.uid == uid,
                sa.or_(KeptText.person_id == person_id, KeptText.person_id.is_(None)),
            )
        )


def forget_old(now: datetime) -> None:
    """Delete what was kept for a day, or for less when its writer is unknown."""
    with transaction() as session:
        session.execute(
            sa.delete(KeptText).where(
                sa.or_(
                    KeptText.kept_at <= now - rules.KEPT,
                    sa.and_(
                        KeptText.person_id.is_(None),
                        KeptText.kept_at <= now - rules.KEPT_UNKNOWN,
                    ),
                )
            )
        )
