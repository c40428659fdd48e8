from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused

IDLE = timedelta(minutes=15)
LONGEST_CONSULTANT = timedelta(hours=12)
LONGEST_STAFF = timedelta(hours=8)
CODE_LIFE = timedelta(days=14)
LEAST_PASSWORD, MOST_PASSWORD = 12, 128
MOST_TRIES = 40

# Trees and shrubs: a name that says nothing about who bears it.
PLANTS = (
    "Alder Aspen Birch Cedar Clover Cypress Elder Fern Fir Hazel Heather Hemlock"
    " Hickory Holly Ivy Juniper Larch Laurel Linden Magnolia Maple Mesquite Myrtle"
    " Oak Olive Palmetto Pecan Pine Poplar Redwood Rowan Sage Sequoia Spruce Sumac"
    " Sycamore Tamarack Thyme Walnut Willow Yarrow Yucca"
).split()


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


def neutral_name(choose: Callable[[Sequence[str]], str]) -> str:
    """A plant and a number, such as "Juniper 4"; `choose` brings the chance."""
    return f"{choose(PLANTS)} {choose([str(n) for n in range(2, 100)])}"


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
