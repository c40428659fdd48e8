from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from engage.core.calendar import add_business_days
from engage.core.errors import N_, Refused
from engage.core.money import Minutes
from engage.funding.rules import PayKind, Terms, part_of_line, session_share_cents
from engage.opportunities.rules import pay_by
from engage.workload.rules import Activity

STEP_MINUTES = 5
DAY_MINUTES = 24 * 60
LOGGING_DAYS = 30
ATTEST_BUSINESS_DAYS = 5
RESUBMITTED_BUSINESS_DAYS = 2
PROMPT_LOGGING_BUSINESS_DAYS = 5
CHANGED = N_("This was changed meanwhile. Nothing was decided: look at it again.")


class HoursStatus(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


class ReturnCheck(StrEnum):
    DATE = "date"
    MINUTES = "minutes"
    ACTIVITY = "activity"
    DUPLICATE = "duplicate"


MOVES: dict[tuple[HoursStatus, str], HoursStatus] = {
    (HoursStatus.SUBMITTED, "approve"): HoursStatus.APPROVED,
    (HoursStatus.SUBMITTED, "return"): HoursStatus.RETURNED,
    (HoursStatus.RETURNED, "submit"): HoursStatus.SUBMITTED,
    (HoursStatus.SUBMITTED, "withdraw"): HoursStatus.WITHDRAWN,
    (HoursStatus.RETURNED, "withdraw"): HoursStatus.WITHDRAWN,
    (HoursStatus.APPROVED, "pay"): HoursStatus.PAID,
    (HoursStatus.PAID, "reopen"): HoursStatus.APPROVED,  # the payment came back
}


def after(status: HoursStatus, move: str) -> HoursStatus:
    if (status, move) not in MOVES:
        raise Refused(N_("This entry was changed meanwhile. Open it again to see it."))
    return MOVES[status, move]


def check_waiting(status: HoursStatus) -> None:
    if status is not HoursStatus.SUBMITTED:
        raise Refused(CHANGED)


def group(activity: Activity) -> Activity:
    """Review is the session of a document review: both use the same agreed minutes."""
    return Activity.SESSION if activity is Activity.REVIEW else activity


def check_entry(
    day: date,
    minutes: int,
    activity: Activity,
    *,
    today: date,
    engagement_starts: date,
    engagement_ended_on: date | None,
    agreed_left: Mapping[Activity, int],
    day_minutes_before: int = 0,
) -> None:
    """`agreed_left` is by group(); `day_minutes_before` is what the day holds already.

    `engagement_starts` is the day of the yes, as preparation comes before a session.
    """
    _check_day(day, today, engagement_starts, engagement_ended_on)
    _check_minutes(minutes, day_minutes_before)
    left = max(agreed_left.get(group(activity), 0), 0)
    if minutes > left:
        raise Refused(
            N_(
                "Your agreement has %(left)s left for this. Ask your coordinator for "
                "more time, and log the rest once you have both agreed to it."
            ),
            field="minutes",
            left=Minutes(left),
        )


def _check_day(day: date, today: date, starts: date, ended_on: date | None) -> None:
    if day > today:
        raise Refused(
            N_("This day has not come yet. Log it once the work is done."), field="day"
        )
    if day < starts:
        raise Refused(
            N_("This work was agreed on %(starts)s. Choose that day or a later one."),
            field="day",
            starts=starts,
        )
    if ended_on is None:
        return
    if day > ended_on:
        raise Refused(
            N_("This work ended on %(ended)s. Choose that day or an earlier one."),
            field="day",
            ended=ended_on,
        )
    last = ended_on + timedelta(days=LOGGING_DAYS)
    if today > last:
        raise Refused(
            N_(
                "Hours of this work could be logged until %(last)s. "
                "Write to your coordinator about the ones that are missing."
            ),
            last=last,
        )


def _check_minutes(minutes: int, day_minutes_before: int) -> None:
    if minutes <= 0 or minutes % STEP_MINUTES:
        raise Refused(
            N_("Write the time in steps of five minutes, five or more."),
            field="minutes",
        )
    if minutes > DAY_MINUTES:
        raise Refused(
            N_("A day has 24 hours. Half an hour is written 0:30 or 0.5."),
            field="minutes",
        )
    if minutes + day_minutes_before > DAY_MINUTES:
        raise Refused(
            N_("A day has 24 hours, and %(before)s of this one are logged already."),
            field="minutes",
            before=Minutes(day_minutes_before),
        )


def earned_cents(
    terms: Terms,
    activity: Activity,
    minutes: int,
    *,
    session_ordinal: int | None = None,
    already_earned: bool = False,
    minutes_before: int = 0,
) -> int:
    """What one entry earns; 0 means that it makes no payable.

    Hourly pay is rounded once for all time of one group(), so an entry earns what it
    adds to `minutes_before`, those approved earlier. Flat pay is earned whole by the
    first entry of a session (numbered from 1), and covers the other activities;
    `already_earned` marks a second entry for it.
    """
    if terms.pay is PayKind.HOURLY:
        if not _is_paid(terms, activity):
            return 0
        return part_of_line(terms.rate_cents, minutes_before, minutes)
    is_session = group(activity) is Activity.SESSION
    if not is_session or session_ordinal is None or already_earned:
        return 0
    return session_share_cents(terms, session_ordinal)


def _is_paid(terms: Terms, activity: Activity) -> bool:
    return {
        Activity.PREPARATION: terms.pays_preparation,
        Activity.TRAVEL: terms.pays_travel,
        Activity.DEBRIEF: terms.pays_debrief,
    }.get(activity, True)


def approves_itself_on(
    submitted_on: date,
    *,
    business_days: int = ATTEST_BUSINESS_DAYS,
    resubmitted: bool = False,
) -> date:
    """The day at whose end an entry that nobody touched is approved as attested."""
    if resubmitted:
        business_days = min(business_days, RESUBMITTED_BUSINESS_DAYS)
    return add_business_days(submitted_on, business_days)


def clock_starts_on(worked_on: date, logged_on: date) -> date:
    """The day of the work, or that of logging where it came late."""
    prompt = logged_on <= add_business_days(worked_on, PROMPT_LOGGING_BUSINESS_DAYS)
    return worked_on if prompt else logged_on


def pay_due_on(
    worked_on: date,
    logged_on: date,
    promise_business_days: int,
    *,
    waited_days: int = 0,
) -> date:
    """Counts from the work, or from logging if that came over 5 business days later.

    Returning an entry never moves it; days the consultant chose to wait do.
    """
    start = clock_starts_on(worked_on, logged_on)
    return pay_by(start, promise_business_days) + timedelta(days=waited_days)


def is_late(due_on: date, today: date) -> bool:
    return today > due_on


def check_return(status: HoursStatus, was_returned_before: bool) -> None:
    after(status, "return")
    if was_returned_before:
        raise Refused(
            N_(
                "This entry was returned once already. Approve it, or ask the second "
                "approver to look at it."
            )
        )


def may_approve(approver_id: int, person_id: int, declared_interest: bool) -> bool:
    """Nobody approves their own hours, nor where they declare an interest."""
    return approver_id != person_id and not declared_interest


def check_approver(approver_id: int, person_id: int, declared_interest: bool) -> None:
    if not may_approve(approver_id, person_id, declared_interest):
        raise Refused(
            N_("Somebody without an interest in this work has to approve these hours.")
        )
