from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.fields import (
    Choice,
    DayField,
    MoneyField,
    OneOf,
    SomeOf,
    line,
    text,
    tick,
)
from engage.core.forms import BaseForm
from engage.funding.cost_rules import CostKind
from engage.funding.limits import FIELDS
from engage.funding.rules import CostCategory
from engage.organizations.models import Organization

CATEGORIES = {
    CostCategory.CONSULTANT: _l("Consultant fees"),
    CostCategory.PARTICIPANT_SUPPORT: _l("Participant support"),
    CostCategory.TRAVEL: _l("Travel only"),
}


COST_NAMES = {
    CostKind.TRAVEL: _l("Travel"),
    CostKind.CHILDCARE: _l("Childcare"),
    CostKind.INTERPRETATION: _l("Interpretation"),
    CostKind.ACCESS: _l("Access"),
    CostKind.PER_DIEM: _l("A day away, at the daily rate"),
}
COSTS = [(str(kind), words) for kind, words in COST_NAMES.items()]


class EditLineForm(BaseForm):
    """What may change while a line is in use."""

    name = line(_l("Name of this line"), 80)
    award_reference = line(_l("Award number"), 60)
    balance_cents = MoneyField(_l("Amount of the award"))
    starts_on = DayField(_l("First day of work that it pays for"))
    ends_on = DayField(_l("Last day of work that it pays for"))
    floor_hourly_cents = MoneyField(_l("Least for an hour"), required=False)
    cap_hourly_cents = MoneyField(_l("Most for an hour"), required=False)
    cap_daily_cents = MoneyField(_l("Most for a day"), required=False)
    counts_preparation = tick(_l("Preparation time counts as work"))
    counts_travel = tick(_l("Travel time counts as work"))
    prior_approval_reference = line(
        _l("Number of the approval to pay above the most"), 60, required=False
    )
    category_policy = text(
        _l("Why this money is a fee, or a stipend"), 600, required=False
    )
    category_policy_on = DayField(_l("Day of that policy"), required=False)
    allowed_costs = SomeOf(_l("Costs beside pay that it may bear"), choices=COSTS)
    final_report_on: DayField | None = DayField(
        _l("Day of the final report to the funder"), required=False
    )
    organizations = SomeOf(_l("Who may use it"))

    def offer(self, organizations: Iterable[Organization]) -> None:
        """Set which organizations may be ticked."""
        self.known = {each.uid: each.id for each in organizations}
        self.organizations.offer((each.uid, each.name) for each in organizations)

    def values(self) -> dict[str, Any]:
        """What the actions take: the columns, and ids for the ticked organizations."""
        columns = {name: self[name].data for name in FIELDS}
        columns["prior_approval_reference"] = self.prior_approval_reference.data or ""
        columns["category_policy"] = self.category_policy.data or ""
        columns["allowed_costs"] = list(self.allowed_costs.data or [])
        if self.final_report_on is not None:
            columns["final_report_on"] = self.final_report_on.data
        ticked = self.organizations.data or []
        return {**columns, "used_by": [self.known[uid] for uid in ticked]}


class LineForm(EditLineForm):
    final_report_on = None  # there is none on the day an award begins

    payer = Choice(_l("Whose money it is"))
    cost_category = OneOf(_l("What it pays for"), choices=CATEGORIES.items())

    def offer_payers(self, payers: Iterable[Organization]) -> None:
        self.payers = {each.uid: each for each in payers}
        self.payer.offer((each.uid, each.name) for each in payers)

    def values(self) -> dict[str, Any]:
        return {
            **super().values(),
            "payer": self.payers[self.payer.data],
            "cost_category": CostCategory(self.cost_category.data),
        }
