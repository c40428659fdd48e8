from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.audit import actions as audit
from engage.core.access import Permission, Role
from engage.core.calendar import local_day
from engage.core.forms import say
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.engagements import queries as engagements
from engage.offers import (
    answering,
    change_effects,
    change_queries,
    more,
    moving,
    rules,
    terms_rules,
)
from engage.offers.change_forms import (
    ChangeForm,
    MoreForm,
    MoveForm,
    as_agreed,
    as_posted,
)
from engage.offers.terms_rules import ChangeKind
from engage.opportunities import labels
from engage.opportunities import queries as opportunities

bp = Blueprint("changes", __name__)
DAYS_TO_ANSWER = timedelta(days=5)


@bp.route("/work/<uid>/dates", methods=["GET", "POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def dates(uid: str) -> Any:
    """Move a session of a post, or change a line: whoever agreed is asked anew."""
    post = _post(uid)
    form = open_form(MoveForm, reply_by=_day(), **as_posted(post))
    form.offer(post, now())
    page = partial(_dates_page, form, uid)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: moving.move(post.id, by=me(), now=now(), **form.values()),
        done=lambda _: url_for(".dates", uid=uid),
        again=page,
        said=_l("Changed. Everybody who agreed is asked for a new yes."),
    )


def _post(uid: str) -> Any:
    found = opportunities.one(uid, my_places(Permission.OPPORTUNITIES_RUN))
    g.work_zone = found.organization.zone
    return found


def _day() -> Any:
    return local_day(now(), g.work_zone) + DAYS_TO_ANSWER


def _dates_page(form: MoveForm, uid: str) -> str:
    post = _post(uid)
    asked = change_queries.of_post(post.id, now())
    return render_template(
        "offers/dates.html",
        form=form,
        post=post,
        until=change_queries.last_reply_by(post.id),
        may_move=post.status in terms_rules.MOVABLE,
        asked=[
            (alias, change, change_queries.words(change, now()))
            for change, alias in asked
        ],
    )


@bp.route("/agreed/<uid>/terms", methods=["GET", "POST"])
@requires(Permission.ASKS_MAKE)
def terms(uid: str) -> Any:
    """Ask one person who agreed for more time; every version that was agreed."""
    _look(uid)
    form, found = _more_form(uid)
    if request.method == "GET":
        return _terms_page(form, *found)
    return submit(
        form,
        lambda: more.ask(found[0].id, by=me(), now=now(), **form.values()),
        done=lambda _: url_for(".terms", uid=uid),
        again=lambda: _terms_page(form, *_agreed(uid)),
        said=_l("Asked. You read the answer here when the time to answer is over."),
    )


def _more_form(uid: str) -> tuple[MoreForm, Any]:
    found = _agreed(uid)
    form = open_form(MoreForm, reply_by=_day(), **as_agreed(found[0]))
    form.offer(found[0], now())
    return form, found


def _agreed(uid: str) -> Any:
    found = engagements.one_of(my_places(Permission.ASKS_MAKE), uid, now())
    g.work_zone = found[0].organization.zone
    return found


def _look(uid: str) -> None:
    """Written down before the page is read: no entry, no page."""
    engagement, _ = _agreed(uid)
    audit.look(
        "engagement.open",
        subject=engagement.person.subject,
        thing=f"engagement:{uid}",
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=engagement.organization_id,
    )


def _terms_page(form: MoreForm, engagement: Any, alias: Any) -> str:
    asked = change_queries.of_engagement(engagement.id)
    return render_template(
        "offers/terms.html",
        form=form,
        engagement=engagement,
        alias=alias,
        still=next((each for each in asked if not each.is_done), None),
        may_ask=change_queries.may_ask(engagement),
        versions=change_queries.versions(engagement.id),
        asked=[(each, change_queries.words(each, now())) for each in asked],
        kinds=ChangeKind,
    )


@bp.route("/asks/changes/<uid>", methods=["GET", "POST"])
@requires(Permission.OFFERS_ANSWER)
def show(uid: str) -> Any:
    """New terms, and at the same address the answer to them."""
    change = change_queries.own(me(), uid)
    form = open_form(ChangeForm)
    if request.method == "POST":
        return _answer(uid, change.id, form)
    if change_queries.is_agreed(change):
        plan = change.engagement.uid
        return redirect(url_for("engagements.show", uid=plan), 303)
    status = 200 if change_queries.is_open(change, now()) else 404
    return _change_page(change, form), status


def _answer(uid: str, change_id: int, form: ChangeForm) -> Any:
    is_yes = form.answer.data == "yes"
    return submit(
        form,
        lambda: _act(change_id, form),
        done=lambda done: _plan(done) if is_yes else url_for("offers.index"),
        again=lambda: _change_page(change_queries.own(me(), uid), form),
        said=AGREED if is_yes else GONE,
    )


AGREED = _l("It is agreed. Your plan has the new terms.")
GONE = _l("That is fine. What you agreed before stays as it is.")


def _act(change_id: int, form: ChangeForm) -> Any:
    if form.answer.data == "no":
        return answering.refuse(change_id, by=me())
    raised = bool(form.raised.data)
    return answering.accept(change_id, raised=raised, by=me(), now=now())


def _plan(engagement: Any) -> str:
    return url_for("engagements.show", uid=engagement.uid)


def _change_page(change: Any, form: ChangeForm) -> str:
    if not change_queries.is_open(change, now()):
        return render_template("offers/closed.html", words=rules.NO_LONGER_OPEN)
    return render_template(
        "offers/change.html",
        change=change,
        form=form,
        outlook=change_effects.outlook(change, me(), now()),
        fields=labels.FIELDS,
        is_more=change.kind is ChangeKind.MORE_TIME,
        say=say,
    )
