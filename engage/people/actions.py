import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from json import dumps, loads

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from engage.core import crypto
from engage.core.db import db, insert_missing, lock_one, new_uid, transaction
from engage.people import queries, rules
from engage.people.models import Alias, KeptText, Person, SignIn

KEPT = timedelta(days=1)


def start_sign_in(person: Person, *, now: datetime) -> str:
    """Begin a sign-in and return its token, which is stored nowhere."""
    token = crypto.new_token()
    with transaction() as session:
        session.add(
            SignIn(
                person_id=person.id,
                token_hash=crypto.token_hash(token),
                started_at=now,
                seen_at=now,
            )
        )
    return token


def note_seen(sign_in_id: int, *, now: datetime) -> None:
    """Move the idle limit on; at most once a minute for one sign-in."""
    with transaction():
        sign_in = lock_one(SignIn, sign_in_id)
        if sign_in.ended_at is None:
            sign_in.seen_at = now


def end_sign_in(token: str, *, now: datetime) -> None:
    """End a sign-in on the server; nothing happens when it has ended already."""
    with transaction():
        found = queries.sign_in_of(token)
        if found is not None and found.ended_at is None:
            found.ended_at = now


def set_language(person_id: int, code: str) -> None:
    with transaction():
        lock_one(Person, person_id).language = code


def alias_for(person_id: int, organization_id: int) -> Alias:
    """The consultant's name for one organization; a neutral one is made when missing.

    A made one is not open: only the consultant opens a name to an organization's list.
    """
    with transaction():
        for _ in range(rules.MOST_TRIES):
            found = queries.alias(person_id, organization_id)
            if found is not None:
                return found
            insert_missing(
                Alias,
                uid=new_uid(),
                person_id=person_id,
                organization_id=organization_id,
                name=rules.neutral_name(secrets.choice),
                is_open=False,
            )
    raise RuntimeError("no free neutral name was found")


def keep_text(
    person_id: int | None,
    path: str,
    fields: Mapping[str, list[str]],
    *,
    now: datetime,
) -> str:
    """Seal what was typed for a day and return the uid that brings it back."""
    with transaction() as session:
        row = KeptText(person_id=person_id, path=path[:300], kept_at=now)
        row.fields_sealed = crypto.seal(
            "kept", "kept_text", "fields", row.uid, dumps(dict(fields))
        )
        session.add(row)
    return row.uid


def kept_fields(
    uid: str, path: str, person_id: int, *, now: datetime
) -> MultiDict[str, str] | None:
    """What the same person typed on that page within the last day, or None."""
    row = db.session.scalar(
        sa.select(KeptText).where(
            KeptText.uid == uid, KeptText.path == path, KeptText.kept_at > now - KEPT
        )
    )
    if row is None or row.person_id not in {None, person_id}:
        return None
    text = crypto.open_sealed("kept", "kept_text", "fields", row.uid, row.fields_sealed)
    return MultiDict(loads(text))
