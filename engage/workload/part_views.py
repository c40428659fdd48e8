"""One's own pay settings for each line of pay: all, a part, or none."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.web import me, now, open_form, requires, submit
from engage.workload import parts
from engage.workload.part_forms import ALL, NONE, PART, PartForm

bp = Blueprint("parts", __name__)
SAVED = _l("Saved.")


@bp.route("/record/part")
@requires(Permission.STATEMENT_OWN)
def index() -> Any:
    return render_template(
        "workload/parts.html",
        lines=parts.waiting(me()),
        is_shown=request.args.get("show") == "1",
    )


@bp.route("/record/part/<uid>", methods=["GET", "POST"])
@requires(Permission.STATEMENT_OWN)
def choose(uid: str) -> Any:
    form = open_form(PartForm, **_chosen(uid))
    page = partial(_page, uid, form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: parts.take(me(), uid, form.taken, now=now()),
        done=lambda _row: url_for(".index"),
        again=page,
        said=SAVED,
    )


def _chosen(uid: str) -> dict[str, Any]:
    take = parts.one(me(), uid).take_cents
    if take is None:
        return {"how": ALL}
    return {"how": PART, "cents": take} if take else {"how": NONE}


def _page(uid: str, form: PartForm) -> str:
    line = parts.one(me(), uid)
    return render_template(
        "workload/part.html",
        form=form,
        line=line,
        is_shown=request.args.get("show") == "1",
    )
