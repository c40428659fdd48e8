"""Limits on pay that crawlers see: on the busiest consultant, and pay that waits."""

import sqlalchemy as sa

from engage.core.access import Role
from engage.core.calendar import DAY, local_day
from engage.core.db import db, transaction
from engage.demo.year import Year
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.people.models import Person
from engage.workload import pay
from engage.workload.guard import Basis, Guard, GuardKind, GuardMode
from tests import pages


def play(year: Year) -> None:
    """A limit of each kind, and one payment whose payee wants it next month."""
    busiest = db.session.get_one(Person, pages.person_of(Role.CONSULTANT))
    for kind, most in (
        (GuardKind.MONTH, 1_690_00),
        (GuardKind.YEAR, 9_000_00),
        (GuardKind.PAYMENTS, 3),
    ):
        guard = Guard(kind, Basis.PAID, GuardMode.WARN, most)
        pay.set_guard(busiest, guard, sure=True, now=year.now)
    _wait(year)


def _wait(year: Year) -> None:
    """One line each of two payees, so that finance still has others to prepare."""
    found = db.session.execute(
        sa.select(Payable.uid, Person)
        .join(Payee, Payee.id == Payable.payee_id)
        .join(Person, Person.id == Payee.person_id)
        .where(Payable.status == PayableStatus.WAITING)
        .order_by(Payable.id.desc())
        .limit(2)
    ).all()
    with transaction():
        for uid, person in found:
            guard = Guard(GuardKind.YEAR, Basis.PAID, GuardMode.WARN, 20_000_00)
            pay.set_guard(person, guard, sure=True, now=year.now)
            until = local_day(year.now, person.zone) + 30 * DAY
            pay.wait(person, [uid], until=until, now=year.now)
