"""Asking money back: the pages of finance, and the payee's own."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for

from engage.core.access import Permission
from engage.core.errors import NotFound
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.payouts import (
    details,
    forms,
    one_payment,
    returning_queries,
    reversing,
)
from engage.payouts.forms import AskBackForm, DetailsForm, GoForm
from engage.payouts.models_after import Reversal
from engage.payouts.returning_rules import ReversalReason

bp = Blueprint("asking", __name__)
bp.context_processor(lambda: forms.WORDS)


def _places() -> frozenset[int]:
    return my_places(Permission.PAYOUTS_RUN)


@bp.route("/runs/pay/<uid>/again", methods=["GET", "POST"])
@requires(Permission.PAYOUTS_RUN)
def ask(uid: str) -> Any:
    """Ask some or all of one payment back, and tell its payee."""
    one_payment.look_at(_places(), uid, by=me(), now=now())
    payout = one_payment.payout(_places(), uid)
    form, payout_id = open_form(AskBackForm), payout.id
    page = partial(_ask_page, uid, form)
    if request.method == "GET":
        return page()
    action = partial(reversing.ask, payout_id, by=me(), now=now())
    return submit(
        form,
        lambda: action(cents=form.cents.data, reason=ReversalReason(form.reason.data)),
        done=lambda row: url_for(".decide", uid=row.uid),
        again=page,
    )


def _ask_page(uid: str, form: AskBackForm) -> str:
    payout = one_payment.payout(_places(), uid)
    return render_template("payouts/ask_back.html", payout=payout, form=form)


@bp.route("/runs/again/<uid>", methods=["GET", "POST"])
@requires(Permission.PAYOUTS_RUN)
def decide(uid: str) -> Any:
    """The second person goes on, or anybody of finance lets the payee keep it."""
    of = returning_queries.of_payers(_places(), uid).payout.uid
    one_payment.look_at(_places(), of, by=me(), now=now())
    row, form = returning_queries.of_payers(_places(), uid), open_form(GoForm)
    page = partial(_decide_page, uid, form)
    if request.method == "GET":
        return page()
    press = _pressed(row.id, form)
    return submit(
        form,
        lambda: press(by=me(), now=now()),
        done=lambda row: url_for(".decide", uid=row.uid),
        again=page,
    )


def _pressed(reversal_id: int, form: GoForm) -> Any:
    """What the pressed button does; a press without a word does nothing."""
    ways = {
        "go": partial(reversing.go, reversal_id, is_sure=form.is_sure.data),
        "drop": partial(reversing.drop, reversal_id),
    }
    wanted = request.form.get("do", "")
    if wanted not in ways:
        raise NotFound
    return ways[wanted]


def _decide_page(uid: str, form: BaseForm) -> str:
    row = returning_queries.of_payers(_places(), uid)
    return render_template(
        "payouts/asked_back.html",
        row=row,
        form=form,
        is_asker=row.asked_by_id == me().id,
    )


@bp.route("/record/again/<uid>", methods=["GET", "POST"])
@requires(Permission.STATEMENT_OWN)
def answer(uid: str) -> Any:
    """The payee reads why, and may say no, without a word of why."""
    row, form = returning_queries.own(me(), uid), PressForm()
    page = partial(_answer_page, uid, form)
    if request.method == "GET":
        return page()
    objects = request.form.get("objects") == "1"
    return submit(
        form,
        lambda: reversing.answer(row.id, objects=objects, by=me(), now=now()),
        done=_to_answer,
        again=page,
    )


def _to_answer(row: Reversal) -> str:
    return url_for(".answer", uid=row.uid)


def _answer_page(uid: str, form: BaseForm) -> str:
    row = returning_queries.own(me(), uid)
    return render_template("payouts/my_answer.html", row=row, form=form)


@bp.route("/record/by-hand")
@requires(Permission.STATEMENT_OWN)
def by_hand() -> Any:
    """The payments that wait for what the payee may give for them."""
    return render_template("payouts/by_hand.html", rows=details.own_open(me()))


@bp.route("/record/by-hand/<uid>", methods=["GET", "POST"])
@requires(Permission.STATEMENT_OWN, fresh=True, words=True)
def give(uid: str) -> Any:
    payout, text = details.own(me(), uid)
    form, payout_id = open_form(DetailsForm, text=text), payout.id
    page = partial(_give_page, uid, form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: details.give(payout_id, form.text.data or "", by=me(), now=now()),
        done=lambda payout: url_for(".give", uid=payout.uid),
        again=page,
    )


def _give_page(uid: str, form: BaseForm) -> str:
    payout, text = details.own(me(), uid)
    return render_template("payouts/give.html", payout=payout, form=form, text=text)
