from collections.abc import Iterable
from datetime import date

from engage.core.errors import N_, Refused
from engage.core.money import MOST_CENTS, Money
from engage.workload.guard import Basis, Guard

MOST_PAYMENTS = 400  # more than a payment a day is no limit at all
LONGEST_WAIT = 366


def check_guard(guard: Guard) -> None:
    """Refuse a limit that makes no sense."""
    most = MOST_PAYMENTS if guard.is_count else MOST_CENTS
    if not 0 <= guard.limit <= most:
        written = most if guard.is_count else Money(most)
        raise Refused(N_("Write at most %(most)s."), field="limit", most=written)


def check_raise(before: Guard | None, after: Guard, *, sure: bool) -> None:
    """A limit of one's own goes up with one calm confirmation (product section 3)."""
    if before is None or after.limit <= before.limit or sure:
        return
    written = before.limit if before.is_count else Money(before.limit)
    raise Refused(
        N_("Your limit is %(limit)s. Tick the box to raise it."),
        field="sure",
        limit=written,
    )


def check_wait(guards: Iterable[Guard], until: date, today: date) -> None:
    """Refuse a later pay day where only the day of work counts, or a day too far."""
    if all(guard.basis is not Basis.PAID for guard in guards):
        raise Refused(
            N_("This is for limits that count money in the month it is paid.")
        )
    if until <= today:
        raise Refused(N_("Choose a day after today."), field="until")
    if (until - today).days > LONGEST_WAIT:
        raise Refused(N_("Choose a day within the next year."), field="until")
