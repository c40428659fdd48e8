import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from unicodedata import normalize

from engage.core.errors import N_, Refused

IDLE = timedelta(minutes=15)
IDLE_SHARED = timedelta(minutes=5)
LONGEST_CONSULTANT = timedelta(hours=12)
LONGEST_STAFF = timedelta(hours=8)
CODE_LIFE = timedelta(days=14)
LEAST_PASSWORD, MOST_PASSWORD = 12, 128
LEAST_NAME, MOST_NAME = 5, 60
KEPT = timedelta(days=1)
KEPT_UNKNOWN = timedelta(minutes=30)  # text whose writer nobody can name
OTHER_NAME = N_(
    "This name cannot be used. Choose another one, such as three words together."
)
LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
MOST_TRIES = 40
PROOF = "again_"  # begins the names of fields that prove who is here
MOST_TRAINING_YEARS = 3

# Trees and shrubs: a name that says nothing about who bears it.
PLANTS = (
    "Alder", "Aspen", "Birch", "Cedar", "Clover", "Cypress", "Elder", "Fern", "Fir",
    "Hazel", "Heather", "Hemlock", "Hickory", "Holly", "Ivy", "Juniper", "Larch",
    "Laurel", "Linden", "Magnolia", "Maple", "Mesquite", "Myrtle", "Oak", "Olive",
    "Palmetto", "Pecan", "Pine", "Poplar", "Redwood", "Rowan", "Sage", "Sequoia",
    "Spruce", "Sumac", "Sycamore", "Tamarack", "Thyme", "Walnut", "Willow", "Yarrow",
    "Yucca",
)  # fmt: skip
TOPICS = {
    "services": N_("Services and housing"),
    "health": N_("Health and counseling"),
    "courts": N_("Courts and legal help"),
    "immigration": N_("Immigration"),
    "youth": N_("Young people"),
    "work": N_("Jobs and labor"),
    "outreach": N_("Outreach and public materials"),
    "training": N_("Training for staff"),
    "research": N_("Research and evaluation"),
    "boards": N_("Advisory boards"),
    "peers": N_("Peer mentorship"),
}
LANGUAGES = {
    "english": N_("English"),
    "spanish": N_("Spanish"),
    "asl": N_("American Sign Language"),
    "arabic": N_("Arabic"),
    "chinese": N_("Chinese"),
    "french": N_("French"),
    "creole": N_("Haitian Creole"),
    "korean": N_("Korean"),
    "portuguese": N_("Portuguese"),
    "russian": N_("Russian"),
    "tagalog": N_("Tagalog"),
    "vietnamese": N_("Vietnamese"),
}

# Without look-alikes, and without vowels that could spell a word on the paper.
CODE_SIGNS = "23456789BCDFGHJKMNPQRSTVWXZ"
CODE_GROUP, CODE_GROUPS = 4, 6


class PersonKind(StrEnum):
    CONSULTANT = "consultant"
    STAFF = "staff"


class PersonStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


class SafeContact(StrEnum):
    """How somebody may be told outside that there is an update."""

    NONE = "none"
    EMAIL = "email"
    ADVOCATE = "advocate"


MOVES = {
    (PersonStatus.ACTIVE, "close"): PersonStatus.CLOSED,
    # Within two weeks, by a consultant who changed their mind.
    (PersonStatus.CLOSED, "reopen"): PersonStatus.ACTIVE,
}


def after(status: PersonStatus, move: str) -> PersonStatus:
    """The status a move leads to; refuses a move that is not in the table."""
    if (status, move) not in MOVES:
        raise Refused(N_("This account is closed already."))
    return MOVES[status, move]


def ends_at(
    kind: PersonKind, started_at: datetime, seen_at: datetime, *, is_shared: bool
) -> datetime:
    """When a sign-in ends unless a page is opened: idle, or as old as it may be."""
    longest = LONGEST_CONSULTANT if kind == PersonKind.CONSULTANT else LONGEST_STAFF
    idle = IDLE_SHARED if is_shared else IDLE
    return min(seen_at + idle, started_at + longest)


def plain_name(name: str) -> str:
    """A sign-in name as it is compared: case, spaces and look of letters aside."""
    return " ".join(normalize("NFKC", name).casefold().split())


def check_sign_in_name(name: str, strength: int) -> None:
    """Refuses a common name in the words that a taken one gets, so as to tell nothing.

    `strength` is zxcvbn's, as for a password: 0 is among the first that anyone tries.
    """
    if len(plain_name(name)) < LEAST_NAME or strength < 1:
        raise Refused(OTHER_NAME, field="name")


def code(choose: Callable[[Sequence[str]], str]) -> str:
    """A code for paper, such as "7KQM-4TXN-9PWD-2HJF-M6RC-3VGZ": 114 bits.

    Long enough for a plain hash: a slow one would make codes wait in the queue of
    passwords, which strangers can fill.
    """
    signs = [choose(CODE_SIGNS) for _ in range(CODE_GROUP * CODE_GROUPS)]
    starts = range(0, len(signs), CODE_GROUP)
    return "-".join("".join(signs[at : at + CODE_GROUP]) for at in starts)


def plain_code(typed: str) -> str:
    """A code as it is compared: spaces, dashes and case aside."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())


def may_keep(field: str) -> bool:
    """May what was typed into this field be kept? Never a password, code or token."""
    secret = {"present", "code", "key", "csrf_token", "once"}
    is_proof = field.startswith(PROOF) or "password" in field
    return field not in secret and not is_proof


def is_kept(kept_at: datetime, now: datetime, *, known: bool) -> bool:
    """Is kept text still there for its writer, by name or by browser?"""
    return now - kept_at < (KEPT if known else KEPT_UNKNOWN)


def check_training(ends_on: date, today: date) -> None:
    """Refuses a record that has ended or that runs longer than any training lasts."""
    if ends_on < today:
        raise Refused(
            N_("This day has passed. Write a day from today on."), field="ends_on"
        )
    if ends_on > today.replace(year=today.year + MOST_TRAINING_YEARS, day=1):
        raise Refused(
            N_("Write a day within the next %(most)s years."),
            field="ends_on",
            most=MOST_TRAINING_YEARS,
        )


def check_away(from_on: date | None, until_on: date | None, today: date) -> None:
    """Refuses days that are over, turned around, or longer than a year."""
    if from_on is None or from_on < today:
        raise Refused(N_("Write a day from today on."), field="from_on")
    if until_on is None or until_on < from_on:
        raise Refused(N_("Write a day on or after the first one."), field="until_on")
    if until_on > from_on + timedelta(days=366):
        raise Refused(N_("Choose a year at most."), field="until_on")


def is_local(path: str) -> bool:
    """Is it an address on this site, and nothing that a browser reads otherwise?"""
    return bool(LOCAL_PATH.fullmatch(path))


def neutral_name(choose: Callable[[Sequence[str]], str], tried: int = 0) -> str:
    """A plant and a number, such as "Juniper 41"; `choose` brings the chance.

    Numbers grow only after many tries, so that a low one does not tell who came first.
    """
    most = 99 if tried < MOST_TRIES // 2 else 99_999
    return f"{choose(PLANTS)} {choose([str(n) for n in range(2, most + 1)])}"


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
