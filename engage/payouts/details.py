"""What a payee gives so that one payment can be made by hand: sealed, soon erased."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.ledger.models import Payee
from engage.notices import actions as notices
from engage.payouts import queries
from engage.payouts.models import ManualPayment, Payout
from engage.payouts.models_accounts import key_of
from engage.payouts.models_after import PayeeDetail
from engage.payouts.references import check_details
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.models import Person

KEPT = timedelta(days=30)  # after the payment was confirmed
OPEN = (PayoutStatus.QUEUED, PayoutStatus.SENT)  # to be recorded, to be confirmed


def own_open(person: Person) -> list[Payout]:
    """Payments by hand to this person that somebody still has to make or confirm."""
    return list(
        db.session.scalars(
            _open().where(Payee.person_id == person.id).order_by(Payout.id)
        )
    )


def own(person: Person, uid: str) -> tuple[Payout, str]:
    """One of them, with what the person gave for it so far."""
    payout = db.session.scalar(
        _open().where(Payee.person_id == person.id, Payout.uid == uid)
    )
    if payout is None:
        raise NotFound
    row = of_payout(payout.id)
    return payout, (row and row.read(person.subject)) or ""


def _open() -> sa.Select[Payout]:
    return (
        sa.select(Payout)
        .join(Payout.payee)
        .where(Payout.rail == RailName.MANUAL, Payout.status.in_(OPEN))
        .options(sa.orm.joinedload(Payout.payee).joinedload(Payee.payer))
    )


def of_payout(payout_id: int) -> PayeeDetail | None:
    return db.session.scalar(
        sa.select(PayeeDetail)
        .where(PayeeDetail.payout_id == payout_id)
        .execution_options(populate_existing=True)
    )


def give(payout_id: int, text: str, *, by: Person, now: datetime) -> Payout:
    """The payee's own words for this one payment; nothing to say erases what was."""
    text = check_details(text) if text.strip() else ""
    with transaction() as session:
        payout = lock_one(Payout, payout_id)
        payee = session.get_one(Payee, payout.payee_id)
        if payee.person_id != by.id:
            raise NotFound
        if payout.status not in OPEN or payout.rail is not RailName.MANUAL:
            raise Refused(N_("This payment needs nothing from you any more."))
        row = of_payout(payout.id)
        if row is None:
            row = PayeeDetail(payout_id=payout.id, person_id=by.id)
            session.add(row)
        if text:
            row.write(by.subject, text)
            row.given_at, row.erased_at = now, None
            finance = queries.finance(payee.payer_id)
            notices.queue_once(finance, "payee_details", now=now)
            notices.queue_anew(by.id, "new_place", now=now, uid=payee.uid)
        else:
            row.text_sealed, row.erased_at = None, now
        _record("give" if text else "erase", row, payee, by=by, now=now)
    return payout


def shown(payout: Payout, payee: Payee) -> str | None:
    """For who has to make or confirm this payment, and only until then; the caller
    notes the look first."""
    if payout.rail is not RailName.MANUAL or payout.status not in OPEN:
        raise NotFound
    row = of_payout(payout.id)
    person = db.session.get_one(Person, payee.person_id)
    is_erased = not person.sign_in_sealed
    key = key_of(payee.id) if is_erased else person.subject
    return row.read(key) if row else None


def is_given(payout: Payout) -> bool:
    """Is there anything to open? Says nothing of what it is."""
    if payout.rail is not RailName.MANUAL or payout.status not in OPEN:
        return False
    row = of_payout(payout.id)
    return row is not None and row.text_sealed is not None


def forget(*, now: datetime) -> int:
    """Erase what was given for payments confirmed long ago, or never to be made."""
    ended = (PayoutStatus.CANCELLED, PayoutStatus.RETURNED)
    with transaction() as session:
        rows = session.scalars(
            sa.select(PayeeDetail)
            .join(PayeeDetail.payout)
            .outerjoin(ManualPayment, ManualPayment.payout_id == Payout.id)
            .where(
                PayeeDetail.text_sealed.is_not(None),
                sa.or_(
                    Payout.status.in_(ended), ManualPayment.confirmed_at <= now - KEPT
                ),
            )
        ).all()
        for row in rows:
            row.text_sealed, row.erased_at = None, now
    return len(rows)


def _record(
    verb: str, row: PayeeDetail, payee: Payee, *, by: Person, now: datetime
) -> None:
    audit.record(
        f"payee_detail.{verb}",
        subject=by.subject,
        thing=f"payee_detail:{row.uid}",
        by=by,
        now=now,
        organization_id=payee.payer_id,
    )
