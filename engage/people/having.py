"""What follows from having a factor: the password alone signs in no more."""

from datetime import datetime

import sqlalchemy as sa

from engage.audit.actions import record
from engage.core.db import transaction
from engage.notices import actions as notices
from engage.people import factor_queries as queries
from engage.people import factor_rules as rules
from engage.people import own_devices, taken_back
from engage.people.factor_models import AppCode, PaperCode, Passkey
from engage.people.models import Person, SignIn


def note(person: Person, verb: str, thing: str, *, now: datetime) -> None:
    """After a change of somebody's factors, in its transaction: audited and told of.

    Open sign-ins that only waited for a factor may go on.
    """
    with transaction() as session:
        session.flush()
        have = queries.factors_of(person.id)
        person.asks_factor = person.asks_factor or bool(have)
        if not rules.lacks_factor(
            person.kind, passkeys=have.passkeys, others=have.others
        ):
            session.execute(
                sa.update(SignIn)
                .where(SignIn.person_id == person.id, SignIn.lacks_factor)
                .values(lacks_factor=False)
            )
        record(verb, subject=person.subject, thing=thing, by=person, now=now)
        taken_back.note(taken_back.WAYS, person, now=now)
        notices.queue_anew(person.id, "factors", now=now)


def lose_all(person_id: int) -> None:
    """Every factor and marked device of somebody goes, in the caller's transaction."""
    with transaction() as session:
        for model in (Passkey, AppCode, PaperCode):
            session.execute(sa.delete(model).where(model.person_id == person_id))
        own_devices.forget_all(person_id)
