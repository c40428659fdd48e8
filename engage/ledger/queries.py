from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, with_expression

from engage.core.db import db
from engage.core.errors import NotFound
from engage.ledger import given_up
from engage.ledger.balances import owed as owed
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableKind, PayableStatus
from engage.ledger.soundness import problems as problems
from engage.organizations.models import Organization
from engage.people.models import Person

NOT_INCOME = (PayableKind.EXPENSE, PayableKind.ADVANCE)


@dataclass
class Year:
    """What one payer paid in a calendar year, by the day it was paid."""

    year: int
    pay_cents: int = 0
    given_back_cents: int = 0


@dataclass
class Place:
    """What was earned with one organization, and how much of it was paid."""

    name: str
    earned_cents: int = 0
    paid_cents: int = 0

    @property
    def owed_cents(self) -> int:
        return self.earned_cents - self.paid_cents


@dataclass
class Account:
    """One payer's side of the consultant's statement; all three sums are the ledger's.

    `paid_cents` is what was sent and did not come back.
    """

    payee: Payee
    earned_cents: int = 0
    paid_cents: int = 0
    costs_cents: int = 0
    costs_paid_cents: int = 0
    places: list[Place] = field(default_factory=list)
    years: list[Year] = field(default_factory=list)

    @property
    def payer(self) -> str:
        return self.payee.payer.name

    @property
    def owed_cents(self) -> int:
        return self.earned_cents - self.paid_cents


def statement(person: Person) -> list[Account]:
    """The consultant's own accounts, one for each payer, in four queries."""
    payees = payees_of(person)
    sums = owed([payee.handle for payee in payees])
    (places, costs), years = _places(payees), _years(payees)
    return [
        Account(
            payee,
            earned_cents=sums[payee.handle].earned_cents,
            paid_cents=sums[payee.handle].paid_cents,
            costs_cents=costs[payee.id].earned_cents,
            costs_paid_cents=costs[payee.id].paid_cents,
            places=places[payee.id],
            years=years[payee.id],
        )
        for payee in payees
    ]


def payees_of(person: Person) -> list[Payee]:
    """How each payer knows this person, with the payer, by its name."""
    return list(
        db.session.scalars(
            sa.select(Payee)
            .join(Payee.payer)
            .where(Payee.person_id == person.id)
            .order_by(Organization.name)
            .options(contains_eager(Payee.payer))
        )
    )


def own_payee(person: Person, uid: str) -> Payee:
    """One of the person's own handles; anybody else's is not found."""
    payee = db.session.scalar(
        sa.select(Payee)
        .where(Payee.uid == uid, Payee.person_id == person.id)
        .options(joinedload(Payee.payer))
    )
    if payee is None:
        raise NotFound
    return payee


def lines(person: Person) -> sa.Select[Payable]:
    """Everything owed or paid to this person, newest work first, for paging."""
    off = given_up.off()
    return (
        sa.select(Payable)
        .join(Payable.payee)
        .outerjoin(off, given_up.is_of(off))
        .where(Payee.person_id == person.id)
        .order_by(Payable.worked_on.desc(), Payable.id.desc())
        .options(
            contains_eager(Payable.payee).joinedload(Payee.payer),
            joinedload(Payable.organization),
            with_expression(Payable.off_cents, given_up.cents_of(off)),
        )
        .execution_options(populate_existing=True)
    )


def all_lines(person: Person, year: int | None = None) -> list[Payable]:
    """The same without pages, for a download; of a year what was paid in it."""
    query = lines(person)
    if year is not None:
        days = date(year, 1, 1), date(year, 12, 31)
        query = query.where(Payable.paid_on.between(*days))
    return list(db.session.scalars(query))


def of_sources(sources: Collection[str]) -> dict[str, Payable]:
    """What is owed for these sources, by source; one that earned nothing is absent."""
    found = db.session.scalars(sa.select(Payable).where(Payable.source.in_(sources)))
    return {payable.source: payable for payable in found}


def _places(
    payees: Collection[Payee],
) -> tuple[dict[int, list[Place]], dict[int, Place]]:
    """Pay by organization, and costs of each payee in one: they are no pay."""
    off = given_up.off()
    left = Payable.cents - given_up.cents_of(off)
    paid = sa.case((Payable.status == PayableStatus.PAID, left), else_=0)
    is_cost = Payable.kind.in_(NOT_INCOME)
    rows = db.session.execute(
        sa.select(
            Payable.payee_id,
            Organization.name,
            is_cost,
            sa.func.sum(left),
            sa.func.sum(paid),
        )
        .join(Payable.organization)
        .outerjoin(off, given_up.is_of(off))
        .where(Payable.payee_id.in_([payee.id for payee in payees]))
        .group_by(Payable.payee_id, Organization.name, is_cost)
        .order_by(Organization.name)
    )
    found: dict[int, list[Place]] = defaultdict(list)
    costs: dict[int, Place] = defaultdict(lambda: Place(""))
    for payee_id, name, of_costs, earned, got in rows:
        if of_costs:
            costs[payee_id].earned_cents += int(earned)
            costs[payee_id].paid_cents += int(got)
        else:
            found[payee_id].append(Place(name, int(earned), int(got)))
    return found, costs


def _years(payees: Collection[Payee]) -> dict[int, list[Year]]:
    year, off = sa.extract("year", Payable.paid_on), given_up.off()
    rows = db.session.execute(
        sa.select(
            Payable.payee_id,
            year,
            Payable.kind,
            sa.func.sum(Payable.cents - given_up.cents_of(off)),
        )
        .outerjoin(off, given_up.is_of(off))
        .where(
            Payable.payee_id.in_([payee.id for payee in payees]),
            Payable.paid_on.is_not(None),
        )
        .group_by(Payable.payee_id, year, Payable.kind)
        .order_by(year.desc())
    )
    found: dict[int, dict[int, Year]] = defaultdict(dict)
    for payee_id, paid_in, kind, cents in rows:
        own = found[payee_id].setdefault(int(paid_in), Year(int(paid_in)))
        if kind in NOT_INCOME:
            own.given_back_cents += int(cents)
        else:
            own.pay_cents += int(cents)
    return defaultdict(
        list, {key: list(value.values()) for key, value in found.items()}
    )
