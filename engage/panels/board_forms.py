from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.fields import Choice, NumberField, line, text
from engage.core.forms import BaseForm

ROWS = 20_000


class _Placed(BaseForm):
    """A form that asks for the organization where there are several."""

    organization = Choice(_l("Organization"))

    def offer(self, places: Sequence[Any]) -> None:
        self.places = {place.uid: place for place in places}
        self.organization.offer((place.uid, place.name) for place in places)
        if len(places) == 1:
            del self.organization

    @property
    def place(self) -> Any:
        chosen = self.organization
        return self.places[str(chosen.data) if chosen else next(iter(self.places))]


class RulesForm(BaseForm):
    name = line(_l("Name of the board"), 120)
    minimum_voices = NumberField(
        _l("At least how many survivor voices"), least=2, most=30
    )
    quorum = NumberField(
        _l("How many have to be there"), least=2, most=99, required=False
    )
    term_months = NumberField(
        _l("A term lasts, in months"), least=1, most=60, required=False
    )
    most_terms = NumberField(
        _l("At most so many terms in a row"), least=1, most=20, required=False
    )

    def values(self) -> dict[str, Any]:
        return {
            "name": str(self.name.data),
            "minimum_voices": self.minimum_voices.data,
            "quorum": self.quorum.data,
            "term_months": self.term_months.data,
            "most_terms": self.most_terms.data,
        }


class BoardForm(_Placed, RulesForm):
    """A new board, for one of the organizations."""


class BringForm(_Placed):
    name = line(_l("Name of the board"), 120)
    minimum_voices = NumberField(
        _l("At least how many survivor voices"), least=2, most=30
    )
    rows = text(_l("The rows"), ROWS)

    def values(self) -> dict[str, Any]:
        return {
            "name": str(self.name.data),
            "minimum_voices": self.minimum_voices.data,
        }
