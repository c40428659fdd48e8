"""Asking for a consent, and putting it to the one person who can give it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.consents import queries, rules
from engage.consents.models import Consent
from engage.consents.rules import ConsentKind, ConsentStatus
from engage.core import calendar
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.engagements import thread
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.notices import actions as notices
from engage.people.models import Person
from engage.workload import queries as workload
from engage.workload import rules as room
from engage.workload.filters import Filters


class Ask(NamedTuple):
    """What one ask says; `days` is the time to answer it."""

    kind: ConsentKind
    what: str
    place: str
    recipient: str
    purpose: str
    most_uses: int = 1
    months: int = rules.DEFAULT_MONTHS
    days: int = rules.USUAL_DAYS


def ask(
    engagement_id: int, wanted: Ask, *, by: Person, now: datetime, is_seen: bool = False
) -> Consent:
    """Write an ask down; whether it reaches anybody is decided at the worker's tick.

    Nothing that is agreed, owed or asked for hangs on it.
    """
    _check(wanted, is_seen)
    with transaction() as session:
        engagement = lock_one(Engagement, engagement_id)
        if not engagement.is_shown(now) or not thread.is_kept(engagement, now):
            raise Refused(N_("This work is over. Nobody can be asked any more."))
        _check_one_at_a_time(engagement, now)
        consent = Consent(
            engagement_id=engagement.id,
            person_id=engagement.person_id,
            organization_id=engagement.organization_id,
            asked_by_id=by.id,
            kind=wanted.kind,
            most_uses=wanted.most_uses,
            months=wanted.months,
            asked_at=now,
            answer_by=now + timedelta(days=wanted.days),
            wording=rules.WORDING,
        )
        person = session.get_one(Person, engagement.person_id)
        consent.put(
            person.subject,
            what=wanted.what,
            place=wanted.place,
            recipient=wanted.recipient,
            purpose=wanted.purpose,
        )
        session.add(consent)
        session.flush()
        note("consent.ask", consent, by=by, now=now)
    return consent


def _check(wanted: Ask, is_seen: bool) -> None:
    rules.check_short(wanted.days)
    rules.check_months(wanted.months)
    if wanted.most_uses > rules.MOST_USES:
        raise Refused(
            N_("Ask for %(most)s places at most."),
            field="most_uses",
            most=rules.MOST_USES,
        )
    found = thread.story_words(f"{wanted.what}\n{wanted.purpose}")
    if found and not is_seen:
        raise Refused(
            N_(
                "“%(found)s” may ask for a personal story. Nobody has to tell theirs. "
                "Change it, or tick below and send it as it is."
            ),
            field="what",
            found=found[0],
        )


def _check_one_at_a_time(engagement: Engagement, now: datetime) -> None:
    """Of what the organization itself sees alone: it learns nothing by this."""
    waiting = db.session.scalar(
        sa.select(Consent.answer_by).where(
            Consent.person_id == engagement.person_id,
            Consent.organization_id == engagement.organization_id,
            Consent.status.in_(rules.UNGIVEN),
            Consent.answer_by > now,
        )
    )
    if waiting is not None:
        raise Refused(
            N_("They have time to answer you until %(moment)s. Ask again after that."),
            moment=waiting,
        )


def take_back(consent_id: int, *, by: Person, now: datetime) -> None:
    """Delete what was asked and not given; the same whatever its person said."""
    with transaction() as session:
        consent = lock_one(Consent, consent_id)
        if consent.status in rules.GIVEN:
            raise Refused(rules.CHANGED)
        notices.put_away_about(consent.person_id, "permission", consent.uid)
        note("consent.take_back", consent, by=by, now=now)
        session.delete(consent)


def deliver(consent_id: int, *, now: datetime) -> None:
    """Put it to its person, or silently to nobody: both read alike to who asked."""
    with transaction() as session:
        consent = lock_one(Consent, consent_id)
        if consent.is_delivered is not None:
            return
        person = session.get_one(Person, consent.person_id)
        engagement = session.get_one(Engagement, consent.engagement_id)
        consent.is_delivered = _reaches(consent, person, engagement, now)
        if consent.is_delivered:
            notices.queue(person.id, "permission", now=now, uid=consent.uid)


def _reaches(
    consent: Consent, person: Person, engagement: Engagement, now: datetime
) -> bool:
    kept = workload.filters_of([person.id]).get(person.id, Filters())
    pause = workload.own_load(person.id, now).pause
    today = calendar.local_day(now, person.zone)
    return (
        person.is_active
        and consent.status is ConsentStatus.ASKED
        and now < consent.answer_by
        and engagement.status is not EngagementStatus.LEFT
        and consent.organization_id not in kept.organizations
        and not (pause is not None and room.is_paused(pause, today))
    )


def close(consent_id: int, *, now: datetime) -> None:
    """The time to answer is over: what nobody answered ends as a no ends."""
    with transaction():
        consent = lock_one(Consent, consent_id)
        if consent.status is ConsentStatus.ASKED and now >= consent.answer_by:
            consent.status = rules.after(consent.status, "close")
            notices.put_away_about(consent.person_id, "permission", consent.uid)


def own_ask(consent_id: int, by: Person, now: datetime) -> Consent:
    """The person's own ask, locked, while it can be answered."""
    consent = lock_one(Consent, consent_id)
    if consent.person_id != by.id or not consent.is_delivered:
        raise NotFound
    rules.check_answerable(consent.status, consent.answer_by, now)
    return consent


def note(verb: str, consent: Consent, *, by: Person | None, now: datetime) -> None:
    """In its person's own log; of a no nothing stands anywhere."""
    person: Any = queries.person_of(consent)
    audit.record(
        verb,
        subject=person.subject,
        thing=f"consent:{consent.uid}",
        by=by,
        now=now,
        organization_id=consent.organization_id,
    )
