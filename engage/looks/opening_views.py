"""An administrator's pages of opening somebody's pages, with another one's yes."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.limits import limiter
from engage.core.web import me, now, open_form, paged, requires, submit
from engage.looks import opening_queries, openings, rules
from engage.looks.forms import REASONS, AskForm
from engage.looks.rules import Part
from engage.records import legal_queries

bp = Blueprint("openings", __name__)


@bp.route("/exceptions")
@requires(Permission.EXCEPTIONS_RUN)
def index() -> Any:
    rows = paged(opening_queries.newest())
    alone = len(opening_queries.administrators()) < 2
    return render_template(
        "looks/openings.html", rows=rows, alone=alone, **_said(), now=now()
    )


def _said() -> dict[str, Any]:
    return {"reasons": REASONS, "rules": rules}


@bp.route("/exceptions/new", methods=["GET", "POST"])
@requires(Permission.EXCEPTIONS_RUN, fresh=True)
@limiter.limit("20 per hour")
def new() -> Any:
    form = open_form(AskForm)
    if not form.is_submitted():
        return _new_page(form)
    return submit(
        form,
        lambda: openings.ask(**form.data, by=me(), now=now()),
        done=lambda row: url_for(".show", uid=row.uid),
        again=lambda: _new_page(form),
        said=_("Asked. Another administrator has to say yes within a day."),
    )


def _new_page(form: BaseForm) -> str:
    return render_template("looks/opening_new.html", form=form)


@bp.route("/exceptions/<uid>")
@requires(Permission.EXCEPTIONS_RUN)
def show(uid: str) -> Any:
    return _page(uid, PressForm())


def _page(uid: str, form: BaseForm) -> str:
    row = opening_queries.one(uid)
    subject = row.asker.subject
    return render_template(
        "looks/opening.html",
        row=row,
        form=form,
        name=row.name(subject),
        is_open=rules.is_open(row.status, row.ends_at, now()),
        is_waiting=rules.is_waiting(row.status, row.asked_at, now()),
        is_mine=row.asked_by_id == me().id,
        is_second=row.agreed_by_id == me().id,
        **_said(),
    )


@bp.route("/exceptions/<uid>/yes", methods=["POST"])
@requires(Permission.EXCEPTIONS_RUN, fresh=True)
def agree(uid: str) -> Any:
    row_id, said = opening_queries.one(uid).id, _("It is open for 30 minutes.")
    held = legal_queries.held_until
    return _press(
        uid, lambda: openings.agree(row_id, held=held, by=me(), now=now()), said
    )


@bp.route("/exceptions/<uid>/end", methods=["POST"])
@requires(Permission.EXCEPTIONS_RUN)
def end(uid: str) -> Any:
    row_id = opening_queries.one(uid).id
    return _press(
        uid, lambda: openings.end(row_id, by=me(), now=now()), _("It has ended.")
    )


def _press(uid: str, action: Callable[[], Any], said: str) -> Any:
    form = open_form(PressForm)
    return submit(
        form,
        action,
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=said,
    )


@bp.route("/exceptions/<uid>/names")
@requires(Permission.EXCEPTIONS_RUN)
def names(uid: str) -> Any:
    return _part(uid, Part.NAMES)


@bp.route("/exceptions/<uid>/plans")
@requires(Permission.EXCEPTIONS_RUN)
def plans(uid: str) -> Any:
    return _part(uid, Part.PLANS)


@bp.route("/exceptions/<uid>/time")
@requires(Permission.EXCEPTIONS_RUN)
def time(uid: str) -> Any:
    return _part(uid, Part.TIME)


@bp.route("/exceptions/<uid>/pay")
@requires(Permission.EXCEPTIONS_RUN)
def pay(uid: str) -> Any:
    return _part(uid, Part.PAY)


def _part(uid: str, part: Part) -> str:
    rows = openings.read(uid, part, by=me(), now=now())
    return render_template("looks/opening_part.html", uid=uid, part=part, rows=rows)
