from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.core.errors import N_, Refused
from engage.funding.rules import PayKind
from engage.opportunities.rules import OpportunityStatus
from engage.workload.rules import (
    Broken,
    OverLimit,
    Session,
    Standing,
    Work,
    would_break,
)

FARTHEST = timedelta(days=730)
REMINDED_BEFORE = timedelta(hours=24)

Spans = Sequence[tuple[datetime, int]]

ASKED_STILL = N_(
    "People are still answering about the last change, until %(when)s. Wait for that."
)
MOVABLE = frozenset(
    {OpportunityStatus.POSTED, OpportunityStatus.FILLED, OpportunityStatus.UNDER_WAY}
)
# Lines of the card that may change after the posting, each with a new yes.
LINES = (
    "place",
    "access",
    "interpretation",
    "who_is_in_the_room",
    "recording",
    "support_person",
)


class ChangeKind(StrEnum):
    NEW_DATES = "new_dates"
    MORE_TIME = "more_time"


ENDED = N_("This work has ended. Nothing of it can be changed any more.")
CHANGES_SINCE = N_("This has changed since you opened the page. Look at it again.")


def check_seen(seen: int | None, version: int) -> None:
    """A yes is to what was on the page; None is a page that shows no version."""
    if seen is not None and seen != version:
        raise Refused(CHANGES_SINCE)


def check_movable(status: OpportunityStatus) -> None:
    if status not in MOVABLE:
        raise Refused(N_("This work has ended. Use it again as a new draft."))


def check_new_start(
    old: datetime, new: datetime, reply_by: datetime, now: datetime
) -> None:
    """A session to come moves to another moment that leaves time to answer."""
    if old <= now:
        raise Refused(N_("This session has begun. Choose another one."), field="which")
    if new == old:
        raise Refused(N_("Choose another day or time."), field="starts_at")
    if new > now + FARTHEST:
        raise Refused(
            N_("A session is more than two years away. Check the year."),
            field="starts_at",
        )
    if new <= reply_by:
        raise Refused(
            N_("The reply-by day must be over before the session begins."),
            field="starts_at",
        )


def check_apart(sessions: Spans) -> None:
    """No session begins before the one before it has ended."""
    ordered = sorted(sessions)
    for (begins, minutes), (following, _) in zip(ordered, ordered[1:], strict=False):
        if following < begins + timedelta(minutes=minutes):
            raise Refused(
                N_("Two sessions overlap. Change one of them."), field="starts_at"
            )


def check_more(
    before: Spans, after: Spans, *, pay: PayKind, beside: Sequence[int]
) -> None:
    """More sessions or more minutes; flat pay grows by whole sessions alone.

    `beside` has how much more comes with each session, by kind of time.
    """
    new = dict(after)
    steps = [*beside, *(new[at] - minutes for at, minutes in before)]
    longer = any(step > 0 for step in steps)
    if not longer and len(new) == len(before):
        raise Refused(N_("Add a session, or write more time than was agreed."))
    if any(step < 0 for step in steps):
        raise Refused(N_("Write more time than was agreed, not less."), field="minutes")
    if pay in {PayKind.HONORARIUM, PayKind.MONTH_STIPEND}:
        raise Refused(
            N_(
                "This is paid as one amount. Post the rest as new work, with pay of "
                "its own."
            )
        )
    if longer and pay is not PayKind.HOURLY:
        raise Refused(
            N_(
                "Flat pay does not grow with the time. Add a session, or post the rest "
                "as new work."
            )
        )


def check_added(added: Collection[datetime], reply_by: datetime, now: datetime) -> None:
    """New sessions begin when the time to answer is over."""
    if any(at <= reply_by for at in added):
        raise Refused(
            N_("The reply-by day must be over before the session begins."),
            field="reply_by",
        )
    if any(at > now + FARTHEST for at in added):
        raise Refused(
            N_("A session is more than two years away. Check the year."),
            field="sessions",
        )


def newly_broken(
    standing: Standing, before: Work, after: Work, today: date
) -> list[Broken]:
    """Limits that new terms pass and the agreed ones do not, or not as far.

    What stands above a limit by agreed work stays agreed, and asks for no raise.
    """
    known = would_break(standing, before, today)
    return [one for one in would_break(standing, after, today) if one not in known]


def check_room(
    standing: Standing, before: Work, after: Work, today: date, *, raised: bool
) -> None:
    """Refuse new terms that pass a limit, unless the consultant raised it for them."""
    broken = newly_broken(standing, before, after, today)
    if broken and not raised:
        raise OverLimit(broken)


def travels(is_in_person: bool, sessions: Iterable[Session]) -> bool:
    """Does the work ask somebody to go anywhere?"""
    return is_in_person or any(each.travel for each in sessions)


def is_match(
    wanted: Collection[str], here: Collection[str], anywhere: Collection[str]
) -> bool:
    """Does work on these topics go to somebody who offers those?

    What they released to the organization itself counts, else all they offer to
    anybody. Who named no topic at all, and work without topics, match everything.
    """
    offered = here or anywhere
    return not wanted or not offered or not set(wanted).isdisjoint(offered)
