import io
import json
from functools import partial
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from engage.core import clock
from engage.core.access import Permission
from engage.core.errors import Refused
from engage.core.formats import day
from engage.core.forms import BaseForm, PressForm
from engage.core.limits import address, limiter
from engage.core.web import me, now, open_form, public, requires, submit
from engage.ledger import balances
from engage.ledger import queries as ledger
from engage.organizations import queries as organizations
from engage.people import door, doorstep, passkeys
from engage.people.rules import PersonStatus
from engage.records import closing, copy_words, copying, places, retention
from engage.records.forms import CloseForm, OpenForm

bp = Blueprint("records", __name__)
FILE = "copy.zip"  # what it holds is nobody's to read from its name


@bp.route("/account/copy", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN, fresh=True, words=True)
@limiter.limit("10 per hour")
def copy() -> Any:
    form = open_form(PressForm)
    if not form.is_submitted():
        return render_template("records/copy.html", form=form)
    copying.note(by=me(), now=now())
    answer = Response(_file(copying.about(me())), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=FILE)
    return answer


def _file(found: dict[str, Any]) -> bytes:
    """One file with two in it: a page to read, and the same for a computer."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as both:
        both.writestr("read.html", _page(found))
        both.writestr("data.json", json.dumps(found, ensure_ascii=False, indent=1))
    return packed.getvalue()


def _page(found: dict[str, Any]) -> str:
    parts = [
        {
            "title": _(copy_words.title(table)),
            "rows": [[(_(copy_words.word(name)), _shown(row[name])) for name in row
                      if copying.is_shown(table, name)] for row in rows],
        }
        for table, rows in found.items()
    ]  # fmt: skip
    today = day(clock.today(me().zone))
    language = str(get_locale())[:2]
    return render_template(
        "records/copy_file.html", parts=parts, day=today, language=language
    )


def _shown(value: Any) -> str:
    """A value as it reads on a page."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "\n".join(f"{key}: {value[key]}" for key in value)
    return str(value)


@bp.route("/account/close", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_CLOSE, fresh=True)
def close() -> Any:
    form, word = open_form(CloseForm), _("close")
    page = partial(_close_page, form, word)
    if not form.is_submitted():
        return page()
    end = partial(closing.close_account, wanted=word, by=me(), now=now())
    return submit(form, lambda: end(word=form.word.data or ""), done=_gone, again=page)


def _close_page(form: BaseForm, word: str) -> str:
    sums = balances.owed([payee.handle for payee in ledger.payees_of(me())])
    owed = sum(each.owed_cents for each in sums.values())
    return render_template("records/close.html", form=form, word=word, owed=owed)


def _gone(_: Any) -> str:
    door.let_out()
    return url_for(".closed")


@bp.route("/gone")
@public
def closed() -> Any:
    return render_template("records/closed.html")


@bp.route("/back", methods=["GET", "POST"])
@public
@limiter.limit("10 per 5 minutes", key_func=address)
def open_again() -> Any:
    form = open_form(OpenForm)
    if not form.is_submitted():
        return _open_page(form)
    if not (form.key.data or form.validate()):
        return _open_page(form), 422
    try:
        _open(form)
    except Refused as refused:
        form.refuse(refused)
        return _open_page(form), 422
    flash(_("Your account is open again. Please sign in."))
    return redirect(url_for("people.sign_in"), 303)


def _open(form: OpenForm) -> None:
    if form.key.data:
        closed, site = PersonStatus.CLOSED, doorstep.site()
        whose = passkeys.prove(form.key.data, "back", site=site, of=closed, now=now())
        closing.open_by_passkey(whose, now=now())
        return
    typed = (form["name"].data or "", form.password.data or "", form.code.data or "")
    closing.open_again(*typed, door=doorstep.here(), now=now())


def _open_page(form: BaseForm) -> str:
    options = passkeys.options_to_prove("back", doorstep.site())
    return render_template("records/open.html", form=form, options=options)


@bp.route("/kept")
@public
def kept() -> Any:
    return render_template("records/kept.html", rows=retention.TABLE)


@bp.route("/places/<uid>/left")
@requires(Permission.INSTALLATION_RUN)
def left(uid: str) -> Any:
    place = organizations.one(uid)
    rows = places.left(place.id)
    return render_template("records/left.html", place=place, rows=rows)
