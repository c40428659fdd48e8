from datetime import datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused
from engage.ledger.rules import NEW_PLACE_WAITS as NEW_PLACE_WAITS

LONGEST_BANK_TEXT = 10
LOOKS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=2))
DAILY = timedelta(days=1)
# What a bank statement that somebody else may read must not say.
TELLING = (
    "survivor", "traffick", "victim", "rescue", "shelter", "exploit", "abuse", "escape",
    "sobrevivi", "trata", "victima", "refugio", "engage",
)  # fmt: skip


class Readiness(StrEnum):
    """How far a payee's account is, in one word; the reasons stay with the service."""

    NONE = "none"
    PENDING = "pending"
    READY = "ready"
    RESTRICTED = "restricted"
    CLOSED = "closed"


class BankLeg(StrEnum):
    """How the last way from the service to the payee's bank ended."""

    NONE = "none"
    ARRIVED = "arrived"
    SENT_BACK = "sent_back"


_READ = {
    "active": Readiness.READY,
    "pending": Readiness.PENDING,
    "restricted": Readiness.RESTRICTED,
    "rejected": Readiness.RESTRICTED,
    "unsupported": Readiness.RESTRICTED,
}
WORDS = {
    Readiness.NONE: N_("Not set up yet"),
    Readiness.PENDING: N_("Being checked by Stripe"),
    Readiness.READY: N_("Ready"),
    Readiness.RESTRICTED: N_("Stripe asks for more details"),
    Readiness.CLOSED: N_("Closed. Set it up again to be paid this way"),
}


def readiness(status: str, *, is_closed: bool) -> Readiness:
    """The service's own word as ours; one we do not know is not ready."""
    if is_closed:
        return Readiness.CLOSED
    return _READ.get(status, Readiness.RESTRICTED)


def bank_leg(status: str) -> BankLeg | None:
    """The service's word for a way to a bank; None while it has not ended."""
    if status == "paid":
        return BankLeg.ARRIVED
    return BankLeg.SENT_BACK if status in {"failed", "canceled"} else None


def reason_to_hold(state: Readiness, usable_from: datetime, now: datetime) -> str:
    """Why nothing may go to this account now, as a word, or empty."""
    if state is Readiness.CLOSED:
        return "destination"
    if state is not Readiness.READY:
        return "setup"
    return "new_place" if now < usable_from else ""


def next_look(state: Readiness, looked: int) -> timedelta:
    """When to ask about an account again: soon while the payee is at it, then daily."""
    if state is Readiness.READY:
        return DAILY
    return LOOKS[looked] if looked < len(LOOKS) else DAILY


def check_bank_text(text: str) -> str:
    """The text in capitals; refused when too long, odd, or when it would tell."""
    plain = " ".join(text.upper().split())
    if not 5 <= len(plain) <= LONGEST_BANK_TEXT:
        raise Refused(N_("Write 5 to 10 letters."), field="bank_text")
    if not all(sign.isascii() and (sign.isalnum() or sign in " -.") for sign in plain):
        raise Refused(N_("Use letters, numbers and spaces."), field="bank_text")
    if not any(sign.isalpha() for sign in plain):
        raise Refused(N_("Use at least one letter."), field="bank_text")
    if any(word.upper() in plain for word in TELLING):
        raise Refused(
            N_("Choose a text that tells nobody what the money is for."),
            field="bank_text",
        )
    return plain
