import hashlib
import json
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from engage.core.errors import N_, Refused

DEFAULT_MONTHS, MOST_MONTHS = 12, 36
MOST_USES = 20
LEAST_DAYS, USUAL_DAYS, MOST_DAYS = 3, 14, 30
KEPT_UNGIVEN_DAYS, KEPT_YEARS = 30, 3
REMIND_DAYS = 7
# Which sentences of the page somebody agreed to; a change of their sense is a new one.
WORDING = 1


class ConsentKind(StrEnum):
    TEXT = "text"
    PHOTO = "photo"
    RECORDING = "recording"
    QUOTE = "quote"


class ConsentStatus(StrEnum):
    """ASKED and CLOSED read alike to whoever asked: a no is no mark of its own."""

    ASKED = "asked"
    LIVE = "live"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class VersionStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    PUBLISHED = "published"
    OUT = "out"


class UseStatus(StrEnum):
    STANDING = "standing"
    TO_TAKE_DOWN = "to_take_down"
    ASKED = "asked"
    DONE = "done"


class SeenAs(StrEnum):
    """What the organization reads of a consent."""

    WAITING = "waiting"
    NOT_GIVEN = "not_given"
    LIVE = "live"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


ENDED = frozenset({SeenAs.WITHDRAWN, SeenAs.EXPIRED})
CHANGED = N_("This has changed since you opened the page. Look at it again.")
NOT_NOW = N_("There is no permission for this now. It may not be shown.")
MOVES: dict[tuple[ConsentStatus, str], ConsentStatus] = {
    (ConsentStatus.ASKED, "give"): ConsentStatus.LIVE,
    (ConsentStatus.ASKED, "close"): ConsentStatus.CLOSED,
    (ConsentStatus.LIVE, "withdraw"): ConsentStatus.WITHDRAWN,
    (ConsentStatus.LIVE, "expire"): ConsentStatus.EXPIRED,
}
VERSION_MOVES: dict[tuple[VersionStatus, str], VersionStatus] = {
    (VersionStatus.PROPOSED, "approve"): VersionStatus.APPROVED,
    (VersionStatus.APPROVED, "publish"): VersionStatus.PUBLISHED,
    (VersionStatus.PUBLISHED, "publish"): VersionStatus.PUBLISHED,
    (VersionStatus.PROPOSED, "take_out"): VersionStatus.OUT,
    (VersionStatus.APPROVED, "take_out"): VersionStatus.OUT,
    (VersionStatus.PUBLISHED, "take_out"): VersionStatus.OUT,
}
USE_MOVES: dict[tuple[UseStatus, str], UseStatus] = {
    (UseStatus.STANDING, "end"): UseStatus.TO_TAKE_DOWN,
    (UseStatus.STANDING, "done"): UseStatus.DONE,
    (UseStatus.TO_TAKE_DOWN, "asked"): UseStatus.ASKED,
    (UseStatus.TO_TAKE_DOWN, "done"): UseStatus.DONE,
    (UseStatus.ASKED, "done"): UseStatus.DONE,
}
GIVEN = frozenset({ConsentStatus.LIVE, ConsentStatus.WITHDRAWN, ConsentStatus.EXPIRED})
UNGIVEN = frozenset({ConsentStatus.ASKED, ConsentStatus.CLOSED})
TO_DO = frozenset({UseStatus.TO_TAKE_DOWN, UseStatus.ASKED})


def after(status: ConsentStatus, move: str) -> ConsentStatus:
    """The status after a move; refuses a move that the table does not have."""
    if (status, move) not in MOVES:
        raise Refused(CHANGED)
    return MOVES[status, move]


def version_after(status: VersionStatus, move: str) -> VersionStatus:
    """The same for one version of a material."""
    if (status, move) not in VERSION_MOVES:
        raise Refused(CHANGED)
    return VERSION_MOVES[status, move]


def use_after(status: UseStatus, move: str) -> UseStatus:
    """The same for one place where it stands."""
    if (status, move) not in USE_MOVES:
        raise Refused(CHANGED)
    return USE_MOVES[status, move]


def seen_as(
    status: ConsentStatus, answer_by: datetime, until: date | None, *,
    now: datetime, today: date,
) -> SeenAs:  # fmt: skip
    """What its organization reads: every cause of no yes alike, and not before."""
    if status in UNGIVEN:
        return SeenAs.WAITING if now < answer_by else SeenAs.NOT_GIVEN
    if status is ConsentStatus.LIVE and not is_in_force(status, until, today):
        return SeenAs.EXPIRED
    return SeenAs(status.value)


def is_in_force(status: ConsentStatus, until: date | None, today: date) -> bool:
    """Does it hold today? By its own dates, whether or not the worker has run."""
    return status is ConsentStatus.LIVE and until is not None and today <= until


def last_day(given_on: date, months: int) -> date:
    """The last day that it holds."""
    check_months(months)
    place = given_on.month - 1 + months
    year, month = given_on.year + place // 12, place % 12 + 1
    return date(year, month, min(given_on.day, monthrange(year, month)[1]))


def check_months(months: int) -> None:
    if not 1 <= months <= MOST_MONTHS:
        raise Refused(
            N_("A permission lasts %(most)s months at most."),
            field="months",
            most=MOST_MONTHS,
        )


def check_within(asked_months: int, months: int) -> None:
    """The one who gives may make it shorter, never longer than was asked."""
    if not 1 <= months <= asked_months:
        raise Refused(
            N_("You can choose up to %(most)s months."),
            field="months",
            most=asked_months,
        )


def check_answerable(status: ConsentStatus, answer_by: datetime, now: datetime) -> None:
    if status is not ConsentStatus.ASKED or now >= answer_by:
        raise Refused(N_("This is no longer open. Nothing for you to do."))


def fingerprint(uid: str, parts: Mapping[str, str]) -> str:
    """What tells one exact version from every other; a changed sign changes it."""
    text = json.dumps([uid, parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_file_hash(text: str) -> str | None:
    """The SHA-256 of a file that is kept elsewhere, in small letters; "" is none."""
    plain = text.replace(" ", "").lower()
    if not plain:
        return None
    if not re.fullmatch(r"[0-9a-f]{64}", plain, re.ASCII):
        raise Refused(
            N_("A SHA-256 mark has 64 signs: 0 to 9 and a to f. Or leave it empty."),
            field="file_hash",
        )
    return plain


def check_same(kept: str, seen: str) -> None:
    """What is approved or shown is the very version that was read."""
    if kept != seen:
        raise Refused(CHANGED)


def check_uses(used: int, most: int) -> None:
    """How often it may be shown is part of what was given."""
    if used >= most:
        raise Refused(
            N_("They agreed to %(most)s places. Ask anew for more."), most=most
        )


def check_since(since: date, given_on: date, today: date) -> None:
    if since > today:
        raise Refused(N_("Choose today or a day before it."), field="since")
    if since < given_on:
        raise Refused(
            N_("Nothing may be shown from before the permission was given."),
            field="since",
        )


def check_short(days: int) -> None:
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise Refused(
            N_("Give them %(least)s to %(most)s days to answer."),
            field="days",
            least=LEAST_DAYS,
            most=MOST_DAYS,
        )
