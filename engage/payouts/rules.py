import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from engage.core.errors import N_, Refused
from engage.core.money import Money
from engage.payouts.references import check_reference as check_reference
from engage.payouts.resend import Outcome as Outcome
from engage.payouts.resend import Resend as Resend
from engage.payouts.resend import may_resend as may_resend
from engage.payouts.resend import next_attempt_wait as next_attempt_wait


class BatchStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class PayoutStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    PAID = "paid"
    BLOCKED = "blocked"
    RETURNED = "returned"
    NEEDS_PERSON = "needs_person"
    CANCELLED = "cancelled"


ENDED = (PayoutStatus.PAID, PayoutStatus.RETURNED, PayoutStatus.CANCELLED)


class RailName(StrEnum):
    DEMO = "demo"
    MANUAL = "manual"
    STRIPE = "stripe"


# Rails that the worker calls; on others a person pays.
AUTOMATIC = (RailName.DEMO, RailName.STRIPE)


class ManualKind(StrEnum):
    CHECK = "check"
    ACH = "ach"
    PREPAID_CARD = "prepaid_card"
    GIFT_CARD = "gift_card"
    CASH = "cash"


class RepeatedAmount(StrEnum):
    """Why an amount is right that the same payee got just before."""

    NONE = "none"
    SAME_PAY = "same_pay"
    OTHER_WORK = "other_work"
    CAME_BACK = "came_back"


class RepeatedReference(StrEnum):
    """Why two payments of a payer carry one reference."""

    NONE = "none"
    ONE_ORDER = "one_order"
    NEW_SERIES = "new_series"


BATCH_MOVES: dict[tuple[BatchStatus, str], BatchStatus] = {
    (BatchStatus.DRAFT, "approve"): BatchStatus.APPROVED,
    (BatchStatus.DRAFT, "cancel"): BatchStatus.CANCELLED,
    (BatchStatus.APPROVED, "cancel"): BatchStatus.CANCELLED,
}

# Nothing leads from sent or paid back to queued: paying again is a new payout.
MOVES: dict[tuple[PayoutStatus, str], PayoutStatus] = {
    (PayoutStatus.DRAFT, "approve"): PayoutStatus.APPROVED,
    (PayoutStatus.DRAFT, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.APPROVED, "queue"): PayoutStatus.QUEUED,
    (PayoutStatus.APPROVED, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.QUEUED, "claim"): PayoutStatus.SENDING,
    (PayoutStatus.QUEUED, "block"): PayoutStatus.BLOCKED,
    (PayoutStatus.QUEUED, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.QUEUED, "hand_over"): PayoutStatus.NEEDS_PERSON,
    (PayoutStatus.SENDING, "record"): PayoutStatus.SENT,
    (PayoutStatus.SENDING, "lose"): PayoutStatus.UNKNOWN,  # no answer, or lease over
    (PayoutStatus.SENDING, "block"): PayoutStatus.BLOCKED,
    (PayoutStatus.UNKNOWN, "record"): PayoutStatus.SENT,
    (PayoutStatus.UNKNOWN, "retry"): PayoutStatus.QUEUED,  # with the next attempt
    (PayoutStatus.UNKNOWN, "hand_over"): PayoutStatus.NEEDS_PERSON,
    (PayoutStatus.NEEDS_PERSON, "record"): PayoutStatus.SENT,
    (PayoutStatus.NEEDS_PERSON, "retry"): PayoutStatus.QUEUED,
    (PayoutStatus.NEEDS_PERSON, "end"): PayoutStatus.NEEDS_PERSON,  # after a look
    (PayoutStatus.NEEDS_PERSON, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.BLOCKED, "unblock"): PayoutStatus.QUEUED,
    (PayoutStatus.BLOCKED, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.SENT, "confirm"): PayoutStatus.PAID,
    (PayoutStatus.SENT, "return"): PayoutStatus.RETURNED,
    (PayoutStatus.PAID, "return"): PayoutStatus.RETURNED,
}


@dataclass(frozen=True, kw_only=True)
class ReleaseLine:
    """What the checker approves of one payout; `sources` are its payables' sources."""

    public_id: str
    payee: str
    rail: str
    is_live: bool
    destination: str
    cents: int
    currency: str
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Caps:
    """Most cents of one payout, one payee's month, one day; None is no cap."""

    payout_cents: int | None = None
    payee_month_cents: int | None = None
    day_cents: int | None = None


def after(status: PayoutStatus, move: str) -> PayoutStatus:
    if (status, move) not in MOVES:
        raise Refused(
            N_("This payout was changed meanwhile. Open it again to see where it is.")
        )
    return MOVES[status, move]


def batch_after(status: BatchStatus, move: str) -> BatchStatus:
    if (status, move) not in BATCH_MOVES:
        raise Refused(
            N_("This run was changed meanwhile. Open it again to see where it is.")
        )
    return BATCH_MOVES[status, move]


def check_release(
    maker_id: int,
    checker_id: int,
    hours_approver_ids: Collection[int],
    interested_ids: Collection[int] = (),
) -> None:
    if checker_id == maker_id:
        raise Refused(N_("You prepared this run. A second person has to release it."))
    if checker_id in hours_approver_ids:
        raise Refused(
            N_("You approved hours in this run. Somebody else has to release it.")
        )
    if checker_id in interested_ids:
        raise Refused(
            N_("You named an interest in this work. Somebody else has to release it.")
        )


def content_hash(lines: Iterable[ReleaseLine]) -> str:
    """SHA-256 of what was approved, in an order that the database cannot change."""
    rows = sorted(
        (asdict(line) | {"sources": sorted(line.sources)} for line in lines),
        key=lambda row: row["public_id"],
    )
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check_hash(lines: Iterable[ReleaseLine], approved_hash: str) -> None:
    if content_hash(lines) != approved_hash:
        raise Refused(
            N_(
                "Something in this run changed after it was approved. Cancel it, "
                "prepare it again and have it released again."
            )
        )


def idempotency_key(public_id: str, attempt: int) -> str:
    return f"payout-{_sound(public_id)}-{_counted(attempt)}"


def reversal_key(public_id: str, attempt: int) -> str:
    return f"payout-{_sound(public_id)}-rev-{_counted(attempt)}"


def account_key(payee_handle: str, attempt: int) -> str:
    return f"payee-{payee_handle}-account-{_counted(attempt)}"


def _sound(public_id: str) -> str:
    """A short id could be met again after a restore, and its key be answered so."""
    if len(public_id) < 10:
        raise ValueError("a public id has ten signs or more")
    return public_id


def _counted(attempt: int) -> int:
    if attempt < 1:
        raise ValueError("attempts are counted from one")
    return attempt


def check_caps(
    amount_cents: int, caps: Caps, *, payee_month_cents: int, day_cents: int
) -> None:
    """The sums are what already went out this month and today, without this one."""
    if amount_cents <= 0:
        raise Refused(N_("A payout has to be above zero."))
    for total, most in (
        (amount_cents, caps.payout_cents),
        (amount_cents + payee_month_cents, caps.payee_month_cents),
        (amount_cents + day_cents, caps.day_cents),
    ):
        if most is not None and total > most:
            raise Refused(
                N_(
                    "This would come to %(total)s, and the safety limit is %(most)s. "
                    "Check the amount. An administrator can change the limit."
                ),
                total=Money(total),
                most=Money(most),
            )
