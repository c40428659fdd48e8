"""Proving again who is signed in: the password, and a new token for the sign-in."""

from datetime import datetime

from engage.core import crypto
from engage.core.db import db, end_read, lock_one, transaction
from engage.core.errors import Refused
from engage.people import passwords, queries
from engage.people.actions import WRONG
from engage.people.models import Person, SignIn


def is_password_of(person_id: int, password: str) -> bool:
    """Is it the password of this account? No transaction waits for the hash."""
    kept = db.session.get_one(Person, person_id).password_hash
    end_read()
    return passwords.is_right(password, kept)


def prove(token: str, *, now: datetime) -> str:
    """Note that a live sign-in was proved again; its new token ends the old one."""
    fresh = crypto.new_token()
    with transaction():
        found = queries.sign_in_of(token)
        row = lock_one(SignIn, found.id) if found else None
        if row is None or row.token_hash != crypto.token_hash(token) or row.ended_at:
            raise Refused(WRONG)
        row.token_hash, row.proved_at, row.seen_at = crypto.token_hash(fresh), now, now
    return fresh
