from typing import Any

from flask import Blueprint, Response, render_template

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.spreadsheet import csv_file, dollars
from engage.core.web import my_places, now, paged, requires, settings
from engage.hours.expense_queries import posted
from engage.ledger import journal
from engage.organizations.models import Organization
from engage.payouts import exports, exports_forms, reading
from engage.payouts.exports_forms import account_words, asked_payer, asked_year
from engage.payouts.forms import KINDS

bp = Blueprint("books", __name__)


def _chosen() -> tuple[list[Organization], Organization, list[int], int]:
    """My payers, the one and the year that the address names, and years there are."""
    payers = reading.payers(my_places(Permission.PAYOUTS_RUN))
    payer = asked_payer(payers)
    years = journal.years(payer.id)
    return payers, payer, years, asked_year(years, _this_year(payer))


def _this_year(payer: Organization) -> int:
    return local_day(now(), payer.zone).year


@bp.route("/runs/books")
@requires(Permission.PAYOUTS_RUN)
def index() -> Any:
    payers, payer, years, _year = _chosen()
    return render_template(
        "payouts/exports.html",
        payers=payers,
        payer=payer,
        years=years or [_this_year(payer)],
        has_stripe=settings().has_stripe,
    )


@bp.route("/runs/books/journal")
@requires(Permission.PAYOUTS_RUN)
def moves() -> Any:
    payers, payer, years, year = _chosen()
    return render_template(
        "payouts/exports_journal.html",
        payers=payers,
        payer=payer,
        years=years or [year],
        year=year,
        moves=paged(journal.rows(payer, year, posted(payer.id))),
        local_day=local_day,
        account_words=account_words,
        move_words=exports_forms.move_words,
    )


@bp.route("/runs/books/journal.csv")
@requires(Permission.PAYOUTS_RUN)
def moves_file() -> Response:
    _payers, payer, _years, year = _chosen()
    rows = (
        (
            local_day(row.at, payer.zone),
            *(row.kind, row.source, row.debit, row.credit),
            dollars(row.cents),
            row.currency.upper(),
        )
        for row in journal.all_rows(payer, year, posted(payer.id))
    )
    return csv_file(f"journal-{year}.csv", [*map(str, exports_forms.JOURNAL)], rows)


@bp.route("/runs/books/lines.csv")
@requires(Permission.PAYOUTS_RUN)
def lines_file() -> Response:
    _payers, payer, _years, year = _chosen()
    found = exports.by_line(
        payer.id, year, is_live=settings().is_live, is_demo=settings().is_demo
    )
    rows = [_line(row, year) for row in found]
    return csv_file(f"lines-{year}.csv", [*map(str, exports_forms.BY_LINE)], rows)


def _line(row: exports.Row, year: int) -> tuple[Any, ...]:
    name, award, category, first, last, month, kind, cents = row
    words = str(exports_forms.CATEGORIES[category]), f"{year}-{month:02}"
    return (
        name,
        award,
        words[0],
        first,
        last,
        words[1],
        str(KINDS[kind]),
        dollars(cents),
    )
