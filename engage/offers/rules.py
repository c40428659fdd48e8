from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused
from engage.opportunities.asking import next_wave_at as next_wave_at
from engage.panels.rules import HeldSeat, counted_voices

LEAST_TO_ANSWER = timedelta(hours=48)
MOST_NAMED_DAYS = 10
ASKED_PER_SEAT = 3
COOLING_DAYS = 14
VOICES_TO_SETTLE = 2
MOST_SIZES = 2


NO_LONGER_OPEN = N_("This is no longer open. Nothing for you to do.")
HELD = N_(
    "Every place is held for somebody right now. Nothing for you to do: you may look "
    "again until %(when)s."
)


class OfferStatus(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    CONDITIONAL = "conditional"
    CLOSED = "closed"


# "close" is the one end of declined, undelivered, unanswered, dissolved and withdrawn
MOVES: dict[tuple[OfferStatus, str], OfferStatus] = {
    (OfferStatus.WAITING, "accept"): OfferStatus.ACCEPTED,
    (OfferStatus.WAITING, "accept_if"): OfferStatus.CONDITIONAL,
    (OfferStatus.WAITING, "close"): OfferStatus.CLOSED,
    (OfferStatus.CONDITIONAL, "accept"): OfferStatus.ACCEPTED,
    (OfferStatus.CONDITIONAL, "confirm"): OfferStatus.CONDITIONAL,  # to new dates
    (OfferStatus.CONDITIONAL, "settle"): OfferStatus.ACCEPTED,
    (OfferStatus.CONDITIONAL, "close"): OfferStatus.CLOSED,
}


def after(status: OfferStatus, move: str) -> OfferStatus:
    """The status after a move; the refusal says the same whatever closed the offer."""
    if (status, move) not in MOVES:
        raise Refused(NO_LONGER_OPEN)
    return MOVES[status, move]


class ReadsAs(StrEnum):
    """All that a coordinator may read of one offer."""

    WAITING = "waiting"
    YES = "yes"
    NOT_AVAILABLE = "not_available"


READS = {
    ReadsAs.WAITING: N_("Waiting for the reply-by date"),
    ReadsAs.YES: N_("Said yes"),
    ReadsAs.NOT_AVAILABLE: N_("Not available"),
}


def reads_as(
    status: OfferStatus, now: datetime, reply_by: datetime, *, is_named: bool
) -> ReadsAs:
    """Every non-yes reads alike and at one moment; a yes from the pool waits as well.

    The yes of a named person shows at once: it begins an engagement with them.
    """
    is_yes = status is OfferStatus.ACCEPTED
    if now < reply_by and not (is_yes and is_named):
        return ReadsAs.WAITING
    return ReadsAs.YES if is_yes else ReadsAs.NOT_AVAILABLE


def found_sentence(now: datetime, reply_by: datetime) -> str:
    """Takes %(found)s and %(seats)s; still asking until reply-by, whoever is left."""
    if now < reply_by:
        return N_("%(found)s of %(seats)s found, still asking")
    return N_("%(found)s of %(seats)s found")


def check_reply_by(
    now: datetime,
    reply_by: datetime,
    *,
    is_named: bool,
    first_session: datetime | None = None,
) -> None:
    """Refuse under 48 hours, over ten days for one named person, or past the start.

    A day chosen ten days ahead lasts to its end, so the tenth day counts whole.
    """
    if reply_by - now < LEAST_TO_ANSWER:
        raise Refused(
            N_("Give people at least 48 hours to answer. Choose a later day."),
            field="reply_by",
        )
    if is_named and reply_by - now >= timedelta(days=MOST_NAMED_DAYS + 1):
        raise Refused(
            N_("One person is asked for at most %(days)s days. Choose an earlier day."),
            field="reply_by",
            days=MOST_NAMED_DAYS,
        )
    if first_session is not None and reply_by > first_session:
        raise Refused(
            N_("The reply-by day must be over before the first session begins."),
            field="reply_by",
        )


def may_still_ask(now: datetime, reply_by: datetime) -> bool:
    """Nobody is asked with under 48 hours to answer."""
    return reply_by - now >= LEAST_TO_ANSWER


def wave_size(open_seats: int, waiting_now: int) -> int:
    """How many more may be asked, so that at most three wait for each open seat."""
    return max(0, ASKED_PER_SEAT * open_seats - waiting_now)


def choose_wave(candidates: Iterable[tuple[int, int, float]], size: int) -> list[int]:
    """People asked least in 90 days, of (person, asks, random); answers never count."""
    ranked = sorted(candidates, key=lambda one: (one[1], one[2]))
    return [person_id for person_id, _, _ in ranked[:size]]


def settles(
    held: AbstractSet[int], conditional: Sequence[tuple[int, int, bool]]
) -> list[int]:
    """The (offer, person, is_counted) that settle together: all of them, or none.

    `held` are the counted people who hold a seat. Once two distinct counted people are
    there or on condition, nobody waits for a second any more. A conditional yes of
    somebody who is not counted adds no voice: it settles when two others make up the
    number. Were it settled beside one counted person, its settling would tell that
    person, who knows of one voice only, that another survivor is on the panel.
    """
    counted = {person_id for _, person_id, is_counted in conditional if is_counted}
    if len(held | counted) < VOICES_TO_SETTLE:
        return []
    return [offer_id for offer_id, _, _ in conditional]


def would_be(
    held: Iterable[HeldSeat], person_id: int, is_counted: bool, seats: int
) -> tuple[str, dict[str, int]]:
    """What this person's yes makes of the panel: a msgid and its values."""
    others = len(counted_voices(held) - {person_id})
    if seats <= 1:
        return N_("You would do this alone."), {}
    return _words(others, is_counted), {"voices": others + is_counted, "seats": seats}


def _words(others: int, is_counted: bool) -> str:
    if is_counted and not others:
        return N_(
            "Right now you would be the only survivor voice among %(seats)s seats."
        )
    if is_counted:
        return N_(
            "Right now you would be one of %(voices)s survivor voices "
            "among %(seats)s seats."
        )
    if not others:
        return N_("Right now no survivor voice is known among %(seats)s seats.")
    if others == 1:
        return N_("Right now there is one survivor voice among %(seats)s seats.")
    return N_("Right now there are %(voices)s survivor voices among %(seats)s seats.")


def may_ask_named(
    open_asks: int,
    last_ask_on: date | None,
    today: date,
    minutes: int = 0,
    missed_minutes: Iterable[int] = (),
) -> bool:
    """Whether a named ask is delivered; weighs only what this organization itself did.

    `missed_minutes` are the sizes of its own asks to this person in the last 90 days
    that read "not available": a third size would be a step towards a limit.
    """
    if open_asks > 0:
        return False
    if last_ask_on is not None and (today - last_ask_on).days < COOLING_DAYS:
        return False
    sizes = set(missed_minutes)
    return minutes in sizes or len(sizes) < MOST_SIZES
