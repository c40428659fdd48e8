"""The register of requests by law; its person's own page of it."""

import json
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.errors import Refused
from engage.core.forms import BaseForm, PressForm
from engage.core.limits import limiter
from engage.core.web import me, now, open_form, paged, requires, submit
from engage.records import legal, legal_forms, legal_queries

bp = Blueprint("legal", __name__)
FILE = "part.json"


@bp.route("/asked")
@requires(Permission.VOICE_OWN, words=True)
def own() -> Any:
    return render_template(
        "records/legal_own.html",
        rows=legal_queries.told(me()),
        opened=lambda row: row.words(me().subject, "asker", "asked", "given"),
        **legal_forms.WORDS,
    )


@bp.route("/register")
@requires(Permission.LEGAL_RUN)
def index() -> Any:
    page = paged(legal_queries.register())
    return render_template("records/legal.html", page=page, **legal_forms.WORDS)


@bp.route("/register/new", methods=["GET", "POST"])
@requires(Permission.LEGAL_RUN, fresh=True)
@limiter.limit("20 per day")  # each try could be a guess at who is here
def new() -> Any:
    form = open_form(legal_forms.RecordForm)
    if request.method == "GET":
        return _new_page(form)
    return submit(
        form,
        lambda: _record(form),
        done=lambda row: url_for(".show", uid=row.uid),
        again=lambda: _new_page(form),
        said=_l("Written down. Another administrator has to agree before a cut."),
    )


def _record(form: Any) -> Any:
    paper = legal.Paper(**form.values())
    return legal.record(form.name.data, paper, by=me(), now=now())


def _new_page(form: BaseForm) -> str:
    return render_template("records/legal_new.html", form=form)


@bp.route("/register/<uid>")
@requires(Permission.LEGAL_RUN)
def show(uid: str) -> Any:
    return _page(uid, PressForm())


def _page(uid: str, form: BaseForm) -> str:
    row = legal_queries.one(uid)
    is_delay = isinstance(form, legal_forms.DelayForm)
    is_agree = isinstance(form, legal_forms.AgreeForm)
    return render_template(
        "records/legal_show.html",
        row=row,
        words=row.words(row.person.subject, "asker", "asked", "given"),
        form=form,
        agree=form if is_agree else legal_forms.AgreeForm(None),
        delay=form if is_delay else legal_forms.DelayForm(None),
        is_mine=row.recorded_by_id == me().id,
        is_holder=row.held_by_id == me().id,
        may_take=me().id in (row.recorded_by_id, row.second_id),
        **legal_forms.WORDS,
    )


@bp.route("/register/<uid>/agree", methods=["GET", "POST"])
@requires(Permission.LEGAL_RUN, fresh=True)
@limiter.limit("20 per day", methods=["POST"])
def agree(uid: str) -> Any:
    found, form = legal_queries.one(uid).id, open_form(legal_forms.AgreeForm)
    if request.method == "GET":  # what was typed as a sign-in ended comes back here
        return _page(uid, form)
    return submit(
        form,
        lambda: legal.agree(found, form.name.data or "", by=me(), now=now()),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("Agreed."),
    )


@bp.route("/register/<uid>/end", methods=["POST"])
@requires(Permission.LEGAL_RUN, fresh=True)
def end(uid: str) -> Any:
    found = legal_queries.one(uid).id
    said = _l("Ended. Nothing is given.")
    return _press(uid, lambda: legal.end(found, by=me(), now=now()), said)


def _press(uid: str, action: Any, said: Any) -> Any:
    form = PressForm()
    return submit(
        form,
        action,
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=said,
    )


@bp.route("/register/<uid>/hold", methods=["POST"])
@requires(Permission.LEGAL_RUN, fresh=True)
def hold(uid: str) -> Any:
    found, form = legal_queries.one(uid).id, open_form(legal_forms.DelayForm)
    return submit(
        form,
        lambda: legal.delay(found, form.hold_until.data, by=me(), now=now()),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("Saved. They are told when it is over."),
    )


@bp.route("/register/<uid>/take", methods=["POST"])
@requires(Permission.LEGAL_RUN, fresh=True)
def take(uid: str) -> Any:
    found, form = legal_queries.one(uid).id, PressForm()
    try:
        data = legal.cut(found, by=me(), now=now())
    except Refused as refused:
        form.refuse(refused)
        return _page(uid, form), 422
    text = json.dumps(data, ensure_ascii=False, indent=1)
    answer = Response(text, mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=FILE)
    return answer
