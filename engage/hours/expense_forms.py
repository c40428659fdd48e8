from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import DataRequired

from engage.core.fields import DayField, MoneyField, OneOf, line
from engage.core.forms import BaseForm
from engage.funding.cost_rules import CostKind
from engage.funding.forms import COST_NAMES
from engage.hours.expense_rules import (
    LONGEST_REFERENCE,
    Cost,
    ExpenseCheck,
    ExpenseStatus,
)
from engage.hours.forms import NO_INTEREST, SAY_SO, OneForm

KINDS = COST_NAMES
STATUSES = {
    ExpenseStatus.SUBMITTED: _l("Waiting for a look"),
    ExpenseStatus.RETURNED: _l("Please check one thing"),
    ExpenseStatus.APPROVED: _l("Approved"),
    ExpenseStatus.PAID: _l("Paid"),
    ExpenseStatus.WITHDRAWN: _l("Taken back"),
}
# What the consultant reads, and what the coordinator chooses.
CHECKS = {
    ExpenseCheck.DATE: _l("Please check the day."),
    ExpenseCheck.AMOUNT: _l("Please check the amount."),
    ExpenseCheck.KIND: _l("Please check what kind of cost it was."),
    ExpenseCheck.RECEIPT: _l("Please check the receipt and who has seen it."),
    ExpenseCheck.DUPLICATE: _l("Please check whether this is sent twice."),
}
CHOICES = {
    ExpenseCheck.DATE: _l("The day"),
    ExpenseCheck.AMOUNT: _l("The amount"),
    ExpenseCheck.KIND: _l("The kind of cost"),
    ExpenseCheck.RECEIPT: _l("The receipt"),
    ExpenseCheck.DUPLICATE: _l("Whether it is sent twice"),
}
WORDS = {"kinds": KINDS, "statuses": STATUSES, "checks": CHECKS}


class CostForm(BaseForm):
    kind = OneOf(_l("What it was for"))
    day = DayField(_l("Day"))
    cents = MoneyField(_l("How much"))
    seen_by = line(_l("Who has seen the receipt"), 80, required=False)
    reference = line(_l("What is on the receipt"), LONGEST_REFERENCE, required=False)

    def offer(self, kinds: Iterable[CostKind]) -> "CostForm":
        """List what the funding line of the work pays for."""
        self.kind.offer((each, KINDS[each]) for each in kinds)
        return self

    def cost(self) -> Cost:
        return Cost(
            CostKind(self.kind.data),
            self.day.data,  # type: ignore[arg-type]
            self.cents.data,  # type: ignore[arg-type]
            self.seen_by.data or "",
            self.reference.data or "",
        )


class AheadForm(BaseForm):
    """Money that is needed before: what for, by which day, how much."""

    kind = OneOf(_l("What it is for"))
    day = DayField(_l("Day you need it for"))
    cents = MoneyField(_l("How much"))

    def offer(self, kinds: Iterable[CostKind]) -> "AheadForm":
        self.kind.offer((each, KINDS[each]) for each in kinds)
        return self

    def cost(self) -> Cost:
        return Cost(
            CostKind(self.kind.data),
            self.day.data,  # type: ignore[arg-type]
            self.cents.data,  # type: ignore[arg-type]
            is_advance=True,
        )


def as_typed(expense: Any, receipt: Any) -> dict[str, Any]:
    """A cost as the form that mends it begins."""
    return {
        "kind": expense.kind.value,
        "day": expense.day,
        "cents": expense.cents,
        "seen_by": receipt.seen_by,
        "reference": receipt.reference,
    }


class ApproveCostForm(OneForm):
    no_interest = BooleanField(NO_INTEREST, [DataRequired(SAY_SO)])


class ReturnCostForm(OneForm):
    check = OneOf(_l("What should be checked?"), choices=CHOICES.items())
    said = _l("Sent back once, with what to check.")


def decide_form(open_: Callable[[type[OneForm]], OneForm], do: str | None) -> OneForm:
    """The form that was sent from a page with both of them."""
    return open_(ReturnCostForm if do == "return" else ApproveCostForm)


class GivenBackForm(BaseForm):
    cents = MoneyField(_l("How much came back"))
