from typing import Any

from flask import Blueprint, render_template

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.web import my_places, now, requires
from engage.funding import queries as funding
from engage.hours import line_months

bp = Blueprint("line_months", __name__)


@bp.route("/lines/<uid>/months")
@requires(Permission.FUNDING_SEE)
def show(uid: str) -> Any:
    run = my_places(Permission.FUNDING_RUN)
    line = funding.line(uid, my_places(Permission.FUNDING_SEE), run)
    today = local_day(now(), line.payer.zone)
    return render_template(
        "funding/months.html",
        line=line,
        months=line_months.by_month(line, today),
        stages=funding.stages([line.id])[line.id],
        apart=line.payer_id in run,
    )
