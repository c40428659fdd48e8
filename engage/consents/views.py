"""What may be shown of somebody: their own pages, where they alone give and end it."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from engage.consents import forms, giving, making, queries, rules
from engage.core.access import Permission
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, now, open_form, requires, submit

bp = Blueprint("shown", __name__)


@bp.route("/shown")
@requires(Permission.CONSENTS_OWN, words=True)
def index() -> Any:
    consents = queries.all_own(me(), now())
    return render_template(
        "consents/index.html",
        consents=[(each, queries.seen(each, now())) for each in consents],
        opened=_opened,
        **forms.WORDS,
    )


def _opened(row: Any, *names: str) -> dict[str, str]:
    """Words that are closed by the reader's own key."""
    found: dict[str, str] = row.words(me().subject, *names)
    return found


@bp.route("/shown/<uid>")
@requires(Permission.CONSENTS_OWN, words=True)
def show(uid: str) -> Any:
    return _page(uid)


def _page(uid: str, give: Any = None, form: BaseForm | None = None) -> str:
    consent = queries.own(me(), uid, now())
    seen = queries.seen(consent, now())
    return render_template(
        "consents/show.html",
        consent=consent,
        seen=seen,
        is_live=seen is rules.SeenAs.LIVE,
        form=form or give or PressForm(),
        give=give or open_form(forms.GiveForm, months=consent.months),
        opened=_opened,
        uses=queries.uses_of(consent.id),
        staff=queries.staff_names([consent.asked_by_id, consent.recorded_by_id]),
        **forms.WORDS,
    )


@bp.route("/shown/<uid>/yes", methods=["GET", "POST"])
@requires(Permission.CONSENTS_OWN, fresh=True, words=True)
def give(uid: str) -> Any:
    """A page too, so that what was typed comes back to it after signing in again."""
    if request.method == "GET":
        return _page(uid)
    form, found = open_form(forms.GiveForm), queries.own(me(), uid, now()).id
    language = str(get_locale())[:2]
    return submit(
        form,
        lambda: giving.give(
            found, language=language, by=me(), now=now(), **form.values()
        ),
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=_l("Given. You can take it back at any time, here."),
    )


@bp.route("/shown/<uid>/no", methods=["POST"])
@requires(Permission.CONSENTS_OWN)
def pass_by(uid: str) -> Any:
    # Looked for inside: once passed by it is gone, and the same form may come again.
    return _press(
        uid,
        lambda: giving.pass_by(queries.own(me(), uid, now()).id, by=me(), now=now()),
        _l("Fine. Nobody is told, and nothing else changes."),
        url_for(".index"),
    )


@bp.route("/shown/<uid>/end", methods=["POST"])
@requires(Permission.CONSENTS_OWN)
def end(uid: str) -> Any:
    found = queries.own(me(), uid, now()).id
    return _press(
        uid,
        lambda: giving.withdraw(found, by=me(), now=now()),
        _l("Taken back. They were told at once. Below is what has to come down."),
        url_for(".show", uid=uid),
    )


@bp.route("/shown/versions/<uid>/yes", methods=["POST"])
@requires(Permission.CONSENTS_OWN, fresh=True, words=True)
def approve(uid: str) -> Any:
    form = open_form(forms.ApproveForm)
    version = queries.own_version(me(), uid)
    found, of = version.id, queries.uid_of(version.material.consent_id)
    seen = form.seen.data or ""
    return submit(
        form,
        lambda: making.approve(found, seen=seen, by=me(), now=now()),
        done=lambda _: url_for(".show", uid=of),
        again=lambda: _page(of, form=form),
        said=_l("Your yes stands for exactly this version."),
    )


def _press(uid: str, action: Any, said: Any, place: str) -> Any:
    form = PressForm()
    return submit(
        form,
        action,
        done=lambda _: place,
        again=lambda: _page(uid, form=form),
        said=said,
    )
