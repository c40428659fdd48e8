import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements.letter import Letter
from engage.engagements.models import Engagement, TermsVersion
from engage.engagements.terms import terms_in


def letter_of(engagement: Engagement, version: int | None = None) -> Letter:
    """A version of the letter, the latest when none is named."""
    kept: dict[int, TermsVersion | Engagement]
    kept = {each.version: each for each in _versions(engagement.id)}
    if not kept:  # agreed before versions were written
        kept = {1: engagement}
    row = kept.get(max(kept) if version is None else version)
    if row is None:
        raise NotFound
    return Letter(
        version=max(kept) if version is None else version,
        versions=tuple(kept),
        agreed_at=row.agreed_at,
        terms=row.terms,
        terms_hash=row.terms_hash,
        money=terms_in(row.terms),
    )


def _versions(engagement_id: int) -> list[TermsVersion]:
    return list(
        db.session.scalars(
            sa.select(TermsVersion)
            .where(TermsVersion.engagement_id == engagement_id)
            .order_by(TermsVersion.version)
        )
    )
