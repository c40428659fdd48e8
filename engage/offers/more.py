"""More time for one person who agreed: a new ask, under the rules of a named one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import lock_one, transaction
from engage.core.errors import Refused
from engage.engagements import changed, changing, ending
from engage.engagements import queries as engagement_queries
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE
from engage.engagements.terms import terms_in
from engage.funding import actions as funding
from engage.funding import queries as funds
from engage.funding import rules as money
from engage.funding.models import FundingLine
from engage.notices import actions as notices
from engage.offers import change_queries, probing, rules, terms_rules
from engage.offers.models import TermsChange
from engage.offers.rules import OfferStatus
from engage.offers.terms_rules import ChangeKind
from engage.opportunities import queries as opportunities
from engage.people.models import Person
from engage.people.rules import PersonStatus
from engage.workload import actions as workload
from engage.workload import queries as workload_queries
from engage.workload.rules import Work, is_over, may_deliver, would_break


def ask(
    engagement_id: int,
    *,
    longer: Mapping[datetime, int],
    added: Mapping[datetime, int],
    preparation_minutes: int,
    debrief_minutes: int,
    reply_by: datetime,
    by: Person,
    now: datetime,
) -> TermsChange:
    """Ask for more: one row and its money, whatever the person's limits are."""
    with transaction() as session:
        line_id = session.get_one(Engagement, engagement_id).funding_line_id
        line = lock_one(FundingLine, line_id)
        lock_one(Engagement, engagement_id)
        engagement = engagement_queries.whole(engagement_id)
        values = changed.more(
            engagement,
            longer=longer,
            added=added,
            preparation_minutes=preparation_minutes,
            debrief_minutes=debrief_minutes,
        )
        _check(engagement, values, added, reply_by, now)
        _check_line(line, values, now)
        change = _change(engagement, values, added, reply_by, now)
        session.add(change)
        session.flush()
        if change.cents:
            funding.set_aside(line, change.source, change.cents, by=by, now=now)
        _record(engagement, by, now)
    return change


def _check(
    engagement: Engagement,
    values: Mapping[str, Any],
    added: Mapping[datetime, int],
    reply_by: datetime,
    now: datetime,
) -> None:
    """Refusals weigh only what the coordinator can see on this very page."""
    if engagement.status not in LIVE:
        raise Refused(terms_rules.ENDED)
    still = change_queries.open_for(engagement.id)
    if still is not None:
        raise Refused(terms_rules.ASKED_STILL, when=still.reply_by)
    terms_rules.check_more(
        *changed.spans(engagement, values),
        pay=terms_in(values).pay,
        beside=[
            values[name] - engagement.terms[name]
            for name in ("preparation_minutes", "debrief_minutes")
        ],
    )
    terms_rules.check_added(added, reply_by, now)
    held = changed.held_starts(engagement) | set(added)
    moments = changed.moments(values)
    terms_rules.check_apart([(at, moments[at]) for at in held if at in moments])
    wave = opportunities.next_wave(now, engagement.organization.zone)
    rules.check_reply_by(wave, reply_by, is_named=False)
    rules.check_reply_by(now, reply_by, is_named=True)


def _check_line(line: FundingLine, values: Mapping[str, Any], now: datetime) -> None:
    terms, frame = terms_in(values), funds.line_values(line)
    money.check_open(frame)
    for day in terms.session_days:
        if day >= calendar.local_day(now, values["zone"]):
            money.check_day(frame, day)
    money.check_floor(frame, terms)
    money.check_cap(frame, terms)
    money.check_daily_cap(frame, terms)


def _change(
    engagement: Engagement,
    values: dict[str, Any],
    added: Mapping[datetime, int],
    reply_by: datetime,
    now: datetime,
) -> TermsChange:
    before = changed.starts_of(engagement)
    old = changed.minutes_at_most(engagement.terms, before)
    new = changed.minutes_at_most(values, before | set(added))
    return TermsChange(
        engagement_id=engagement.id,
        person_id=engagement.person_id,
        kind=ChangeKind.MORE_TIME,
        terms=values,
        reply_by=reply_by,
        asked_at=now,
        next_at=opportunities.next_wave(now, engagement.organization.zone),
        minutes=new - old,
        cents=max(0, values["seat_cents"] - ending.owed_at_most(engagement)),
    )


def _record(engagement: Engagement, by: Person, now: datetime) -> None:
    audit.record(
        "offer.more_time",
        subject=f"organization:{engagement.organization.uid}",
        thing=f"engagement:{engagement.uid}",
        by=by,
        now=now,
        organization_id=engagement.organization_id,
    )


def deliver(change_id: int, *, now: datetime) -> None:
    """Put it to the person, when its moment has come and nothing of theirs is passed.

    Who may be asked and who may not takes the same way through the same statements.
    """
    with transaction() as session:
        lock_one(Person, session.get_one(TermsChange, change_id).person_id)
        change = lock_one(TermsChange, change_id)
        if change.is_done or now < change.next_at:
            return
        engagement = engagement_queries.whole(change.engagement_id)
        zone = engagement.organization.zone
        change.next_at = opportunities.next_wave(now, zone)
        may = _fits(change, engagement, now) & _may_ask(change, engagement, now)
        if may and change.status is OfferStatus.WAITING and not change.is_delivered:
            change.is_delivered = True
            workload.count_ask(change.person_id, now.date())
            notices.queue(change.person_id, "more_time", now=now, uid=change.uid)


def _fits(change: TermsChange, engagement: Engagement, now: datetime) -> bool:
    """Do the person's own limits, times and filters let it be asked now?

    New days ask for notice and free hours; all of it has to fit the limits.
    """
    new = changed.brought(engagement, change.terms)
    whole = changing.coming(engagement, change.terms, new, now)
    days = Work([one for one in whole.sessions if one.starts_at in new])
    group = engagement_queries.group(engagement)
    everything = workload_queries.standing(change.person_id, now)
    standing = workload_queries.standing(change.person_id, now, without=group)
    today = calendar.local_day(now, standing.zone)
    is_open = engagement.person.status is PersonStatus.ACTIVE
    return (
        not _is_filtered(engagement, whole)
        and may_deliver(standing, days, today)
        and not would_break(standing, whole, today, standing.asks_30d)
        and not is_over(everything, today)
        and is_open
        and engagement.status in LIVE
    )


def _is_filtered(engagement: Engagement, whole: Work) -> bool:
    terms, person_id = engagement.terms, engagement.person_id
    own = workload_queries.filters_of([person_id]).get(person_id)
    return own is not None and own.keeps_away(
        engagement.organization_id,
        law_enforcement=bool(terms["has_law_enforcement"]),
        travel=terms_rules.travels(bool(terms["is_in_person"]), whole.sessions),
        topics=terms.get("topics", ()),
    )


def _may_ask(change: TermsChange, engagement: Engagement, now: datetime) -> bool:
    """Weighs what this organization did visibly, and nothing of the person's."""
    alias_id = probing.alias_id_of(change.person_id, engagement.organization_id)
    if alias_id is None:
        return False
    past = probing.past_asks([alias_id], now)[alias_id]
    this = (change.asked_at, "more", change.id)
    earlier = [each for each in past if each[:3] < this]
    zone = engagement.organization.zone
    may = probing.may_ask(earlier, change.asked_at, change.minutes, zone, now)
    return may and rules.may_still_ask(now, change.reply_by)
