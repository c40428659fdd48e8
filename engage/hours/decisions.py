from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.engagements import queries as engagements
from engage.engagements.models import Engagement
from engage.funding import actions as funding
from engage.funding import queries as funds
from engage.funding.rules import PayKind, Stage, Terms, preparation_cents
from engage.hours import agreements, deciding, rules, waiting
from engage.hours.models import HoursEntry
from engage.hours.rules import ReturnCheck
from engage.ledger import actions as ledger
from engage.ledger.models import Payee
from engage.ledger.rules import PayableKind
from engage.notices import actions as notices
from engage.people.models import Person
from engage.workload import pay, pay_queries
from engage.workload.guard import nearest
from engage.workload.rules import Activity


def approve(
    entry_ids: Collection[int],
    *,
    by: Person,
    now: datetime,
    no_interest: bool,
    versions: Mapping[int, int] | None = None,
) -> list[HoursEntry]:
    """Approve all of them or none; what is owed stands in the ledger afterwards.

    `versions` are those of the page on which the approver saw the entries.
    """
    with transaction():
        entries = deciding.locked(entry_ids)
        for entry in entries:
            _check_seen(entry, versions)
            rules.check_approver(by.id, entry.person_id, not no_interest)
        _approve(entries, by=by, now=now)
    return entries


def approve_seen(
    seen: Mapping[str, int],
    places: Collection[int],
    *,
    by: Person,
    now: datetime,
    no_interest: bool,
) -> list[HoursEntry]:
    """Approve what a page showed, as versions by uid, all in these organizations."""
    ids = waiting.ids(places, seen, now)
    if len(ids) != len(seen):
        raise Refused(rules.CHANGED)
    return approve(
        ids.values(),
        by=by,
        now=now,
        no_interest=no_interest,
        versions={entry_id: seen[uid] for uid, entry_id in ids.items()},
    )


def attest(entry_ids: Collection[int], *, now: datetime) -> list[HoursEntry]:
    """Approve what nobody looked at in time, as the consultant attested it."""
    with transaction():
        found = deciding.locked(entry_ids)
        entries = [
            entry
            for entry in found
            if (entry.status, "approve") in rules.MOVES
            and calendar.local_day(now, entry.organization.zone)
            > entry.decides_itself_on
        ]
        _approve(entries, by=None, now=now)
    return entries


def give_back(
    entry_id: int,
    check: ReturnCheck,
    *,
    by: Person,
    now: datetime,
    version: int | None = None,
) -> HoursEntry:
    """Return an entry once, by naming what to check; nothing else can be said."""
    with transaction():
        (entry,) = deciding.locked([entry_id])
        _check_seen(entry, None if version is None else {entry_id: version})
        rules.check_return(entry.status, entry.return_check is not None)
        entry.status = rules.after(entry.status, "return")
        entry.return_check = check
        db.session.flush()
        notices.queue(entry.person_id, "hours_returned", now=now, uid=entry.uid)
        record("hours.return", [entry], by=by, now=now)
    return entry


def _check_seen(entry: HoursEntry, versions: Mapping[int, int] | None) -> None:
    rules.check_waiting(entry.status)
    if versions is not None and versions.get(entry.id) != entry.version:
        raise Refused(rules.CHANGED)


def _approve(entries: list[HoursEntry], *, by: Person | None, now: datetime) -> None:
    """Rows, money and ledger for all entries; then who is told, and the audit last."""
    ids = {entry.engagement_id for entry in entries}
    earned, paid = deciding.earned_sessions(ids), deciding.paid_minutes(ids)
    payees = ledger.payees_for(map(_pair, entries))
    groups = {engagements.group(entry.engagement) for entry in entries}
    chosen = pay_queries.chosen_days(groups)
    spent: dict[Engagement, int] = defaultdict(int)
    for entry in entries:
        terms = engagements.terms_of(entry.engagement)
        place = (entry.engagement_id, entry.session_number)
        line = (entry.engagement_id, rules.group(entry.activity))
        cents = _earned(entry, terms, is_earned=place in earned, before=paid[line])
        paid[line] += entry.minutes if cents else 0
        if cents and terms.pay is not PayKind.HOURLY:
            earned.add(place)
        _decide(entry, cents, by=by, now=now)
        if cents:
            owe(entry, terms, payees[_pair(entry)], chosen=chosen, now=now)
            spent[entry.engagement] += cents
    for engagement, cents in spent.items():
        spend(engagement, cents, now=now)
    db.session.flush()
    for person_id in sorted({entry.person_id for entry in entries}):
        notices.queue(person_id, "hours_approved", now=now)
    record("hours.approve", entries, by=by, now=now)


def _earned(entry: HoursEntry, terms: Terms, *, is_earned: bool, before: int) -> int:
    """`before` are the minutes of its line that were paid, so that parts of a line
    never come to more than was reserved for all of it."""
    if is_for_nothing(entry):
        return preparation_cents(terms, entry.minutes, before=before)
    return rules.earned_cents(
        terms,
        entry.activity,
        entry.minutes,
        session_ordinal=entry.session_number,
        already_earned=is_earned,
        minutes_before=before,
    )


def is_for_nothing(entry: HoursEntry) -> bool:
    """Was it preparation for a session that an early end or a move took away?"""
    if entry.activity is not Activity.PREPARATION:
        return False
    sessions = agreements.sessions_of(entry.engagement, entry.person.zone)
    gone = {one.number for one in sessions if not one.is_owed}
    return entry.session_number in gone


def _decide(entry: HoursEntry, cents: int, *, by: Person | None, now: datetime) -> None:
    entry.status = rules.after(entry.status, "approve")
    entry.cents, entry.decided_at = cents, now
    entry.decided_by_id = None if by is None else by.id
    entry.is_attested = by is None


def _pair(entry: HoursEntry) -> tuple[int, int]:
    return entry.person_id, entry.engagement.line.payer_id


def owe(
    entry: HoursEntry,
    terms: Terms,
    payee: Payee,
    *,
    chosen: Mapping[str, list[tuple[date, date | None]]],
    now: datetime,
) -> None:
    """What an approved entry earned is owed, and due as the agreement promised.

    `chosen` are the pay days that the consultant chose before, by group.
    """
    engagement, group = entry.engagement, engagements.group(entry.engagement)
    is_hourly = terms.pay is PayKind.HOURLY
    payable = ledger.owe(
        PayableKind.HOURS if is_hourly else PayableKind.STIPEND,
        f"hours:{entry.uid}",
        payee=payee,
        organization_id=entry.organization_id,
        funding_line_id=engagement.funding_line_id,
        cents=entry.cents or 0,
        worked_on=entry.day,
        due_on=rules.pay_due_on(
            entry.day,
            calendar.local_day(entry.logged_at, entry.organization.zone),
            engagement.terms["promise_days"],
        ),
        approved_by_id=entry.decided_by_id,
        now=now,
    )
    pay.owed(
        payable,
        person=entry.person,
        # What is paid for work that is off takes no other work's place.
        group=f"{group}:off" if is_for_nothing(entry) else group,
        until=nearest(chosen.get(group, []), entry.day),
        now=now,
    )


def spend(engagement: Engagement, cents: int, *, now: datetime) -> None:
    """From what was kept at the yes; cents that rounding adds come from the line."""
    source = engagements.group(engagement)
    kept = funds.held_cents(engagement.funding_line_id, source, Stage.RESERVED)
    for stage, part in (
        (Stage.RESERVED, min(kept, cents)),
        (None, cents - min(kept, cents)),
    ):
        if part:
            funding.move(
                engagement.line,
                source=source,
                stage=stage,
                to_source=source,
                to_stage=Stage.APPROVED,
                cents=part,
                now=now,
            )


def record(
    verb: str, entries: Iterable[HoursEntry], *, by: Person | None, now: datetime
) -> None:
    """One entry in each consultant's chain for each of theirs."""
    audit.record_all(
        verb,
        [
            (entry.person.subject, f"hours_entry:{entry.uid}", entry.organization_id)
            for entry in entries
        ],
        by=by,
        now=now,
        role="" if by is None else "coordinator",
    )
