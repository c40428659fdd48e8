from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.fields import Choice, DayField, MoneyField, OneOf, line, text, tick
from engage.core.forms import BaseForm
from engage.panels.rules import SeatKind, SeatRole

ROLES = {
    SeatRole.MEMBER: _l("Member"),
    SeatRole.CHAIR: _l("Chair"),
    SeatRole.PRESENTER: _l("Presenter"),
    SeatRole.FACILITATOR: _l("Facilitator"),
    SeatRole.INTERPRETER: _l("Interpreter"),
    SeatRole.REVIEWER: _l("Reviewer"),
}


class PlanForm(BaseForm):
    plan = text(_l("What you will do"), 1000)
    plan_by = DayField(_l("Done by"))

    def values(self) -> dict[str, Any]:
        return {"plan": self.plan.data, "plan_by": self.plan_by.data}


class ReasonForm(BaseForm):
    role = Choice(_l("Role"), choices=[(str(each), each) for each in SeatRole])
    reason = line(_l("Why it differs"), 300)

    def values(self) -> dict[str, Any]:
        return {"role": SeatRole(str(self.role.data)), "reason": str(self.reason.data)}


class SeatForm(BaseForm):
    """A seat that asks nobody: a professional's, or of somebody who agreed before."""

    who = OneOf(
        _l("Whose seat is it"),
        choices=[
            ("professional", _l("A professional, without an account here")),
            ("awaiting", _l("A survivor leader who agreed before, by telephone say")),
        ],
        default="professional",
    )
    role = Choice(_l("Role"), choices=[(str(key), name) for key, name in ROLES.items()])
    label = line(_l("Their organization, for a professional"), 80, required=False)
    hourly_cents = MoneyField(_l("Pay for an hour"), required=False)
    is_salaried_elsewhere = tick(_l("Their employer pays them for this"))

    def values(self) -> dict[str, Any]:
        is_awaiting = self.who.data == "awaiting"
        return {
            "kind": SeatKind.SURVIVOR if is_awaiting else SeatKind.PROFESSIONAL,
            "role": SeatRole(str(self.role.data)),
            "label": "" if is_awaiting else str(self.label.data or ""),
            "hourly_cents": self.hourly_cents.data,
            "is_salaried_elsewhere": bool(self.is_salaried_elsewhere.data),
            "is_awaiting": is_awaiting,
        }
