"""What one person says came back of money ahead, until a second one confirms it."""

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa

from engage.core.db import db
from engage.hours.expense_models import Expense, GivenBack


def _open_notes(advance_ids: Collection[int]) -> list[GivenBack]:
    return list(
        db.session.scalars(
            sa.select(GivenBack)
            .where(
                GivenBack.expense_id.in_(advance_ids),
                GivenBack.confirmed_at.is_(None),
                GivenBack.dropped_at.is_(None),
            )
            .execution_options(populate_existing=True)
        )
    )


def open_note(advance_id: int) -> GivenBack | None:
    """What one person says came back of it, and nobody confirmed yet."""
    return next(iter(_open_notes([advance_id])), None)


def open_notes(advances: Collection[Expense]) -> dict[int, GivenBack]:
    return {row.expense_id: row for row in _open_notes([one.id for one in advances])}


def noted(advance_ids: Collection[int]) -> Counter[int]:
    """Cents of each that one person says came back."""
    return Counter({row.expense_id: row.cents for row in _open_notes(advance_ids)})
