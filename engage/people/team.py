"""Printed codes, and the administrator's page of staff and their roles."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.people import codes, queries, staff
from engage.people.forms import StaffCodeForm
from engage.people.rules import PersonKind

bp = Blueprint("team", __name__)


@bp.route("/codes", methods=["GET", "POST"])
@requires(Permission.CODES_GIVE)
def code() -> Any:
    """For one consultant; whoever hands it over never learns what became of it."""
    place = min(my_places(Permission.CODES_GIVE))
    make = partial(codes.make_for_consultant, organization_id=place, by=me(), now=now())
    form = open_form(PressForm)
    return show_once(form, make, "people/code.html", PersonKind.CONSULTANT)


@bp.route("/staff/code", methods=["GET", "POST"])
@requires(Permission.INSTALLATION_RUN, fresh=True)
def staff_code() -> Any:
    """For one role of staff, in an organization or as an administrator."""
    form = open_form(StaffCodeForm, organization_id=request.args.get("at", type=int))
    form.organization_id.offer(queries.organization_choices())
    make = partial(codes.make_for_staff, by=me(), now=now())
    return show_once(
        form, lambda: make(**form.data), "people/staff_code.html", PersonKind.STAFF
    )


def show_once(
    form: BaseForm, make: Callable[[], str], template: str, kind: PersonKind
) -> Any:
    """The form, or the code it made: on this one answer and nowhere else."""
    page = partial(render_template, template, form=form)
    if not form.is_submitted():
        return page()
    made: list[str] = []
    here = url_for(request.endpoint or "")
    answer = submit(form, lambda: made.append(make()), done=lambda _: here, again=page)
    if not made:
        return answer
    return render_template("people/printed.html", code=made[0], kind=kind, here=here)


@bp.route("/staff")
@requires(Permission.INSTALLATION_RUN)
def index() -> Any:
    return staff_page()


def staff_page(**more: Any) -> str:
    """Everyone who works here with their roles; no consultant is on it."""
    members = queries.staff_members()
    return render_template("people/staff.html", members=members, me=me(), **more)


@bp.route("/staff/roles/<uid>/end", methods=["POST"])
@requires(Permission.INSTALLATION_RUN)
def end_role(uid: str) -> Any:
    end = partial(staff.end_role, uid, by=me(), now=now())
    return press(end, _("The role has ended."))


@bp.route("/staff/roles/<uid>/second", methods=["POST"])
@requires(Permission.INSTALLATION_RUN)
def second(uid: str) -> Any:
    chosen = request.form.get("on") == "1"
    choose = partial(
        staff.choose_second_approver, uid, chosen=chosen, by=me(), now=now()
    )
    return press(choose, _("Saved."))


@bp.route("/staff/<uid>/close", methods=["POST"])
@requires(Permission.INSTALLATION_RUN)
def close(uid: str) -> Any:
    close = partial(staff.close_account, uid, by=me(), now=now())
    return press(close, _("The account is closed."))


@bp.route("/staff/<uid>/out", methods=["POST"])
@requires(Permission.INSTALLATION_RUN)
def sign_out(uid: str) -> Any:
    end = partial(staff.sign_out, uid, by=me(), now=now())
    return press(end, _("That person is signed out everywhere."))


def press(action: Callable[[], Any], said: str) -> Any:
    form = open_form(PressForm)
    return submit(
        form,
        action,
        done=lambda _: url_for(".index"),
        again=lambda: staff_page(form=form),
        said=said,
    )
