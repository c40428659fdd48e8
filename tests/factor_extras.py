"""Ways to sign in that crawlers see: a passkey, sheets, an app, a marked device."""

import pyotp

from engage.core.access import Role
from engage.core.crypto import token_hash
from engage.core.db import db, new_uid, transaction
from engage.demo.year import Year
from engage.people import app_codes, contact, papers, recovery
from engage.people.contact_rules import Wish
from engage.people.factor_models import OwnDevice, Passkey
from engage.people.factor_rules import PaperKind
from engage.people.models import Person
from engage.people.rules import SafeContact
from tests import pages


def play(year: Year) -> None:
    """Of the usual consultant, whose app is not set up yet, and of one who is all set,
    gets mail, and is asked whether to stop being opened anew."""
    usual = db.session.get_one(Person, pages.person_of(Role.CONSULTANT))
    other = next(each for each in year.cast.consultants if each.id != usual.id)
    for person in (usual, other):
        _keep(person, year)
        for kind in PaperKind:
            papers.print_anew(kind, by=person, now=year.now)
        app_codes.begin(by=person, now=year.now)
    seed = app_codes.seed_of(other)
    assert seed is not None
    app_codes.switch_on(pyotp.TOTP(seed).at(year.now), by=other, now=year.now)
    wish = Wish(SafeContact.EMAIL, "mailbox@example.org")
    contact.save(other.id, wish, by=other, now=year.now)
    (code,) = papers.print_anew(PaperKind.HELPER, by=other, now=year.now)
    way = recovery.Way(other.uid, opens=False, code=code, starts=True)
    recovery.start_by_helper(way, now=year.now)


def _keep(person: Person, year: Year) -> None:
    with transaction() as session:
        session.add(
            Passkey(
                person_id=person.id,
                credential_id=new_uid().encode(),
                public_key=b"none",
                sign_count=0,
                host="localhost",
                is_synced=True,
                added_at=year.now,
                used_at=year.now,
            )
        )
        session.add(
            OwnDevice(
                person_id=person.id,
                token_hash=token_hash(new_uid()),
                marked_on=year.now.date(),
            )
        )
