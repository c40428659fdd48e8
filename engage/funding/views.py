from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.errors import NotFound
from engage.core.forms import PressForm
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
from engage.funding import actions, queries
from engage.funding.forms import CATEGORIES, COST_NAMES, EditLineForm, LineForm
from engage.funding.limits import FIELDS, books_end_on
from engage.funding.models import FundingLine

bp = Blueprint("funding", __name__)


def _seen() -> tuple[frozenset[int], frozenset[int]]:
    return my_places(Permission.FUNDING_SEE), my_places(Permission.FUNDING_RUN)


def _own(uid: str) -> FundingLine:
    """A line of a payer that the signed-in person works for, to change it."""
    return queries.line(uid, (), my_places(Permission.FUNDING_RUN))


@bp.route("/lines")
@requires(Permission.FUNDING_SEE)
def index() -> Any:
    lines = paged(queries.lines(*_seen()), size=10)
    return render_template(
        "funding/index.html",
        lines=lines,
        stages=queries.stages([line.id for line in lines.rows]),
        run_from=my_places(Permission.FUNDING_RUN),
        may_add=bool(queries.payers(my_places(Permission.FUNDING_RUN))),
    )


@bp.route("/lines/<uid>")
@requires(Permission.FUNDING_SEE)
def show(uid: str) -> Any:
    return _page(queries.line(uid, *_seen()), PressForm())


def _page(line: FundingLine, form: PressForm) -> str:
    return render_template(
        "funding/show.html",
        line=line,
        form=form,
        stages=queries.stages([line.id])[line.id],
        users=queries.users(line.id),
        category=CATEGORIES[line.cost_category],
        costs=[COST_NAMES[kind] for kind in queries.costs_of(line)],
        may_run=line.payer_id in my_places(Permission.FUNDING_RUN),
        kept_until=books_end_on(
            line.final_report_on, line.final_report_noted_on, settings().books_years
        ),
    )


@bp.route("/lines/new", methods=["GET", "POST"])
@requires(Permission.FUNDING_RUN)
def new() -> Any:
    payers = queries.payers(my_places(Permission.FUNDING_RUN))
    if not payers:
        raise NotFound
    every = [str(kind) for kind in COST_NAMES]
    begun = {"counts_preparation": True, "counts_travel": True}
    form = open_form(LineForm, allowed_costs=every, **begun)
    form.offer(queries.organizations())
    form.offer_payers(payers)
    return _form_page(
        form, "new.html", lambda: actions.create(by=me(), now=now(), **form.values())
    )


@bp.route("/lines/<uid>/edit", methods=["GET", "POST"])
@requires(Permission.FUNDING_RUN)
def edit(uid: str) -> Any:
    line = _own(uid)
    users = [each.uid for each in queries.users(line.id)]
    columns = {name: getattr(line, name) for name in (*FIELDS, "final_report_on")}
    form = open_form(EditLineForm, organizations=users, **columns)
    form.offer(queries.organizations())
    return _form_page(
        form,
        "edit.html",
        lambda: actions.edit(line.id, by=me(), now=now(), **form.values()),
        line=line,
    )


def _form_page(form: EditLineForm, name: str, action: Any, **values: Any) -> Any:
    page = partial(render_template, f"funding/{name}", form=form, **values)
    if request.method == "GET":
        return page()
    return submit(form, action, done=_place, again=page, said=_l("Saved."))


def _place(line: FundingLine) -> str:
    return url_for(".show", uid=line.uid)


@bp.route("/lines/<uid>/close", methods=["POST"])
@requires(Permission.FUNDING_RUN)
def close(uid: str) -> Any:
    return _press(uid, actions.close)


@bp.route("/lines/<uid>/reopen", methods=["POST"])
@requires(Permission.FUNDING_RUN)
def reopen(uid: str) -> Any:
    return _press(uid, actions.reopen)


def _press(uid: str, action: Any) -> Any:
    line, form = _own(uid), PressForm()
    return submit(
        form,
        lambda: action(line.id, by=me(), now=now()),
        done=_place,
        again=lambda: _page(_own(uid), form),
    )
