"""The offer letter: the frozen terms of one version, with the hash of the yes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements import rules
from engage.engagements.models import Engagement, TermsVersion
from engage.engagements.terms import terms_in
from engage.funding.rules import Terms


@dataclass(frozen=True)
class Letter:
    """One version as it was agreed; `versions` are all that there are, in order."""

    version: int
    versions: tuple[int, ...]
    agreed_at: datetime
    terms: Mapping[str, Any]
    terms_hash: str

    @property
    def money(self) -> Terms:
        return terms_in(self.terms)

    @property
    def is_as_agreed(self) -> bool:
        """Do the terms still have the hash that was taken at the yes?"""
        return rules.terms_hash(self.terms) == self.terms_hash

    @property
    def is_latest(self) -> bool:
        return self.version == self.versions[-1]

    @property
    def file(self) -> str:
        """The terms as the text from which the hash is made, sign by sign."""
        return rules.canonical(self.terms)


def letter_of(engagement: Engagement, version: int | None = None) -> Letter:
    """A version of the letter, the latest when none is named."""
    kept = {each.version: each for each in _versions(engagement.id)}
    if not kept and version in (None, 1):
        return Letter(
            1, (1,), engagement.agreed_at, engagement.terms, engagement.terms_hash
        )
    row = kept.get(max(kept, default=0) if version is None else version)
    if row is None:
        raise NotFound
    return Letter(row.version, tuple(kept), row.agreed_at, row.terms, row.terms_hash)


def _versions(engagement_id: int) -> list[TermsVersion]:
    return list(
        db.session.scalars(
            sa.select(TermsVersion)
            .where(TermsVersion.engagement_id == engagement_id)
            .order_by(TermsVersion.version)
        )
    )
