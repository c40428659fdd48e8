"""Very many rows, in statements of a bearable length."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from engage.core.db import Base, db

Item = TypeVar("Item")
AT_ONCE = 500


def pieces(every: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The same in order, a bearable number at a time."""
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))


def delete(model: type[Base], column: Any, values: Iterable[Any]) -> None:
    """Rows whose column is one of these; runs in the caller's transaction."""
    for some in pieces(list(values)):
        db.session.execute(
            sa.delete(model)
            .where(column.in_(some))
            .execution_options(synchronize_session=False)
        )
