"""Signing in: the password behind its slow budget, then a factor where there is one."""

from datetime import datetime
from typing import NamedTuple

from engage.core.crypto import token_hash
from engage.core.db import end_read, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.core.limits import within
from engage.people import app_codes, guessing, papers, passwords
from engage.people import factor_queries as factors
from engage.people import factor_rules as rules
from engage.people import queries as people
from engage.people.actions import WRONG, note_sign_in, start_sign_in
from engage.people.factor_rules import Device, PaperKind
from engage.people.models import Person
from engage.people.rules import PersonStatus

FROM_ONE_ADDRESS = "30 per 5 minutes"
FROM_HERE = N_("There were many tries from here. Wait five minutes, then try again.")
WRONG_CODE = N_("This code is not right, or it was used before. Try the next one.")


class Door(NamedTuple):
    """What a try to sign in comes from; none of it is kept but the device's kind."""

    address: str
    device: Device = Device.UNKNOWN
    is_shared: bool = False
    own_token: str = ""  # of a device marked as one's own


class Half(NamedTuple):
    """The password was right; a factor is still missing."""

    person_uid: str
    proof: str  # ends with the password


class Known(NamedTuple):
    """An account as it stood before the hash was waited for."""

    id: int
    uid: str
    kept: str | None
    asks_factor: bool = False

    @classmethod
    def of(cls, person: Person) -> "Known":
        return cls(person.id, person.uid, person.password_hash, person.asks_factor)


def by_password(
    name: str, password: str, code: str, *, door: Door, now: datetime
) -> str | Half:
    """A token, or the half of a sign-in; every no is the same, whoever it is.

    No transaction waits for the hash. A printed code or one's own device is let past
    the budget that strangers share. Names that nobody has take the same steps.
    """
    person = people.person_named(name)
    known = Known(0, "", None) if person is None else Known.of(person)
    is_stranger = not _is_known(known, code, door, now)
    if is_stranger:
        _check_address(door)
        guessing.spend(name, door.address, now=now)
    if not passwords.is_right(password, known.kept):
        raise Refused(WRONG)
    answer: str | Half
    if known.asks_factor and not code:
        answer = Half(known.uid, token_hash(str(known.kept)))
    else:
        answer = _finish(known, code, door, now)
    if is_stranger:
        guessing.give_back(name, now=now)
    return answer


def _check_address(door: Door) -> None:
    if not within(FROM_ONE_ADDRESS, "strangers", door.address):
        raise Refused(FROM_HERE)


def _is_known(known: Known, code: str, door: Door, now: datetime) -> bool:
    """Does something say that this is no stranger, apart from the password?"""
    paper = factors.paper_code(known.id, known.uid, PaperKind.SIGN_IN, code)
    device = factors.own_device(known.id, door.own_token)
    uid = "" if device is None else device.uid
    if paper is not None:
        uid = f"paper {known.uid}"
    end_read()
    return bool(uid) and guessing.spend_at(uid, now=now)


def by_code(half: Half, code: str, *, door: Door, now: datetime) -> str:
    """The missing factor: a printed code at once, one of an app behind a budget."""
    person = factors.person_of(half.person_uid)
    known = Known(0, "", None) if person is None else Known.of(person)
    if known.kept is None or token_hash(known.kept) != half.proof:
        raise Refused(WRONG)
    paper = factors.paper_code(known.id, known.uid, PaperKind.SIGN_IN, code)
    end_read()
    if paper is not None:
        return _finish(known, code, door, now)
    _check_address(door)
    guessing.spend(known.uid, door.address, kind="code", now=now)
    token = _finish(known, code, door, now)
    guessing.give_back(known.uid, kind="code", now=now)
    return token


def _finish(known: Known, code: str, door: Door, now: datetime) -> str:
    with transaction():
        person = lock_one(Person, known.id)
        if person.password_hash != known.kept or person.status != PersonStatus.ACTIVE:
            raise Refused(WRONG)
        if person.asks_factor:
            use_code(person, code, now)
        return begin(person, door, now)


def use_code(person: Person, typed: str, now: datetime) -> None:
    """Use up a printed code or one of an app, whichever it is."""
    if factors.paper_code(person.id, person.uid, PaperKind.SIGN_IN, typed) is not None:
        papers.use(PaperKind.SIGN_IN, typed, person=person)
        return
    try:
        app_codes.use(typed, person=person, now=now)
    except Refused:
        raise Refused(WRONG_CODE, field="code") from None


def by_passkey(person_id: int, *, door: Door, now: datetime) -> str:
    """Begin for whoever a checked passkey belongs to: it is two factors in one."""
    with transaction():
        person = lock_one(Person, person_id)
        if person.status != PersonStatus.ACTIVE:
            raise Refused(WRONG)
        return begin(person, door, now)


def begin(person: Person, door: Door, now: datetime) -> str:
    """A new sign-in, for whoever has shown who they are."""
    if not person.is_consultant:
        note_sign_in(person, now=now)
    return start_sign_in(
        person,
        now=now,
        device=door.device,
        is_shared=door.is_shared,
        lacks_factor=lacks_factor(person),
    )


def lacks_factor(person: Person) -> bool:
    """Does this account still lack the factor that it needs?"""
    have = factors.factors_of(person.id)
    return rules.lacks_factor(person.kind, passkeys=have.passkeys, others=have.others)
