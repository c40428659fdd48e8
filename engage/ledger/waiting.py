"""A pay day that the payee chose: the promise stands still until then."""

from datetime import date, timedelta


def put_off(due_on: date, not_before: date | None, *, until: date, today: date) -> date:
    """The promised day when payment waits from today until a day, in place of what was
    chosen before."""
    return taken_back(due_on, not_before, today=today) + (until - today)


def taken_back(due_on: date, not_before: date | None, *, today: date) -> date:
    """The promised day when the payee waits no longer: days waited so far stay out of
    the clock, those still to come are in it again."""
    if not_before is None:
        return due_on
    return due_on - max(timedelta(), not_before - today)
