"""A coordinator's panels and posts, handed to a colleague."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.opportunities import looked_after
from engage.opportunities.hand_over_form import HandOverForm
from engage.people import handing, leads

bp = Blueprint("hand_over", __name__)


@bp.route("/account/hand-over", methods=["GET", "POST"])
@requires(Permission.PANELS_RUN)
def index() -> Any:
    form = open_form(HandOverForm)
    page = _page(form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: _hand(form),
        done=lambda _: url_for(".index"),
        again=page,
        said=_l("Handed over. You are both told."),
    )


def _page(form: HandOverForm) -> Any:
    """The page with its lists read before the form is checked against them."""
    things = looked_after.things(my_places(Permission.PANELS_RUN), me().id)
    colleagues = leads.colleagues(me().id)
    form.offer(colleagues, things)
    others = [each for each in colleagues if not each[3]]

    def page() -> str:
        return render_template(
            "opportunities/hand_over.html", form=form, things=things, others=others
        )

    return page


def _hand(form: HandOverForm) -> int:
    form.check()
    places, chosen = my_places(Permission.PANELS_RUN), form.chosen
    if chosen is None:
        things = looked_after.own_keys(places, me().id)
    else:
        found = looked_after.things(places, me().id)
        things = {one.key: one.organization_id for one in found if one.key in chosen}
    return handing.hand_over(
        things,
        form.to.data,
        is_all=chosen is None,
        away=handing.Away(*form.days) if form.days else None,
        by=me(),
        now=now(),
    )
