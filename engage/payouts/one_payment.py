"""One payment as its page shows it; the caller notes the look first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from engage.audit import actions as audit
from engage.core.access import Role
from engage.core.db import db
from engage.core.errors import NotFound
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Payee
from engage.payouts.models import ManualPayment, Payout, PayoutBatch, PayoutItem
from engage.payouts.queries import is_of_entry
from engage.people.models import Person

OPENED = "payout.open"


@dataclass(frozen=True)
class Payment:
    """A payout with its run, what it pays, and what a person recorded of it."""

    payout: Payout
    work: list[tuple[Payable, int | None]]
    manual: ManualPayment | None
    recorder: str | None
    confirmer: str | None

    def was_recorded_by(self, person: Person) -> bool:
        return self.manual is not None and self.manual.recorded_by_id == person.id

    def is_void_asked_by(self, person: Person) -> bool:
        return self.manual is not None and self.manual.void_asked_by_id == person.id


def whose(places: Collection[int], uid: str) -> tuple[str, int]:
    """(subject of the payee, payer) of a payout of these payers, to note a look."""
    row = db.session.execute(
        sa.select(Person.uid, Payee.payer_id)
        .join(Payee, Payee.person_id == Person.id)
        .join(Payout, Payout.payee_id == Payee.id)
        .where(Payout.uid == uid, Payee.payer_id.in_(places))
    ).one_or_none()
    if row is None:
        raise NotFound
    return f"person:{row[0]}", row[1]


def look_at(
    places: Collection[int], uid: str, verb: str = OPENED, *, by: Person, now: datetime
) -> None:
    """Nobody opens a payment before it stands in the payee's list of looks."""
    subject, payer_id = whose(places, uid)
    audit.look(
        verb,
        subject=subject,
        thing=f"payout:{uid}",
        by=by,
        now=now,
        role=Role.FINANCE,
        organization_id=payer_id,
    )


def payment(places: Collection[int], uid: str) -> Payment:
    """One payment of these payers; NotFound for any other."""
    found = payout(places, uid)
    return Payment(found, _work(found.id), *_by_hand(found.id))


def payout(places: Collection[int], uid: str) -> Payout:
    """The same without what it pays and what people recorded of it."""
    found = db.session.scalar(
        sa.select(Payout)
        .join(Payout.batch)
        .where(Payout.uid == uid, PayoutBatch.payer_id.in_(places))
        .options(
            joinedload(Payout.payee),
            joinedload(Payout.batch).joinedload(PayoutBatch.payer),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def _work(payout_id: int) -> list[tuple[Payable, int | None]]:
    rows = db.session.execute(
        sa.select(Payable, HoursEntry.minutes)
        .join(PayoutItem, PayoutItem.payable_id == Payable.id)
        .outerjoin(HoursEntry, is_of_entry())
        .where(PayoutItem.payout_id == payout_id)
        .order_by(Payable.worked_on, Payable.id)
        .options(joinedload(Payable.organization))
    )
    return [(payable, minutes) for payable, minutes in rows]


def _by_hand(payout_id: int) -> tuple[ManualPayment | None, str | None, str | None]:
    recorder, confirmer = aliased(Person), aliased(Person)
    row = db.session.execute(
        sa.select(ManualPayment, recorder.staff_name, confirmer.staff_name)
        .join(recorder, recorder.id == ManualPayment.recorded_by_id)
        .outerjoin(confirmer, confirmer.id == ManualPayment.confirmed_by_id)
        .where(ManualPayment.payout_id == payout_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return (None, None, None) if row is None else (row[0], row[1], row[2])
