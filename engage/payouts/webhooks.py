"""Where the payment service says that something changed: kept as ids, looked at later.

An event is only a reason to look. What it carries is neither kept nor logged.
"""

import json
from typing import Any

from flask import Blueprint, Response, request

from engage.core.web import now, public, settings
from engage.payouts import inbox
from engage.payouts.rails.hints import is_ahead, read_hint
from engage.payouts.rails.table import has_stripe, is_signed

bp = Blueprint("hooks", __name__)


@bp.route("/hooks", methods=["POST"])
@public
def take() -> Any:
    """Signed, of our mode and of this time: kept once, and answered at once."""
    body = request.get_data(cache=False)
    header = request.headers.get("Stripe-Signature", "")
    if not has_stripe() or is_ahead(header, now()) or not is_signed(body, header):
        return _refused()
    try:
        hint = read_hint(json.loads(body))
    except ValueError:
        return _refused()
    inbox.keep(hint, is_live=settings().is_live, now=now())
    return Response(status=200)


def _refused() -> Response:
    inbox.count_ignored(now=now())
    return Response(status=400)
