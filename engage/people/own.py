"""The pages of one's own account: password, contact, names, sign-ins, training."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from engage.core import clock
from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.limits import limiter
from engage.core.web import me, now, open_form, requires, submit
from engage.people import actions, codes, contact, door, kept, queries, staff
from engage.people.factor_rules import DEVICES
from engage.people.forms import (
    CodeForm,
    ContactForm,
    NameForm,
    PasswordForm,
    TrainingForm,
)
from engage.people.rules import SafeContact, is_local

bp = Blueprint("own", __name__)


def back(_: Any = None) -> str:
    return url_for("people.account")


@bp.route("/account/password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN, fresh=True)
@limiter.limit("10 per 5 minutes")
def password() -> Any:
    form = open_form(PasswordForm)
    page = partial(render_template, "people/password.html", form=form)
    if not form.is_submitted():
        return page()
    change = partial(actions.change_password, me().id, by=me(), now=now())
    said = _("Your password is changed. You are signed out everywhere else.")
    return submit(
        form, lambda: change(**form.data), done=stay_in, again=page, said=said
    )


def stay_in(token: str) -> str:
    """This browser goes on with a fresh sign-in; every other one has ended."""
    door.let_in(token)
    return back()


@bp.route("/account/mail", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN, fresh=True)
@limiter.limit("10 per 5 minutes")
def mail() -> Any:
    form = open_form(ContactForm, **contact_now())
    page = partial(render_template, "people/mail.html", form=form)
    if not form.is_submitted():
        return page()
    save = partial(contact.save, me().id, by=me(), now=now())
    return submit(
        form, lambda: save(form.wish()), done=back, again=page, said=_("Saved.")
    )


def contact_now() -> dict[str, Any]:
    """The wish that stands, as the form takes it."""
    person = me()
    is_theirs = person.contact == SafeContact.ADVOCATE
    hours = (person.mail_from, person.mail_until)
    from_hour, until_hour = ("" if each is None else str(each) for each in hours)
    return {
        "contact": person.contact.value,
        "email": "" if is_theirs else person.email,
        "advocate": person.advocate,
        "advocate_email": person.email if is_theirs else "",
        "from_hour": from_hour,
        "until_hour": until_hour,
    }


@bp.route("/account/mail/stop", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def stop_mail() -> Any:
    """Never asks again who is here: stopping has to be quick."""
    return submit(
        form := open_form(PressForm),
        lambda: contact.stop(me().id, by=me(), now=now()),
        done=back,
        again=lambda: render_template("people/no_mail.html", form=form),
        said=_("No mail is sent any more."),
    )


@bp.route("/account/names")
@requires(Permission.LIMITS_SET)
def names() -> Any:
    return render_template("people/names.html", names=queries.own_names(me().id))


@bp.route("/account/names/<uid>", methods=["GET", "POST"])
@requires(Permission.LIMITS_SET)
def name(uid: str) -> Any:
    place, values = queries.own_name(me().id, uid)
    form = open_form(NameForm, **values)
    page = partial(render_template, "people/name.html", form=form, place=place)
    if not form.is_submitted():
        return page()
    save = partial(actions.save_alias, place.id, by=me(), now=now())
    done = url_for(".names")
    return submit(
        form,
        lambda: save(**form.data),
        done=lambda _: done,
        again=page,
        said=_("Saved."),
    )


def sign_ins_page(**more: Any) -> str:
    live = queries.live_sign_ins(me(), now())
    return render_template("people/sign_ins.html", live=live, devices=DEVICES, **more)


@bp.route("/account/sign-ins")
@requires(Permission.ACCOUNT_OWN)
def sign_ins() -> Any:
    return sign_ins_page()


@bp.route("/account/sign-ins/<uid>/end", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def end(uid: str) -> Any:
    return submit(
        form := open_form(PressForm),
        lambda: actions.end_one(uid, by=me(), now=now()),
        done=lambda _: url_for(".sign_ins"),
        again=lambda: sign_ins_page(form=form),
        said=_("That sign-in has ended."),
    )


@bp.route("/account/sign-ins/end", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def end_others() -> Any:
    return submit(
        form := open_form(PressForm),
        lambda: actions.end_all(me().id, now=now(), but=me().token),
        done=lambda _: url_for(".sign_ins"),
        again=lambda: sign_ins_page(form=form),
        said=_("You are signed out everywhere else."),
    )


@bp.route("/account/left")
@requires(Permission.ACCOUNT_OWN)
def left() -> Any:
    """How long this sign-in still lasts; a page that asks so is no press."""
    return {"left": seconds_left()}


def seconds_left() -> int:
    return max(0, int((me().ends_at - now()).total_seconds()))


@bp.route("/account/stay", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def stay() -> Any:
    """Any press moves the end on, and this one does nothing else."""
    return {"left": seconds_left()}


@bp.route("/account/kept", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def keep() -> Any:
    """Text that is still on a page whose sign-in ends now; never an answer."""
    page, typed = request.args.get("page", ""), dict(request.form.lists())
    if not is_local(page) or "answer" in typed:
        return {"kept": ""}
    return {"kept": kept.keep(me().id, page, typed, now=now())}


def training_page(form: BaseForm) -> str:
    return render_template(
        "people/training.html",
        form=form,
        rows=queries.trainings(me().id),
        today=clock.today(me().zone),
    )


@bp.route("/account/training", methods=["GET", "POST"])
@requires(Permission.STAFF_OWN)
def training() -> Any:
    form = open_form(TrainingForm)
    if not form.is_submitted():
        return training_page(form)
    return submit(
        form,
        lambda: staff.add_training(**form.data, by=me(), now=now()),
        done=lambda _: url_for(".training"),
        again=lambda: training_page(form),
        said=_("Added."),
    )


@bp.route("/account/training/<uid>/remove", methods=["POST"])
@requires(Permission.STAFF_OWN)
def remove_training(uid: str) -> Any:
    return submit(
        open_form(PressForm),
        lambda: staff.remove_training(uid, by=me(), now=now()),
        done=lambda _: url_for(".training"),
        again=lambda: training_page(TrainingForm(None)),
        said=_("Taken away."),
    )


@bp.route("/account/role", methods=["GET", "POST"])
@requires(Permission.STAFF_OWN)
@limiter.limit("20 per 5 minutes")
def role() -> Any:
    form = open_form(CodeForm)
    page = partial(render_template, "people/role.html", form=form)
    if not form.is_submitted():
        return page()
    return submit(
        form,
        lambda: codes.add_role(form.code.data or "", by=me(), now=now()),
        done=back,
        again=page,
        said=_("Your new role is there."),
    )
