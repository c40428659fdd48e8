"""Raising a concern with somebody other than the one it is about."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.audit import actions as audit
from engage.core.access import Permission, Role
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, now, open_form, requires, submit
from engage.organizations import queries as organizations
from engage.voice import actions, forms, queries

bp = Blueprint("voice", __name__)


@bp.route("/concerns")
@requires(Permission.VOICE_OWN, words=True)
def index() -> Any:
    return render_template(
        "voice/index.html",
        raised=queries.all_own(me()),
        choices=queries.choices(me()),
        states=forms.STATES,
    )


@bp.route("/concerns/about/<uid>", methods=["GET", "POST"])
@requires(Permission.VOICE_OWN, words=True)
def about(uid: str) -> Any:
    chosen, form = queries.choice(me(), uid), open_form(forms.SendForm)
    if request.method == "GET":
        return _send_page(uid, form)
    form.offer(queries.readers(chosen.organization_id, chosen.person_id))
    return submit(
        form,
        lambda: _send(chosen, form),
        done=lambda grievance: url_for(".show", uid=grievance.uid),
        again=lambda: _send_page(uid, form),
        said=_l("Sent. Only the person you chose can read it."),
    )


def _send(chosen: Any, form: Any) -> Any:
    return actions.send(
        chosen,
        form.text.data,
        form.reader.data,
        is_named=form.is_named.data,
        by=me(),
        now=now(),
    )


def _send_page(uid: str, form: forms.SendForm) -> str:
    chosen = queries.choice(me(), uid)
    readers = queries.readers(chosen.organization_id, chosen.person_id)
    form.offer(readers)
    if readers and not form.is_submitted():
        form.reader.data = readers[0].uid
    return render_template(
        "voice/about.html",
        about=chosen,
        form=form,
        readers=readers,
        outside=organizations.installation(),
    )


@bp.route("/concerns/<uid>")
@requires(Permission.VOICE_OWN, words=True)
def show(uid: str) -> Any:
    return _page(uid, open_form(forms.PassForm))


def _page(uid: str, form: Any) -> str:
    grievance = queries.own(me(), uid)
    there = queries.readers(grievance.organization_id, grievance.about_id)
    others = [each for each in there if each.person_id != grievance.reader_id]
    if isinstance(form, forms.PassForm):
        form.offer(others)
    return render_template(
        "voice/show.html",
        grievance=grievance,
        words=grievance.words(me().subject, "text", "answer"),
        form=form,
        chooses=form if isinstance(form, forms.PassForm) else _chooser(others),
        others=others,
        is_read=queries.is_read_by(grievance, grievance.reader_id),
        outside=organizations.installation(),
        states=forms.STATES,
    )


def _chooser(others: Any) -> forms.PassForm:
    form = forms.PassForm(None)
    form.offer(others)
    return form


@bp.route("/concerns/<uid>/on", methods=["POST"])
@requires(Permission.VOICE_OWN)
def pass_on(uid: str) -> Any:
    grievance, form = queries.own(me(), uid), open_form(forms.PassForm)
    found = grievance.id
    form.offer(queries.readers(grievance.organization_id, grievance.about_id))
    return submit(
        form,
        lambda: _pass_on(found, form),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("Sent on. Only the person you chose can read it now."),
    )


def _pass_on(grievance_id: int, form: forms.PassForm) -> Any:
    return actions.pass_on(
        grievance_id,
        form.reader.data,
        is_named=form.is_named.data,
        by=me(),
        now=now(),
    )


@bp.route("/concerns/<uid>/end", methods=["POST"])
@requires(Permission.VOICE_OWN)
def end(uid: str) -> Any:
    found, form = queries.own(me(), uid).id, PressForm()
    return submit(
        form,
        lambda: actions.end(found, by=me(), now=now()),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("Ended. Nobody but you can read it now."),
    )


@bp.route("/concerns/here")
@requires(Permission.VOICE_READ)
def waiting() -> Any:
    raised = [(each, queries.name_of(each)) for each in queries.waiting_for(me())]
    return render_template("voice/waiting.html", raised=raised, states=forms.STATES)


@bp.route("/concerns/here/<uid>", methods=["GET", "POST"])
@requires(Permission.VOICE_READ)
def read(uid: str) -> Any:
    found, form = _open(uid), open_form(forms.AnswerForm)
    if request.method == "GET":
        return _read_page(uid, form)
    return submit(
        form,
        lambda: actions.answer(found, form.text.data, by=me(), now=now()),
        done=lambda _: url_for(".read", uid=uid),
        again=lambda: _read_page(uid, form),
        said=_l("Sent. They read it here."),
    )


def _open(uid: str) -> int:
    """Written down before the page is made: its writer sees that it was opened."""
    grievance = queries.for_reader(me(), uid)
    found = grievance.id
    is_of_house = grievance.organization_id is None
    audit.look(
        "concern.open",
        subject=grievance.person.subject,
        thing=f"grievance:{uid}",
        by=me(),
        now=now(),
        role=Role.ADMINISTRATOR if is_of_house else str(me().kind),
        organization_id=grievance.organization_id,
    )
    return found


def _read_page(uid: str, form: BaseForm) -> str:
    """After _open: it has asked whether this reader may."""
    grievance = queries.open_with(me(), uid)
    return render_template(
        "voice/read.html",
        grievance=grievance,
        name=queries.name_of(grievance),
        words=grievance.words(grievance.person.subject, "text", "answer"),
        form=form,
    )


@bp.route("/concerns/here/<uid>/up", methods=["POST"])
@requires(Permission.VOICE_READ)
def take_up(uid: str) -> Any:
    found, form = _open(uid), PressForm()
    return submit(
        form,
        lambda: actions.take_up(found, by=me(), now=now()),
        done=lambda _: url_for(".read", uid=uid),
        again=lambda: _read_page(uid, forms.AnswerForm(None)),
        said=_l("They read that you look into it."),
    )
