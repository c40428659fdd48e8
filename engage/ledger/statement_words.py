"""Every word of a consultant's statement in their language, for the PDF."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from engage.core.formats import day, money
from engage.core.paper import section
from engage.ledger.forms import KINDS, STATUSES
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus


def content(
    accounts: Sequence[Any], lines: Iterable[Payable], year: int | None, today: date
) -> dict[str, Any]:
    """Text alone; without a year everything, else what was paid in that year.

    `accounts` are those of `queries.statement`.
    """
    shown = accounts if year is None else [one for one in accounts if _in(one, year)]
    lead = _("What you earned, what was paid, and what is still to come.")
    if year is not None:
        lead = _("What was paid in %(year)s, by the day of payment.", year=year)
    return {
        "language": get_locale().language,
        "title": _("My record"),
        "heading": _("My record"),
        "lead": lead,
        "footer": _("Made on %(day)s", day=day(today)),
        "sections": [*(_account(one, year) for one in shown), _work(lines)],
    }


def _in(account: Any, year: int) -> list[Any]:
    return [each for each in account.years if each.year == year]


def _account(account: Any, year: int | None) -> dict[str, Any]:
    years = account.years if year is None else _in(account, year)
    sums = [
        (_("Earned"), money(account.earned_cents)),
        (_("Paid"), money(account.paid_cents)),
        (_("Still to come"), money(account.owed_cents)),
    ]
    return section(
        _("Paid by %(payer)s", payer=account.payer),
        lines=sums if year is None else [],
        headers=[_("Year"), _("Pay"), _("Costs given back")] if years else [],
        rows=[
            [str(each.year), money(each.pay_cents), money(each.given_back_cents)]
            for each in years
        ],
        numbers=[1, 2],
    )


def _work(lines: Iterable[Payable]) -> dict[str, Any]:
    rows = [
        [
            day(line.worked_on),
            line.organization.name,
            str(KINDS[line.kind]),
            money(line.left_cents),
            _state(line),
        ]
        for line in lines
    ]
    return section(
        _("Each piece of work"),
        sentences=[] if rows else [_("Nothing here yet")],
        headers=[
            _("Day of the work"),
            _("Organization"),
            _("What for"),
            _("Amount"),
            _("State"),
        ]
        if rows
        else [],
        rows=rows,
        numbers=[3],
    )


def _state(line: Payable) -> str:
    if line.status is PayableStatus.PAID and line.paid_on:
        return _("Paid on %(day)s", day=day(line.paid_on))
    return str(STATUSES[line.status])
