"""Ours and theirs of one day, side by side: what fits, and each thing that does not."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused


class Difference(StrEnum):
    OURS = "ours"  # we sent it, and they do not have it
    THEIRS = "theirs"  # they have it, and it is not ours: never taken over
    DIFFERS = "differs"  # amount, destination or currency
    REVERSED = "reversed"  # taken back there, and not here
    UNKNOWN = "unknown"  # nobody knows for over an hour
    CLEARING = "clearing"  # sent over a day ago, and still on its way
    BALANCE = "balance"  # start and movements do not come to the end


# Nothing new goes out before two people have looked at one of these.
BLOCKING = frozenset(set(Difference) - {Difference.UNKNOWN})
UNKNOWN_FOR = timedelta(hours=1)
ON_ITS_WAY_FOR = timedelta(days=1)
GROUP = "payout_"  # how the group of a transfer of ours begins


@dataclass(frozen=True, kw_only=True)
class Ours:
    """A payout that we say was sent; `remote_id` is what the service called it."""

    uid: str
    remote_id: str
    destination: str
    cents: int
    cents_back: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """A transfer as they have it, its destination by our own name for it."""

    remote_id: str
    transfer_group: str
    destination: str
    cents: int
    cents_back: int
    currency: str

    @property
    def payout_uid(self) -> str:
        """Of which payout it says to be, empty where it says nothing of the kind."""
        is_named = self.transfer_group.startswith(GROUP)
        return self.transfer_group.removeprefix(GROUP) if is_named else ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing that does not fit; `thing` names it, so that it is found once."""

    kind: Difference
    thing: str
    payout_uid: str = ""
    ours_cents: int | None = None
    theirs_cents: int | None = None


@dataclass
class Compared:
    """A day's outcome: how many fit and what they come to, and what does not."""

    matched: int = 0
    matched_cents: int = 0
    found: list[Found] = field(default_factory=list)


def compare(
    theirs: Iterable[Theirs], ours: Mapping[str, Ours], open_uids: Collection[str]
) -> Compared:
    """Each of their transfers against the payout that it names.

    `ours` are payouts that were sent, by uid. `open_uids` are payouts whose outcome is
    still being asked for: what is found of these is neither ours nor theirs yet.
    """
    seen, compared = Counter[str](), Compared()
    for each in sorted(theirs, key=lambda one: one.remote_id):
        mine = ours.get(each.payout_uid)
        if mine is None and each.payout_uid in open_uids:
            continue
        if mine is None or mine.remote_id != each.remote_id:
            compared.found.append(_not_ours(each))
            continue
        seen[mine.uid] += 1
        _weigh(compared, mine, each)
    return compared


def _not_ours(each: Theirs) -> Found:
    return Found(kind=Difference.THEIRS, thing=each.remote_id, theirs_cents=each.cents)


def _weigh(compared: Compared, mine: Ours, each: Theirs) -> None:
    agreed = (mine.destination, mine.cents, mine.currency)
    both = {"payout_uid": mine.uid, "thing": each.remote_id}
    if agreed != (each.destination, each.cents, each.currency):
        compared.found.append(
            Found(
                kind=Difference.DIFFERS,
                ours_cents=mine.cents,
                theirs_cents=each.cents,
                **both,
            )
        )
    elif mine.cents_back != each.cents_back:
        compared.found.append(
            Found(
                kind=Difference.REVERSED,
                ours_cents=mine.cents_back,
                theirs_cents=each.cents_back,
                **both,
            )
        )
    else:
        compared.matched += 1
        compared.matched_cents += mine.cents


def missing(ours: Iterable[Ours], remote_ids: Collection[str]) -> list[Ours]:
    """Payouts of ours that none of their transfers is."""
    return [each for each in ours if each.remote_id not in remote_ids]


def balance_found(end_before: int | None, start_cents: int) -> list[Found]:
    """The day began with what the day before ended with, or something is missing."""
    if end_before is None or end_before == start_cents:
        return []
    return [
        Found(
            kind=Difference.BALANCE,
            thing="balance",
            ours_cents=end_before,
            theirs_cents=start_cents,
        )
    ]


def check_second_look(explained_by: int | None, looking: int) -> None:
    if explained_by is None:
        raise Refused(N_("First somebody has to write what explains it."))
    if explained_by == looking:
        raise Refused(N_("You explained this one. A second person has to look at it."))
