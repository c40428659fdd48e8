"""The ways to sign in: passkeys, an app, codes on paper, a device of one's own."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, now, open_form, requires, settings, submit
from engage.people import app_codes, doorstep, own_devices, papers, passkeys
from engage.people import factor_queries as queries
from engage.people.factor_rules import PaperKind
from engage.people.forms import AppForm, KeyForm

bp = Blueprint("factors", __name__)


def back(_result: Any = None) -> str:
    return url_for(".index")


@bp.route("/account/ways")
@requires(Permission.ACCOUNT_OWN)
def index() -> Any:
    return page()


def page(form: BaseForm | None = None) -> str:
    person = me()
    return render_template(
        "people/ways.html",
        form=form,
        person=person,
        keys=queries.passkeys(person.id),
        app=queries.app_code(person.id),
        papers=queries.papers(person.id),
        devices=queries.own_devices(person.id),
        is_own=queries.own_device(person.id, doorstep.own_token()) is not None,
        must=person.lacks_factor,
        is_asked=not settings().is_demo,
    )


@bp.route("/account/ways/keys", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN, fresh=True)
def key() -> Any:
    form = open_form(KeyForm)
    if request.method == "GET":
        return key_page(form)
    add = partial(passkeys.add, site=doorstep.site(), by=me(), now=now())
    return submit(
        form,
        lambda: add(form.key.data or ""),
        done=back,
        again=partial(key_page, form),
        said=_("Your passkey is there."),
    )


def key_page(form: BaseForm) -> str:
    options = passkeys.options_to_add(me(), doorstep.site())
    return render_template("people/key.html", form=form, options=options)


@bp.route("/account/ways/keys/<uid>/remove", methods=["POST"])
@requires(Permission.ACCOUNT_OWN, fresh=True)
def remove_key(uid: str) -> Any:
    return press(lambda: passkeys.remove(uid, by=me(), now=now()), _("Taken away."))


def press(action: Any, said: str) -> Any:
    form = open_form(PressForm)
    return submit(form, action, done=back, again=partial(page, form), said=said)


@bp.route("/account/ways/app", methods=["GET", "POST"])
@requires(Permission.CODES_OWN, fresh=True)
def app() -> Any:
    """A new seed by a press; then the page that shows it until a code was typed."""
    if request.method == "POST":
        begin = partial(app_codes.begin, by=me(), now=now())
        form = open_form(PressForm)
        done, again = url_for(".app"), partial(page, form)
        return submit(form, begin, done=lambda _: done, again=again)
    return app_page(AppForm(None))


def app_page(form: BaseForm) -> Any:
    seed = app_codes.seed_of(me())
    if seed is None:
        return redirect(back(), 303)
    picture = app_codes.picture(seed, settings().site_title)
    return render_template("people/app.html", form=form, seed=seed, picture=picture)


@bp.route("/account/ways/app/on", methods=["POST"])
@requires(Permission.CODES_OWN, fresh=True)
def app_on() -> Any:
    form = open_form(AppForm)
    return submit(
        form,
        lambda: app_codes.switch_on(form.code.data or "", by=me(), now=now()),
        done=back,
        again=partial(app_page, form),
        said=_("Your app is set up."),
    )


@bp.route("/account/ways/app/remove", methods=["POST"])
@requires(Permission.CODES_OWN, fresh=True)
def remove_app() -> Any:
    return press(lambda: app_codes.remove(by=me(), now=now()), _("Taken away."))


@bp.route("/account/ways/sheet", methods=["GET", "POST"])
@requires(Permission.CODES_OWN, fresh=True)
def sheet() -> Any:
    return paper(PaperKind.SIGN_IN)


@bp.route("/account/ways/spare", methods=["GET", "POST"])
@requires(Permission.CODES_OWN, fresh=True)
def spare() -> Any:
    return paper(PaperKind.RECOVERY)


def paper(kind: PaperKind) -> Any:
    """New codes, on this one answer and nowhere else; the old ones end with it."""
    form, codes = open_form(PressForm), []  # type: tuple[BaseForm, list[str]]
    again = partial(render_template, "people/paper.html", form=form, kind=kind)
    if request.method == "GET":
        return again()
    make = partial(papers.print_anew, kind, by=me(), now=now())
    answer = submit(form, lambda: codes.extend(make()), done=back, again=again)
    if not codes:
        return answer
    return render_template("people/paper_codes.html", codes=codes, kind=kind)


@bp.route("/account/ways/sheet/end", methods=["POST"])
@requires(Permission.CODES_OWN, fresh=True)
def end_sheet() -> Any:
    end = partial(papers.end, PaperKind.SIGN_IN, by=me(), now=now())
    return press(end, _("Taken away."))


@bp.route("/account/ways/spare/end", methods=["POST"])
@requires(Permission.CODES_OWN, fresh=True)
def end_spare() -> Any:
    end = partial(papers.end, PaperKind.RECOVERY, by=me(), now=now())
    return press(end, _("Taken away."))


@bp.route("/account/own", methods=["POST"])
@requires(Permission.ACCOUNT_OWN, fresh=True)
def mark() -> Any:
    """Off until it is asked for: a cookie that stays is a trace of its own."""
    form = open_form(PressForm)
    return submit(
        form,
        lambda: doorstep.keep_own(own_devices.mark(by=me(), now=now())),
        done=back,
        again=partial(page, form),
        said=_("This device is marked as yours."),
    )


@bp.route("/account/own/<uid>/forget", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def forget(uid: str) -> Any:
    return press(lambda: own_devices.forget(uid, by=me(), now=now()), _("Taken away."))
