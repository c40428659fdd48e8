"""How long each kind of thing is kept, as one table, and what forgets it then.

People read this table as a page; the worker runs it, top to bottom. Each row may be
run twice, and stopped anywhere: what is left is the next run's.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from engage.audit import actions as audit
from engage.consents import jobs as consents
from engage.core import jobs
from engage.core.errors import N_
from engage.core.jobs import for_each
from engage.engagements import jobs as engagements
from engage.hours import jobs as hours
from engage.looks import openings
from engage.offers import actions as offers
from engage.payouts import jobs as payouts
from engage.people import jobs as people
from engage.records import awards, copies, erasing, labels, legal, payees
from engage.voice import jobs as voice
from engage.workload import jobs as workload


class Kept(NamedTuple):
    """What it is, how long it is kept, what then; and the function that sees to it."""

    what: str
    how_long: str
    then: str
    forget: Callable[[datetime], object]


DELETED, ERASED = N_("Deleted"), N_("Erased")

TABLE = (
    Kept(
        N_("Where you are signed in"),
        N_("Until you sign out, 12 hours at most"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("When you signed in, and wrong tries"),
        N_("30 days"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("Text you typed when a sign-in had ended"),
        N_("24 hours"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("Counts by which we slow down strangers, with no address in them"),
        N_("24 hours at most"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("Printed codes that nobody used"),
        N_("14 days"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("That a form was sent, so that it counts once"),
        N_("2 days"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("Requests that brought no yes, whatever the cause"),
        N_("30 days after the reply-by day"),
        DELETED,
        lambda now: offers.forget_closed(now=now),
    ),
    Kept(
        N_("How many requests reached a person on a day, and nothing else"),
        N_("90 days"),
        DELETED,
        workload.tidy,
    ),
    Kept(
        N_("Single days and breaks that are over"),
        N_("2 days"),
        DELETED,
        workload.tidy,
    ),
    Kept(
        N_("That a mail went out"),
        N_("24 hours; mail that cannot go out, 72 hours"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("News for you in here that you did not put away"),
        N_("30 days"),
        DELETED,
        people.tidy,
    ),
    Kept(
        N_("Messages about agreed work"),
        N_("30 days after the end"),
        ERASED,
        engagements.forget_messages,
    ),
    Kept(
        N_("The name by which an organization knows you"),
        N_("30 days after the last payment, unless you want to be asked again"),
        N_("It reads “Consultant A”"),
        labels.relabel,
    ),
    Kept(
        N_("Notes on hours"),
        N_("90 days after the last payment"),
        ERASED,
        hours.forget_notes,
    ),
    Kept(
        N_("What you gave for one payment by hand"),
        N_("30 days after the payment was confirmed"),
        ERASED,
        payouts.forget_details,
    ),
    Kept(
        N_("What was owed and paid from an award, and who approved it"),
        N_("3 years after its final report, or longer if the law asks"),
        N_("Deleted; sums stay that name nobody"),
        awards.forget,
    ),
    Kept(
        N_("That something changed at the payment service: numbers alone"),
        N_("40 days"),
        DELETED,
        payouts.forget_events,
    ),
    Kept(
        N_("Questions about what may be shown that brought no yes"),
        N_("30 days after the day to answer"),
        DELETED,
        consents.forget,
    ),
    Kept(
        N_("What you allowed to be shown, what was made of it, and where it stood"),
        N_("3 years after it ended"),
        ERASED,
        consents.forget,
    ),
    Kept(
        N_("A concern that you ended"),
        N_("2 years"),
        ERASED,
        voice.forget,
    ),
    Kept(
        N_("Who asked by law about you, and what was given"),
        N_("3 years, and not before you were told"),
        ERASED,
        legal.forget,
    ),
    Kept(
        N_("What was done about you, and who looked"),
        N_("2 years"),
        N_("Deleted; a number stays that holds the list together"),
        audit.forget_old,
    ),
    Kept(
        N_("That pages were opened as an exception, and why"),
        N_("2 years"),
        DELETED,
        openings.forget,
    ),
    Kept(
        N_("An account that was closed"),
        N_("14 days to change your mind; nobody can read it"),
        N_("All its text is erased, in copies of the data too"),
        erasing.erase_due,
    ),
    Kept(
        N_("Where somebody is paid who closed their account"),
        N_("Until every payment to them has ended"),
        N_("Erased, in copies of the data too"),
        payees.forget,
    ),
    Kept(
        N_("Copies of the data, closed by a key that is kept elsewhere"),
        N_("30 days; copies of the keys, 7 days"),
        DELETED,
        copies.prune,
    ),
    Kept(
        N_("When a task of this program ran"),
        N_("1 day"),
        DELETED,
        jobs.prune_runs,
    ),
)


def retain(now: datetime) -> None:
    """The whole table, each function once; one that fails keeps no other from running.

    By the hour: some things are kept for a day, and a day is not two.
    """
    functions = dict.fromkeys(row.forget for row in TABLE)
    for_each(functions, lambda forget: forget(now))
