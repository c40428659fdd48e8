"""Every move of money of one payer's payees, for its finance: handles, never names."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from engage.core.calendar import end_of_local_day_utc, local_midnight_utc
from engage.core.db import db
from engage.ledger.models import Payee, Posting
from engage.organizations.models import Organization

Sources = sa.Select[str] | None


def rows(payer: Organization, year: int, beside: Sources = None) -> sa.Select[Posting]:
    """Postings of a calendar year in the payer's zone, the newest first, for paging.

    `beside` are sources of postings between accounts that name no payee, which only
    who wrote them can tell to be this payer's.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    return (
        sa.select(Posting)
        .where(
            Posting.source.in_(_sources(payer.id, beside)),
            Posting.at >= local_midnight_utc(first, payer.zone),
            Posting.at < end_of_local_day_utc(last, payer.zone),
        )
        .order_by(Posting.at.desc(), Posting.id.desc())
    )


def _sources(payer_id: int, beside: Sources) -> sa.CompoundSelect[str]:
    """What a posting of this payer is about.

    That of money which leaves a rail names no payee: its source is that of the one
    before it, which does.
    """
    named = [
        sa.select(Posting.source)
        .join(Payee, side == prefix + Payee.handle)
        .where(Payee.payer_id == payer_id)
        for side in (Posting.debit, Posting.credit)
        for prefix in ("payable:", "returned:")
    ]
    return sa.union(*named, *([] if beside is None else [beside]))


def all_rows(
    payer: Organization, year: int, beside: Sources = None
) -> Iterable[Posting]:
    """The same in order of time, without pages, a piece at a time."""
    query = rows(payer, year, beside).order_by(None).order_by(Posting.at, Posting.id)
    return db.session.scalars(query.execution_options(yield_per=1000))


def years(payer_id: int) -> list[int]:
    """Years from the first to the last posting of this payer, the newest first.

    Counted in UTC, so that a year more may be offered than there is.
    """
    ends = db.session.execute(
        sa.select(sa.func.min(Posting.at), sa.func.max(Posting.at)).where(
            Posting.source.in_(_sources(payer_id, None))
        )
    ).one()
    if ends[0] is None:
        return []
    return list(range(ends[1].year, ends[0].year - 1, -1))
