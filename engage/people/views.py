from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from engage.core.access import Permission
from engage.core.errors import Refused
from engage.core.limits import address, limiter
from engage.core.web import me, now, open_form, public, requires, submit
from engage.people import actions, codes, demo_door, door, doorstep, entering, passkeys
from engage.people import factor_queries as factors
from engage.people.forms import (
    AccountForm,
    CodeForm,
    SecondForm,
    SignInForm,
    StartForm,
)

bp = Blueprint("people", __name__)
ENTRY = "entry"  # in the cookie: the hash of a code that was typed right
TOLD = "told"  # in the cookie: what is safe here and what is not was shown


@bp.route("/in", methods=["GET", "POST"])
@public
@limiter.exempt  # tries of strangers have budgets of their own
def sign_in() -> Any:
    where = door.where_to(request.args.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(where, 303)
    form = open_form(SignInForm)
    page = partial(sign_in_page, form)
    if request.method == "GET" or not form.validate():
        return page(), 200 if request.method == "GET" else 422
    return door.answer(form, page, where)


def sign_in_page(form: SignInForm) -> str:
    return render_template(
        "people/sign_in.html",
        form=form,
        demo_people=demo_door.people(),
        options=passkeys.options_to_prove("enter", doorstep.site()),
    )


@bp.route("/in/key", methods=["POST"])
@public
@limiter.exempt
def by_key() -> Any:
    """A passkey is two factors in one, and is never slowed."""
    form, where = SignInForm(None), door.where_to(request.args.get("next"))
    at = doorstep.here(is_shared=bool(request.form.get("is_shared")))
    sent = request.form.get("key", "")
    try:
        whose = passkeys.prove(sent, "enter", site=doorstep.site(), now=now())
        door.let_in(entering.by_passkey(whose, door=at, now=now()))
    except Refused as refused:
        form.refuse(refused)
        return sign_in_page(form), 422
    return redirect(where, 303)


@bp.route("/in/code", methods=["GET", "POST"])
@public
@limiter.exempt
def second() -> Any:
    """The factor after the password."""
    half, where = doorstep.half(), door.where_to(request.args.get("next"))
    if half is None:
        return redirect(url_for(".sign_in", next=where), 303)
    form = open_form(SecondForm)
    if request.method == "GET" or not (form.key.data or form.validate()):
        return second_page(form, half[0]), 200 if request.method == "GET" else 422
    try:
        door.let_in(finished(form, *half))
    except Refused as refused:
        form.refuse(refused)
        return second_page(form, half[0]), 422
    return redirect(where, 303)


def finished(form: SecondForm, half: entering.Half, shared: bool) -> str:
    """The token of a sign-in whose factor was given, by code or by passkey."""
    at = doorstep.here(is_shared=shared)
    if not form.key.data:
        return entering.by_code(half, form.code.data or "", door=at, now=now())
    owner = half.person_uid
    prove = partial(passkeys.prove, form.key.data, "second", site=doorstep.site())
    return entering.by_passkey(prove(whose=owner, now=now()), door=at, now=now())


def second_page(form: SecondForm, half: entering.Half) -> str:
    have, options = factors.of_half(half), None
    if have.person and have.factors.passkeys:
        options = passkeys.options_to_prove("second", doorstep.site(), have.person)
    return render_template("people/second.html", form=form, have=have, options=options)


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
    session[TOLD] = True
    return render_template("people/before.html")


@bp.route("/start/account", methods=["GET", "POST"])
@public
@limiter.limit("20 per 10 minutes", key_func=address)
def make() -> Any:
    kind = codes.kind_of(session.get(ENTRY, ""), now=now())
    if kind is None or (request.method == "GET" and TOLD not in session):
        return redirect(url_for(".before" if kind else ".start"), 303)
    form = open_form(StartForm, language=door.language()[:2], zone=door.ZONE)
    page = partial(render_template, "people/make.html", form=form, kind=kind)
    if request.method == "GET":
        return page()
    opened = partial(codes.open_account, session[ENTRY], now=now())
    return submit(form, lambda: opened(**form.data), done=enter, again=page)


def enter(person: Any) -> str:
    """Sign in whoever has just made an account, and go to the first page."""
    door.let_in(entering.begin(person, doorstep.here(), now()))
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
