"""Asking again who is here, before what must not be done at a browser left open."""

from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.errors import Refused
from engage.core.forms import BaseForm
from engage.core.limits import within
from engage.core.web import me, now, requires
from engage.people import (
    actions,
    app_codes,
    demo_door,
    door,
    doorstep,
    passkeys,
    proving,
    rules,
)
from engage.people import factor_queries as factors
from engage.people.forms import AgainForm

bp = Blueprint("again", __name__)
TRIES = "5 per 5 minutes"


def init_app(app: Flask) -> None:
    """Plug it into `requires(..., fresh=True)`."""
    app.login_manager.needs_refresh_handler(ask)  # type: ignore[attr-defined]


def ask() -> Any:
    """To the page that asks, and back; None once a form that was sent brings a proof.

    A form that was sent is asked for on the spot and carries its own fields on, so
    that nothing of it, least of all a no, is stored while somebody is asked.
    """
    if request.method != "POST":
        here = request.full_path.rstrip("?")
        return redirect(url_for("again.show", next=here), 303)
    form = AgainForm(request.form)
    if not any(name.startswith(rules.PROOF) for name in request.form):
        return _page(AgainForm(None), request.full_path), 403
    return _try(form, request.full_path)


@bp.route("/again", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def show() -> Any:
    where = door.where_to(request.args.get("next"))
    form = AgainForm(request.form if request.method == "POST" else None)
    if request.method == "GET":
        return _page(form, url_for(".show", next=where))
    return _try(form, url_for(".show", next=where)) or redirect(where, 303)


def _try(form: AgainForm, action: str) -> Any:
    """None when the proof is right, and this browser has a new token; else a page."""
    if not within(TRIES, "again", str(me().token)):
        return _end()
    try:
        if not _is_right(form):
            raise Refused(actions.NOT_YOUR_PASSWORD, field="again_password")
    except Refused as refused:
        form.refuse(refused)
        return _page(form, action), 422
    person, moment = me(), now()
    token = proving.prove(str(person.token), now=moment)
    door.let_in(token)
    person.token, person.proved_at = token, moment
    return None


def _is_right(form: AgainForm) -> bool:
    if form.again_demo.data:
        return has_demo_press()
    if form.again_key.data:
        return by_key(form.again_key.data) == me().id
    if form.again_code.data:
        app_codes.use(form.again_code.data, person=me(), now=now())
        return True
    return proving.is_password_of(me().id, form.again_password.data or "")


def by_key(sent: str) -> int:
    whose = str(me().uid)
    return passkeys.prove(sent, "again", site=doorstep.site(), whose=whose, now=now())


def _end() -> Any:
    """Too many wrong tries: this sign-in ends, and only this one."""
    door.let_out()
    flash(_("There were too many wrong tries here. Please sign in again."))
    return redirect(url_for("people.sign_in"), 303)


def has_demo_press() -> bool:
    """Do invented people, who have no password, prove themselves by one press?"""
    return demo_door.ENDPOINT in current_app.view_functions


def _page(form: BaseForm, action: str) -> str:
    have, options = factors.factors_of(me().id), None
    if have.passkeys:
        options = passkeys.options_to_prove("again", doorstep.site(), me())
    return render_template(
        "people/again.html",
        form=form,
        action=action.rstrip("?"),
        carried=_carried(),
        has_demo_press=has_demo_press(),
        have=have,
        options=options,
    )


def _carried() -> list[tuple[str, str]]:
    """Fields of the form that was sent, passwords, codes and tokens left out.

    Its own one-time token goes with them: sent twice it still has one effect.
    """
    if request.endpoint == "again.show":
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if rules.may_keep(name) or name == "once"
    ]
