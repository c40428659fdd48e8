from typing import Any

from flask import Blueprint, render_template, request

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.web import me, my_places, now, requires
from engage.hours import clock, clock_rules

bp = Blueprint("clock", __name__)


@bp.route("/paid-on-time")
@requires(Permission.HOURS_DECIDE, Permission.PAYOUTS_RUN)
def index() -> Any:
    places = my_places(Permission.HOURS_DECIDE)
    payers = my_places(Permission.PAYOUTS_RUN)
    today = local_day(now(), me().zone)
    quarter = clock_rules.read_quarter(request.args.get("quarter", ""), today)
    return render_template(
        "hours/clock.html",
        quarter=quarter,
        quarters=clock_rules.quarters(today),
        rows=clock.rows(places, payers, quarter, now()),
        late=clock.late(places, payers, now()),
    )
