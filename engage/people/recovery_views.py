"""The pages of a way back in, for whoever lost everything and for staff who help."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.clock import evenly
from engage.core.errors import Refused
from engage.core.forms import BaseForm, PressForm
from engage.core.limits import address, limiter
from engage.core.web import me, now, open_form, public, requires, submit
from engage.people import door, doorstep, entering, papers, recovery, reopening
from engage.people.factor_rules import PaperKind
from engage.people.forms import AnewForm, HelpForm, NamedForm

bp = Blueprint("help", __name__)

HALF_SECONDS = 0.3  # many times what either half takes


@bp.route("/in/help", methods=["GET", "POST"])
@public
@limiter.limit("20 per 5 minutes", key_func=address)
def start() -> Any:
    """Name and code; what they lead to is said only where both are right."""
    form = open_form(HelpForm)
    page = partial(render_template, "people/help.html", form=form)
    if request.method == "GET" or not form.validate():
        return page(), 200 if request.method == "GET" else 422
    try:
        way = recovery.look_up(form["name"].data or "", form.code.data or "", now=now())
        return _go_on(way)
    except Refused as refused:
        form.refuse(refused)
        return page(), 422


def _go_on(way: recovery.Way) -> Any:
    if way.opens:
        session[doorstep.WAY] = doorstep.signer(doorstep.WAY).dumps(
            [way.person_uid, way.thing]
        )
        return redirect(url_for(".anew"), 303)
    ready_at, code = way.ready_at, None
    if way.starts:
        code = recovery.start_by_helper(way, now=now())
    return render_template("people/help_waits.html", code=code, ready_at=ready_at)


@bp.route("/in/help/new", methods=["GET", "POST"])
@public
@limiter.limit("20 per 5 minutes", key_func=address)
def anew() -> Any:
    found = doorstep.way()
    if found is None:
        return redirect(url_for(".start"), 303)
    form = open_form(AnewForm)
    page = partial(render_template, "people/help_new.html", form=form)
    if request.method == "GET":
        return page()
    way = recovery.Way(found[0], opens=True, thing=found[1])
    finish = partial(reopening.finish, way, now=now())
    return submit(form, lambda: finish(**form.data), done=_enter, again=page)


def _enter(person: Any) -> str:
    door.let_in(entering.begin(person, doorstep.here(), now()))
    flash(_("Your new password works. Set up a second way to sign in now."))
    return url_for("factors.index")


@bp.route("/account/ways/stop", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def stop() -> Any:
    """One press, without being asked again: stopping can only protect."""
    form = open_form(PressForm)
    return submit(
        form,
        lambda: recovery.cancel(by=me(), now=now()),
        done=lambda _: url_for("factors.index"),
        again=lambda: redirect(url_for("factors.index"), 303),
        said=_("Stopped. If you did not start it, choose a new password now."),
    )


@bp.route("/account/ways/helper", methods=["GET", "POST"])
@requires(Permission.CODES_OWN, fresh=True)
def helper() -> Any:
    """A code for somebody one trusts; it begins a wait and opens nothing by itself."""
    make = partial(papers.print_anew, PaperKind.HELPER, by=me(), now=now())
    form = open_form(PressForm)
    return show_half(form, lambda: make()[0], "people/helper.html")


@bp.route("/account/ways/in-person", methods=["POST"])
@requires(Permission.ACCOUNT_OWN, fresh=True)
def in_person() -> Any:
    form, chosen = open_form(PressForm), request.form.get("on") == "1"
    return submit(
        form,
        lambda: reopening.choose_in_person_only(chosen, by=me(), now=now()),
        done=lambda _: url_for("factors.index"),
        again=lambda: redirect(url_for("factors.index"), 303),
        said=_("Saved."),
    )


@bp.route("/staff/help", methods=["GET", "POST"])
@requires(Permission.INSTALLATION_RUN, fresh=True)
def begin() -> Any:
    """The first half of a code; whether there is such an account is not said."""
    form = open_form(NamedForm)
    make = partial(recovery.start_in_person, by=me(), now=now())
    return show_half(
        form, lambda: make(form["name"].data or ""), "people/help_staff.html"
    )


@bp.route("/staff/second", methods=["GET", "POST"])
@requires(Permission.CODES_GIVE, Permission.INSTALLATION_RUN, fresh=True)
def second() -> Any:
    """The second half, by somebody else."""
    form = open_form(NamedForm)
    make = partial(recovery.vouch, by=me(), now=now())
    return show_half(
        form, lambda: make(form["name"].data or ""), "people/help_staff.html"
    )


def show_half(form: BaseForm, make: Callable[[], str], template: str) -> Any:
    """The form, or what it made: on this one answer and nowhere else.

    A name that nobody has writes nothing: how long the answer takes does not tell.
    """
    here = request.endpoint or ""
    page = partial(
        render_template, template, form=form, is_second=here == "help.second"
    )
    if not form.is_submitted():
        return page(code=None)
    made: list[str] = []
    evened = partial(evenly, make, HALF_SECONDS)
    again = partial(page, code=None)
    answer = submit(
        form, lambda: made.append(evened()), done=lambda _: url_for(here), again=again
    )
    return page(code=made[0]) if made else answer
