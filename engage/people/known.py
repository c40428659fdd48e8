"""The names that consultants opened to a coordinator's organizations."""

from collections.abc import Collection
from secrets import SystemRandom
from typing import Any

from flask import Blueprint, render_template

from engage.audit.actions import look
from engage.core.access import Permission, Role
from engage.core.web import me, my_places, now, requires
from engage.people import listed_queries as queries
from engage.people.rules import LANGUAGES, TOPICS

bp = Blueprint("known", __name__)


@bp.route("/names")
@requires(Permission.ASKS_MAKE)
def index() -> Any:
    """In an order that means nothing; a list of names is no look."""
    rows = queries.listed_names(my_places(Permission.ASKS_MAKE))
    SystemRandom().shuffle(rows)
    return render_template("people/known.html", rows=rows)


@bp.route("/names/<uid>")
@requires(Permission.ASKS_MAKE)
def show(uid: str) -> Any:
    """What one of them lets this organization read; they see that it was opened."""
    places = my_places(Permission.ASKS_MAKE)
    look_at(places, uid)
    return render_template(
        "people/known_one.html",
        alias=queries.listed_name(places, uid),
        topics=TOPICS,
        languages=LANGUAGES,
    )


def look_at(places: Collection[int], uid: str) -> None:
    """Written down before the page is read: no entry, no page."""
    subject, place_id = queries.whose_name(places, uid)
    look(
        "name.open",
        subject=subject,
        thing=f"alias:{uid}",
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=place_id,
    )
