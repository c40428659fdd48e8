from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.errors import N_, Refused
from engage.core.fields import DayField, OneOf, Parsed, SomeOf, tick
from engage.core.forms import BaseForm
from engage.core.money import Money, parse_money
from engage.workload.guard import Basis, Guard, GuardKind, GuardMode

KINDS = {
    GuardKind.MONTH: _l("Amount in a month"),
    GuardKind.YEAR: _l("Amount in a year"),
    GuardKind.PAYMENTS: _l("Number of payments in a year"),
}
BASES = {
    Basis.WORKED: _l("In the month I did the work"),
    Basis.PAID: _l("In the month it is paid"),
}
MODES = {
    GuardMode.WARN: _l("Warn me before I say yes"),
    GuardMode.DONT_ASK: _l("Don't ask me for work that would go above it"),
}


class LimitField(Parsed):
    """Dollars or a number, as it was typed: its kind says how to read it."""

    def read(self, typed: str) -> str:
        return typed


class GuardForm(BaseForm):
    """One limit on earnings; it takes the place of the one of its kind."""

    kind = OneOf(
        _l("What to limit"), choices=list(KINDS.items()), default=GuardKind.MONTH
    )
    limit = LimitField(_l("At most"))
    basis = OneOf(_l("Money counts"), choices=list(BASES.items()), default=Basis.PAID)
    mode = OneOf(
        _l("When work would go above it"),
        choices=list(MODES.items()),
        default=GuardMode.WARN,
    )

    sure = tick(_l("Yes, raise my limit"))

    def guard(self) -> Guard:
        """What was sent, the limit read as its kind says."""
        kind, typed = GuardKind(self.kind.data), str(self.limit.data)
        return Guard(
            kind, Basis(self.basis.data), GuardMode(self.mode.data), _read(kind, typed)
        )


def _read(kind: GuardKind, typed: str) -> int:
    if kind is not GuardKind.PAYMENTS:
        try:
            return parse_money(typed)
        except Refused as refused:
            raise Refused(refused.sentence, field="limit", **refused.values) from None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6):
        raise Refused(N_("Write a whole number, such as 3."), field="limit")
    return int(typed)


def filled(guard: Guard | None) -> dict[str, Any]:
    """What the form shows for a limit there is."""
    if guard is None:
        return {}
    return {
        "kind": guard.kind,
        "limit": str(guard.limit if guard.is_count else Money(guard.limit)),
        "basis": guard.basis,
        "mode": guard.mode,
    }


class WaitForm(BaseForm):
    """A later pay day for any number of lines at once."""

    lines = SomeOf(_l("What to wait with"))
    until = DayField(_l("Pay me on or after"))

    @property
    def day(self) -> date:
        day: Any = self.until.data
        return date.min if day is None else day
