"""What the tests of the earnings guard share: a limit, owed work, what is expected."""

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db
from engage.ledger.models import Payable
from engage.people.models import Person
from engage.workload import pay, pay_queries
from engage.workload.guard import Basis, Guard, GuardKind, GuardMode
from engage.workload.models_pay import ExpectedPay
from tests.hours import work as agreeing


def month(most: int = 1_000_00, basis: Basis = Basis.PAID) -> Guard:
    return Guard(GuardKind.MONTH, basis, GuardMode.WARN, most)


def expected(who: Person) -> list[ExpectedPay]:
    return list(
        db.session.scalars(
            sa.select(ExpectedPay)
            .where(ExpectedPay.person_id == who.id)
            .order_by(ExpectedPay.worked_on, ExpectedPay.id)
            .execution_options(populate_existing=True)
        )
    )


def counted(who: Person, now=None) -> int:
    found = pay_queries.own_earnings(who, now or clock.now())
    return sum(row.cents for row in found.pay)


def breaking(monkeypatch):
    """The audit entry, the last that is written, cannot be."""

    def fail(*args, **values):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(pay, "record", fail)


def owed_work():
    """Approved hours that are owed, as the guard has them."""
    work = agreeing.agreed(clock.now())
    agreeing.approve(work, agreeing.log(work))
    payable = db.session.scalars(sa.select(Payable)).one()
    return work, payable
