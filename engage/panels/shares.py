"""Is it always the same people? One figure for asks, which names and counts nobody."""

from collections.abc import Iterable

LEAST = 5  # people; with fewer the figure could be about one of them
STEP = 5  # percent, so that two readings cannot be taken from each other


def half_share(asks: Iterable[int]) -> int | None:
    """Percent of all asks that went to the half asked most; None for fewer than five.

    With an odd number the one in the middle counts half, so that even is always 50.
    """
    counts = sorted((count for count in asks if count > 0), reverse=True)
    if len(counts) < LEAST:
        return None
    whole, rest = divmod(len(counts), 2)
    doubled = 2 * sum(counts[:whole]) + rest * counts[whole]
    percent = 50 * doubled / sum(counts)
    return round(percent / STEP) * STEP


def percents(minutes: Iterable[int]) -> list[int]:
    """Whole percent of each part; they need not add up to a hundred."""
    parts = list(minutes)
    whole = sum(parts) or 1
    return [round(100 * part / whole) for part in parts]
