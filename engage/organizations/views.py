from functools import partial
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, now, open_form, requires, submit
from engage.organizations import actions, queries
from engage.organizations.forms import InstallationForm, OrganizationForm
from engage.organizations.models import Organization

bp = Blueprint("organizations", __name__)


@bp.route("/places")
@requires(Permission.INSTALLATION_RUN)
def index() -> Any:
    return render_template("organizations/index.html", rows=queries.everyone())


@bp.route("/places/new", methods=["GET", "POST"])
@requires(Permission.INSTALLATION_RUN)
def new() -> Any:
    form = open_form(
        OrganizationForm, pay_promise_days=10, minimum_voices=2, zone=me().zone
    )
    page = partial(render_template, "organizations/new.html", form=form)
    if not form.is_submitted():
        return page()
    return submit(
        form,
        lambda: actions.add(**form.data, by=me(), now=now()),
        done=lambda place: url_for(".show", uid=place.uid),
        again=page,
        said=_("Added."),
    )


@bp.route("/places/<uid>", methods=["GET", "POST"])
@requires(Permission.INSTALLATION_RUN)
def show(uid: str) -> Any:
    place = queries.one(uid)
    form = open_form(OrganizationForm, obj=place)
    if not form.is_submitted():
        return page_of(place, form)
    return submit(
        form,
        lambda: actions.change(place.id, **form.data, by=me(), now=now()),
        done=lambda _: url_for(".index"),
        again=lambda: page_of(place, form),
        said=_("Saved."),
    )


def page_of(
    place: Organization, form: BaseForm, pressed: BaseForm | None = None
) -> str:
    return render_template(
        "organizations/show.html", form=form, place=place, pressed=pressed
    )


@bp.route("/places/<uid>/close", methods=["POST"])
@requires(Permission.INSTALLATION_RUN)
def close(uid: str) -> Any:
    place, pressed = queries.one(uid), open_form(PressForm)
    return submit(
        pressed,
        lambda: actions.close(place.id, by=me(), now=now()),
        done=lambda _: url_for(".index"),
        again=lambda: page_of(place, OrganizationForm(None, obj=place), pressed),
        said=_("Closed."),
    )


@bp.route("/settings", methods=["GET", "POST"])
@requires(Permission.INSTALLATION_RUN)
def installation() -> Any:
    form = open_form(InstallationForm, obj=queries.installation())
    page = partial(render_template, "organizations/installation.html", form=form)
    if not form.is_submitted():
        return page()
    return submit(
        form,
        lambda: actions.change_installation(**form.data, by=me(), now=now()),
        done=lambda _: url_for("home.index"),
        again=page,
        said=_("Saved."),
    )
