from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.errors import NotFound
from engage.core.forms import PressForm, say
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.engagements import queries as engagements
from engage.engagements import seat_queries
from engage.panels import board_queries, boards, bringing, sheet
from engage.panels.board_forms import BoardForm, BringForm, RulesForm
from engage.panels.forms import ROLES

bp = Blueprint("boards", __name__)


def _homes() -> Any:
    found = board_queries.homes(my_places(Permission.PANELS_RUN))
    if not found:
        raise NotFound
    return found


@bp.route("/groups/new", methods=["GET", "POST"])
@requires(Permission.PANELS_RUN)
def new() -> Any:
    places = _homes()
    form = open_form(BoardForm, minimum_voices=places[0].minimum_voices)
    form.offer(places)
    page = partial(render_template, "panels/board.html", form=form, panel=None)
    if request.method == "GET":
        return page()
    act = partial(_create, form)
    return submit(form, act, done=_place, again=page, said=_l("The board is there."))


def _create(form: BoardForm) -> Any:
    return boards.create(form.place, by=me(), now=now(), **form.values())


def _place(panel: Any) -> str:
    return url_for("panels.show", uid=panel.uid)


@bp.route("/groups/<uid>/rules", methods=["GET", "POST"])
@requires(Permission.PANELS_RUN)
def change(uid: str) -> Any:
    panel = board_queries.board(my_places(Permission.PANELS_RUN), uid)
    form = open_form(RulesForm, obj=panel)
    page = partial(render_template, "panels/board.html", form=form, panel=panel)
    if request.method == "GET":
        return page()
    act = partial(_change, panel.id, form)
    return submit(form, act, done=_place, again=page, said=_l("Saved."))


def _change(panel_id: int, form: RulesForm) -> Any:
    return boards.change(panel_id, by=me(), now=now(), **form.values())


@bp.route("/plans/<uid>/seat", methods=["GET", "POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def give_up(uid: str) -> Any:
    """A seat that lasts longer than the work by which it was taken."""
    seat = engagements.own(me(), uid).seat
    if seat is None:
        raise NotFound
    page = partial(render_template, "panels/give_up.html", panel=seat.panel, uid=uid)
    form = PressForm()
    if request.method == "GET":
        _check_mine(seat)
        return page(form=form)
    act, again = partial(_give_up, seat), partial(page, form=form)
    return submit(
        form, act, done=_plan(uid), again=again, said=_l("Your seat is free.")
    )


def _check_mine(seat: Any) -> None:
    """NotFound without a seat there, or while work is agreed in it."""
    is_mine = seat.person_id == me().id and seat.panel.is_standing
    if not is_mine or seat_queries.live_seats([seat.id]):
        raise NotFound


def _give_up(seat: Any) -> None:
    _check_mine(seat)
    boards.give_up(seat.panel_id, by=me(), now=now())


def _plan(uid: str) -> Any:
    return lambda _: url_for("engagements.show", uid=uid)


@bp.route("/groups/import", methods=["GET", "POST"])
@requires(Permission.PANELS_RUN)
def bring() -> Any:
    places = _homes()
    form = open_form(BringForm, minimum_voices=places[0].minimum_voices)
    form.offer(places)
    if request.method == "GET":
        return _bring_page(form, None)
    page = partial(_looked_at, form)
    if request.form.get("then") != "store":
        return (page(), 200) if form.validate() else (page(), 422)
    return submit(form, partial(_bring, form), done=_place, again=page, said=BROUGHT)


BROUGHT = _l("The seats are there. What was there before was not doubled.")


def _bring(form: BringForm) -> Any:
    rows = sheet.read(form.rows.data or "")
    place, values = form.place, form.values()
    return bringing.bring_in(place, rows, by=me(), now=now(), **values).panel


def _looked_at(form: BringForm) -> str:
    """The rows as they are understood, or what to mend; nothing is stored."""
    seen = sheet.read(form.rows.data or "")
    if not seen.problems and not form.errors:
        sheet.check_open(seen, local_day(now(), form.place.zone))
    return _bring_page(form, seen)


def _bring_page(form: BringForm, seen: Any) -> str:
    problems = seen.problems if seen else []
    return render_template(
        "panels/bring.html",
        form=form,
        seen=seen,
        problems=[(one.row, say(one.refused)) for one in problems[: sheet.MOST_SHOWN]],
        more=max(0, len(problems) - sheet.MOST_SHOWN),
        sample=sheet.SAMPLE.replace("\r\n", "\n"),
        roles=ROLES,
        most=sheet.MOST_ROWS,
    )
