from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.forms import PressForm
from engage.core.spreadsheet import csv_file
from engage.core.web import me, my_places, now, open_form, paged, requires, submit
from engage.engagements import queries as engagements
from engage.hours import shares as hours
from engage.offers import shares as asks
from engage.opportunities import meetings
from engage.opportunities import queries as opportunities
from engage.panels import (
    actions,
    answers,
    board_queries,
    figures,
    pictures,
    queries,
    rules,
    words,
)
from engage.panels import shares as shares_of
from engage.panels.forms import ROLES, PlanForm, ReasonForm, SeatForm
from engage.people import leads

bp = Blueprint("panels", __name__)


def _own(uid: str) -> Any:
    """A panel of an organization for which the signed-in person runs panels."""
    return queries.page(my_places(Permission.PANELS_RUN), uid)


@bp.route("/groups")
@requires(Permission.PANELS_RUN)
def index() -> Any:
    page = paged(queries.all_of(my_places(Permission.PANELS_RUN)))
    return render_template(
        "panels/index.html",
        page=page,
        voices=pictures.voices(page.rows, now()),
        counts=queries.seat_counts([panel.id for panel in page.rows]),
        unequal=pictures.unequal([panel.id for panel in page.rows]),
    )


@bp.route("/groups/figures.csv")
@requires(Permission.PANELS_RUN)
def download() -> Any:
    """Flags and differences in pay, for the organization's own report; no person."""
    places = my_places(Permission.PANELS_RUN)
    rows = figures.rows(places, words.for_csv(), now())
    return csv_file("figures.csv", words.headers(), rows)


@bp.route("/groups/shares")
@requires(Permission.PANELS_RUN)
def shares() -> Any:
    places = board_queries.homes(my_places(Permission.PANELS_RUN))
    chosen = request.args.get("place", "")
    place = next((one for one in places if one.uid == chosen), None)
    place = place or next(iter(places), None)
    return render_template(
        "panels/shares.html",
        places=places,
        place=place,
        hours=hours.shares(place.id, now()) if place else [],
        concentration=asks.concentration(place, now()) if place else None,
        least=shares_of.LEAST,
    )


@bp.route("/groups/<uid>")
@requires(Permission.PANELS_RUN)
def show(uid: str) -> Any:
    return _page(uid, PlanForm())


def _page(uid: str, form: Any) -> str:
    panel = _own(uid)
    seats = queries.live_seats(panel.id)
    posts = opportunities.of_panel(panel.id)
    unnamed = engagements.hidden_seats(panel.id, now())
    today = local_day(now(), panel.organization.zone)
    return render_template(
        "panels/show.html",
        panel=panel,
        form=form,
        plan=form if isinstance(form, PlanForm) else PlanForm(None),
        reason=form if isinstance(form, ReasonForm) else ReasonForm(None),
        seats=seats,
        unnamed=unnamed,
        names=board_queries.seat_names(panel),
        board=pictures.board(panel, seats, today, unnamed),
        meetings=meetings.coming(panel.id, now()),
        voice=pictures.voices([panel], now())[panel.id],
        flags=queries.flags(panel.id),
        gaps=pictures.gaps(panel, seats),
        has_salaried=pictures.has_salaried(seats),
        lead=leads.name_of(f"panel:{uid}", today),
        posts=posts,
        remedies=rules.REMEDIES,
        roles=ROLES,
        sentence_for=rules.sentence_for,
    )


@bp.route("/groups/<uid>/plan", methods=["GET", "POST"])
@requires(Permission.PANELS_RUN)
def plan(uid: str) -> Any:
    panel_id = _own(uid).id
    form = open_form(PlanForm)
    if request.method == "GET":  # text that comes back after a new sign-in
        return _page(uid, form)
    return submit(
        form,
        lambda: answers.answer_flag(panel_id, by=me(), now=now(), **form.values()),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("Your plan is kept. You are reminded when its day has passed."),
    )


@bp.route("/groups/<uid>/pay", methods=["GET", "POST"])
@requires(Permission.PANELS_RUN)
def pay(uid: str) -> Any:
    panel_id, form = _own(uid).id, open_form(ReasonForm)
    if request.method == "GET":
        return _page(uid, form)
    note = partial(answers.note_parity, panel_id, by=me(), now=now())
    return submit(
        form,
        lambda: note(**form.values()),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("Your reason is kept, and goes into reports."),
    )


@bp.route("/groups/<uid>/seats", methods=["GET", "POST"])
@requires(Permission.PANELS_RUN)
def add_seat(uid: str) -> Any:
    panel = _own(uid)
    form = open_form(SeatForm)
    page = partial(render_template, "panels/add_seat.html", form=form, panel=panel)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: actions.add_seat(panel.id, by=me(), now=now(), **form.values()),
        done=lambda _: url_for(".show", uid=uid),
        again=page,
        said=_l("The seat is there."),
    )


@bp.route("/groups/<uid>/seats/<seat_uid>/end", methods=["POST"])
@requires(Permission.PANELS_RUN)
def end_seat(uid: str, seat_uid: str) -> Any:
    panel_id = _own(uid).id
    form = PressForm()
    return submit(
        form,
        lambda: actions.take_away_seat(panel_id, seat_uid, by=me(), now=now()),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("The seat is gone."),
    )
