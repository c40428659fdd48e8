from enum import StrEnum

KEY_LIVES_HOURS = 23
NEW_ATTEMPT_AFTER_MINUTES = 10
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 3600


class Outcome(StrEnum):
    """How the last call of an attempt ended that left its payout unknown."""

    NO_ANSWER = "no_answer"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    RAIL_DOWN = "rail_down"
    KEY_MISMATCH = "key_mismatch"


class Resend(StrEnum):
    """The one next step for an unknown payout."""

    RECORD = "record"
    SAME_KEY = "same_key"
    LOOK_UP = "look_up"
    WAIT = "wait"
    NEW_ATTEMPT = "new_attempt"
    ASK_PERSON = "ask_person"


def may_resend(
    outcome: Outcome,
    age_hours: float,
    is_replayed: bool,
    lookup_found: int | None,
) -> Resend:
    """`age_hours` since the first call with this key; `lookup_found` payments that fit
    ours wholly (id, amount, currency, destination), None when nobody has looked.

    A new key is used only where the old one can answer nothing more: its saved error
    was replayed, the look-up is empty, and ten minutes have passed. An old key may be
    forgotten at the other side, and then only a person may pay again.
    """
    if outcome is Outcome.KEY_MISMATCH or (lookup_found or 0) > 1:
        return Resend.ASK_PERSON
    if lookup_found:
        return Resend.RECORD
    is_old = age_hours >= KEY_LIVES_HOURS
    is_saved_error = outcome is Outcome.SERVER_ERROR and is_replayed
    if not is_old and not is_saved_error:
        return Resend.SAME_KEY
    if lookup_found is None:
        return Resend.LOOK_UP
    if is_old:
        return Resend.ASK_PERSON
    if age_hours * 60 < NEW_ATTEMPT_AFTER_MINUTES:
        return Resend.WAIT
    return Resend.NEW_ATTEMPT


def next_attempt_wait(tries: int, jitter: float = 0.0) -> int:
    """Seconds before the next call: doubled each time up to an hour.

    `jitter` from 0 to 1 is a random number of the caller, who alone may roll dice; it
    adds up to half, so that many payouts do not come back at the same second.
    """
    doubled = FIRST_WAIT_SECONDS << min(max(tries - 1, 0), 16)
    wait = min(doubled, LONGEST_WAIT_SECONDS)
    return wait + int(wait * min(max(jitter, 0.0), 1.0) / 2)
