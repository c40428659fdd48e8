from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from engage.core import calendar
from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, now, open_form, paged, requires, submit
from engage.funding import queries as funding
from engage.funding.cost_rules import CostKind
from engage.hours import expense_forms as forms
from engage.hours import expense_queries as queries
from engage.hours import expense_rules as rules
from engage.hours import expenses
from engage.hours.queries import open_agreements, own_engagement

bp = Blueprint("costs", __name__)
bp.context_processor(lambda: forms.WORDS)


@bp.route("/costs")
@requires(Permission.HOURS_LOG)
def index() -> Any:
    page = paged(queries.own(me()))
    return render_template(
        "costs/index.html",
        open_work=open_agreements(me(), _today()),
        expenses=page,
        pays=queries.pays(page.rows),
        open_cents=queries.own_open_cents(me()),
    )


def _today() -> date:
    return calendar.local_day(now(), me().zone)


def _to_index(_done: Any) -> str:
    return url_for(".index")


@bp.route("/plans/<uid>/costs", methods=["GET", "POST"])
@requires(Permission.HOURS_LOG)
def new(uid: str) -> Any:
    work = own_engagement(me(), uid)
    form = open_form(forms.CostForm, day=_today()).offer(funding.costs_of(work.line))
    if request.method == "GET":
        return _new_page(uid, form)
    work_id = work.id
    return submit(
        form,
        lambda: expenses.send(work_id, form.cost(), by=me(), now=now()),
        done=_to_index,
        again=lambda: _new_page(uid, form),
        said=_("Sent. Your coordinator has a look."),
    )


def _new_page(uid: str, form: forms.CostForm) -> str:
    work = own_engagement(me(), uid)
    has_rate = CostKind.PER_DIEM in funding.costs_of(work.line)
    return render_template(
        "costs/new.html",
        form=form,
        work=work,
        rate=queries.shown_rate(_today()) if has_rate else None,
    )


@bp.route("/plans/<uid>/costs/ahead", methods=["GET", "POST"])
@requires(Permission.HOURS_LOG)
def ahead(uid: str) -> Any:
    work = own_engagement(me(), uid)
    form = open_form(forms.AheadForm).offer(funding.costs_of(work.line))
    if request.method == "GET":
        return _ahead_page(uid, form)
    work_id = work.id
    return submit(
        form,
        lambda: expenses.send(work_id, form.cost(), by=me(), now=now()),
        done=_to_index,
        again=lambda: _ahead_page(uid, form),
        said=_("Asked for. Your coordinator has a look."),
    )


def _ahead_page(uid: str, form: forms.AheadForm) -> str:
    work = own_engagement(me(), uid)
    return render_template("costs/ahead.html", form=form, work=work)


@bp.route("/costs/<uid>", methods=["GET", "POST"])
@requires(Permission.HOURS_LOG, words=True)
def mend(uid: str) -> Any:
    expense = queries.own_one(me(), uid)
    form, found = _mend_form(expense), expense.id
    if request.method == "GET":
        return _mend_page(uid, form)
    return submit(
        form,
        lambda: expenses.mend(found, form.cost(), by=me(), now=now()),
        done=_to_index,
        again=lambda: _mend_page(uid, form),
        said=_("Sent again."),
    )


def _mend_form(expense: Any) -> Any:
    kinds = funding.costs_of(own_engagement(me(), expense.engagement.uid).line) or [
        expense.kind
    ]
    shape = forms.AheadForm if expense.is_advance else forms.CostForm
    return open_form(
        shape, **forms.as_typed(expense, expense.receipt(me().subject))
    ).offer(kinds)


def _mend_page(uid: str, form: BaseForm) -> str:
    expense = queries.own_one(me(), uid)
    return render_template(
        "costs/show.html",
        expense=expense,
        receipt=expense.receipt(me().subject),
        form=form,
        may={move for status, move in rules.MOVES if status is expense.status},
        pay=queries.pays([expense]).get(uid),
    )


@bp.route("/costs/<uid>/withdraw", methods=["POST"])
@requires(Permission.HOURS_LOG)
def withdraw(uid: str) -> Any:
    expense = queries.own_one(me(), uid)
    form, found = open_form(PressForm), expense.id
    return submit(
        form,
        lambda: expenses.withdraw(found, by=me(), now=now()),
        done=_to_index,
        again=lambda: _mend_page(uid, form),
        said=_("Taken back."),
    )
