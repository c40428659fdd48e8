from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, now, open_form, requires, submit
from engage.workload import changes, own, rules, wishes
from engage.workload.forms import (
    DaysForm,
    FiltersForm,
    LimitsForm,
    PauseForm,
    TimesForm,
    filled,
    ticked,
    typed,
    wall,
    weekdays,
)
from engage.workload.rules import PRESETS, Limits, Preset

bp = Blueprint("workload", __name__)
bp.add_app_template_filter(wall, "wall")

SAVED = _l("Saved. Nobody is told.")
NAMES = {
    Preset.LIGHT: _l("Light"),
    Preset.STEADY: _l("Steady"),
    Preset.FULL: _l("Full"),
}


@bp.route("/room", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def limits() -> Any:
    room = own.room(me(), now())
    form = open_form(LimitsForm, **filled(room.limits))
    form.keep(room.limits)
    page = partial(_limits_page, form, room)
    if request.method == "GET":
        return page()
    if form.validate() and not form.is_sure:
        after = form.limits()
        if changes.is_raise(room.limits, after):
            return _raise_page(room.limits, after)
    return _send(form, lambda: _set_limits(form), page, ".limits")


def _set_limits(form: LimitsForm) -> None:
    wishes.set_limits(me(), form.limits(), sure=form.is_sure, now=now())


def _limits_page(form: LimitsForm, room: own.Room) -> str:
    return render_template(
        "workload/limits.html",
        form=form,
        room=room,
        presets=[
            (
                NAMES[name],
                preset,
                typed(preset),
                not changes.changes(preset, room.limits),
            )
            for name, preset in PRESETS.items()
        ],
        paused=rules.is_paused(room.pause, room.today),
        filters_set=room.filters.count,
    )


def _raise_page(before: Limits, after: Limits) -> str:
    """Asks about what would change, and about nothing else."""
    found = changes.changes(before, after)
    return render_template(
        "workload/raise.html",
        changes=found,
        labels={field.name: field.label.text for field in LimitsForm(None)},
        values={**typed(after, [one.name for one in found]), "sure": "yes"},
    )


def _send(
    form: BaseForm, action: Callable[[], Any], page: Callable[[], Any], place: str
) -> Any:
    return submit(form, action, done=lambda _: url_for(place), again=page, said=SAVED)


@bp.route("/room/pause", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def pause() -> Any:
    there = own.room(me(), now()).pause
    form = open_form(PauseForm, ends_on=there and there.ends_on)
    page = partial(render_template, "workload/pause.html", form=form, pause=there)
    if request.method == "GET":
        return page()
    return _send(form, lambda: _set_pause(form), page, ".pause")


def _set_pause(form: PauseForm) -> None:
    if form.end.data == "yes":
        wishes.end_pause(me(), now=now())
    else:
        wishes.set_pause(me(), form.last_day, now=now())


@bp.route("/room/times", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def times() -> Any:
    form = open_form(TimesForm)
    form.offer(me().week_start)
    page = partial(_times_page, form)
    if request.method == "GET":
        return page()
    if "remove" in request.form:
        return _remove(wishes.remove_window, page, ".times")
    return _send(
        form,
        lambda: wishes.add_windows(me(), now=now(), **form.values()),
        page,
        ".times",
    )


def _times_page(form: TimesForm, press: PressForm | None = None) -> str:
    return render_template(
        "workload/times.html",
        form=form,
        press_form=press,
        windows=own.windows(me()),
        weekdays=dict(weekdays(me().week_start)),
        zone=me().zone.replace("_", " "),
    )


def _remove(
    action: Callable[..., None], page: Callable[[PressForm], Any], place: str
) -> Any:
    """A press beside one row: `remove` is its uid."""
    press = PressForm()
    uid = request.form["remove"]
    return _send(
        press, lambda: action(me(), uid, now=now()), lambda: page(press), place
    )


@bp.route("/room/days", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def days() -> Any:
    form = open_form(DaysForm)
    page = partial(_days_page, form)
    if request.method == "GET":
        return page()
    if "remove" in request.form:
        return _remove(wishes.remove_days, page, ".days")
    return _send(
        form, lambda: wishes.add_days(me(), now=now(), **form.values()), page, ".days"
    )


def _days_page(form: DaysForm, press: PressForm | None = None) -> str:
    spans = own.day_spans(me(), now())
    return render_template(
        "workload/days.html", form=form, press_form=press, spans=spans
    )


@bp.route("/room/filters", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def filters() -> Any:
    organizations = own.choosable(me())
    there = own.filters(me())
    form = open_form(FiltersForm, **ticked(there, organizations))
    form.offer(organizations)
    page = partial(render_template, "workload/filters.html", form=form)
    if request.method == "GET":
        return page()
    return _send(
        form,
        lambda: wishes.set_filters(me(), now=now(), **form.values()),
        page,
        ".filters",
    )
