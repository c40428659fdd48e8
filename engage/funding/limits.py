from datetime import date, timedelta

from engage.core.errors import N_, Refused
from engage.core.money import Money

LIMITS = (
    "starts_on",
    "ends_on",
    "balance_cents",
    "floor_hourly_cents",
    "cap_hourly_cents",
    "cap_daily_cents",
)
# What may change later: the payer and what the money is for stay as they were.
FIELDS = (
    "name",
    "award_reference",
    *LIMITS,
    "counts_preparation",
    "counts_travel",
    "prior_approval_reference",
    "category_policy",
    "category_policy_on",
    "allowed_costs",
)


REPORT_WAITS = timedelta(days=30)  # before a date that was typed is used


def check_policy(text: str, on: date | None) -> None:
    """Why its money is a fee or a stipend is a dated policy, or not written yet."""
    if bool(text) == (on is not None):
        return
    if text:
        raise Refused(
            N_("Write the day on which this policy was decided."),
            field="category_policy_on",
        )
    raise Refused(
        N_("Write the policy of that day, or leave its day empty as well."),
        field="category_policy",
    )


def books_end_on(
    reported_on: date | None, noted_on: date | None, years: int
) -> date | None:
    """The day on which an award's records go; a date that was just typed waits, so
    that a slip of the hand can be seen and mended."""
    if reported_on is None or noted_on is None:
        return None
    year = reported_on.year + years
    is_leap_day = (reported_on.month, reported_on.day) == (2, 29)
    last = date(year, 3, 1) if is_leap_day else reported_on.replace(year=year)
    return max(last, noted_on + REPORT_WAITS)


def check_report(
    on: date | None, *, before: date | None, gone_on: date | None, today: date
) -> None:
    """The day of the final report, which may be mended until records went by it."""
    if gone_on is not None and on != before:
        raise Refused(
            N_("Records were deleted by this date on %(day)s. It stays as it is."),
            field="final_report_on",
            day=gone_on,
        )
    if on is not None and on > today:
        raise Refused(
            N_("That day is still to come. Write it once the report was sent."),
            field="final_report_on",
        )


def check_line(
    *,
    starts_on: date,
    ends_on: date,
    balance_cents: int,
    spoken_cents: int = 0,
    floor_hourly_cents: int | None = None,
    cap_hourly_cents: int | None = None,
    cap_daily_cents: int | None = None,
) -> None:
    """Refuses a line on which no work could ever be posted, or that is overspent."""
    if ends_on < starts_on:
        raise Refused(N_("The last day is before the first."), field="ends_on")
    if balance_cents <= 0:
        raise Refused(
            N_("Write the amount of the award, more than zero."), field="balance_cents"
        )
    if balance_cents < spoken_cents:
        raise Refused(
            N_(
                "%(spoken)s of this line is spoken for. The amount cannot be less "
                "than that."
            ),
            field="balance_cents",
            spoken=Money(spoken_cents),
        )
    for name, cents in (
        ("floor_hourly_cents", floor_hourly_cents),
        ("cap_hourly_cents", cap_hourly_cents),
        ("cap_daily_cents", cap_daily_cents),
    ):
        if cents == 0:
            raise Refused(N_("Leave this empty when the award sets none."), field=name)
    _check_order(floor_hourly_cents, cap_hourly_cents, cap_daily_cents)


def _check_order(floor: int | None, hourly: int | None, daily: int | None) -> None:
    if floor and hourly and floor > hourly:
        raise Refused(
            N_(
                "The least for an hour is %(floor)s and the most is %(cap)s. The "
                "least cannot be above the most."
            ),
            field="floor_hourly_cents",
            floor=Money(floor),
            cap=Money(hourly),
        )
    if floor and daily and floor > daily:
        raise Refused(
            N_(
                "The most for a day is %(cap)s, and that is less than one hour at "
                "the least, %(floor)s."
            ),
            field="cap_daily_cents",
            floor=Money(floor),
            cap=Money(daily),
        )
