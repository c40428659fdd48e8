from collections.abc import Mapping

from engage.core.errors import N_
from engage.payouts.rules import PayoutStatus


def batch_state_words(
    counts: Mapping[PayoutStatus, int], by_hand: int = 0, to_confirm: int = 0
) -> tuple[str, dict[str, int]]:
    """The one sentence of a batch, as msgid and values: what needs a person first.

    `by_hand` are those queued ones, `to_confirm` those sent ones that a person pays.
    """
    total = sum(counts.values()) - counts.get(PayoutStatus.CANCELLED, 0)
    if not total:
        return N_("Nothing to pay in this run."), {}
    left = {PayoutStatus.QUEUED: -by_hand, PayoutStatus.SENT: -to_confirm}
    for statuses, sentence in _WORDS:
        count = sum(counts.get(each, 0) + left.get(each, 0) for each in statuses)
        count += {_BY_HAND: by_hand, _TO_CONFIRM: to_confirm}.get(sentence, 0)
        if count:
            return sentence, {"count": count, "total": total}
    raise ValueError("a payout state without words")


_BY_HAND = N_("To pay by hand: %(count)s of %(total)s.")
_TO_CONFIRM = N_("A second person has to confirm %(count)s of %(total)s.")
_WORDS: tuple[tuple[tuple[PayoutStatus, ...], str], ...] = (
    (
        (PayoutStatus.NEEDS_PERSON,),
        N_("A person has to look at %(count)s of %(total)s."),
    ),
    ((PayoutStatus.DRAFT,), N_("Waiting for a second person to release it.")),
    ((PayoutStatus.BLOCKED,), N_("On hold: %(count)s of %(total)s.")),
    (
        (PayoutStatus.UNKNOWN,),
        N_("Asking the payment service about %(count)s of %(total)s."),
    ),
    (
        (PayoutStatus.QUEUED, PayoutStatus.SENDING),
        N_("On the way out: %(count)s of %(total)s."),
    ),
    ((), _BY_HAND),
    ((), _TO_CONFIRM),
    ((PayoutStatus.APPROVED,), N_("Released, and ready to send.")),
    ((PayoutStatus.RETURNED,), N_("Came back: %(count)s of %(total)s.")),
    (
        (PayoutStatus.SENT,),
        N_("Sent. Waiting to see %(count)s of %(total)s arrive."),
    ),
    ((PayoutStatus.PAID,), N_("All paid: %(total)s.")),
)
