"""Messages about agreed work: the consultant's page, and the coordinators'."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.audit import actions as audit
from engage.core.access import Permission, Role
from engage.core.forms import PressForm
from engage.core.web import me, my_places, now, open_form, paged, requires, submit
from engage.engagements import messages, queries, rules, talk_rules, thread
from engage.engagements.rules import Side
from engage.engagements.talk_form import MessageForm

bp = Blueprint("talk", __name__)
SENT = _l("Sent. They read it here; outside they are told only of an update.")


@bp.route("/plans/<uid>/messages", methods=["GET", "POST"])
@requires(Permission.ENGAGEMENTS_OWN, words=True)
def own(uid: str) -> Any:
    engagement_id = queries.own(me(), uid).id
    form = open_form(MessageForm)
    if request.method == "GET":
        return _own_page(uid, form)
    return submit(
        form,
        lambda: messages.write(engagement_id, by=me(), now=now(), **form.values()),
        done=lambda _: url_for(".own", uid=uid),
        again=lambda: _own_page(uid, form),
        said=SENT,
    )


def _own_page(uid: str, form: Any) -> str:
    engagement = queries.own(me(), uid)
    is_kept = thread.is_kept(engagement, now())
    is_shown = engagement.is_shown(now())
    rows = paged(thread.of(engagement.id))
    return render_template(
        "engagements/messages.html",
        form=form,
        engagement=engagement,
        page=rows,
        lines=thread.lines(rows.rows, engagement, me(), Side.CONSULTANT)
        if is_kept
        else [],
        is_kept=is_kept and engagement.shown_from != rules.NEVER,
        is_open=thread.is_open(engagement, now()),
        shown_from=None if is_shown else engagement.shown_from,
        kept_until=talk_rules.last_day(engagement.ended_on)
        if engagement.ended_on
        else None,
    )


@bp.route("/plans/<uid>/messages/choice", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def choose(uid: str) -> Any:
    engagement_id = queries.own(me(), uid).id
    wish = request.form.get("on") == "1"
    form = PressForm()
    return submit(
        form,
        lambda: messages.choose(engagement_id, wish=wish, by=me(), now=now()),
        done=lambda _: url_for(".own", uid=uid),
        again=lambda: _own_page(uid, MessageForm(None)),
        said=_l("Messages are open again.") if wish else _l("Messages have ended."),
    )


@bp.route("/plans/<uid>/messages/read", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def read(uid: str) -> Any:
    form = PressForm()
    queries.own(me(), uid)
    return submit(
        form,
        lambda: messages.read(uid, Side.CONSULTANT, by=me()),
        done=lambda _: url_for(".own", uid=uid),
        again=lambda: _own_page(uid, MessageForm(None)),
    )


def _look(uid: str) -> int:
    """Written down before the page is made, also before a refusal shows it again."""
    places = my_places(Permission.ENGAGEMENTS_RUN)
    engagement, _ = thread.whose(places, uid, now())
    engagement_id = engagement.id
    audit.look(
        "message.open",
        subject=engagement.person.subject,
        thing=f"engagement:{uid}",
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=engagement.organization_id,
    )
    return engagement_id


@bp.route("/agreed/<uid>/messages", methods=["GET", "POST"])
@requires(Permission.ENGAGEMENTS_RUN)
def shared(uid: str) -> Any:
    engagement_id, form = _look(uid), open_form(MessageForm)
    if request.method == "GET":
        return _shared_page(uid, form)
    return submit(
        form,
        lambda: messages.write(engagement_id, by=me(), now=now(), **form.values()),
        done=lambda _: url_for(".shared", uid=uid),
        again=lambda: _shared_page(uid, form),
        said=SENT,
    )


def _shared_page(uid: str, form: MessageForm) -> str:
    """A thread that ended by its time or by a wish: the same bytes."""
    places = my_places(Permission.ENGAGEMENTS_RUN)
    engagement, alias = thread.whose(places, uid, now())
    is_open = thread.is_open(engagement, now())
    rows = paged(thread.of(engagement.id)) if is_open else None
    return render_template(
        "engagements/messages_shared.html",
        form=form,
        engagement=engagement,
        alias=alias,
        page=rows,
        lines=thread.lines(rows.rows, engagement, me(), Side.ORGANIZATION)
        if rows
        else [],
        is_open=is_open,
        ended=talk_rules.ENDED,
        asks_story=bool(thread.story_words(form.words.data or "")),
    )


@bp.route("/agreed/<uid>/messages/read", methods=["POST"])
@requires(Permission.ENGAGEMENTS_RUN)
def read_shared(uid: str) -> Any:
    form = PressForm()
    _look(uid)
    return submit(
        form,
        lambda: messages.read(uid, Side.ORGANIZATION, by=me()),
        done=lambda _: url_for(".shared", uid=uid),
        again=lambda: _shared_page(uid, MessageForm(None)),
    )
