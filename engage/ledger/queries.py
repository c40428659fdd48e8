from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from engage.core.db import db
from engage.core.errors import NotFound
from engage.ledger import rules
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableKind, PayableStatus
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
    places, years = _places(payees), _years(payees)
    return [
        Account(
            payee,
            earned_cents=sums[payee.handle].earned_cents,
            paid_cents=sums[payee.handle].paid_cents,
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
    return (
        sa.select(Payable)
        .join(Payable.payee)
        .where(Payee.person_id == person.id)
        .order_by(Payable.worked_on.desc(), Payable.id.desc())
        .options(
            contains_eager(Payable.payee).joinedload(Payee.payer),
            joinedload(Payable.organization),
        )
    )


def all_lines(person: Person) -> list[Payable]:
    """The same without pages, for a download."""
    return list(db.session.scalars(lines(person)))


def of_sources(sources: Collection[str]) -> dict[str, Payable]:
    """What is owed for these sources, by source; one that earned nothing is absent."""
    found = db.session.scalars(sa.select(Payable).where(Payable.source.in_(sources)))
    return {payable.source: payable for payable in found}


@dataclass
class Sums:
    """Credits and debits of one payee's own accounts; owed is what is between them."""

    earned_cents: int = 0
    paid_cents: int = 0

    @property
    def owed_cents(self) -> int:
        return self.earned_cents - self.paid_cents


def owed(handles: Collection[str]) -> dict[str, Sums]:
    """Sums of the ledger by handle, in one query; a payment that came back is unpaid.

    Earned is what `owe` posted (less what was reversed); paid is the rest of the
    account's moves, so that earned - paid is the balance of the accounts.
    """
    accounts = {rules.payable(one): one for one in handles}
    accounts |= {rules.returned(one): one for one in handles}
    found: dict[str, Sums] = defaultdict(Sums)
    for account, kind, cents in db.session.execute(_sides(accounts)):
        own = found[accounts[account]]
        if kind in (rules.OWE, rules.UNOWE):
            own.earned_cents += int(cents)
        else:
            own.paid_cents -= int(cents)
    return found


def _sides(accounts: Iterable[str]) -> sa.CompoundSelect[str, str, int]:
    """(account, kind of posting, credits less debits) of each account."""
    names = sorted(accounts)
    return sa.union_all(
        sa.select(Posting.credit, Posting.kind, sa.func.sum(Posting.cents))
        .where(Posting.credit.in_(names))
        .group_by(Posting.credit, Posting.kind),
        sa.select(Posting.debit, Posting.kind, -sa.func.sum(Posting.cents))
        .where(Posting.debit.in_(names))
        .group_by(Posting.debit, Posting.kind),
    )


def _places(payees: Collection[Payee]) -> dict[int, list[Place]]:
    rows = db.session.execute(
        sa.select(
            Payable.payee_id,
            Organization.name,
            sa.func.sum(Payable.cents),
            sa.func.sum(
                sa.case((Payable.status == PayableStatus.PAID, Payable.cents), else_=0)
            ),
        )
        .join(Payable.organization)
        .where(Payable.payee_id.in_([payee.id for payee in payees]))
        .group_by(Payable.payee_id, Organization.name)
        .order_by(Organization.name)
    )
    found: dict[int, list[Place]] = defaultdict(list)
    for payee_id, name, earned, paid in rows:
        found[payee_id].append(Place(name, int(earned), int(paid)))
    return found


def _years(payees: Collection[Payee]) -> dict[int, list[Year]]:
    year = sa.extract("year", Payable.paid_on)
    rows = db.session.execute(
        sa.select(
            Payable.payee_id,
            year,
            Payable.kind,
            sa.func.sum(Payable.cents),
        )
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


def problems() -> list[str]:
    """What does not hold in the ledger, one sentence each; empty when all is well."""
    return [*_unposted(), *_unowed(), *_unsound(), *_out_of_step()]


def _unposted() -> list[str]:
    posting = sa.and_(
        Posting.kind == rules.OWE,
        Posting.source == Payable.source,
        Posting.cents == Payable.cents,
        Posting.credit == "payable:" + Payee.handle,
    )
    rows = db.session.scalars(
        sa.select(Payable.uid)
        .join(Payable.payee)
        .outerjoin(Posting, posting)
        .where(Posting.id.is_(None))
        .order_by(Payable.id)
    )
    return [f"payable {uid} has no posting of its amount and payee" for uid in rows]


def _unowed() -> list[str]:
    rows = db.session.scalars(
        sa.select(Posting.uid)
        .outerjoin(Payable, Payable.source == Posting.source)
        .where(Posting.kind == rules.OWE, Payable.id.is_(None))
        .order_by(Posting.id)
    )
    return [f"posting {uid} owes what no payable holds" for uid in rows]


def _unsound() -> list[str]:
    rows = db.session.scalars(
        sa.select(Posting.uid)
        .where(sa.or_(Posting.cents <= 0, Posting.debit == Posting.credit))
        .order_by(Posting.id)
    )
    return [f"posting {uid} moves nothing" for uid in rows]


def _out_of_step() -> list[str]:
    """What the ledger owes a payee lies between what waits and what may be on its way.

    A payment is posted as sent before its payables read paid.
    """
    waiting = sa.case((Payable.status == PayableStatus.WAITING, Payable.cents), else_=0)
    open_ = sa.case((Payable.status != PayableStatus.PAID, Payable.cents), else_=0)
    rows = list(
        db.session.execute(
            sa.select(Payee.handle, sa.func.sum(waiting), sa.func.sum(open_))
            .join(Payable, Payable.payee_id == Payee.id)
            .group_by(Payee.handle)
            .order_by(Payee.handle)
        )
    )
    sums = owed([handle for handle, _, _ in rows])
    return [
        f"payee {handle} is owed {sums[handle].owed_cents} cents by the ledger,"
        f" and {least} to {most} by what waits for them"
        for handle, least, most in rows
        if not int(least) <= sums[handle].owed_cents <= int(most)
    ]
