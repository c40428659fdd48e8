import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core import crypto
from engage.core.db import (
    Conflict,
    db,
    insert_missing,
    lock,
    lock_one,
    new_uid,
    transaction,
)
from engage.core.errors import N_, NotFound, Refused
from engage.notices import actions as notices
from engage.people import passwords, queries, rules, taken_back
from engage.people.factor_rules import Device
from engage.people.models import Alias, Person, SignIn
from engage.people.rules import PersonStatus

# One sentence for an unknown name, a closed account and a wrong password.
WRONG = N_("That name and password do not go together. Please try again.")
NOT_YOUR_PASSWORD = N_("This is not the password you use now.")


def start_sign_in(
    person: Person,
    *,
    now: datetime,
    device: Device = Device.UNKNOWN,
    is_shared: bool = False,
    lacks_factor: bool = False,
) -> str:
    """Begin a sign-in and return its token, which is stored nowhere."""
    token = crypto.new_token()
    with transaction() as session:
        session.add(
            SignIn(
                person_id=person.id,
                token_hash=crypto.token_hash(token),
                started_at=now,
                proved_at=now,
                seen_at=now,
                device=device,
                is_shared=is_shared,
                lacks_factor=lacks_factor,
            )
        )
    return token


def note_sign_in(person: Person, *, now: datetime) -> None:
    """Written down for staff alone: when a consultant signs in is nobody's business."""
    _note(person, "sign_in.started", by=person, now=now)


def note_seen(sign_in_id: int, *, now: datetime) -> None:
    """Move the idle limit on; at most once a minute for one sign-in."""
    with transaction():
        for sign_in in lock(SignIn, [sign_in_id]):
            if sign_in.ended_at is None:
                sign_in.seen_at = now


def end_sign_in(token: str, *, now: datetime) -> None:
    """End a sign-in on the server; nothing happens when it has ended already."""
    with transaction():
        found = queries.sign_in_of(token)
        if found is not None and found.ended_at is None:
            found.ended_at = now


def end_one(uid: str, *, by: Person, now: datetime) -> None:
    """End one of the person's own sign-ins, wherever it is."""
    with transaction():
        found = queries.own_sign_in(by.id, uid)
        if found is None:
            raise NotFound
        found.ended_at = found.ended_at or now


def end_all(person_id: int, *, now: datetime, but: str | None = None) -> None:
    """End every sign-in of a person, or all but the one with this token."""
    left_out = crypto.token_hash(but) if but else ""
    with transaction() as session:
        session.execute(
            sa.update(SignIn)
            .where(
                SignIn.person_id == person_id,
                SignIn.ended_at.is_(None),
                SignIn.token_hash != left_out,
            )
            .values(ended_at=now)
        )


def save_account(
    person_id: int,
    *,
    language: str,
    zone: str,
    week_start: int,
    leaves_no_trail: bool = False,
    counts_by_default: bool = False,
    by: Person,
    now: datetime,
) -> None:
    """Language, zone and week; and whether a consultant is counted where not said."""
    with transaction():
        person = lock_one(Person, person_id)
        person.language, person.zone, person.week_start = language, zone, week_start
        person.leaves_no_trail = leaves_no_trail
        if person.is_consultant:
            person.counts_by_default = counts_by_default
        _note(person, "account.changed", by=by, now=now)


def change_password(
    person_id: int, *, present: str, password: str, by: Person, now: datetime
) -> str:
    """A new password ends every sign-in; the returned token begins a fresh one."""
    with transaction():
        person = lock_one(Person, person_id)
        if not passwords.is_right(present, person.password_hash):
            raise Refused(NOT_YOUR_PASSWORD, field="present")
        known = passwords.strength(password, person.sign_in_name)
        rules.check_password(password, known)
        person.password_hash = passwords.hashed(password)
        here = queries.sign_in_of(by.token or "")
        end_all(person_id, now=now)
        _note(person, "password.changed", by=by, now=now)
        taken_back.note(taken_back.WAYS, person, now=now)
        notices.queue_anew(person.id, "factors", now=now)
        if here is None:
            return start_sign_in(person, now=now)
        return start_sign_in(
            person,
            now=now,
            device=here.device,
            is_shared=here.is_shared,
            lacks_factor=here.lacks_factor,
        )


def alias_for(person_id: int, organization_id: int) -> Alias:
    """The consultant's name for one organization; a neutral one is made when missing.

    A made one is not open: only the consultant opens a name to an organization's list.
    """
    with transaction():
        for tried in range(rules.MOST_TRIES):
            found = queries.alias(person_id, organization_id)
            if found is not None:
                return found
            insert_missing(
                Alias,
                uid=new_uid(),
                person_id=person_id,
                organization_id=organization_id,
                name=rules.neutral_name(secrets.choice, tried),
                is_open=False,
            )
    raise RuntimeError("no free neutral name was found")


def save_alias(
    organization_id: int,
    *,
    name: str,
    topics: Sequence[str],
    languages: Sequence[str],
    is_open: bool,
    by: Person,
    now: datetime,
) -> None:
    """What one organization calls the consultant and reads about them.

    Its list follows `is_open` once a week (`rebuild_directory`), never at once.
    """
    with transaction():
        person = lock_one(Person, by.id)
        alias = alias_for(person.id, organization_id)
        try:
            with transaction() as session:
                alias.name = name
                session.flush()
        except Conflict:
            raise Refused(N_("Please choose another name."), field="name") from None
        alias.topics, alias.languages = ",".join(topics), ",".join(languages)
        alias.is_open = is_open
        _note(person, "alias.changed", by=by, now=now, organization_id=organization_id)


def rebuild_directory() -> None:
    """Let every organization's list follow what consultants chose, all at one time."""
    open_now = (
        sa.select(Person.id)
        .where(Person.id == Alias.person_id, Person.status == PersonStatus.ACTIVE)
        .exists()
    )
    with transaction() as session:
        session.execute(
            sa.update(Alias).values(is_listed=sa.and_(Alias.is_open, open_now))
        )


def forget_sign_ins(before: datetime) -> None:
    """Delete sign-ins that have ended or began before then: the longest is 12 hours."""
    with transaction():
        is_over = sa.or_(SignIn.started_at < before, SignIn.ended_at.is_not(None))
        db.session.execute(sa.delete(SignIn).where(is_over))


def _note(
    person: Person,
    verb: str,
    *,
    by: Person,
    now: datetime,
    organization_id: int | None = None,
) -> None:
    record(
        verb,
        subject=person.subject,
        thing=f"person:{person.uid}",
        by=by,
        now=now,
        organization_id=organization_id,
    )
