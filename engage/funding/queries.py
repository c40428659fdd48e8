from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from engage.core.db import db
from engage.core.errors import NotFound
from engage.funding import rules
from engage.funding.cost_rules import CostKind
from engage.funding.models import FundingLine, LineUse, Reservation
from engage.funding.rules import CostCategory, LineStatus, Stage
from engage.organizations.models import Organization
from engage.organizations.rules import OrganizationStatus


def line_values(line: FundingLine) -> rules.Line:
    """What the rules need to know of the line; its balance is the whole award."""
    return rules.Line(
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        floor_hourly_cents=line.floor_hourly_cents,
        cap_hourly_cents=line.cap_hourly_cents,
        cap_daily_cents=line.cap_daily_cents,
        counts_preparation=line.counts_preparation,
        counts_travel=line.counts_travel,
        has_prior_approval=bool(line.prior_approval_reference),
        status=line.status,
        balance_cents=line.balance_cents,
        category=line.cost_category,
    )


def costs_of(line: FundingLine) -> list[CostKind]:
    """Which costs beside pay the line bears, in one order."""
    return [kind for kind in CostKind if kind in line.allowed_costs]


def left_cents(line_id: int) -> int:
    """What nobody holds yet; only true for as long as the line is locked."""
    spoken = (
        sa.select(sa.func.coalesce(sa.func.sum(Reservation.cents), 0))
        .where(Reservation.line_id == line_id)
        .scalar_subquery()
    )
    left = sa.select(FundingLine.balance_cents - spoken).where(
        FundingLine.id == line_id
    )
    return int(db.session.scalars(left).one())


def held_cents(line_id: int, source: str, stage: Stage) -> int:
    """What one source holds at one stage."""
    row = held(line_id, source, stage)
    return row.cents if row else 0


def held(line_id: int, source: str, stage: Stage) -> Reservation | None:
    """The row itself, read afresh: one read before the lock may have changed."""
    return db.session.scalar(
        sa.select(Reservation)
        .where(
            Reservation.line_id == line_id,
            Reservation.source == source,
            Reservation.stage == stage,
        )
        .execution_options(populate_existing=True)
    )


def stages(line_ids: Collection[int]) -> dict[int, dict[Stage, int]]:
    """Cents at each stage of each line, for the picture; one query for all."""
    found: dict[int, dict[Stage, int]] = defaultdict(lambda: dict.fromkeys(Stage, 0))
    rows = db.session.execute(
        sa.select(
            Reservation.line_id, Reservation.stage, sa.func.sum(Reservation.cents)
        )
        .where(Reservation.line_id.in_(line_ids))
        .group_by(Reservation.line_id, Reservation.stage)
    )
    for line_id, stage, cents in rows:
        found[line_id][stage] = int(cents)
    return found


def usable_lines(organization_id: int) -> list[FundingLine]:
    """Open lines that this organization may pay people from."""
    return list(
        db.session.scalars(
            sa.select(FundingLine)
            .join(LineUse, LineUse.line_id == FundingLine.id)
            .where(
                LineUse.organization_id == organization_id,
                FundingLine.status == LineStatus.OPEN,
                FundingLine.cost_category != CostCategory.TRAVEL,
            )
            .order_by(FundingLine.name, FundingLine.id)
        )
    )


def may_use(line_id: int, organization_id: int) -> bool:
    return db.session.get(LineUse, (line_id, organization_id)) is not None


def lines(
    seen_from: Collection[int], run_from: Collection[int]
) -> sa.Select[FundingLine]:
    """Lines that organizations in `seen_from` may use, or that `run_from` pay."""
    used = sa.select(LineUse.line_id).where(LineUse.organization_id.in_(seen_from))
    return (
        sa.select(FundingLine)
        .join(FundingLine.payer)
        .where(FundingLine.id.in_(used) | FundingLine.payer_id.in_(run_from))
        .options(contains_eager(FundingLine.payer))
        .order_by(FundingLine.status.desc(), FundingLine.ends_on.desc(), FundingLine.id)
    )


def line(
    uid: str, seen_from: Collection[int], run_from: Collection[int]
) -> FundingLine:
    """One line with its payer, for who may see it."""
    found = db.session.scalar(lines(seen_from, run_from).where(FundingLine.uid == uid))
    if found is None:
        raise NotFound
    return found


def users(line_id: int) -> list[Organization]:
    """Organizations that may use a line."""
    return list(
        db.session.scalars(
            sa.select(Organization)
            .join(LineUse, LineUse.organization_id == Organization.id)
            .where(LineUse.line_id == line_id)
            .order_by(Organization.name)
        )
    )


def payers(places: Collection[int]) -> list[Organization]:
    """Which of these organizations pay with money of their own."""
    return [
        organization
        for organization in organizations()
        if organization.is_payer and organization.id in places
    ]


def organizations() -> list[Organization]:
    """Every open organization, to say which may use a line."""
    return list(
        db.session.scalars(
            sa.select(Organization)
            .where(Organization.status == OrganizationStatus.ACTIVE)
            .order_by(Organization.name)
        )
    )


def spoken_cents(line_id: int) -> int:
    """What is set aside, reserved, approved or paid of a line."""
    return int(
        db.session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Reservation.cents), 0)).where(
                Reservation.line_id == line_id
            )
        )
        or 0
    )
