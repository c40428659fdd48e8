from enum import StrEnum

from engage.core.errors import N_, Refused

MOST_PROMISE_DAYS = 20  # business days; never over 30 calendar days
LEAST_VOICES = 2


class OrganizationStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


MOVES = {(OrganizationStatus.ACTIVE, "close"): OrganizationStatus.CLOSED}


def after(status: OrganizationStatus, move: str) -> OrganizationStatus:
    """The status a move leads to; refuses a move that is not in the table."""
    if (status, move) not in MOVES:
        raise Refused(N_("This organization is closed already."))
    return MOVES[status, move]


def check_organization(pay_promise_days: int, minimum_voices: int) -> None:
    """Refuses a pay promise over 30 calendar days and fewer than two voices."""
    if not 1 <= pay_promise_days <= MOST_PROMISE_DAYS:
        raise Refused(
            N_("Promise pay within 1 to %(most)s business days."),
            field="pay_promise_days",
            most=MOST_PROMISE_DAYS,
        )
    if minimum_voices < LEAST_VOICES:
        raise Refused(
            N_("A panel asks for at least two survivor voices."),
            field="minimum_voices",
        )
