"""Pages of staff about costs: coordinators look at them, finance at money ahead."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from engage.audit import actions as audit
from engage.core.access import Permission, Role
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, my_places, now, open_form, paged, requires, submit
from engage.hours import expense_decisions as decisions
from engage.hours import expense_forms as forms
from engage.hours import expense_queries as queries
from engage.hours import given_back, given_back_queries
from engage.hours.expense_rules import ExpenseCheck
from engage.hours.forms import ApproveForm

bp = Blueprint("cost_desk", __name__)
bp.context_processor(lambda: forms.WORDS)
BATCH = 100
GIVEN_BACK = forms.GivenBackForm
SECOND = {"yes": given_back.confirm, "drop": given_back.drop}


def _places() -> frozenset[int]:
    return my_places(Permission.HOURS_DECIDE)


@bp.route("/costs/waiting", methods=["GET", "POST"], endpoint="waiting")
@requires(Permission.HOURS_DECIDE)
def decide_many() -> Any:
    form = open_form(ApproveForm)
    if request.method == "GET":
        return _waiting_page(form)
    return submit(
        form,
        lambda: _approve(form.seen(), form),
        done=lambda _done: url_for(".waiting"),
        again=lambda: _waiting_page(form),
        said=_("Approved. It is owed now."),
    )


def _approve(seen: dict[str, int], form: Any) -> None:
    said = form.no_interest.data
    decisions.approve_seen(seen, _places(), by=me(), now=now(), no_interest=said)


def _waiting_page(form: ApproveForm) -> str:
    page = paged(queries.waiting(_places(), now()), size=BATCH)
    costs = [expense for expense, _alias in page.rows]
    return render_template(
        "costs/waiting.html",
        form=form,
        expenses=page,
        ticked=form.ticked(costs, request.args.get("all") == "1"),
    )


@bp.route("/costs/waiting/<uid>", methods=["GET", "POST"])
@requires(Permission.HOURS_DECIDE)
def decide(uid: str) -> Any:
    form = forms.decide_form(open_form, request.form.get("do"))
    _look_at(uid)
    if request.method == "GET":
        return _decide_page(uid, form)
    return submit(
        form,
        lambda: _decided(uid, form),
        done=lambda _done: url_for(".waiting"),
        again=lambda: _decide_page(uid, form),
        said=form.said,
    )


def _decided(uid: str, form: Any) -> None:
    if not isinstance(form, forms.ReturnCostForm):
        _approve({uid: form.seen}, form)
        return
    expense, _alias = queries.one(_places(), uid, now())
    check = ExpenseCheck(form.check.data)
    decisions.give_back(expense.id, check, by=me(), now=now(), version=form.seen)


def _look_at(uid: str) -> None:
    """Nobody opens a cost before it stands in the consultant's list of looks."""
    expense, _alias = queries.one(_places(), uid, now())
    audit.look(
        "expense.open",
        subject=expense.person.subject,
        thing=f"expense:{uid}",
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=expense.organization_id,
    )


def _decide_page(uid: str, form: BaseForm) -> str:
    expense, alias = queries.one(_places(), uid, now())
    is_return = isinstance(form, forms.ReturnCostForm)
    # Who closed their account is out of sight, whatever still waits to be paid.
    is_seen = expense.person.is_active
    return render_template(
        "costs/decide.html",
        expense=expense,
        alias=alias,
        receipt=expense.receipt(expense.person.subject) if is_seen else None,
        form=form,
        back=form if is_return else forms.ReturnCostForm(None),
        approve=forms.ApproveCostForm(None) if is_return else form,
        pay=queries.pays([expense]).get(uid),
    )


@bp.route("/costs/ahead")
@requires(Permission.PAYOUTS_RUN)
def paid_ahead() -> Any:
    return _ahead_page(open_form(GIVEN_BACK), "")


def _ahead_page(form: BaseForm, uid: str) -> str:
    page = paged(queries.ahead(my_places(Permission.PAYOUTS_RUN)))
    return render_template(
        "costs/paid_ahead.html",
        advances=page,
        notes=given_back_queries.open_notes(
            [advance for advance, _handle in page.rows]
        ),
        form=form,
        fields=form if isinstance(form, GIVEN_BACK) else GIVEN_BACK(None),
        sent=uid,
        own_id=me().id,
    )


@bp.route("/costs/ahead/<uid>", methods=["GET", "POST"])
@requires(Permission.PAYOUTS_RUN)
def took_back(uid: str) -> Any:
    """One writes down what came back; another one says yes, or it was a mistake."""
    found = queries.one_ahead(my_places(Permission.PAYOUTS_RUN), uid).id
    second = SECOND.get(request.form.get("do", ""))
    form = PressForm() if second else open_form(GIVEN_BACK)
    if request.method == "GET":
        return _ahead_page(form, uid)
    return submit(
        form,
        lambda: _write_down(found, second, form),
        done=lambda _done: url_for(".paid_ahead"),
        again=lambda: _ahead_page(form, uid),
        said=_("Written down."),
    )


def _write_down(expense_id: int, second: Any, form: BaseForm) -> None:
    cents = {} if second else {"cents": form["cents"].data or 0}
    (second or given_back.note)(expense_id, **cents, by=me(), now=now())
