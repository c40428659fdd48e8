"""What a factor is and when one is asked for; how slow wrong tries become."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused
from engage.people.rules import PersonKind, code

CODES_ON_A_SHEET = 10
RECOVERY_CODES = 2
STEP = 30  # seconds that one code of an app lasts
DAY = timedelta(days=1)

# Strangers' wrong tries at one name: some at once, then only after a silence.
FREE_TRIES = 5
LONGEST_SOON = timedelta(seconds=42)
SOON_TRIES = 18
LONG_SILENCE = timedelta(hours=1)
# One try a day from each address that has not tried this name, so many in all.
NEWCOMERS = 16
OWN_TRIES = 20  # wrong ones a day, at an own device or with a code from paper


class PaperKind(StrEnum):
    """What a printed code is for."""

    SIGN_IN = "sign_in"
    RECOVERY = "recovery"
    HELPER = "helper"


class Device(StrEnum):
    """All that is kept of what a sign-in came from."""

    PHONE = "phone"
    TABLET = "tablet"
    COMPUTER = "computer"
    UNKNOWN = "unknown"


DEVICES = {
    Device.PHONE: N_("A browser on a telephone"),
    Device.TABLET: N_("A browser on a tablet"),
    Device.COMPUTER: N_("A browser on a computer"),
    Device.UNKNOWN: N_("A browser"),
}


def device_of(user_agent: str) -> Device:
    """The kind of device by what its browser says of itself, in one word of four."""
    said = user_agent.casefold()
    if "ipad" in said or "tablet" in said:
        return Device.TABLET
    if "mobi" in said or "iphone" in said:
        return Device.PHONE
    if "android" in said:
        return Device.TABLET
    if any(name in said for name in ("windows", "macintosh", "linux", "cros")):
        return Device.COMPUTER
    return Device.UNKNOWN


def silence(tries: int) -> timedelta:
    """How long nobody may have tried before the next try at a name is looked at.

    Every try starts it anew, so that a flood of them is looked at least of all.
    """
    if tries < FREE_TRIES:
        return timedelta(0)
    if tries < SOON_TRIES:
        return min(timedelta(seconds=2 ** (tries - FREE_TRIES)), LONGEST_SOON)
    return LONG_SILENCE


def may_try(tries: int, last_at: datetime | None, now: datetime) -> bool:
    """Was it silent for long enough at this name?"""
    return last_at is None or now - last_at >= silence(tries)


def app_steps(now: datetime) -> range:
    """The steps of an app's clock that count as now: half a minute off either way."""
    here = int(now.timestamp()) // STEP
    return range(here - 1, here + 2)


def sheet(choose: Callable[[Sequence[str]], str], kind: PaperKind) -> list[str]:
    """New codes for paper, all different."""
    most = {PaperKind.SIGN_IN: CODES_ON_A_SHEET, PaperKind.RECOVERY: RECOVERY_CODES}
    found: list[str] = []
    while len(found) < most.get(kind, 1):
        one = code(choose)
        if one not in found:
            found.append(one)
    return found


def lacks_factor(kind: PersonKind, *, passkeys: int, others: int) -> bool:
    """Must this account set up a factor before anything else? Staff need a passkey."""
    if kind == PersonKind.STAFF:
        return passkeys == 0
    return passkeys + others == 0


def check_removal(kind: PersonKind, *, passkeys: int, others: int) -> None:
    """Refuses to take away the last factor; the counts are what would be left."""
    if lacks_factor(kind, passkeys=passkeys, others=others):
        raise Refused(
            N_("This is your last one. Add another way first, then remove this.")
        )
