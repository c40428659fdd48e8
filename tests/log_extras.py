"""Exceptions that crawlers see: one that is open, and one that waits for a yes."""

from datetime import timedelta

import sqlalchemy as sa

from engage.core.access import Role
from engage.core.db import db, transaction
from engage.demo.year import Year
from engage.ledger.models import Payee
from engage.looks import openings
from engage.looks.models import Opening
from engage.looks.rules import Reason
from engage.people import past
from engage.people.factor_rules import Device
from engage.people.models import Person
from engage.people.past_models import PastKind
from tests import make, pages


def play(year: Year) -> None:
    """Asked by the usual administrator, whose second is there for nothing else."""
    one = db.session.get_one(Person, pages.person_of(Role.ADMINISTRATOR))
    other = make.staff(staff_name="Noor Haddad")
    handle = db.session.scalars(
        sa.select(Payee.handle)
        .where(Payee.person_id == pages.person_of(Role.CONSULTANT))
        .order_by(Payee.id)
        .limit(1)
    ).one()
    for name in (handle, "somebody"):
        row = openings.ask(name=name, reason=Reason.LAW, by=one, now=year.now)
        if name == handle:
            openings.agree(row.id, held=lambda _: None, by=other, now=year.now)
            keep_open(row)
    for role in (Role.CONSULTANT, Role.ADMINISTRATOR):
        who = pages.person_of(role)
        past.note(who, PastKind.WRONG, Device.PHONE, year.now)
        past.note(who, PastKind.IN, Device.COMPUTER, year.now)


def keep_open(row: Opening) -> None:
    """Tests of all pages take longer than half an hour."""
    with transaction():
        row.ends_at = row.asked_at + timedelta(days=3)
