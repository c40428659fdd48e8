"""Costs beside pay: what they are for, and which line may pay them on which day."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from engage.core.errors import N_, Refused
from engage.core.money import Money
from engage.funding.rules import CostCategory, Line, check_day

MOST_COSTS_CENTS = 10_000_00


class CostKind(StrEnum):
    TRAVEL = "travel"
    CHILDCARE = "childcare"
    INTERPRETATION = "interpretation"
    ACCESS = "access"
    PER_DIEM = "per_diem"


EVERY_KIND = tuple(CostKind)
_ON_THE_WAY = (CostKind.TRAVEL, CostKind.PER_DIEM)


def check_cost(
    line: Line, allowed: Collection[CostKind], kind: CostKind, day: date
) -> None:
    """Refuses a cost that the line does not pay, or not on this day."""
    check_day(line, day)
    if kind not in allowed:
        raise Refused(
            N_(
                "The funding line of this work does not pay for this kind of cost. "
                "Ask your coordinator who pays for it."
            ),
            field="kind",
        )
    if line.category is CostCategory.TRAVEL and kind not in _ON_THE_WAY:
        raise Refused(
            N_("The funding line of this work pays for travel only."), field="kind"
        )


def check_planned(
    is_in_person: bool, costs_cents: int | None, allowed: Collection[CostKind]
) -> None:
    """Whoever has to travel knows before a yes how that is paid for."""
    if costs_cents is None:
        if is_in_person:
            raise Refused(
                N_(
                    "This work is in person. Say how much travel and other costs may "
                    "come to for one person, or 0 if nobody has any."
                ),
                field="costs_cents",
            )
        return
    if costs_cents > MOST_COSTS_CENTS:
        raise Refused(
            N_("Keep costs for one person to %(most)s at most."),
            field="costs_cents",
            most=Money(MOST_COSTS_CENTS),
        )
    if costs_cents and not allowed:
        raise Refused(
            N_(
                "This funding line pays no costs. Choose another line, or ask finance "
                "what it may pay for."
            ),
            field="funding_line",
        )
