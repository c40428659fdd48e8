from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.spreadsheet import Cell, csv_file, dollars
from engage.core.web import (
    me,
    my_places,
    now,
    open_form,
    paged,
    requires,
    settings,
    submit,
)
from engage.payouts import one_payment, reconcile_actions, reconcile_reading
from engage.payouts.reconcile_forms import (
    DIFFERENCES,
    HEADERS,
    MOVEMENTS,
    OTHER,
    ExplainForm,
)
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference

bp = Blueprint("compare", __name__)
bp.context_processor(
    lambda: {"kinds_of": DIFFERENCES, "movement_words": _movement_words}
)
MOST_DAYS = 400


def _places() -> frozenset[int]:
    return my_places(Permission.PAYOUTS_RUN)


def _movement_words(kind: str) -> str:
    return str(MOVEMENTS.get(kind, OTHER))


@bp.route("/runs/books/days")
@requires(Permission.PAYOUTS_RUN)
def index() -> Any:
    return render_template(
        "payouts/reconcile.html",
        days=paged(reconcile_reading.days(_places(), is_live=settings().is_live)),
        has_stripe=settings().has_stripe,
    )


@bp.route("/runs/books/days/<uid>")
@requires(Permission.PAYOUTS_RUN)
def day(uid: str) -> Any:
    return _day_page(uid, PressForm(None))


def _day_page(uid: str, form: BaseForm) -> str:
    row = _day(uid)
    return render_template(
        "payouts/reconcile_day.html",
        form=form,
        day=row,
        differences=reconcile_reading.differences([row.id]),
    )


def _day(uid: str) -> ReconciliationDay:
    return reconcile_reading.one_day(_places(), uid, is_live=settings().is_live)


@bp.route("/runs/books/days/<uid>/again", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def again(uid: str) -> Any:
    day_id, form = _day(uid).id, PressForm()
    return submit(
        form,
        lambda: reconcile_actions.want(day_id),
        done=lambda _row: url_for(".day", uid=uid),
        again=partial(_day_page, uid, form),
        said=_("Engage reads this day again within ten minutes."),
    )


@bp.route("/runs/books/differences/<uid>", methods=["GET", "POST"])
@requires(Permission.PAYOUTS_RUN)
def difference(uid: str) -> Any:
    of = _difference(uid).payout_uid
    if of:
        one_payment.look_at(_places(), of, by=me(), now=now())
    row = _difference(uid)
    form, row_id = open_form(ExplainForm, explanation=row.explanation), row.id
    page, words = partial(_page, uid, form), form.explanation
    if not form.is_submitted():
        return page()
    return submit(
        form,
        lambda: reconcile_actions.explain(row_id, words.data or "", by=me(), now=now()),
        done=lambda _row: url_for(".difference", uid=uid),
        again=page,
    )


def _difference(uid: str) -> ReconciliationDifference:
    return reconcile_reading.one_difference(_places(), uid, is_live=settings().is_live)


def _page(uid: str, form: BaseForm) -> str:
    row = _difference(uid)
    found = reconcile_reading.differences([row.day_id])
    whole = next(each for each in found if each[0].uid == uid)
    explain = form if isinstance(form, ExplainForm) else ExplainForm(None)
    return render_template(
        "payouts/reconcile_one.html",
        form=form,
        explain=explain,
        whole=whole,
        me_id=me().id,
    )


@bp.route("/runs/books/differences/<uid>/look", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def look(uid: str) -> Any:
    row_id, form = _difference(uid).id, PressForm()
    return submit(
        form,
        lambda: reconcile_actions.look(row_id, by=me(), now=now()),
        done=lambda _row: url_for(".difference", uid=uid),
        again=partial(_page, uid, form),
    )


@bp.route("/runs/books/days.csv")
@requires(Permission.PAYOUTS_RUN)
def file() -> Response:
    rows = reconcile_reading.newest(_places(), MOST_DAYS, is_live=settings().is_live)
    found = reconcile_reading.differences([row.id for row in rows])
    lines = [line for row in rows for line in _lines(row, found)]
    return csv_file("days.csv", [*map(str, HEADERS)], lines)


def _lines(row: ReconciliationDay, found: list[Any]) -> Iterator[tuple[Cell, ...]]:
    """What was there, what fits, what moved and what differs, a line each."""
    head, none = (row.day, row.currency.upper()), (None,) * 4
    yield (*head, _("At the start"), None, None, dollars(row.start_cents), *none)
    for kind, cents in sorted(row.movements.items()):
        yield (*head, _movement_words(kind), None, None, dollars(cents), *none)
    yield (*head, _("At the end"), None, None, dollars(row.end_cents), *none)
    matched = dollars(row.matched_cents)
    yield (*head, _("Fits"), row.matched, matched, matched, *none)
    for each, _handle, author, looker in found:
        if each.day_id == row.id:
            gone = each.gone_at.date() if each.gone_at else None
            said = (author, each.explanation, looker, gone)
            yield (*head, *_difference_cells(each), *said)


def _difference_cells(each: ReconciliationDifference) -> tuple[Cell, ...]:
    ours, theirs = each.ours_cents, each.theirs_cents
    return (
        str(DIFFERENCES[each.kind]),
        each.thing,
        None if ours is None else dollars(ours),
        None if theirs is None else dollars(theirs),
    )
