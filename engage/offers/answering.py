"""Answers to new terms, and what comes of them when the time to answer is over."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.engagements import changed, changing
from engage.engagements import queries as engagement_queries
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE
from engage.notices import actions as notices
from engage.offers import change_queries, rules, terms_rules
from engage.offers.models import TermsChange
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.people.models import Person
from engage.workload import queries as workload


def accept(change_id: int, *, raised: bool, by: Person, now: datetime) -> Engagement:
    """A yes to new terms: weighed under the lock on the consultant's own row."""
    with transaction():
        person = lock_one(Person, by.id)
        change, engagement = _locked(change_id)
        if change.person_id != person.id:
            raise NotFound
        _check_open(change, engagement, now)
        rules.after(change.status, "accept")
        new = added(change, engagement)
        _check_room(change, engagement, new, raised=raised, now=now)
        changing.take_on(engagement, person, change.terms, new, now=now)
        changing.fit_money(engagement, source=change.source, by=by, now=now)
        change.status, change.is_done = rules.after(change.status, "accept"), True
        forget_reminder(change)
        post = db.session.get_one(Opportunity, engagement.opportunity_id)
        engagements.tell(engagement.organization_id, "agreed", post, now)
        audit.record(
            "engagement.new_terms",
            subject=person.subject,
            thing=f"engagement:{engagement.uid}",
            by=by,
            now=now,
            organization_id=engagement.organization_id,
        )
    return engagement


def _check_room(
    change: TermsChange,
    engagement: Engagement,
    new: set[datetime],
    *,
    raised: bool,
    now: datetime,
) -> None:
    group = engagement_queries.group(engagement)
    standing = workload.standing(change.person_id, now, without=group)
    terms_rules.check_room(
        standing,
        changing.coming(engagement, engagement.terms, (), now),
        changing.coming(engagement, change.terms, new, now),
        calendar.local_day(now, standing.zone),
        raised=raised,
    )


def refuse(change_id: int, *, by: Person) -> None:
    """A no to new terms. Nothing else is written before the time to answer is over."""
    with transaction():
        lock_one(Person, by.id)
        change = lock_one(TermsChange, change_id)
        if change.person_id != by.id or not change.is_delivered:
            raise NotFound
        change.status = rules.after(change.status, "close")
        forget_reminder(change)


def added(change: TermsChange, engagement: Engagement) -> set[datetime]:
    """Sessions that a yes brings, since the terms of now do not have them."""
    known = changed.moments(engagement.terms)
    return {at for at in changed.moments(change.terms) if at not in known}


def settle(change_id: int, *, now: datetime) -> None:
    """The time to answer is over, and every no ends here, at one moment.

    Who cannot come keeps the seat and the other sessions; a session that was moved
    away too late is paid; what nothing can use any more goes back to the line.
    """
    with transaction() as session:
        person = lock_one(Person, session.get_one(TermsChange, change_id).person_id)
        change, engagement = _locked(change_id)
        if change.is_done or now < change.reply_by:
            return
        if change.status is OfferStatus.WAITING:
            change.status = rules.after(change.status, "close")
        change.is_done = True
        forget_reminder(change)
        if change.old_starts_at is not None and change.is_paid:
            changing.keep_paid(engagement, person, change.old_starts_at, now)
        changing.fit_money(engagement, source=change.source, by=None, now=now)
        is_bare = change.old_starts_at is not None and not engagement.sessions
        if is_bare and engagement.status in LIVE:
            changing.end_without_sessions(engagement, person, now=now)


def _locked(change_id: int) -> tuple[TermsChange, Engagement]:
    """The change below all that its engagement touches, in the house's order."""
    engagement_id = db.session.get_one(TermsChange, change_id).engagement_id
    engagement = engagements.locked(engagement_id)
    return lock_one(TermsChange, change_id), engagement


def _check_open(change: TermsChange, engagement: Engagement, now: datetime) -> None:
    db.session.refresh(engagement, ["opportunity"])
    if not change.is_delivered:
        raise NotFound
    if not change_queries.may_answer(change, engagement, now):
        raise Refused(rules.NO_LONGER_OPEN)


def forget_reminder(change: TermsChange) -> None:
    """What asked for an answer is gone from the inbox once there is one."""
    for kind in ("terms_reminder", "new_terms", "more_time"):
        notices.put_away_about(change.person_id, kind, change.uid)
