"""Ways into an account that a restored copy brings back, and their owner had ended."""

from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db, lock_one, transaction
from engage.engagements import feeds
from engage.notices import actions as notices
from engage.people import contact, having, own_devices, staff
from engage.people.factor_models import PaperCode, Passkey
from engage.people.factor_rules import PaperKind
from engage.people.models import Membership, Person
from engage.people.passwords import NO_HASH
from engage.people.recovery import cancel_all
from engage.people.rules import PersonStatus

# These open an account without its password.
ALONE = (PaperKind.RECOVERY, PaperKind.HELPER)


def end(uid: str, now: datetime) -> None:
    """Codes that open it anew, tries that wait, marked devices; the others are told.

    Which of them is the old one the copy cannot say: new ones are soon printed.
    """
    with transaction() as session:
        person = _locked(uid)
        if person is None:
            return
        cancel_all(person)
        codes = sa.and_(PaperCode.person_id == person.id, PaperCode.kind.in_(ALONE))
        session.execute(sa.delete(PaperCode).where(codes))
        own_devices.forget_all(person.id)
        notices.queue_anew(person.id, "factors", now=now)


def end_all(uid: str, at: datetime, now: datetime) -> None:
    """It was opened anew since: what opened it before is in other hands, or lost.

    What opened it afterwards is not in the copy, so its owner comes back in person.
    """
    with transaction():
        person = _locked(uid)
        if person is None:
            return
        cancel_all(person)
        having.lose_all(person.id)
        feeds.end_for(person.id)
        person.password_hash, person.asks_factor = NO_HASH, False
        person.recovered_at = at


def end_mail(uid: str, now: datetime) -> None:
    """No mail to where it went before: that may be why it was changed."""
    with transaction():
        person = _locked(uid)
        if person is None:
            return
        contact.empty(person)
        notices.look_again(person.id, now=now)


def end_passkey(uid: str, now: datetime) -> None:
    with transaction() as session:
        session.execute(sa.delete(Passkey).where(Passkey.uid == uid))


def end_staff(uid: str, now: datetime) -> None:
    """Whoever was let go since does not come back with the copy."""
    with transaction():
        person = _locked(uid)
        if person is not None and not person.is_consultant:
            person.status = PersonStatus.CLOSED
            staff.take_out(person, now=now)


def end_role(uid: str, at: datetime) -> None:
    live = sa.and_(Membership.uid == uid, Membership.ended_on.is_(None))
    with transaction() as session:
        session.execute(
            sa.update(Membership)
            .where(live)
            .values(ended_on=at.date(), is_second_approver=False)
        )


def _locked(uid: str) -> Person | None:
    found = db.session.scalar(sa.select(Person.id).where(Person.uid == uid))
    return None if found is None else lock_one(Person, found)
