"""Printed codes: each opens one account or one role, once, and leaves no trace."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core import clock, crypto
from engage.core.db import Conflict, lock, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.organizations.models import Organization
from engage.people import passwords, queries, rules
from engage.people.code_models import EntryCode
from engage.people.models import Membership, Person
from engage.people.rules import PersonKind

# One sentence for a code that is wrong, used or too old.
NOT_GOOD = N_(
    "This code does not open an account. Check each sign, or ask for another."
)


def make_for_consultant(*, organization_id: int, by: Person, now: datetime) -> str:
    """A code for one consultant; the row does not know who asked for it."""
    with transaction():
        return _make(PersonKind.CONSULTANT, "", None, organization_id, by, now)


def make_for_staff(
    *, role: str, organization_id: int | None, by: Person, now: datetime
) -> str:
    """A code for one role of staff: in an organization, or administrator."""
    place = None if role == "administrator" else organization_id
    if role != "administrator" and place is None:
        raise Refused(N_("Choose an organization."), field="organization_id")
    with transaction():
        return _make(PersonKind.STAFF, role, place, place, by, now)


def _make(
    kind: PersonKind,
    role: str,
    place: int | None,
    audited: int | None,
    by: Person,
    now: datetime,
) -> str:
    code = rules.code(secrets.choice)
    with transaction() as session:
        session.add(
            EntryCode(
                code_hash=code_hash(code),
                kind=kind,
                role=role,
                organization_id=place,
                expires_at=_last_moment(now),
            )
        )
        subject = by.subject
        if audited is not None:
            subject = f"organization:{session.get_one(Organization, audited).uid}"
        # The entry names no code, so that it cannot be matched with an account.
        record(
            "code.made",
            subject=subject,
            thing=subject,
            by=by,
            now=now,
            organization_id=audited,
        )
    return code


def _last_moment(now: datetime) -> datetime:
    """The end of a day, so that it cannot be matched with the moment of the entry."""
    last = now.astimezone(UTC) + rules.CODE_LIFE + timedelta(days=1)
    return datetime.combine(last, time(), UTC)


def code_hash(typed: str) -> str:
    return crypto.lookup_hash("entry-code", rules.plain_code(typed))


def check(typed: str, *, now: datetime) -> str:
    """The hash of a code that is still good; it is not used up by looking."""
    hashes = crypto.lookup_hashes("entry-code", rules.plain_code(typed))
    found = next(filter(None, map(queries.entry_code, hashes)), None)
    if found is None or found.expires_at <= now:
        raise Refused(NOT_GOOD, field="code")
    return found.code_hash


def kind_of(hashed: str, *, now: datetime) -> PersonKind | None:
    """Whose account a code would open, or None when it is not good any more."""
    found = queries.entry_code(hashed)
    return found.kind if found is not None and found.expires_at > now else None


def open_account(
    hashed: str, *, name: str, password: str, now: datetime, **chosen: Any
) -> Person:
    """Use a code up and make its account, both or neither; one code, one account."""
    rules.check_sign_in_name(name, passwords.strength(name))
    rules.check_password(password, passwords.strength(password, name))
    with transaction() as session:
        code = _use(hashed, now)
        if queries.is_taken(name):  # by a hash of the look-up key before this one
            raise Refused(rules.OTHER_NAME, field="name")
        person = _account(code, chosen)
        person.sign_in_name = name
        person.password_hash = passwords.hashed(password)
        try:
            with transaction():
                session.add(person)
                session.flush()
        except Conflict:
            raise Refused(rules.OTHER_NAME, field="name") from None
        _give_role(code, person)
        record(
            "account.opened",
            subject=person.subject,
            thing=f"person:{person.uid}",
            by=person,
            now=now,
        )
    return person


def _account(code: EntryCode, chosen: Mapping[str, Any]) -> Person:
    consultant = code.kind == PersonKind.CONSULTANT
    if consultant and not chosen.get("is_adult"):
        raise Refused(N_("Engage is for people who are 18 or older."), field="is_adult")
    if not consultant and not chosen.get("staff_name"):
        raise Refused(N_("Write the name that others see."), field="staff_name")
    zone = chosen["zone"]
    return Person(
        kind=code.kind,
        staff_name="" if consultant else chosen["staff_name"],
        language=chosen["language"],
        zone=zone,
        week_start=int(chosen["week_start"]),
        created_on=clock.today(zone),
    )


def add_role(typed: str, *, by: Person, now: datetime) -> None:
    """A second role for staff who have an account, from a code of their own."""
    with transaction():
        code = _use(check(typed, now=now), now)
        if code.kind != PersonKind.STAFF or by.is_consultant:
            raise Refused(NOT_GOOD, field="code")
        _give_role(code, lock_one(Person, by.id))
        record(
            "role.added",
            subject=by.subject,
            thing=f"person:{by.uid}",
            by=by,
            now=now,
            organization_id=code.organization_id,
        )


def _use(hashed: str, now: datetime) -> EntryCode:
    """The code's row, locked and gone with this transaction; the second is refused."""
    found = queries.entry_code(hashed)
    locked = lock(EntryCode, [found.id]) if found else []
    if not locked or locked[0].expires_at <= now:
        raise Refused(NOT_GOOD)
    with transaction() as session:
        session.delete(locked[0])
    return locked[0]


def _give_role(code: EntryCode, person: Person) -> None:
    if code.kind == PersonKind.CONSULTANT:
        return
    if code.organization_id is None:
        person.is_administrator = True
        return
    with transaction() as session:
        held = queries.membership(person.id, code.organization_id, code.role)
        if held is not None:
            held.ended_on = None
            return
        session.add(
            Membership(
                person_id=person.id,
                organization_id=code.organization_id,
                role=code.role,
            )
        )


def forget_expired(now: datetime) -> None:
    """Delete codes that nobody used in time."""
    with transaction() as session:
        session.execute(sa.delete(EntryCode).where(EntryCode.expires_at <= now))
