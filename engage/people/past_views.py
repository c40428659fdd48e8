"""One's own sign-ins of the last 30 days, and what an administrator reads of them."""

from typing import Any

from flask import Blueprint, render_template

from engage.core.access import Permission
from engage.core.web import me, paged, requires
from engage.people import past
from engage.people.factor_rules import DEVICES

bp = Blueprint("past", __name__)


@bp.route("/account/sign-ins/past")
@requires(Permission.ACCOUNT_OWN)
def own() -> Any:
    rows = paged(past.own(me()))
    return render_template("people/past.html", rows=rows, devices=DEVICES)


@bp.route("/sign-ins")
@requires(Permission.INSTALLATION_RUN)
def counts() -> Any:
    return render_template("people/counts.html", found=past.counted(), many=past.MANY)
