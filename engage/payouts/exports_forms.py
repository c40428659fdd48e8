"""Which payer and year a page of the books is about, and the words it has."""

from collections.abc import Sequence

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engage.core.errors import NotFound
from engage.funding.rules import CostCategory
from engage.ledger import rules as ledger
from engage.organizations.models import Organization

MOVES = {
    ledger.OWE: _l("Owed from here on"),
    ledger.UNOWE: _l("Owed no more"),
    "pay": _l("Sent"),
    "arrive": _l("Arrived"),
    "back": _l("Recorded by mistake, taken back"),
    "reverse": _l("Came back"),
    "cover": _l("Money ahead bore a cost"),
    "give_back": _l("Money ahead was given back"),
}
ACCOUNTS = {
    ledger.EXPENSE: _l("Pay"),
    ledger.REIMBURSEMENT: _l("Costs given back"),
    ledger.ADVANCE: _l("Costs paid ahead"),
    ledger.CASH_STRIPE: _l("Money at Stripe"),
    ledger.CASH_MANUAL: _l("Money outside of Engage"),
    ledger.CASH_DEMO: _l("Practice money"),
    "clearing:stripe": _l("On its way, Stripe"),
    "clearing:manual": _l("On its way, by hand"),
    "clearing:demo": _l("On its way, practice"),
}
CATEGORIES = {
    CostCategory.CONSULTANT: _l("Consultant fees"),
    CostCategory.PARTICIPANT_SUPPORT: _l("Participant support"),
    CostCategory.TRAVEL: _l("Travel"),
}
JOURNAL = (
    _l("Day"),
    _l("What"),
    _l("About"),
    _l("Debit"),
    _l("Credit"),
    _l("Amount"),
    _l("Currency"),
)
BY_LINE = (
    _l("Funding line"),
    _l("Award number"),
    _l("Cost category"),
    _l("Award from"),
    _l("Award to"),
    _l("Month"),
    _l("What for"),
    _l("Paid"),
)


def account_words(account: str) -> str:
    """A ledger account as finance reads it; a payee is a handle."""
    if account in ACCOUNTS:
        return str(ACCOUNTS[account])
    kind, _colon, handle = account.partition(":")
    if kind == "payable":
        return _("Owed to %(handle)s", handle=handle)
    if kind == "returned":
        return _("Came back from %(handle)s", handle=handle)
    return account


def move_words(kind: str) -> str:
    return str(MOVES.get(kind, kind))


def asked_payer(payers: Sequence[Organization]) -> Organization:
    """The payer that the address names, or the first one."""
    wanted = request.args.get("payer")
    for payer in payers:
        if wanted in {None, payer.uid}:
            return payer
    raise NotFound


def asked_year(known: Sequence[int], this_year: int) -> int:
    """The year that the address names, or the newest of those there are."""
    asked = request.args.get("year", "")
    if not asked:
        return known[0] if known else this_year
    if not (asked.isascii() and asked.isdigit() and 2000 <= int(asked[:5]) < 2200):
        raise NotFound
    return int(asked)
