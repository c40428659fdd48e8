"""One version of an offer letter: the frozen terms, with the hash of the yes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engage.engagements import rules
from engage.funding.rules import Terms


@dataclass(frozen=True)
class Letter:
    """As it was agreed; `versions` are all that there are, in order."""

    version: int
    versions: tuple[int, ...]
    agreed_at: datetime
    terms: Mapping[str, Any]
    terms_hash: str
    money: Terms

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
