"""What was written down about one person, for that person's own pages and file."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.audit import queries as audit
from engage.audit.models import AuditEntry
from engage.audit.rules import plain
from engage.core.calendar import local_day, local_midnight_utc
from engage.core.db import db
from engage.looks import words
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.people.rules import PersonKind

Say = Callable[[str], str]  # into the reader's language


class Filter(NamedTuple):
    """Which looks are asked for: of one month, by one organization."""

    month: str = ""  # "2026-07", in the reader's own zone
    place: str = ""  # an organization's uid


def looks_at(person: Person, wanted: Filter) -> sa.Select[AuditEntry, str, str]:
    """(entry, staff name, organization) of looks at them, the newest first."""
    query = _named(person).where(AuditEntry.kind == "look")
    if wanted.place:
        query = query.where(Organization.uid == wanted.place)
    begin = first_of(wanted.month)
    if begin is not None:
        start = local_midnight_utc(begin, person.zone)
        end = local_midnight_utc(_next(begin), person.zone)
        query = query.where(AuditEntry.at >= start, AuditEntry.at < end)
    return query


def own_acts(person: Person) -> sa.Select[AuditEntry, str, str]:
    """(entry, staff name, organization) of what was done, the newest first."""
    return _named(person).where(AuditEntry.kind == "act")


def _named(person: Person) -> sa.Select[AuditEntry, str, str]:
    return (
        sa.select(AuditEntry, _staff_name(), Organization.name)
        .outerjoin(Person, Person.id == AuditEntry.by_person_id)
        .outerjoin(Organization, Organization.id == AuditEntry.organization_id)
        .where(AuditEntry.subject == person.subject)
        .order_by(AuditEntry.number.desc())
    )


def _staff_name() -> Any:
    return sa.case((Person.kind == PersonKind.STAFF, Person.staff_name), else_="")


def months(person: Person) -> list[date]:
    """The first days of the months that have looks, the newest first."""
    query = sa.select(sa.func.min(AuditEntry.at), sa.func.max(AuditEntry.at)).where(
        AuditEntry.subject == person.subject, AuditEntry.kind == "look"
    )
    first, last = db.session.execute(query).one()
    if first is None:
        return []
    month, found = local_day(first, person.zone).replace(day=1), []
    while month <= local_day(last, person.zone):
        found.append(month)
        month = _next(month)
    return found[::-1]


def lookers(person: Person) -> list[tuple[str, str]]:
    """(uid, name) of each organization that looked at them."""
    query = (
        sa.select(Organization.uid, Organization.name)
        .join(AuditEntry, AuditEntry.organization_id == Organization.id)
        .where(AuditEntry.subject == person.subject, AuditEntry.kind == "look")
        .distinct()
        .order_by(Organization.name)
    )
    return [(uid, name) for uid, name in db.session.execute(query)]


def first_of(month: str) -> date | None:
    """The first day of "2026-07"; None for whatever is not a month."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def mark_of(person: Person) -> str:
    """The line to keep: how long the log is, and the hash of its newest entry."""
    chain = audit.head_of(person.subject)
    return f"{chain.length}:{chain.head}"


def file_of(person: Person, say: Say) -> Iterator[str]:
    """The whole log as JSON, a line for each entry, with the hashes that chain it.

    The first line says where it begins and ends. What `words` has is for people, and
    no part of the hash: names change, entries do not.
    """
    chain = audit.head_of(person.subject)
    yield _line(
        {
            "subject": person.subject,
            "forgotten": chain.forgotten,
            "anchor": chain.anchor,
            "entries": chain.length,
            "head": chain.head,
        }
    )
    names = {
        entry.number: (name or "", place or "")
        for entry, name, place in db.session.execute(_named(person))
    }
    for entry in audit.chain_of(person.subject):
        ends = {name: entry.pop(name) for name in ("previous", "hash")}
        who, place = names[entry["number"]]
        said = {**_said(entry, say), "who": who, "organization": place}
        yield _line({"entry": plain(entry), **ends, "words": said})


def _said(entry: dict[str, Any], say: Say) -> dict[str, Any]:
    if entry["kind"] == "act":
        thing, deed = words.of_act(entry["verb"])
        return {"what": f"{say(thing)}: {say(deed)}"}
    found = words.of_look(entry["verb"])
    return {
        "what": say(found.what),
        "purpose": say(found.purpose),
        "exception": found.is_exception,
    }


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True) + "\n"
