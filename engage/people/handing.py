"""Handing panels and posts to a colleague, and what an end of a role leaves."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import db, insert_missing, lock, lock_one, new_uid, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.people import leads, queries, rules
from engage.people.lead_models import Lead
from engage.people.models import Membership, Person


class Away(NamedTuple):
    """The days through which a colleague stands in, as they were typed."""

    from_on: date | None
    until_on: date | None


def begin(thing: str, organization_id: int, *, by: Person | None) -> None:
    """Whoever makes a panel or a post looks after it at first."""
    if by is None or by.is_consultant:
        return
    db.session.flush()
    insert_missing(
        Lead,
        uid=new_uid(),
        thing=thing,
        organization_id=organization_id,
        person_id=by.id,
    )


def hand_over(
    things: Mapping[str, int],
    to_uid: str,
    *,
    is_all: bool = False,
    away: Away | None = None,
    by: Person,
    now: datetime,
) -> int:
    """Hand things of one organization to a colleague, for good or while away.

    `things` are keys and the organizations they belong to, known to be places for
    which `by` coordinates; with `is_all` those elsewhere are left out. What another
    looks after stays theirs. How many were handed over.
    """
    with transaction():
        place, other = _colleague(to_uid, by)
        if away is not None:
            if other.id == by.id:
                raise Refused(N_("Choose a colleague."), field="to")
            today = calendar.local_day(now, place.zone)
            rules.check_away(away.from_on, away.until_on, today)
        there = [key for key in sorted(things) if things[key] == place.id]
        if len(there) < len(things) and not is_all:
            raise Refused(
                N_("Choose a colleague of the organization that it belongs to."),
                field="to",
            )
        rows = _own_leads(there, place, by)
        if not rows:
            raise Refused(N_("Choose what to hand over."), field="things")
        for row in rows:
            _hand(row, by.id if away else other.id, other.id, away)
        _tell(rows, place, other, by, now)
        return len(rows)


def _colleague(to_uid: str, by: Person) -> tuple[Organization, Person]:
    """The colleague and the place, held so that no role there ends meanwhile."""
    found = queries.membership_by_uid(to_uid)
    if found is None:
        raise Refused(N_("Choose a colleague."), field="to")
    lock(Person, [by.id, found.person_id])
    lock_one(Membership, found.id)
    everyone = leads.coordinators_of(found.organization_id)
    if by.id not in everyone:
        raise NotFound
    if found.role != "coordinator" or found.person_id not in everyone:
        raise Refused(N_("Choose a colleague."), field="to")
    place = db.session.get_one(Organization, found.organization_id)
    return place, db.session.get_one(Person, found.person_id)


def _own_leads(things: list[str], place: Organization, by: Person) -> list[Lead]:
    """Locked rows of what this person looks after, or of what nobody does."""
    for thing in things:
        begin(thing, place.id, by=by)
    db.session.flush()
    ids = db.session.scalars(
        sa.select(Lead.id).where(
            Lead.thing.in_(things),
            Lead.organization_id == place.id,
            sa.or_(Lead.person_id == by.id, sa.not_(leads.is_led())),
        )
    )
    return list(lock(Lead, list(ids)))


def _hand(row: Lead, lead_id: int, other_id: int, away: Away | None) -> None:
    row.person_id = lead_id
    row.stand_in_id = other_id if away else None
    row.stands_from = away.from_on if away else None
    row.stands_until = away.until_on if away else None


def _tell(
    rows: list[Lead], place: Organization, other: Person, by: Person, now: datetime
) -> None:
    audit.record_all(
        "lead.hand_over",
        [(f"organization:{place.uid}", row.thing, place.id) for row in rows],
        by=by,
        now=now,
        role="coordinator",
    )
    if other.id != by.id:
        notices.queue_once([other.id], "handed", now=now)
        notices.queue_once([by.id], "handed_on", now=now)


def let_go(
    person_id: int, organization_id: int, *, by: Person | None, now: datetime
) -> None:
    """What somebody looked after goes to all the others, who are told; the caller
    has ended the role."""
    with transaction() as session:
        session.flush()
        place = session.get_one(Organization, organization_id)
        session.execute(
            sa.update(Lead)
            .where(
                Lead.stand_in_id == person_id, Lead.organization_id == organization_id
            )
            .values(stand_in_id=None, stands_from=None, stands_until=None)
        )
        rows = session.scalars(
            sa.select(Lead).where(
                Lead.person_id == person_id, Lead.organization_id == organization_id
            )
        ).all()
        audit.record_all(
            "lead.ended",
            [(f"organization:{place.uid}", row.thing, place.id) for row in rows],
            by=by,
            now=now,
        )
        for row in rows:
            session.delete(row)
        if rows:
            others = leads.coordinators_of(organization_id)
            notices.queue_once(others, "unled", now=now)
