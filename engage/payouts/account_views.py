"""Setting up payments with Stripe: what it means first, then a plain link."""

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.errors import NotFound
from engage.core.forms import PressForm
from engage.core.web import me, now, open_form, public, requires, settings, submit
from engage.payouts import account_queries, accounts
from engage.payouts.account_forms import GoOnForm, SetUpForm
from engage.payouts.account_rules import NEW_PLACE_WAITS, WORDS

bp = Blueprint("payment_setup", __name__)


@bp.route("/record/how/<uid>/setup", methods=["GET", "POST"])
@requires(Permission.STATEMENT_OWN, fresh=True)
def show(uid: str) -> Any:
    payee, account = _own(uid)
    text = account.bank_text if account else accounts.DEFAULT_TEXT
    form = open_form(SetUpForm, bank_text=text)
    page = partial(_page, uid, form)
    if request.method == "GET":
        return page()
    begin = partial(accounts.begin, payee.id, by=me(), now=now(), wait=_wait())
    return submit(
        form,
        lambda: begin(bank_text=form.bank_text.data),
        done=lambda _row: url_for(".show", uid=uid),
        again=page,
    )


@bp.route("/record/how/<uid>/setup/on", methods=["POST"])
@requires(Permission.STATEMENT_OWN, fresh=True)
def go_on(uid: str) -> Any:
    """The link is made for this press alone, and never kept."""
    _payee, account = _own(uid)
    if account is None:
        raise NotFound
    account_id, form = account.id, open_form(GoOnForm)
    if not form.validate():
        return _page(uid, form), 422
    accounts.visit(account_id, by=me(), now=now(), wait=_wait())
    back = url_for(".back", _external=True)
    link = accounts.link(account_id, email=form.email.data or None, back_url=back)
    return render_template("payouts/setup_on.html", link=link, uid=uid)


@bp.route("/record/how/<uid>/setup/look", methods=["POST"])
@requires(Permission.STATEMENT_OWN)
def look(uid: str) -> Any:
    form, (_payee, account) = PressForm(), _own(uid)
    if account is None:
        raise NotFound
    return submit(
        form,
        lambda: accounts.look_soon(account.id, now=now()),
        done=lambda _row: url_for(".show", uid=uid),
        again=partial(_page, uid, form),
        said=_("Asked. Open this page again in a minute."),
    )


@bp.route("/record/how/<uid>/setup/stop", methods=["POST"])
@requires(Permission.STATEMENT_OWN, fresh=True)
def stop(uid: str) -> Any:
    form, (payee, account) = PressForm(), _own(uid)
    if account is None:
        if not account_queries.last_number(payee.id):
            raise NotFound
        # Stopped before, by a press like this one.
        return redirect(url_for(".show", uid=uid), 303)
    return submit(
        form,
        lambda: accounts.stop(account.id, by=me(), now=now()),
        done=lambda _row: url_for(".show", uid=uid),
        again=partial(_page, uid, form),
        said=_("Stopped. Nothing goes to that account."),
    )


@bp.route("/continue")
@public
def back() -> Any:
    """Where Stripe sends people back to: it knows nobody and says nothing."""
    return render_template("payouts/back.html")


def _own(uid: str) -> Any:
    if not settings().has_stripe:
        raise NotFound
    payee, account = account_queries.own(me(), uid, is_live=settings().is_live)
    if account_queries.payer_named(settings().stripe_payer) != payee.payer_id:
        raise NotFound
    return payee, account


def _page(uid: str, form: Any) -> str:
    payee, account = _own(uid)
    text = account.bank_text if account else accounts.DEFAULT_TEXT
    return render_template(
        "payouts/setup.html",
        payee=payee,
        account=account,
        form=form,
        text=form if isinstance(form, SetUpForm) else SetUpForm(None, bank_text=text),
        on=form if isinstance(form, GoOnForm) else GoOnForm(None),
        is_new=account is not None and account.usable_from > now(),
        words=WORDS,
    )


def _wait() -> timedelta:
    return timedelta(0) if settings().is_demo else NEW_PLACE_WAITS
