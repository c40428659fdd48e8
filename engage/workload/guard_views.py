"""The earnings guard's own pages: nobody but the consultant has them."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core import calendar
from engage.core.access import Permission
from engage.core.errors import NotFound
from engage.core.forms import BaseForm, PressForm, is_uid
from engage.core.web import me, now, open_form, requires, submit
from engage.workload import guard_year, pay, pay_queries
from engage.workload.guard import Basis, Earnings, GuardKind, ssi_counted
from engage.workload.guard_forms import (
    BASES,
    KINDS,
    MODES,
    GuardForm,
    WaitForm,
    filled,
)

bp = Blueprint("workload_guard", __name__)
SAVED = _l("Saved.")
EXAMPLE_CENTS = 500_00  # a round sum to show the arithmetic with


@bp.route("/room/earnings", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def index() -> Any:
    if "remove" in request.form:
        return _remove()
    form = open_form(GuardForm, **_to_change())
    page = partial(_page, form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: pay.set_guard(me(), form.guard(), sure=form.sure.data, now=now()),
        done=lambda _: url_for(".index", show=1),
        again=page,
        said=SAVED,
    )


def _to_change() -> dict[str, Any]:
    """What the form shows: the limit that the address names, once amounts show."""
    wanted = request.args.get("change")
    if request.args.get("show") != "1" or wanted is None:
        return {}
    found = {guard.kind: guard for guard in pay_queries.guards(me())}
    return filled(next((one for kind, one in found.items() if kind == wanted), None))


def _remove() -> Any:
    press, kind = PressForm(), request.form["remove"]
    known = {str(each): each for each in GuardKind}
    return submit(
        press,
        lambda: pay.remove_guard(me(), known.get(kind), now=now()),
        done=lambda _: url_for(".index", show=1),
        again=lambda: _page(GuardForm(None), press),
        said=SAVED,
    )


def _page(form: GuardForm, press: BaseForm | None = None) -> str:
    today = calendar.local_day(now(), me().zone)
    earnings = pay_queries.own_earnings(me(), now())
    basis = _basis(earnings)
    return render_template(
        "workload/guard.html",
        form=form,
        press_form=press,
        is_shown=request.args.get("show") == "1" or request.method == "POST",
        earnings=earnings,
        basis=basis,
        today=today,
        states=guard_year.standing_now(earnings, today),
        months=guard_year.twelve_months(earnings.pay, basis, today),
        payments=guard_year.payments_this_year(earnings.pay, Basis.PAID, today),
        figures=pay_queries.figures(today),
        example=EXAMPLE_CENTS,
        ssi_counted=ssi_counted,
        kinds=KINDS,
        bases=BASES,
        modes=MODES,
    )


def _basis(earnings: Earnings) -> Basis:
    """Which months the picture shows: as asked for, else as the first limit counts."""
    wanted = request.args.get("by")
    for each in Basis:
        if wanted == each:
            return each
    return earnings.guards[0].basis if earnings.guards else Basis.PAID


@bp.route("/room/earnings/days", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def days() -> Any:
    if "remove" in request.form:
        return _wait_no_longer()
    form = _wait_form()
    page = partial(_days_page, form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: pay.wait(me(), form.lines.data or [], until=form.day, now=now()),
        done=lambda _: url_for(".days"),
        again=page,
        said=SAVED,
    )


def _wait_form() -> WaitForm:
    form = open_form(WaitForm)
    sent = filter(is_uid, request.form.getlist("lines"))
    form.lines.offer((uid, uid) for uid in sent)
    return form


def _wait_no_longer() -> Any:
    press, uid = PressForm(), request.form["remove"]
    if not is_uid(uid):
        raise NotFound
    return submit(
        press,
        lambda: pay.wait_no_longer(me(), uid, now=now()),
        done=lambda _: url_for(".days"),
        again=lambda: _days_page(WaitForm(None), press),
        said=SAVED,
    )


def _days_page(form: WaitForm, press: BaseForm | None = None) -> str:
    return render_template(
        "workload/guard_days.html",
        form=form,
        press_form=press,
        is_shown=request.args.get("show") == "1",
        may_wait=pay_queries.may_wait(me()),
        waiting=pay_queries.waiting(me()),
        coming=pay_queries.coming(me(), now()),
        ticked=set(form.lines.data or []),
    )
