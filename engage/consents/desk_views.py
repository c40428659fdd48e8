"""What an organization may show: asked here, never given here."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.audit import actions as audit
from engage.consents import asking, forms, giving, making, queries, rules
from engage.consents.models import Material, MaterialUse, MaterialVersion
from engage.core.access import Permission, Role
from engage.core.errors import Refused
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, my_places, now, open_form, paged, requires, submit
from engage.engagements import thread

bp = Blueprint("permissions", __name__)


def _places() -> frozenset[int]:
    return my_places(Permission.CONSENTS_RUN)


@bp.route("/permissions")
@requires(Permission.CONSENTS_RUN)
def index() -> Any:
    page = paged(queries.of_places(_places(), now()))
    return render_template(
        "consents/desk.html",
        page=page,
        rows=[(each, alias, queries.seen(each, now())) for each, alias in page.rows],
        to_do=queries.to_take_down(_places()),
        **forms.WORDS,
    )


@bp.route("/agreed/<uid>/permissions", methods=["GET", "POST"])
@requires(Permission.CONSENTS_RUN)
def ask(uid: str) -> Any:
    engagement, _ = thread.whose(_places(), uid, now())
    found, form = engagement.id, open_form(forms.AskForm, **forms.USUAL)
    _look(engagement.person.subject, f"engagement:{uid}", engagement.organization_id)
    if request.method == "GET":
        return _ask_page(uid, form)
    return submit(
        form,
        lambda: _ask(found, form),
        done=lambda consent: url_for(".show", uid=consent.uid),
        again=lambda: _ask_page(uid, form),
        said=_l("Asked. You read here what became of it."),
    )


def _ask(engagement_id: int, form: Any) -> Any:
    wanted, is_seen = asking.Ask(**form.values()), form.is_seen.data
    return asking.ask(engagement_id, wanted, by=me(), now=now(), is_seen=is_seen)


def _look(subject: str, thing: str, place_id: int) -> None:
    audit.look(
        "consent.open",
        subject=subject,
        thing=thing,
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=place_id,
    )


def _ask_page(uid: str, form: forms.AskForm) -> str:
    engagement, alias = thread.whose(_places(), uid, now())
    typed = f"{form.what.data or ''}\n{form.purpose.data or ''}"
    consents = queries.of_engagement(engagement.id)
    return render_template(
        "consents/desk_ask.html",
        form=form,
        engagement=engagement,
        alias=alias,
        consents=[(each, queries.seen(each, now())) for each in consents],
        asks_story=bool(thread.story_words(typed)),
        **forms.WORDS,
    )


def _open(uid: str) -> int:
    """Written down before the page is made; the consent's own number."""
    found, subject, place_id = queries.whose(_places(), uid, now())
    _look(subject, f"consent:{uid}", place_id)
    return found


@bp.route("/permissions/<uid>")
@requires(Permission.CONSENTS_RUN)
def show(uid: str) -> Any:
    _open(uid)
    return _page(uid)


def _page(uid: str, form: BaseForm | None = None) -> str:
    """The words are there while it holds, and where they were only asked for."""
    consent, alias = queries.one_of(_places(), uid, now())
    seen = queries.seen(consent, now())
    subject = consent.person.subject
    return render_template(
        "consents/desk_show.html",
        consent=consent,
        alias=alias,
        seen=seen,
        form=form or PressForm(),
        is_live=seen is rules.SeenAs.LIVE,
        has_words=seen not in rules.ENDED and consent.person.is_active,
        opened=lambda row, *names: row.words(subject, *names),
        uses=queries.uses_of(consent.id),
        **forms.WORDS,
    )


@bp.route("/permissions/<uid>/back", methods=["POST"])
@requires(Permission.CONSENTS_RUN)
def take_back(uid: str) -> Any:
    # Looked for inside: once taken back it is gone, and the same form may come again.
    return _press(
        uid,
        lambda: asking.take_back(_open(uid), by=me(), now=now()),
        _l("You no longer ask for this."),
        url_for(".index"),
    )


@bp.route("/permissions/<uid>/ended", methods=["POST"])
@requires(Permission.CONSENTS_RUN)
def ended(uid: str) -> Any:
    found = _open(uid)
    return _press(
        uid,
        lambda: giving.record_withdrawal(found, by=me(), now=now()),
        _l("Written down. It may not be shown any more."),
        url_for(".show", uid=uid),
    )


def _press(uid: str, action: Any, said: Any, place: str) -> Any:
    form = PressForm()
    return submit(
        form,
        action,
        done=lambda _: place,
        # A look that was written down with what was refused went with it.
        again=lambda: _open(uid) and _page(uid, form),
        said=said,
    )


@bp.route("/permissions/<uid>/made", methods=["GET", "POST"])
@requires(Permission.CONSENTS_RUN)
def make(uid: str) -> Any:
    found, form = _open(uid), open_form(forms.MakeForm)
    return _made(uid, form, lambda: making.make(
        found, form.name.data, making.Made(**form.values()), by=me(), now=now()
    ))  # fmt: skip


@bp.route("/permissions/made/<uid>", methods=["GET", "POST"])
@requires(Permission.CONSENTS_RUN)
def propose(uid: str) -> Any:
    of, found = queries.consent_uid(_places(), Material, uid)
    form = open_form(forms.VersionForm)
    _open(of)
    return _made(of, form, lambda: making.propose(
        found, making.Made(**form.values()), by=me(), now=now()
    ))  # fmt: skip


def _made(uid: str, form: Any, action: Any) -> Any:
    if request.method == "GET":
        return _made_page(uid, form)
    return submit(
        form,
        action,
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _made_page(uid, form),
        said=_l("It waits for their yes. Until then it may not be shown."),
    )


def _made_page(uid: str, form: BaseForm) -> str:
    consent, alias = _in_force(uid)
    return render_template(
        "consents/desk_made.html", consent=consent, alias=alias, form=form
    )


def _in_force(uid: str) -> Any:
    consent, alias = queries.one_of(_places(), uid, now())
    if queries.seen(consent, now()) is not rules.SeenAs.LIVE:
        raise Refused(rules.NOT_NOW)
    return consent, alias


@bp.route("/permissions/versions/<uid>", methods=["GET", "POST"])
@requires(Permission.CONSENTS_RUN)
def use(uid: str) -> Any:
    of, found = queries.consent_uid(_places(), MaterialVersion, uid)
    form = open_form(forms.UseForm)
    _open(of)
    if request.method == "GET":
        return _use_page(of, uid, form)
    return submit(
        form,
        lambda: _use(found, form),
        done=lambda _: url_for(".show", uid=of),
        again=lambda: _use_page(of, uid, form),
        said=_l("Written down. They see where it stands."),
    )


def _use(version_id: int, form: Any) -> Any:
    place, seen = form.place.data, form.seen.data or ""
    return making.publish(version_id, place, form.day(), seen=seen, by=me(), now=now())


def _use_page(of: str, uid: str, form: BaseForm) -> str:
    consent, alias = _in_force(of)
    versions = [each for made in consent.materials for each in made.versions]
    version = next(each for each in versions if each.uid == uid)
    return render_template(
        "consents/desk_use.html",
        consent=consent,
        alias=alias,
        form=form,
        version=version,
        text=version.words(consent.person.subject, "text")["text"],
        is_approved=version.approved_at is not None,
        left=consent.most_uses - sum(len(each.uses) for each in versions),
    )


@bp.route("/permissions/uses/<uid>", methods=["POST"])
@requires(Permission.CONSENTS_RUN)
def mark(uid: str) -> Any:
    of, found = queries.consent_uid(_places(), MaterialUse, uid)
    move = "asked" if request.form.get("do") == "asked" else "done"
    _open(of)
    return _press(
        of,
        lambda: making.mark(found, move, by=me(), now=now()),
        _l("Written down. They can see it."),
        url_for(".show", uid=of),
    )
