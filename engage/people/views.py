from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from engage.core.access import Permission
from engage.core.limits import address, limiter
from engage.core.web import me, now, open_form, public, requires, submit
from engage.people import actions, codes, demo_door, door, rules
from engage.people.forms import AccountForm, CodeForm, SignInForm, StartForm

bp = Blueprint("people", __name__)
ENTRY = "entry"  # in the cookie: the hash of a code that was typed right


def typed_name() -> str:
    """The budget of one sign-in name, whoever tries it."""
    return "name:" + rules.plain_name(request.form.get("name", "")[:100])


@bp.route("/in", methods=["GET", "POST"])
@public
@limiter.limit("30 per 5 minutes", key_func=address)
@limiter.limit("5 per minute", key_func=typed_name)
def sign_in() -> Any:
    where = door.where_to(request.args.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(where, 303)
    form = open_form(SignInForm)
    page = partial(
        render_template,
        "people/sign_in.html",
        form=form,
        demo_people=demo_door.people(),
    )
    if request.method == "GET" or not form.validate():
        return page(), 200 if request.method == "GET" else 422
    return door.answer(form, page, where)


@bp.route("/out", methods=["POST"])
@public
def sign_out() -> Any:
    door.let_out()
    flash(_("You are signed out."))
    answer = redirect(url_for(".sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@bp.route("/leave")
@public
def leave() -> Any:
    """Ends the sign-in by a plain link; another site cannot make a browser do it."""
    return door.leave()


@bp.route("/safety")
@public
def safety() -> Any:
    return render_template("people/safety.html")


@bp.route("/start", methods=["GET", "POST"])
@public
@limiter.limit("20 per 5 minutes", key_func=address)
def start() -> Any:
    """The code is checked here and used up only with the account itself."""
    form = open_form(CodeForm)
    page = partial(render_template, "people/start.html", form=form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: session.update({ENTRY: codes.check(form.code.data or "", now=now())}),
        done=lambda _: url_for(".before"),
        again=page,
    )


@bp.route("/start/safety")
@public
def before() -> Any:
    if ENTRY not in session:
        return redirect(url_for(".start"), 303)
    return render_template("people/before.html")


@bp.route("/start/account", methods=["GET", "POST"])
@public
@limiter.limit("20 per 10 minutes", key_func=address)
def make() -> Any:
    kind = codes.kind_of(session.get(ENTRY, ""), now=now())
    if kind is None:
        return redirect(url_for(".start"), 303)
    form = open_form(StartForm, language=door.language()[:2], zone=door.ZONE)
    page = partial(render_template, "people/make.html", form=form, kind=kind)
    if request.method == "GET":
        return page()
    opened = partial(codes.open_account, session[ENTRY], now=now())
    return submit(form, lambda: opened(**form.data), done=enter, again=page)


def enter(person: Any) -> str:
    """Sign in whoever has just made an account, and go to the first page."""
    door.let_in(actions.start_sign_in(person, now=now()))
    flash(_("Your account is ready."))
    return url_for("home.index")


@bp.route("/account", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def account() -> Any:
    form = open_form(AccountForm, obj=me())
    page = partial(render_template, "people/account.html", form=form, person=me())
    if request.method == "GET":
        return page()
    save = partial(actions.save_account, me().id, by=me(), now=now())
    door.forget_language()
    return submit(
        form,
        lambda: save(**form.data),
        done=lambda _: url_for(".account"),
        again=page,
        said=_("Saved."),
    )
