"""Signing in: the password behind its slow budget, then a factor where there is one."""

from datetime import datetime
from typing import NamedTuple

from engage.core.crypto import token_hash
from engage.core.db import end_read, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.core.limits import within
from engage.people import app_codes, guessing, named, papers, passwords, past
from engage.people import factor_queries as factors
from engage.people import factor_rules as rules
from engage.people.actions import WRONG, note_sign_in, start_sign_in
from engage.people.factor_rules import Device, PaperKind
from engage.people.models import Person
from engage.people.past_models import PastKind
from engage.people.rules import PersonStatus

OWN = {"paper", "device"}
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


def by_password(
    name: str, password: str, code: str, *, door: Door, now: datetime
) -> str | Half:
    """A token, or the half of a sign-in; every no is the same, whoever it is.

    No transaction waits for the hash. A printed code or one's own device is let past
    the budget that strangers share. Names that nobody has take the same steps.
    """
    with passwords.at_the_door():
        known = named.by_name(name)
        budget = _known_by(known, code, door) or Budget(name, "name")
        _spend(budget, door, now)
        with past.wrong_is_noted(known.id or None, door.device, now=now):
            answer = _check(known, password, code, door, now)
        guessing.give_back(*budget, now=now)
    return answer


def _check(
    known: named.Named, password: str, code: str, door: Door, now: datetime
) -> str | Half:
    if not passwords.is_right(password, known.password_hash):
        raise Refused(WRONG)
    if known.asks_factor and not code:
        return Half(known.uid, token_hash(str(known.password_hash)))
    return _finish(known, code, door, now)


class Budget(NamedTuple):
    """Whose tries are counted: a name's, for all strangers, or one known way's."""

    key: str
    kind: str


def _known_by(known: named.Named, code: str, door: Door) -> Budget | None:
    """What says that this is no stranger, apart from the password."""
    paper = factors.paper_code(known.id, known.uid, PaperKind.SIGN_IN, code)
    device = factors.own_device(known.id, door.own_token)
    uid = None if device is None else device.uid
    end_read()
    if paper is not None:
        return Budget(known.uid, "paper")
    return None if uid is None else Budget(uid, "device")


def take_try(name: str, door: Door, now: datetime) -> Budget:
    """A try at the password of a name elsewhere than at the door: of its one budget."""
    budget = Budget(name, "name")
    _spend(budget, door, now)
    return budget


def _spend(budget: Budget, door: Door, now: datetime) -> None:
    if budget.kind in OWN and guessing.spend_own(*budget, now=now):
        return
    if not within(FROM_ONE_ADDRESS, "strangers", door.address):
        raise Refused(FROM_HERE)
    guessing.spend(*budget, door.address, now=now)


def by_code(half: Half, code: str, *, door: Door, now: datetime) -> str:
    """The missing factor: a printed code at once, one of an app behind a budget."""
    known = named.by_uid(half.person_uid)
    if known.password_hash is None or token_hash(known.password_hash) != half.proof:
        raise Refused(WRONG)
    paper = factors.paper_code(known.id, known.uid, PaperKind.SIGN_IN, code)
    end_read()
    if paper is not None:
        return _finish(known, code, door, now)
    budget = Budget(known.uid, "code")
    _spend(budget, door, now)
    with past.wrong_is_noted(known.id, door.device, now=now):
        token = _finish(known, code, door, now)
    guessing.give_back(*budget, now=now)
    return token


def _finish(known: named.Named, code: str, door: Door, now: datetime) -> str:
    with transaction():
        person = lock_one(Person, known.id)
        is_same = person.password_hash == known.password_hash
        if not is_same or person.status != PersonStatus.ACTIVE:
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
    past.note(person.id, PastKind.IN, door.device, now)
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
