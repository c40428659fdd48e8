"""One neutral reminder, a day before the time to answer ends.

Every row of the moment is marked alike, whatever was answered: the mark tells nothing.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db, transaction
from engage.notices import actions as notices
from engage.offers.models import Offer, TermsChange
from engage.offers.rules import OfferStatus
from engage.offers.terms_rules import REMINDED_BEFORE
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.people.models import Person
from engage.people.rules import PersonStatus
from engage.workload.models import Pause
from engage.workload.rules import Pause as Paused
from engage.workload.rules import is_paused


def remind(now: datetime) -> None:
    """Remind whoever has not answered and has not paused since; then mark them all."""
    with transaction():
        for person_id, uid in _asked(now):
            notices.queue(person_id, "reminder", now=now, uid=uid)
        for person_id, uid in _changes(now):
            notices.queue(person_id, "terms_reminder", now=now, uid=uid)
        for model in (Offer, TermsChange):
            db.session.execute(
                sa.update(model).where(_is_due(model, now)).values(is_reminded=True)
            )
        db.session.expire_all()


def _is_due(model: type[Offer | TermsChange], now: datetime) -> sa.ColumnElement[bool]:
    soon = model.reply_by <= now + REMINDED_BEFORE
    return sa.and_(soon, model.reply_by > now, sa.not_(model.is_reminded))


def _asked(now: datetime) -> list[tuple[int, str]]:
    rows = (
        _of_people(Offer)
        .join(Opportunity, Opportunity.id == Offer.opportunity_id)
        .where(_is_due(Offer, now), Opportunity.status == OpportunityStatus.POSTED)
    )
    return list(_who_hears(db.session.execute(rows), now))


def _changes(now: datetime) -> list[tuple[int, str]]:
    rows = _of_people(TermsChange).where(
        _is_due(TermsChange, now), TermsChange.is_delivered
    )
    return list(_who_hears(db.session.execute(rows), now))


def _of_people(model: type[Offer | TermsChange]) -> sa.Select[int, str, str, Pause]:
    return (
        sa.select(Person.id, model.uid, Person.zone, Pause)
        .join(Person, Person.id == model.person_id)
        .outerjoin(Pause, Pause.person_id == Person.id)
        .where(
            model.status == OfferStatus.WAITING, Person.status == PersonStatus.ACTIVE
        )
        .order_by(model.id)
    )


def _who_hears(
    rows: Iterable[sa.Row[int, str, str, Pause | None]], now: datetime
) -> Iterable[tuple[int, str]]:
    """Nobody who has paused since is asked for an answer."""
    for person_id, uid, zone, row in rows:
        pause = Paused(row.starts_on, row.ends_on) if row else None
        if not is_paused(pause, calendar.local_day(now, zone)):
            yield person_id, uid
