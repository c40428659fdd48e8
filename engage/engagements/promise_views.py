from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.errors import NotFound
from engage.core.forms import PressForm
from engage.core.web import me, my_places, now, paged, requires, submit
from engage.engagements import promise_actions as actions
from engage.engagements import promises, queries
from engage.engagements.promise_rules import FEWEST, Facts, Promise

bp = Blueprint("promises", __name__)

SAYS = {"1": True, "0": False, "": None}


@bp.route("/plans/<uid>/kept", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def tell(uid: str) -> Any:
    engagement_id = queries.own(me(), uid).id
    line, says = request.form.get("line", ""), request.form.get("kept", "")
    if line not in list(Promise) or says not in SAYS:
        raise NotFound
    place = url_for("engagements.show", uid=uid, _anchor="promises")
    return submit(
        PressForm(),
        lambda: actions.tell(
            engagement_id, Promise(line), SAYS[says], by=me(), now=now()
        ),
        done=lambda _: place,
        again=lambda: redirect(place),
        said=_l("Saved. Only counts are shown, and never fewer than five people."),
    )


@bp.route("/promises")
@requires(Permission.ENGAGEMENTS_RUN)
def index() -> Any:
    places = my_places(Permission.ENGAGEMENTS_RUN)
    page = paged(promises.posts(places, now()))
    by_post = promises.of_posts(page.rows, now())
    return render_template(
        "engagements/promises.html",
        page=page,
        by_post=by_post,
        total=sum(by_post.values(), Facts()),
        told=promises.told(places),
        fewest=FEWEST,
    )
