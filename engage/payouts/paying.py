"""The pages of one payment: what it pays, and what people did by hand."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for

from engage.core import calendar
from engage.core.access import Permission
from engage.core.errors import NotFound
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.payouts import (
    details,
    ending,
    forms,
    manual,
    one_payment,
    returning_queries,
    voiding,
)
from engage.payouts.forms import ConfirmForm, RecordForm
from engage.payouts.models import Payout
from engage.payouts.models_after import Reversal
from engage.payouts.rules import PayoutStatus

bp = Blueprint("payments", __name__)
bp.context_processor(lambda: forms.WORDS)


def _places() -> frozenset[int]:
    return my_places(Permission.PAYOUTS_RUN)


@bp.route("/runs/pay/<uid>", methods=["GET", "POST"])
@requires(Permission.PAYOUTS_RUN)
def record(uid: str) -> Any:
    form = open_form(RecordForm)
    if request.method == "GET":
        _look_at(uid)
        return _payment_page(uid, form)
    payment = one_payment.payment(_places(), uid)
    today = calendar.local_day(now(), payment.payout.batch.payer.zone)
    action = partial(manual.record, payment.payout.id, by=me(), now=now(), today=today)
    return submit(
        form,
        lambda: action(**form.values),
        done=_to_payment,
        again=lambda: _payment_page(uid, form),
    )


def _look_at(uid: str, verb: str = one_payment.OPENED) -> None:
    one_payment.look_at(_places(), uid, verb, by=me(), now=now())


def _payment_page(uid: str, form: BaseForm) -> str:
    payment = one_payment.payment(_places(), uid)
    return render_template(
        "payouts/payment.html",
        payment=payment,
        form=form,
        fields=form if isinstance(form, RecordForm) else RecordForm(None),
        sure=form if isinstance(form, ConfirmForm) else ConfirmForm(None),
        is_recorder=payment.was_recorded_by(me()),
        is_asker=payment.is_void_asked_by(me()),
        is_given=details.is_given(payment.payout),
        backs=_asked_back(payment.payout),
        now=now(),
    )


def _asked_back(payout: Payout) -> list[Reversal]:
    if payout.status is not PayoutStatus.PAID:
        return []
    return returning_queries.of_payout(payout.id)


def _to_payment(payout: Payout) -> str:
    return url_for(".record", uid=payout.uid)


@bp.route("/runs/pay/<uid>/confirm", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def confirm(uid: str) -> Any:
    payment, form = one_payment.payment(_places(), uid), open_form(ConfirmForm)
    action = partial(manual.confirm, payment.payout.id, by=me(), now=now())
    return submit(
        form,
        lambda: action(repeat_seen=form.repeat_seen.data),
        done=_to_payment,
        again=lambda: _payment_page(uid, form),
    )


@bp.route("/runs/pay/<uid>/back", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def take_back(uid: str) -> Any:
    return _press_payment(uid, manual.take_back)


@bp.route("/runs/pay/<uid>/end", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def end(uid: str) -> Any:
    return _press_payment(uid, ending.ask)


VOIDING = {"ask": voiding.ask, "leave": voiding.leave, "yes": voiding.void}


@bp.route("/runs/pay/<uid>/void", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def void(uid: str) -> Any:
    action = VOIDING.get(request.form.get("do", ""))
    if action is None:
        raise NotFound
    return _press_payment(uid, action)


@bp.route("/runs/pay/<uid>/given")
@requires(Permission.PAYOUTS_RUN)
def given(uid: str) -> Any:
    """What the payee gave for this payment: the look first, the page after it."""
    payout, text = one_payment.payout(_places(), uid), None
    if details.is_given(payout):
        _look_at(uid, "payee_detail.open")
        payout = one_payment.payout(_places(), uid)
        text = details.shown(payout, payout.payee)
    return render_template("payouts/given.html", payout=payout, text=text)


def _press_payment(uid: str, action: Any) -> Any:
    payment, form = one_payment.payment(_places(), uid), PressForm()
    payout_id = payment.payout.id
    return submit(
        form,
        lambda: action(payout_id, by=me(), now=now()),
        done=_to_payment,
        again=lambda: _payment_page(uid, form),
    )
