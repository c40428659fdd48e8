import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core.db import (
    db,
    insert_missing,
    lock,
    lock_one,
    new_uid,
    transaction,
)
from engage.core.errors import NotFound
from engage.ledger import rules
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableKind
from engage.notices import actions as notices
from engage.people.models import Person

SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def post(
    kind: str, source: str, *, debit: str, credit: str, cents: int, now: datetime
) -> Posting:
    """Add one move of money; the database takes a (kind, source) only once."""
    rules.check_posting(debit, credit, cents)
    posting = Posting(
        kind=kind, source=source, debit=debit, credit=credit, cents=cents, at=now
    )
    db.session.add(posting)
    return posting


def owe(
    kind: PayableKind,
    source: str,
    *,
    payee: Payee,
    organization_id: int,
    funding_line_id: int,
    cents: int,
    worked_on: date,
    due_on: date,
    approved_by_id: int | None,
    now: datetime,
) -> Payable:
    """What is owed and its posting; a source is owed once.

    Runs in the caller's transaction, so that many are written in two statements.
    """
    post(
        rules.OWE,
        source,
        debit=rules.expense(kind),
        credit=rules.payable(payee.handle),
        cents=cents,
        now=now,
    )
    payable = Payable(
        kind=kind,
        source=source,
        payee_id=payee.id,
        payer_id=payee.payer_id,
        organization_id=organization_id,
        funding_line_id=funding_line_id,
        cents=cents,
        worked_on=worked_on,
        due_on=due_on,
        approved_by_id=approved_by_id,
    )
    db.session.add(payable)
    return payable


def payee_for(person_id: int, payer_id: int) -> Payee:
    """The consultant as this payer knows them, made on first use."""
    return payees_for([(person_id, payer_id)])[person_id, payer_id]


def payees_for(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Payee]:
    """Payees by (person, payer) in a fixed number of queries; missing ones are made."""
    wanted = set(pairs)
    found = _found(wanted)
    for person_id, payer_id in sorted(wanted - found.keys()):
        insert_missing(
            Payee,
            uid=new_uid(),
            person_id=person_id,
            payer_id=payer_id,
            handle=new_handle(),
        )
    return found if wanted <= found.keys() else _found(wanted)


def _found(wanted: set[tuple[int, int]]) -> dict[tuple[int, int], Payee]:
    rows = db.session.scalars(
        sa.select(Payee).where(
            sa.tuple_(Payee.person_id, Payee.payer_id).in_(sorted(wanted))
        )
    )
    return {(row.person_id, row.payer_id): row for row in rows}


def new_handle() -> str:
    """Ten random signs that say nothing about the person."""
    return "".join(secrets.choice(SIGNS) for _ in range(10))


def choose_rail(
    payee_id: int,
    rail: str,
    *,
    offered: Iterable[str],
    by: Person,
    now: datetime,
    wait: timedelta = rules.NEW_PLACE_WAITS,
) -> Payee:
    """How one payer sends this person's pay after `wait`; until then as before.

    The way that is in use, chosen again, ends a change at once.
    """
    rules.check_rail(rail, offered)
    with transaction():
        payee = lock_one(Payee, payee_id)
        if payee.person_id != by.id:
            raise NotFound
        if rail == payee.rail:
            payee.rail_next = payee.rail_from = None
        elif rail != payee.rail_next:
            notices.queue_anew(by.id, "new_place", now=now, uid=payee.uid)
            payee.rail_next, payee.rail_from = rail, now + wait
            _take_rail(payee, now)
        audit.record(
            "payee.rail",
            subject=by.subject,
            thing=f"payee:{payee.uid}",
            by=by,
            now=now,
        )
    return payee


def take_rails(now: datetime) -> None:
    """Change to the ways that were chosen long enough ago."""
    with transaction() as session:
        due = sa.select(Payee.id).where(Payee.rail_from <= now)
        for payee in lock(Payee, session.scalars(due)):
            _take_rail(payee, now)


def _take_rail(payee: Payee, now: datetime) -> None:
    if payee.rail_next and payee.rail_from and payee.rail_from <= now:
        payee.rail, payee.rail_next, payee.rail_from = payee.rail_next, None, None
