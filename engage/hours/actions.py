from datetime import date, datetime
from typing import NamedTuple

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.engagements.models import Engagement
from engage.hours import agreements, queries, rules
from engage.hours.decisions import approve as approve
from engage.hours.decisions import approve_seen as approve_seen
from engage.hours.decisions import attest as attest
from engage.hours.decisions import give_back as give_back
from engage.hours.models import HoursEntry
from engage.hours.settling import forget_notes as forget_notes
from engage.hours.settling import pay as pay
from engage.hours.settling import pay_preparation as pay_preparation
from engage.hours.settling import reopen as reopen
from engage.hours.settling import settle as settle
from engage.ledger import actions as ledger
from engage.notices import actions as notices
from engage.opportunities.models import Opportunity
from engage.people import leads
from engage.people.models import Person
from engage.workload import actions as workload
from engage.workload.rules import Activity, Piece


class Work(NamedTuple):
    """What one entry says was done."""

    day: date
    minutes: int
    activity: Activity
    note: str = ""


def log(
    engagement_id: int,
    *,
    day: date,
    minutes: int,
    activity: Activity,
    note: str = "",
    session_number: int | None = None,
    by: Person,
    now: datetime,
) -> HoursEntry:
    """Log work that was done; it asks the agreement, never a limit.

    `session_number` is known when one press repeats an agreed session.
    """
    work = Work(day, minutes, activity, note)
    with transaction() as session:
        engagement = _locked(engagement_id, by)
        agreement = agreements.agreement(engagement, by.zone)
        _check(work, agreement, by, today=calendar.local_day(now, by.zone))
        entry = HoursEntry(
            engagement_id=engagement_id,
            person_id=by.id,
            organization_id=engagement.organization_id,
            logged_at=now,
        )
        number = session_number or agreement.session_number(day, activity)
        _write(entry, work, number, by)
        _submit(entry, engagement, now, resubmitted=False)
        session.add(entry)
        ledger.payee_for(by.id, engagement.line.payer_id)
        _count(entry, engagement, by)
        _tell(engagement, "hours_waiting", now)
        _record("hours.log", entry, by=by, now=now)
    return entry


def repeat(
    engagement_id: int,
    *,
    session_number: int,
    activity: Activity,
    by: Person,
    now: datetime,
) -> HoursEntry:
    """Log one agreed piece of work as it was agreed, with one press."""
    with transaction():
        engagement = _locked(engagement_id, by)
        offered = agreements.agreement(engagement, by.zone).presses(now, by.zone)
        for press in offered:
            if (press.number, press.activity) == (session_number, activity):
                return log(
                    engagement_id,
                    day=press.day,
                    minutes=press.minutes,
                    activity=activity,
                    session_number=session_number,
                    by=by,
                    now=now,
                )
    raise Refused(N_("This is logged already. Nothing was done twice."))


def mend(
    entry_id: int,
    *,
    day: date,
    minutes: int,
    activity: Activity,
    note: str = "",
    by: Person,
    now: datetime,
) -> HoursEntry:
    """Send a returned entry again; its clock to pay runs on from the first logging."""
    work = Work(day, minutes, activity, note)
    with transaction():
        entry, engagement = _own_entry(entry_id, by)
        rules.after(entry.status, "submit")
        agreement = agreements.agreement(engagement, by.zone, without=entry_id)
        # What was logged in time may be mended later, but says no later work.
        logged_on = calendar.local_day(entry.logged_at, by.zone)
        _check(work, agreement, by, today=logged_on, without=entry_id)
        _write(entry, work, agreement.session_number(day, activity), by)
        _submit(entry, engagement, now, resubmitted=True)
        workload.unlog(f"hours:{entry.uid}")
        _count(entry, engagement, by)
        _tell(engagement, "hours_waiting", now)
        _record("hours.mend", entry, by=by, now=now)
    return entry


def withdraw(entry_id: int, *, by: Person, now: datetime) -> HoursEntry:
    """Take back what nobody has approved yet; its note goes with it."""
    with transaction():
        entry, _ = _own_entry(entry_id, by)
        entry.status = rules.after(entry.status, "withdraw")
        entry.note_sealed = None
        db.session.flush()
        workload.unlog(f"hours:{entry.uid}")
        _record("hours.withdraw", entry, by=by, now=now)
    return entry


def ask_more(engagement_id: int, *, by: Person, now: datetime) -> Engagement:
    """Tell the coordinators that more time than agreed is asked for, without words."""
    with transaction():
        engagement = _locked(engagement_id, by)
        _tell(engagement, "hours_more", now, uid=engagement.uid)
        audit.record(
            "hours.more",
            subject=by.subject,
            thing=f"engagement:{engagement.uid}",
            by=by,
            now=now,
            organization_id=engagement.organization_id,
        )
    return engagement


def _locked(engagement_id: int, by: Person) -> Engagement:
    """The person's row before the engagement's, since minutes are written down too."""
    lock_one(Person, by.id)
    lock_one(Engagement, engagement_id)
    engagement = queries.engagement(engagement_id)
    if engagement.person_id != by.id:
        raise NotFound
    return engagement


def _own_entry(entry_id: int, by: Person) -> tuple[HoursEntry, Engagement]:
    engagement = _locked(db.session.get_one(HoursEntry, entry_id).engagement_id, by)
    entry = db.session.get_one(HoursEntry, entry_id, populate_existing=True)
    return entry, engagement


def _check(
    work: Work,
    agreement: agreements.Agreement,
    by: Person,
    *,
    today: date,
    without: int | None = None,
) -> None:
    rules.check_entry(
        work.day,
        work.minutes,
        work.activity,
        today=today,
        engagement_starts=calendar.local_day(agreement.engagement.agreed_at, by.zone),
        engagement_ended_on=agreement.ends_on,
        agreed_left=agreement.left,
        day_minutes_before=queries.day_minutes(by.id, work.day, without=without),
    )


def _write(entry: HoursEntry, work: Work, number: int | None, by: Person) -> None:
    entry.day, entry.minutes, entry.activity = work.day, work.minutes, work.activity
    entry.session_number = number
    entry.write_note(by.subject, work.note)


def _submit(
    entry: HoursEntry, engagement: Engagement, now: datetime, *, resubmitted: bool
) -> None:
    if resubmitted:
        entry.status = rules.after(entry.status, "submit")
    entry.submitted_at = now
    entry.decides_itself_on = rules.approves_itself_on(
        calendar.local_day(now, engagement.organization.zone), resubmitted=resubmitted
    )


def _count(entry: HoursEntry, engagement: Engagement, by: Person) -> None:
    workload.log(
        by.id,
        group=f"engagement:{engagement.uid}",
        source=f"hours:{entry.uid}",
        piece=Piece(entry.day, entry.minutes, entry.activity),
    )


def _tell(engagement: Engagement, kind: str, now: datetime, **values: str) -> None:
    post = db.session.get_one(Opportunity, engagement.opportunity_id)
    told = leads.to_tell(engagement.organization_id, f"opportunity:{post.uid}", now)
    # Whose name is still kept back is kept back here as well.
    notices.queue_once(told, kind, now=max(now, engagement.shown_from or now), **values)


def _record(verb: str, entry: HoursEntry, *, by: Person, now: datetime) -> None:
    audit.record(
        verb,
        subject=by.subject,
        thing=f"hours_entry:{entry.uid}",
        by=by,
        now=now,
        organization_id=entry.organization_id,
    )
