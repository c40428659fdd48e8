from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused

IDLE = timedelta(minutes=15)
LONGEST_CONSULTANT = timedelta(hours=12)
LONGEST_STAFF = timedelta(hours=8)
CODE_LIFE = timedelta(days=14)
LEAST_PASSWORD, MOST_PASSWORD = 12, 128


class PersonKind(StrEnum):
    CONSULTANT = "consultant"
    STAFF = "staff"


class PersonStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


def is_live(
    kind: PersonKind, started_at: datetime, seen_at: datetime, now: datetime
) -> bool:
    """Is a sign-in good: seen within the idle time, started within the longest?"""
    longest = LONGEST_CONSULTANT if kind == PersonKind.CONSULTANT else LONGEST_STAFF
    return now - seen_at < IDLE and now - started_at < longest


def check_password(password: str, strength: int) -> None:
    """Refuses one that is short, long or easily guessed (zxcvbn `strength` below 3)."""
    if len(password) < LEAST_PASSWORD:
        raise Refused(
            N_("Use at least %(least)s letters. Three or four words work well."),
            field="password",
            least=LEAST_PASSWORD,
        )
    if len(password) > MOST_PASSWORD:
        raise Refused(
            N_("Use at most %(most)s letters."), field="password", most=MOST_PASSWORD
        )
    if strength < 3:
        raise Refused(
            N_("This would be easy to guess. Try three or four words at random."),
            field="password",
        )


def has_valid_training(ends_on: list[date], today: date) -> bool:
    """Does any training record still run? Posting asks for one (product section 8)."""
    return any(end >= today for end in ends_on)
