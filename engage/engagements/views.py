from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.audit import actions as audit
from engage.core.access import Permission, Role
from engage.core.calendar import local_day
from engage.core.errors import NotFound
from engage.core.forms import PressForm
from engage.core.web import me, my_places, now, paged, requires, submit
from engage.engagements import actions, plans, promises, queries, rules
from engage.offers import change_queries as changes
from engage.opportunities.labels import ROLES
from engage.panels import actions as panels
from engage.workload import own as workload
from engage.workload import wishes

bp = Blueprint("engagements", __name__)


@bp.route("/plans")
@requires(Permission.ENGAGEMENTS_OWN)
def index() -> Any:
    return render_template(
        "engagements/index.html",
        plans=plans.plans(me(), now()),
        next_session=lambda each: plans.next_session(each.sessions, now()),
    )


@bp.route("/plans/<uid>")
@requires(Permission.ENGAGEMENTS_OWN)
def show(uid: str) -> Any:
    return _page(uid, PressForm())


def _page(uid: str, form: Any) -> str:
    engagement = queries.own(me(), uid)
    ended_on = engagement.ended_on
    last = rules.last_logging_day(ended_on) if ended_on else None
    return render_template(
        "engagements/show.html",
        engagement=engagement,
        form=form,
        left=queries.agreed_left(engagement),
        seats=plans.companions(engagement),
        roles=ROLES,
        is_counted=plans.is_counted(engagement),
        is_live=plans.is_live(engagement, now()),
        is_as_agreed=plans.is_as_agreed(engagement),
        near=workload.near_mark(queries.group(engagement)),
        promises=promises.own(engagement, now()),
        change=changes.open_of(engagement.id, now()),
        log_until=last if last and last >= local_day(now(), me().zone) else None,
    )


@bp.route("/plans/<uid>/count", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def count(uid: str) -> Any:
    engagement = queries.own(me(), uid)
    if engagement.seat is None:
        raise NotFound
    panel_id, wish = engagement.seat.panel_id, request.form.get("on") == "1"
    return _press(
        uid,
        lambda: panels.choose(panel_id, counted=wish, by=me(), now=now()),
        _l("Saved. Nobody is told whose choice it is."),
    )


@bp.route("/plans/<uid>/near", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def near(uid: str) -> Any:
    group = queries.group(queries.own(me(), uid))
    wish = request.form.get("on") == "1"
    return _press(
        uid,
        lambda: wishes.mark_near(me(), group, is_near=wish, now=now()),
        _l("Saved. Nobody is told."),
    )


@bp.route("/plans/<uid>/leave", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def leave(uid: str) -> Any:
    engagement_id = queries.own(me(), uid).id
    return _press(
        uid,
        lambda: actions.leave(engagement_id, by=me(), now=now()),
        _l("You have left. What you did is paid: you can still log it."),
    )


def _press(uid: str, action: Any, said: Any) -> Any:
    form = PressForm()
    return submit(
        form,
        action,
        done=lambda _: url_for(".show", uid=uid),
        again=lambda: _page(uid, form),
        said=said,
    )


@bp.route("/agreed")
@requires(Permission.ENGAGEMENTS_RUN)
def agreed() -> Any:
    places = my_places(Permission.ENGAGEMENTS_RUN)
    return render_template(
        "engagements/agreed.html",
        page=paged(queries.of_organizations(places, now())),
        next_session=lambda each: plans.next_session(each.sessions, now()),
        is_live=lambda each: plans.is_live(each, now()),
    )


@bp.route("/agreed/<uid>")
@requires(Permission.ENGAGEMENTS_RUN)
def agreed_one(uid: str) -> Any:
    places = my_places(Permission.ENGAGEMENTS_RUN)
    engagement, alias = queries.one_of(places, uid, now())
    audit.look(
        "engagement.open",
        subject=engagement.person.subject,
        thing=f"engagement:{uid}",
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=engagement.organization_id,
    )
    return _agreed_page(uid)


def _agreed_page(uid: str) -> str:
    """Read again: the look had a transaction of its own."""
    places = my_places(Permission.ENGAGEMENTS_RUN)
    engagement, alias = queries.one_of(places, uid, now())
    return render_template(
        "engagements/agreed_one.html",
        engagement=engagement,
        alias=alias,
        logged=queries.logged(engagement),
        left=queries.agreed_left(engagement),
        is_live=plans.is_live(engagement, now()),
        is_as_agreed=plans.is_as_agreed(engagement),
    )
