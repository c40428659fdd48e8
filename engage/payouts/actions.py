"""What finance people do with a batch: prepare, release, cancel, try again."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime

from engage.audit import actions as audit
from engage.core.calendar import local_day
from engage.core.db import db, lock, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.ledger import rules as ledger
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableStatus
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.payouts import first_live, queries, rules, weighing, year_actions
from engage.payouts.models import Payout, PayoutBatch, PayoutItem
from engage.payouts.rails.table import is_live, rail_for, rail_of
from engage.payouts.rules import (
    BatchStatus,
    Caps,
    PayoutStatus,
    RailName,
    RepeatedAmount,
)
from engage.people.models import Person

MOST_LINES = 150  # what one form may carry
STOPPABLE = {PayoutStatus.DRAFT, PayoutStatus.QUEUED, PayoutStatus.BLOCKED}


def prepare(
    payer: Organization, payable_uids: Collection[str], *, by: Person, now: datetime
) -> PayoutBatch:
    """Put what waits into one payout for each payee; a second person releases it."""
    if not payable_uids:
        raise Refused(N_("Tick at least one line."), field="payables")
    with transaction() as session:
        payables = _lock_waiting(payer, payable_uids, local_day(now, payer.zone))
        batch = PayoutBatch(payer_id=payer.id, prepared_by_id=by.id, prepared_at=now)
        session.add(batch)
        session.flush()
        by_payee: dict[int, list[Payable]] = defaultdict(list)
        for payable in payables:
            payable.status = ledger.after(payable.status, "take")
            by_payee[payable.payee_id].append(payable)
        for payee in queries.payees(by_payee):
            _add_payout(batch, payee, by_payee[payee.id])
        session.flush()
        others = queries.others_in_finance(payer.id, by.id)
        notices.queue_once(others, "batch", now=now)
        _record("prepare", batch, payer, by=by, now=now)
    return batch


def _lock_waiting(
    payer: Organization, uids: Collection[str], today: date
) -> list[Payable]:
    ids = queries.payable_ids(payer.id, uids)
    payables = list(lock(Payable, ids))
    is_whole = len(payables) == len(set(uids))
    if not is_whole or any(p.status is not PayableStatus.WAITING for p in payables):
        raise Refused(
            N_("Some of this went into another run meanwhile. Look at the list again.")
        )
    if any(p.pay_cents == 0 for p in payables):
        raise Refused(
            N_("The payee takes none of some of this. Look at the list again.")
        )
    if any(p.not_before is not None and p.not_before > today for p in payables):
        raise Refused(
            N_("The payee chose a later day for some of this. Look at the list again.")
        )
    return payables


def _add_payout(batch: PayoutBatch, payee: Payee, payables: list[Payable]) -> None:
    rail = rail_for(payee)
    payout = Payout(
        batch_id=batch.id,
        payee_id=payee.id,
        rail=rail.name,
        is_live=rail.name is RailName.STRIPE and is_live(),
        cents=sum(payable.pay_cents for payable in payables),
        destination=rail.destination(payee),
    )
    db.session.add(payout)
    db.session.flush()
    db.session.add_all(
        PayoutItem(payout_id=payout.id, payable_id=payable.id, cents=payable.pay_cents)
        for payable in payables
    )


def release(
    batch_id: int,
    *,
    by: Person,
    now: datetime,
    caps: Caps,
    no_interest: bool,
    repeated: RepeatedAmount = RepeatedAmount.NONE,
) -> PayoutBatch:
    """The second person's yes: freezes what goes out, and queues it.

    `repeated`: why an amount is right that the same payee got just before.
    """
    with transaction():
        # One release of a payer at a time, so that each weighs what the other took.
        lock_one(Organization, queries.payer_of(batch_id))
        batch = lock_one(PayoutBatch, batch_id)
        payouts = lock(Payout, queries.payout_ids(batch.id))
        approved = rules.batch_after(batch.status, "approve")
        _check_release(batch, by=by, no_interest=no_interest)
        batch.repeated = repeated
        _check_content(batch, payouts, caps, now=now)
        batch.content_hash = rules.content_hash(weighing.release_lines(batch.id))
        batch.released_by_id, batch.released_at = by.id, now
        batch.status = approved
        for payout in payouts:
            payout.status = rules.after(payout.status, "approve")
            payout.status = rules.after(payout.status, "queue")
            _hold_if_not_ready(payout)
        by_hand = [each.payee_id for each in payouts if each.rail is RailName.MANUAL]
        payees = [payee.person_id for payee in queries.payees(by_hand)]
        notices.queue_once(payees, "by_hand", now=now)
        db.session.flush()
        year_actions.tell_of_forms(batch, _payer(batch), now=now)
        _record("release", batch, _payer(batch), by=by, now=now)
    return batch


def _check_release(batch: PayoutBatch, *, by: Person, no_interest: bool) -> None:
    rules.check_release(
        batch.prepared_by_id,
        by.id,
        weighing.approver_ids(batch.id),
        interested_ids=() if no_interest else (by.id,),
    )


def _check_content(
    batch: PayoutBatch,
    payouts: Iterable[Payout],
    caps: Caps,
    *,
    now: datetime,
) -> None:
    weighing.check_sums(batch.id)
    if weighing.moved_away(batch.id):
        raise Refused(
            N_(
                "A payee changed how to be paid after this run was prepared. "
                "Cancel it and prepare it again."
            )
        )
    weighing.check_caps(batch.payer_id, payouts, caps, now)
    if first_live.too_many_live(payouts):
        raise Refused(
            N_(
                "The first run with real money holds one payment, so that you see it "
                "arrive. Cancel this run and prepare a small one first."
            )
        )
    first_live.check_first_live(payouts)
    if batch.repeated is RepeatedAmount.NONE and weighing.repeats(batch.id, now):
        raise Refused(
            N_("Look at the repeated amounts, and say why they are right."),
            field="repeated",
        )


def _hold_if_not_ready(payout: Payout) -> None:
    reason = rail_of(payout.rail).blocked(payout.destination)
    if reason:
        payout.status = rules.after(payout.status, "block")
        payout.blocked_reason = reason


def cancel(batch_id: int, *, by: Person, now: datetime) -> PayoutBatch:
    """Give back what has not gone out; what was sent stays sent."""
    with transaction():
        batch = lock_one(PayoutBatch, batch_id)
        payouts = lock(Payout, queries.payout_ids(batch.id))
        unsure = queries.open_attempts([payout.id for payout in payouts])
        stopped = [p for p in payouts if p.status in STOPPABLE and p.id not in unsure]
        if not stopped:
            raise Refused(N_("Nothing in this run can be cancelled any more."))
        give_back(stopped, "cancel")
        if all(payout.status is PayoutStatus.CANCELLED for payout in payouts):
            batch.status = rules.batch_after(batch.status, "cancel")
        _record("cancel", batch, _payer(batch), by=by, now=now)
    return batch


def give_back(payouts: Collection[Payout], move: str) -> None:
    """Take payouts out by that move; what they were to pay waits again."""
    for payout in payouts:
        payout.status = rules.after(payout.status, move)
        payout.blocked_reason = ""
    items = queries.active_items([payout.id for payout in payouts])
    for payable in lock(Payable, [item.payable_id for item in items]):
        payable.status = ledger.after(payable.status, "release")
    for item in items:
        item.is_active = False
    db.session.flush()


def retry(batch_id: int, *, by: Person, now: datetime) -> PayoutBatch:
    """Queue again what is on hold or waits for a person; sending looks it up first."""
    with transaction():
        batch = lock_one(PayoutBatch, batch_id)
        if batch.status is not BatchStatus.APPROVED:
            raise Refused(N_("This run was not released."))
        weighing.check_sums(batch.id)
        rules.check_hash(weighing.release_lines(batch.id), batch.content_hash)
        moves = {PayoutStatus.BLOCKED: "unblock", PayoutStatus.NEEDS_PERSON: "retry"}
        for payout in lock(Payout, queries.payout_ids(batch.id)):
            if payout.status in moves:
                was_held = payout.status is PayoutStatus.BLOCKED
                if was_held:
                    payout.not_before = None  # else a lost call may still be on its way
                payout.status = rules.after(payout.status, moves[payout.status])
                payout.blocked_reason, payout.failures = "", 0
                payout.is_end_asked = False
                if was_held:
                    _hold_if_not_ready(payout)
        _record("retry", batch, _payer(batch), by=by, now=now)
    return batch


def _payer(batch: PayoutBatch) -> Organization:
    return db.session.get_one(Organization, batch.payer_id)


def _record(
    verb: str, batch: PayoutBatch, payer: Organization, *, by: Person, now: datetime
) -> None:
    audit.record(
        f"payout_batch.{verb}",
        subject=f"organization:{payer.uid}",
        thing=f"payout_batch:{batch.uid}",
        by=by,
        now=now,
        role="finance",
        organization_id=payer.id,
    )
