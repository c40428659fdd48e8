"""The money of a funding line by month, from what was paid to its period's end."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.terms import terms_of
from engage.funding import queries as funding
from engage.funding.models import FundingLine, Reservation
from engage.funding.rules import Stage, Terms, cents_by_session
from engage.hours.month_rules import Month, backfill, first_of, months_of, spread
from engage.ledger.models import Payable
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity

COSTS = "costs:"


class Kept(NamedTuple):
    """What one source keeps, by the months in which its work can need it."""

    stage: Stage
    months: Counter[date]


def by_month(line: FundingLine, today: date) -> list[Month]:
    """Every month of the period; the last one's rest is what is left of the line."""
    sums: dict[Stage, Counter[date]] = {stage: Counter() for stage in Stage}
    _add_payables(line, sums, today)
    for kept in _kept(line):
        for month, cents in kept.months.items():
            sums[kept.stage][max(month, first_of(today))] += cents
    _agree(line, sums, today)
    return months_of(line.starts_on, line.ends_on, line.balance_cents, sums)


def _add_payables(
    line: FundingLine, sums: dict[Stage, Counter[date]], today: date
) -> None:
    rows = db.session.execute(
        sa.select(
            Payable.paid_on, Payable.due_on, Payable.cents, Payable.pay_cents
        ).where(Payable.funding_line_id == line.id, Payable.source.not_like("back:%"))
    )
    for paid_on, due_on, cents, taken in rows:
        if paid_on is not None:
            sums[Stage.PAID][first_of(paid_on)] += taken
        else:
            sums[Stage.APPROVED][first_of(max(due_on, today))] += cents


def _agree(line: FundingLine, sums: dict[Stage, Counter[date]], today: date) -> None:
    """What came back or was not taken is in no payable: it is of this month."""
    whole = funding.stages([line.id])[line.id]
    for stage in (Stage.PAID, Stage.APPROVED):
        sums[stage][first_of(today)] += whole[stage] - sum(sums[stage].values())


def _kept(line: FundingLine) -> Iterator[Kept]:
    rows = db.session.execute(
        sa.select(Reservation.source, Reservation.stage, Reservation.cents).where(
            Reservation.line_id == line.id,
            Reservation.stage.in_([Stage.SET_ASIDE, Stage.RESERVED]),
        )
    ).all()
    needs = _needs([source.removeprefix(COSTS) for source, _, _ in rows])
    end = first_of(line.ends_on)
    for source, stage, cents in rows:
        own = needs.get(source.removeprefix(COSTS), [(end, 0)])
        is_cost = source.startswith(COSTS)
        if is_cost:
            yield Kept(stage, Counter({own[-1][0]: cents}))
        else:
            among = spread if stage is Stage.SET_ASIDE else backfill
            yield Kept(stage, among(cents, own))


def _needs(sources: Sequence[str]) -> dict[str, list[tuple[date, int]]]:
    """(month, cents) of each session of agreed work and of posts, in order."""
    uids = [source.partition(":")[2] for source in sources]
    found: dict[str, list[tuple[date, int]]] = {}
    for work in _works(uids):
        found[f"engagement:{work.uid}"] = _by_session(terms_of(work))
    for post in _posts(uids):
        found[opportunities.source(post)] = _by_session(opportunities.terms(post))
    return {source: needs for source, needs in found.items() if needs}


def _by_session(terms: Terms) -> list[tuple[date, int]]:
    return [
        (first_of(day), cents)
        for day, cents in zip(terms.session_days, cents_by_session(terms), strict=True)
    ]


def _works(uids: Iterable[str]) -> Iterable[Engagement]:
    return db.session.scalars(sa.select(Engagement).where(Engagement.uid.in_(uids)))


def _posts(uids: Iterable[str]) -> Iterable[Opportunity]:
    return db.session.scalars(
        sa.select(Opportunity)
        .where(Opportunity.uid.in_(uids))
        .options(
            joinedload(Opportunity.organization), selectinload(Opportunity.sessions)
        )
    )
