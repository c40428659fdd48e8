"""Where the payment service says that something changed: kept as ids, looked at later.

An event is only a reason to look. What it carries is neither kept nor logged.
"""

from typing import Any

from flask import Blueprint, Response, request

from engage.core import limits
from engage.core.errors import NotFound
from engage.core.web import now, public, settings
from engage.payouts import inbox

bp = Blueprint("hooks", __name__)
limits.limiter.exempt(bp)  # a large run says so from a few addresses at once
COUNTED = "60 per minute"


@bp.route("/hooks", methods=["POST"])
@public
def take() -> Any:
    """Signed, of our mode and of this time: kept once, and answered at once."""
    if not settings().has_stripe:
        raise NotFound
    body = request.get_data(cache=False)
    header = request.headers.get("Stripe-Signature", "")
    hint = inbox.read(body, header, now=now())
    if hint is None:
        # Strangers are turned away before anything is written, but for a few.
        if limits.within(COUNTED, "hooks", limits.address()):
            inbox.count_ignored(now=now())
        return Response(status=400)
    inbox.keep(hint, is_live=settings().is_live, now=now())
    return Response(status=200)
