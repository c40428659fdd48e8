"""Where a browser says that a page of ours was kept from something it tried."""

from itertools import count

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

from engage.core.headers import REPORTS_AT
from engage.core.limits import limiter
from engage.core.web import public

bp = Blueprint("reports", __name__)
_numbers = count(1)


@bp.route(REPORTS_AT, methods=["POST"])
@public
@limiter.exempt
def take() -> Response:
    """Counts, and nothing else: a report names the page somebody had open.

    What was sent is not even read. The count goes to the log at 1, 2, 4, 8 and so on,
    so that a flood of reports cannot fill it.
    """
    number = next(_numbers)
    if number & (number - 1) == 0:
        current_app.logger.warning("browsers kept a page from something: %s", number)
    return Response(status=204)
