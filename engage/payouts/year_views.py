from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.spreadsheet import csv_file, dollars
from engage.core.web import me, my_places, now, paged, requires, settings
from engage.organizations.models import Organization
from engage.payouts import reading, year_actions, year_people, year_queries
from engage.payouts.exports_forms import asked_payer, asked_year

bp = Blueprint("years", __name__)


def _chosen() -> tuple[list[Organization], Organization, list[int], int]:
    payers = reading.payers(my_places(Permission.PAYOUTS_RUN))
    payer = asked_payer(payers)
    known = year_queries.years(payer.id, is_live=settings().is_live)
    this_year = local_day(now(), payer.zone).year
    return payers, payer, known or [this_year], asked_year(known, this_year)


@bp.route("/runs/books/years")
@requires(Permission.PAYOUTS_RUN)
def show() -> Any:
    payers, payer, known, year = _chosen()
    figure, is_live = year_queries.threshold(year), settings().is_live
    return render_template(
        "payouts/years.html",
        payers=payers,
        payer=payer,
        years=known,
        year=year,
        figure=figure,
        whole=year_queries.whole(payer.id, year, _cents(figure), is_live=is_live),
        payees=paged(year_queries.totals(payer.id, year, is_live=is_live)),
        has_stripe=settings().has_stripe,
    )


def _cents(figure: Any) -> int | None:
    return None if figure is None else int(figure.cents)


@bp.route("/runs/books/years.csv")
@requires(Permission.PAYOUTS_RUN)
def file() -> Response:
    """Payee numbers and totals, for whoever files the forms."""
    _payers, payer, _known, year = _chosen()
    rows = [(handle, dollars(pay)) for handle, _id, pay in _rows(payer, year)]
    return _file(year, rows)


@bp.route("/runs/books/years-accounts.csv")
@requires(Permission.PAYOUTS_RUN)
def accounts_file() -> Response:
    """The same with account ids at Stripe; each opening is in its owner's log."""
    _payers, payer, _known, year = _chosen()
    found = _rows(payer, year)
    rows = year_people.accounts([row[1] for row in found], is_live=settings().is_live)
    opened = year_actions.open_accounts(rows, payer.id, by=me(), now=now())
    return _file(
        year, [(opened.get(id_, own), dollars(pay)) for own, id_, pay in found]
    )


def _rows(payer: Organization, year: int) -> list[tuple[str, int, int]]:
    """(handle, payee, pay) of who reaches the figure, or of all who were paid."""
    figure = None if "all" in request.args else year_queries.threshold(year)
    least = _cents(figure) or 1
    return year_queries.listed(payer.id, year, is_live=settings().is_live, least=least)


def _file(year: int, rows: list[tuple[Any, ...]]) -> Response:
    headers = [_("Stripe account or payee number"), _("Total")]
    return csv_file(f"year-{year}.csv", headers, rows)
