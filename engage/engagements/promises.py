from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from engage.core.calendar import local_day
from engage.core.db import db
from engage.core.scope import unscoped
from engage.engagements import rules
from engage.engagements.models import Engagement, PromiseAnswer, TermsVersion
from engage.engagements.promise_rules import (
    Count,
    Facts,
    Owed,
    Promise,
    of_called_off,
    paid_by_promise,
    summary,
    unchanged,
)
from engage.engagements.queries import group, shown
from engage.engagements.rules import EngagementStatus
from engage.ledger.models import Payable
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.workload.models import WorkMinutes


@dataclass(frozen=True)
class Own:
    """The promises of one agreement, for the person it was agreed with."""

    facts: Facts
    answers: dict[Promise, bool]
    may_tell: bool


def own(engagement: Engagement, now: datetime) -> Own:
    """`engagement.sessions` has to be loaded."""
    rows = db.session.scalars(
        sa.select(PromiseAnswer).where(PromiseAnswer.engagement_id == engagement.id)
    )
    starts = [each.starts_at for each in engagement.sessions]
    return Own(
        facts=facts([engagement], now)[engagement.id],
        answers={row.line: row.is_kept for row in rows},
        may_tell=min(starts, default=now) <= now and bool(starts),
    )


def facts(engagements: Sequence[Engagement], now: datetime) -> dict[int, Facts]:
    """By engagement, whose sessions have to be loaded: two statements for all."""
    owed, versions = _owed(engagements), _versions(engagements)
    found = {}
    for each in engagements:
        today = local_day(now, each.terms["zone"])
        payables = owed[group(each)]
        found[each.id] = Facts(
            paid=paid_by_promise(payables, today),
            called_off=of_called_off(payables, _called_off(each), today),
            terms=unchanged(_hashes(each, versions[each.id])),
        )
    return found


def _called_off(engagement: Engagement) -> list[Any]:
    """Days of sessions that are paid and were not held."""
    is_off = engagement.status is EngagementStatus.CANCELLED
    return [
        local_day(each.starts_at, engagement.terms["zone"])
        for each in engagement.sessions
        if is_off or not each.is_held
    ]


def _hashes(
    engagement: Engagement, versions: Iterable[TermsVersion]
) -> list[tuple[str, str]]:
    rows = [(engagement.terms_hash, engagement.terms)]
    rows += [(each.terms_hash, each.terms) for each in versions]
    return [(then, rules.terms_hash(terms)) for then, terms in rows]


def _owed(engagements: Iterable[Engagement]) -> dict[str, list[Owed]]:
    """Payables of logged time, by the group that the time counts for; one that its
    payee takes none of is no promise that anybody broke."""
    groups = [group(each) for each in engagements]
    query = (
        sa.select(
            Payable.id,
            WorkMinutes.group,
            Payable.worked_on,
            Payable.due_on,
            Payable.paid_on,
        )
        .join(Payable, Payable.source == WorkMinutes.source)
        .where(WorkMinutes.group.in_(groups), Payable.pay_cents > 0)
        .distinct()
    )
    with unscoped("the work of these engagements alone, for days that it was paid"):
        rows = db.session.execute(query).all()
    found: dict[str, list[Owed]] = defaultdict(list)
    for _, name, worked_on, due_on, paid_on in rows:
        found[name].append(Owed(worked_on, due_on, paid_on))
    return found


def _versions(engagements: Iterable[Engagement]) -> dict[int, list[TermsVersion]]:
    ids = [each.id for each in engagements]
    found: dict[int, list[TermsVersion]] = defaultdict(list)
    for row in db.session.scalars(
        sa.select(TermsVersion).where(TermsVersion.engagement_id.in_(ids))
    ):
        found[row.engagement_id].append(row)
    return found


def posts(places: Collection[int], now: datetime) -> Any:
    """Posts of these organizations with agreed work that they may see, newest first."""
    taken = sa.exists().where(Engagement.opportunity_id == Opportunity.id, shown(now))
    return (
        sa.select(Opportunity)
        .where(Opportunity.organization_id.in_(places), taken)
        .options(joinedload(Opportunity.organization))
        .order_by(Opportunity.posted_at.desc(), Opportunity.id.desc())
    )


def of_posts(opportunities: Sequence[Opportunity], now: datetime) -> dict[int, Facts]:
    """Facts by post, over everybody who is shown by name by now."""
    rows = list(
        db.session.scalars(
            sa.select(Engagement)
            .where(
                Engagement.opportunity_id.in_([each.id for each in opportunities]),
                shown(now),
            )
            .options(selectinload(Engagement.sessions))
        )
    )
    one = facts(rows, now)
    found: dict[int, Facts] = defaultdict(Facts)
    for row in rows:
        found[row.opportunity_id] += one[row.id]
    return found


def told(places: Collection[int]) -> list[tuple[str, dict[Promise, Count | None]]]:
    """By organization and line, what may be read of the answers so far."""
    names = sa.select(Organization.id, Organization.name)
    rows = db.session.execute(
        names.where(Organization.id.in_(places)).order_by(Organization.name)
    )
    heard = _answers(places)
    return [
        (name, {line: summary(heard[place, line]) for line in Promise})
        for place, name in rows
    ]


def _answers(
    places: Collection[int],
) -> dict[tuple[int, Promise], list[tuple[int, bool]]]:
    """(person, kept) by organization and line, the oldest first."""
    found: dict[tuple[int, Promise], list[tuple[int, bool]]] = defaultdict(list)
    for place, line, person_id, is_kept in db.session.execute(
        sa.select(
            Engagement.organization_id,
            PromiseAnswer.line,
            Engagement.person_id,
            PromiseAnswer.is_kept,
        )
        .join(PromiseAnswer, PromiseAnswer.engagement_id == Engagement.id)
        .where(Engagement.organization_id.in_(places))
        .order_by(PromiseAnswer.id)
    ):
        found[place, line].append((person_id, is_kept))
    return found
