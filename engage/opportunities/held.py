"""A post with all that changes beside it, locked in the order of the house."""

from dataclasses import dataclass
from datetime import datetime

from engage.audit import actions as audit
from engage.core.db import lock_one
from engage.core.errors import N_, Refused
from engage.funding import queries as lines
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.opportunities import queries
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Panel
from engage.people.models import Person


@dataclass(frozen=True)
class Locked:
    opportunity: Opportunity
    organization: Organization
    panel: Panel | None
    line: FundingLine | None


def lock_whole(opportunity_id: int) -> Locked:
    """Panel, opportunity, line; refuses when a draft changed its panel meanwhile."""
    seen = queries.by_id(opportunity_id).panel_id
    panel = lock_one(Panel, seen) if seen else None
    opportunity = lock_one(Opportunity, opportunity_id)
    if opportunity.panel_id != seen:
        raise Refused(
            N_("This opportunity was changed meanwhile. Open it again to see it.")
        )
    line = None
    if opportunity.funding_line_id is not None:
        line = lock_one(FundingLine, opportunity.funding_line_id)
    opportunity = queries.by_id(opportunity_id)
    return Locked(opportunity, opportunity.organization, panel, line)


def set_aside_cents(held: Locked) -> int:
    """What of this post's money nobody has agreed to yet."""
    if held.line is None:
        return 0
    source = queries.source(held.opportunity)
    return lines.held_cents(held.line.id, source, Stage.SET_ASIDE)


def record(
    verb: str,
    opportunity: Opportunity,
    organization: Organization,
    *,
    by: Person | None,
    now: datetime,
) -> None:
    audit.record(
        verb,
        subject=f"organization:{organization.uid}",
        thing=f"opportunity:{opportunity.uid}",
        by=by,
        now=now,
        organization_id=organization.id,
    )
