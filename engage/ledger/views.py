from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from engage.core import paper
from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.errors import NotFound
from engage.core.spreadsheet import Cell, csv_file, dollars
from engage.core.web import (
    me,
    now,
    open_form,
    paged,
    requires,
    settings,
    submit,
)
from engage.ledger import actions, queries, statement_words
from engage.ledger.forms import COLUMNS, KINDS, RAILS, STATUSES, RailForm
from engage.ledger.models import Payee
from engage.ledger.rules import NEW_PLACE_WAITS
from engage.organizations import queries as organizations
from engage.payouts.year_outlook import outlooks

bp = Blueprint("ledger", __name__)


@bp.route("/record")
@requires(Permission.STATEMENT_OWN)
def statement() -> Any:
    return render_template(
        "ledger/statement.html",
        accounts=queries.statement(me()),
        lines=paged(queries.lines(me())),
        is_shown=request.args.get("show") == "1",
        kinds=KINDS,
        rails=RAILS,
        outlooks=outlooks(me(), now(), is_live=settings().is_live),
    )


@bp.route("/record.csv")
@requires(Permission.STATEMENT_OWN)
def download() -> Any:
    rows = [_cells(line) for line in queries.all_lines(me())]
    return csv_file("record.csv", [str(header) for header in COLUMNS], rows)


@bp.route("/record.pdf")
@requires(Permission.STATEMENT_OWN)
def paper_file() -> Response:
    """Everything, or what was paid in the year that the address names."""
    asked = request.args.get("year", "")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) == 4):
        raise NotFound
    year = max(1, int(asked)) if asked else None
    accounts, lines = queries.statement(me()), queries.all_lines(me(), year)
    words = statement_words.content(accounts, lines, year, local_day(now(), me().zone))
    answer = Response(paper.pdf(words), content_type="application/pdf")
    answer.headers["Content-Disposition"] = 'attachment; filename="record.pdf"'
    return answer


def _cells(line: Any) -> tuple[Cell, ...]:
    return (
        line.worked_on,
        line.organization.name,
        line.payee.payer.name,
        str(KINDS[line.kind]),
        dollars(line.left_cents),
        line.currency.upper(),
        str(STATUSES[line.status]),
        line.due_on,
        line.paid_on,
    )


@bp.route("/record/how/<uid>", methods=["GET", "POST"])
@requires(Permission.STATEMENT_OWN, fresh=True)
def rail(uid: str) -> Any:
    payee = queries.own_payee(me(), uid)
    form = open_form(RailForm, rail=payee.rail).offer(rails_offered(payee))
    page = partial(_rail_page, uid, form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: _choose(uid, form.rail.data),
        done=lambda _: url_for(".statement"),
        again=page,
        said=_("Saved. A new way counts in three days; until then all goes as before.")
        if _wait()
        else _("Saved. Your next payment goes this way."),
    )


def _rail_page(uid: str, form: RailForm) -> str:
    payee = queries.own_payee(me(), uid)
    waits = bool(_wait())
    return render_template(
        "ledger/rail.html", form=form, payee=payee, rails=RAILS, waits=waits
    )


def _choose(uid: str, rail: str) -> None:
    payee = queries.own_payee(me(), uid)
    offered, wait = rails_offered(payee), _wait()
    actions.choose_rail(payee.id, rail, offered=offered, by=me(), now=now(), wait=wait)


def _wait() -> timedelta:
    return timedelta(0) if settings().is_demo else NEW_PLACE_WAITS


def rails_offered(payee: Payee) -> tuple[str, ...]:
    """Ways that this payer can pay now: the account at Stripe is of one payer alone."""
    more: tuple[str, ...] = ()
    if settings().payments_mode == "demo":
        more = ("demo",)
    elif settings().has_stripe:
        owner = organizations.payer_named(settings().stripe_payer)
        more = ("stripe",) if owner == payee.payer_id else ()
    return ("manual", *more)
