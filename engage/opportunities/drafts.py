"""Writing a draft: it may stay incomplete, and nothing typed is lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.funding import queries as funding
from engage.opportunities import defaults, queries, rules
from engage.opportunities.card import LASTING, MINUTES, TEXTS, Session
from engage.opportunities.held import record
from engage.opportunities.models import Opportunity, PlannedSeat, WorkSession
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    ProjectStage,
    WorkActivity,
)
from engage.opportunities.wording import SkipReason
from engage.organizations.models import Organization
from engage.panels.models import Panel
from engage.people import handing
from engage.people.models import Person

# Everything that `edit` may set.
COLUMNS = (
    "title",
    "kind",
    "activity",
    "stage",
    "panel_id",
    "funding_line_id",
    "seats_wanted",
    "seat_role",
    "asks_pool",
    "reply_by",
    "has_law_enforcement",
    "story",
    "is_in_person",
    "topics",
    "pay_kind",
    "rate_cents",
    "costs_cents",
    "category_reason",
    *TEXTS,
    *MINUTES,
)


def create(
    organization: Organization,
    *,
    title: str,
    kind: OpportunityKind,
    activity: WorkActivity,
    stage: ProjectStage,
    texts: Mapping[str, str] | None = None,
    by: Person,
    now: datetime,
) -> Opportunity:
    """A draft that begins with the organization's last post, or with `texts`."""
    with transaction() as session:
        last = queries.last_of(organization.id)
        begun = _lasting(last, organization.id) if last else dict(texts or {})
        draft = Opportunity(
            organization_id=organization.id,
            title=title,
            kind=kind,
            activity=activity,
            stage=stage,
            seat_role=defaults.role(activity),
            created_at=now,
            **{**defaults.minutes(activity), **begun},
        )
        session.add(draft)
        session.flush()
        handing.begin(queries.source(draft), organization.id, by=by)
        record("create", draft, organization, by=by, now=now)
    return draft


def _lasting(last: Opportunity, organization_id: int) -> dict[str, Any]:
    names = (*LASTING, "is_in_person", "pay_kind", "rate_cents", "costs_cents")
    kept = {name: getattr(last, name) for name in names}
    usable = {line.id for line in funding.usable_lines(organization_id)}
    if last.funding_line_id in usable:
        kept["funding_line_id"] = last.funding_line_id
    return kept


def edit(
    opportunity_id: int,
    *,
    version: int,
    sessions: Sequence[Session],
    seats: Sequence[Mapping[str, Any]],
    by: Person,
    now: datetime,
    **columns: Any,
) -> Opportunity:
    """Write the whole draft; refused once when somebody else wrote it meanwhile."""
    with transaction():
        draft, organization = _locked(opportunity_id)
        if version != draft.version:
            raise Refused(
                N_(
                    "Somebody else changed this draft meanwhile. What you typed is "
                    "still here: press the button again to keep yours."
                )
            )
        _check_places(organization.id, columns)
        for name in COLUMNS:
            if name in columns:
                setattr(draft, name, columns[name])
        draft.version += 1
        _set_sessions(draft, sessions)
        _set_seats(draft, seats)
        record("edit", draft, organization, by=by, now=now)
    return draft


def _check_places(organization_id: int, columns: Mapping[str, Any]) -> None:
    """The line and the panel are this organization's to use."""
    line_id, panel_id = columns.get("funding_line_id"), columns.get("panel_id")
    if line_id is not None and not funding.may_use(line_id, organization_id):
        raise Refused(
            N_("Choose a funding line that you may use."), field="funding_line"
        )
    if panel_id is not None:
        panel = db.session.get(Panel, panel_id)
        if panel is None or panel.organization_id != organization_id:
            raise NotFound


def _set_sessions(draft: Opportunity, sessions: Sequence[Session]) -> None:
    draft.sessions = [
        WorkSession(starts_at=starts_at, minutes=minutes)
        for starts_at, minutes in sorted(sessions)
    ]
    db.session.flush()


def _set_seats(draft: Opportunity, seats: Sequence[Mapping[str, Any]]) -> None:
    draft.planned_seats = [PlannedSeat(**seat) for seat in seats]
    db.session.flush()


def add_session(
    opportunity_id: int,
    *,
    starts_at: datetime,
    minutes: int,
    by: Person,
    now: datetime,
) -> WorkSession:
    with transaction():
        draft, organization = _locked(opportunity_id)
        session = WorkSession(starts_at=starts_at, minutes=minutes)
        draft.sessions.append(session)
        draft.version += 1
        db.session.flush()
        record("add_session", draft, organization, by=by, now=now)
    return session


def remove_session(
    opportunity_id: int, session_uid: str, *, by: Person, now: datetime
) -> None:
    with transaction():
        draft, organization = _locked(opportunity_id)
        found = [each for each in draft.sessions if each.uid == session_uid]
        if not found:
            raise NotFound
        draft.sessions.remove(found[0])
        draft.version += 1
        record("remove_session", draft, organization, by=by, now=now)


def keep_word(
    opportunity_id: int,
    *,
    field: str,
    found: str,
    reason: SkipReason,
    by: Person,
    now: datetime,
) -> Opportunity:
    """Let a found word stay, because it is quoted or part of a legal name."""
    with transaction():
        draft, organization = _locked(opportunity_id)
        others = [each for each in draft.kept_words if each[:2] != [field, found]]
        draft.kept_words = [*others, [field, found, str(reason)]][-50:]
        record("keep_word", draft, organization, by=by, now=now)
    return draft


def make_two(opportunity_id: int, *, by: Person, now: datetime) -> Opportunity:
    """A second survivor seat, so that nobody has to speak for all."""
    with transaction():
        draft, organization = _locked(opportunity_id)
        draft.seats_wanted = max(2, draft.seats_wanted)
        draft.version += 1
        record("edit", draft, organization, by=by, now=now)
    return draft


def copy(opportunity_id: int, *, by: Person, now: datetime) -> Opportunity:
    """A new draft with everything but the dates and the words that were let stay."""
    with transaction() as session:
        old = queries.by_id(opportunity_id)
        names = set(COLUMNS) - {"panel_id", "reply_by"}
        draft = Opportunity(
            organization_id=old.organization_id,
            status=OpportunityStatus.DRAFT,
            created_at=now,
            **{name: getattr(old, name) for name in names},
        )
        draft.planned_seats = [
            PlannedSeat(
                role=seat.role,
                label=seat.label,
                hourly_cents=seat.hourly_cents,
                is_salaried_elsewhere=seat.is_salaried_elsewhere,
            )
            for seat in old.planned_seats
        ]
        session.add(draft)
        session.flush()
        handing.begin(queries.source(draft), old.organization_id, by=by)
        record("copy", draft, old.organization, by=by, now=now)
    return draft


def _locked(opportunity_id: int) -> tuple[Opportunity, Organization]:
    """The draft, locked, with its rows; refuses what is no draft any more."""
    draft = lock_one(Opportunity, opportunity_id)
    rules.check_draft(draft.status)
    draft = queries.by_id(opportunity_id)
    return draft, draft.organization
