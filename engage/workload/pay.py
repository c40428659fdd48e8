"""What is agreed, owed and paid to somebody, written down for their own guard alone."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engage.audit.actions import record
from engage.core import calendar
from engage.core.db import db, lock, lock_by_key, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.ledger import waiting as clock
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.people.models import Person
from engage.workload import pay_queries
from engage.workload.guard import Guard, GuardKind, check_guard, check_wait
from engage.workload.models_pay import EarningsGuard, ExpectedPay
from engage.workload.work import Pay


def expect(person: Person, group: str, pay: Iterable[Pay]) -> None:
    """Write agreed pay down, or pay held on condition; the person's row is locked."""
    with transaction() as session:
        session.add_all(
            ExpectedPay(
                person_id=person.id,
                group=group,
                source=group,
                payer_id=each.payer_id,
                worked_on=each.day(person.zone),
                due_on=each.due_on,
                cents=each.cents,
            )
            for each in pay
            if each.cents > 0
        )


def no_longer(group: str, *, from_day: date | None = None) -> None:
    """Agreed pay that is not expected any more, all of it or from a day of work on.

    What is owed or paid stays.
    """
    with transaction() as session:
        agreed = sa.delete(ExpectedPay).where(
            ExpectedPay.group == group, ExpectedPay.source == ExpectedPay.group
        )
        if from_day is not None:
            agreed = agreed.where(ExpectedPay.worked_on >= from_day)
        session.execute(agreed)


def owed(
    payable: Payable, *, person: Person, group: str, until: date | None, now: datetime
) -> None:
    """Pay that is owed now takes the place of agreed pay of its group, with the pay
    day that was chosen for it before.

    Runs in the caller's transaction, so that many are written in one statement.
    """
    today = calendar.local_day(now, person.zone)
    if until is not None and until > today:
        _put_off(payable, until, today)
    db.session.add(
        ExpectedPay(
            person_id=person.id,
            group=group,
            source=payable.source,
            payer_id=payable.payer_id,
            worked_on=payable.worked_on,
            due_on=payable.due_on,
            cents=payable.cents,
        )
    )


def _put_off(payable: Payable, until: date, today: date) -> None:
    payable.due_on = clock.put_off(
        payable.due_on, payable.not_before, until=until, today=today
    )
    payable.not_before = until


def arrived(sources: Collection[str], paid_on: date) -> None:
    """Payments of these sources arrived on a day."""
    _set_paid(sources, paid_on)


def came_back(source: str) -> None:
    """A payment was returned or taken back: it is owed once more."""
    _set_paid([source], None)


def _set_paid(sources: Collection[str], paid_on: date | None) -> None:
    with transaction() as session:
        session.execute(
            sa.update(ExpectedPay)
            .where(
                ExpectedPay.source.in_(sources),
                ExpectedPay.source != ExpectedPay.group,
            )
            .values(paid_on=paid_on)
        )


@contextmanager
def _own(person: Person, now: datetime) -> Iterator[Session]:
    """A consultant changes what is theirs: their row locked, one entry, no value.

    The entry is the one of every limit, so that it does not tell that there is a guard.
    """
    with transaction() as session:
        if not lock_one(Person, person.id).is_consultant:
            raise NotFound
        yield session
        thing = f"person:{person.uid}"
        record("limits.set", subject=person.subject, thing=thing, by=person, now=now)


def set_guard(person: Person, guard: Guard, *, now: datetime) -> None:
    """Set one limit, in place of the one of its kind; agreed work is never undone."""
    check_guard(guard)
    with _own(person, now) as session:
        row = lock_by_key(EarningsGuard, (person.id, guard.kind))
        if row is None:
            row = EarningsGuard(person_id=person.id, kind=guard.kind)
            session.add(row)
        row.basis, row.mode, row.most = guard.basis, guard.mode, guard.limit


def remove_guard(person: Person, kind: GuardKind | None, *, now: datetime) -> None:
    """Take a limit away; nothing of it is kept."""
    with _own(person, now) as session:
        row = kind and lock_by_key(EarningsGuard, (person.id, kind))
        if not row:
            raise NotFound
        session.delete(row)


def wait(
    person: Person,
    uids: Collection[str],
    *,
    until: date,
    now: datetime,
) -> None:
    """Move the pay day of waiting or agreed pay to a later one, for who asked for it.

    Reversible until a run has it; the promise stands still meanwhile.
    """
    if not uids:
        raise Refused(N_("Choose at least one line."), field="lines")
    with _own(person, now):
        today = calendar.local_day(now, person.zone)
        check_wait(pay_queries.guards(person), until, today)
        payables, agreed = _own_lines(person, uids, now)
        for payable in payables:
            _put_off(payable, until, today)
        _follow(payables)
        for row in agreed:
            row.not_before = until


def wait_no_longer(person: Person, uid: str, *, now: datetime) -> None:
    """Take a chosen pay day back: the promise runs on from today."""
    with _own(person, now):
        today = calendar.local_day(now, person.zone)
        payables, agreed = _own_lines(person, [uid], now)
        for payable in payables:
            payable.due_on = clock.taken_back(
                payable.due_on, payable.not_before, today=today
            )
            payable.not_before = None
        _follow(payables)
        for row in agreed:
            row.not_before = None


def _own_lines(
    person: Person, uids: Collection[str], now: datetime
) -> tuple[list[Payable], list[ExpectedPay]]:
    """Their payables, locked, and their agreed pay; NotFound for anybody else's."""
    ids = db.session.scalars(
        sa.select(Payable.id)
        .join(Payable.payee)
        .where(Payable.uid.in_(uids), Payee.person_id == person.id)
    ).all()
    payables = list(lock(Payable, ids))
    if any(row.status is not PayableStatus.WAITING for row in payables):
        raise Refused(
            N_("A payment of this is being prepared. Its day stays as it is."),
            field="lines",
        )
    every = pay_queries.coming(person, now)
    agreed = [one.row for one in every if one.row.uid in uids]
    if len(payables) + len(agreed) != len(set(uids)):
        raise NotFound
    return payables, agreed


def _follow(payables: Iterable[Payable]) -> None:
    """The guard counts money where it is promised now."""
    for payable in payables:
        db.session.execute(
            sa.update(ExpectedPay)
            .where(
                ExpectedPay.source == payable.source,
                ExpectedPay.source != ExpectedPay.group,
            )
            .values(due_on=payable.due_on)
        )
