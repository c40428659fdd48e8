"""Who looked at one's pages, what was done in one's account, and the file of both."""

from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from engage.core.access import Permission
from engage.core.limits import limiter
from engage.core.web import me, paged, requires
from engage.looks import queries, words
from engage.looks.queries import Filter

bp = Blueprint("looks", __name__)
LOG, CHECK = "log.jsonl", "check.py"  # whose log it is, nobody reads from its name


@bp.route("/account/looks")
@requires(Permission.LIMITS_SET)
def index() -> Any:
    wanted = Filter(request.args.get("month", ""), request.args.get("by", ""))
    return render_template(
        "looks/index.html",
        rows=paged(queries.looks_at(me(), wanted)),
        wanted=wanted,
        months=queries.months(me()),
        places=queries.lookers(me()),
        words_of=words.of_look,
        roles=words.ROLES,
    )


@bp.route("/account/looks/own")
@requires(Permission.LIMITS_SET)
def own() -> Any:
    rows = paged(queries.own_acts(me()))
    return render_template("looks/own.html", rows=rows, words_of=words.of_act)


@bp.route("/account/looks/file")
@requires(Permission.LIMITS_SET)
def keep() -> Any:
    """How to keep the log and to check it, without believing us."""
    return render_template(
        "looks/file.html", mark=queries.mark_of(me()), log=LOG, check=CHECK
    )


@bp.route("/account/looks/file/log")
@requires(Permission.LIMITS_SET, fresh=True)
@limiter.limit("20 per hour")
def log() -> Any:
    return _attached("".join(queries.file_of(me(), _)), "application/x-ndjson", LOG)


@bp.route("/account/looks/file/check")
@requires(Permission.LIMITS_SET)
def check() -> Any:
    script = files("engage.looks").joinpath("check.py").read_text("utf-8")
    return _attached(script, "text/x-python", CHECK)


def _attached(text: str, kind: str, name: str) -> Response:
    answer = Response(text, mimetype=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
