from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.forms import PressForm
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.opportunities import defaults, queries, remedies
from engage.opportunities.models import Opportunity
from engage.opportunities.remedy_forms import BoardForm
from engage.panels import board_queries, rules
from engage.panels import queries as panels

bp = Blueprint("remedies", __name__)
RUNS = (Permission.PANELS_RUN, Permission.OPPORTUNITIES_RUN)


def _own(uid: str) -> Any:
    places = my_places(Permission.PANELS_RUN) & my_places(Permission.OPPORTUNITIES_RUN)
    return panels.page(places, uid)


def _texts() -> dict[str, str]:
    """What a draft begins with, in its author's language."""
    return {name: gettext(words) for name, words in defaults.TEXTS.items()} | {
        "about": gettext("Advice for:"),
        "we_ask": gettext("We ask the board for advice on this work:"),
    }


@bp.route("/groups/<uid>/open-seat", methods=["GET", "POST"])
@requires(*RUNS)
def open_seat(uid: str) -> Any:
    return _seat(uid, rules.Remedy.OPEN_SEAT, _l("One more seat is open."))


@bp.route("/groups/<uid>/ask-all", methods=["GET", "POST"])
@requires(*RUNS)
def ask_pool(uid: str) -> Any:
    return _seat(uid, rules.Remedy.ASK_POOL, _l("One more person will be asked."))


def _seat(uid: str, remedy: rules.Remedy, said: Any) -> Any:
    panel, form = _own(uid), PressForm()
    again = partial(_seat_page, uid, remedy, form)
    if request.method == "GET":
        return again()
    asks_pool = remedy is rules.Remedy.ASK_POOL
    act = partial(remedies.open_seat, panel, asks_pool=asks_pool, by=me(), now=now())
    return submit(form, act, done=_post_place, again=again, said=said)


def _seat_page(uid: str, remedy: rules.Remedy, form: Any) -> str:
    """What the press does, and what else can be done where it cannot."""
    panel = _own(uid)
    post = remedies.asking_post(panel.id)
    return render_template(
        "panels/remedy.html",
        panel=panel,
        form=form,
        remedy=remedy,
        words=rules.REMEDIES[remedy],
        remedies=rules.REMEDIES,
        post=post,
        seat_cents=queries.card(post)["seat_cents"] if post else None,
    )


def _post_place(post: Opportunity) -> str:
    return url_for("opportunities.show", uid=post.uid)


def _draft_place(draft: Opportunity) -> str:
    return url_for("opportunities.edit", uid=draft.uid)


@bp.route("/groups/<uid>/peer", methods=["POST"])
@requires(*RUNS)
def peer(uid: str) -> Any:
    return _draft(uid, rules.Remedy.PAY_PEER, remedies.peer)


@bp.route("/groups/<uid>/next-term", methods=["POST"])
@requires(*RUNS)
def next_term(uid: str) -> Any:
    return _draft(uid, None, remedies.next_term)


def _draft(uid: str, remedy: rules.Remedy | None, action: Callable[..., Any]) -> Any:
    panel, form = _own(uid), PressForm()
    return submit(
        form,
        lambda: action(panel, _texts(), by=me(), now=now()),
        done=_draft_place,
        again=lambda: _seat_page(uid, remedy or rules.Remedy.PAY_PEER, form),
        said=_l("A draft is ready. Look it over, then post it."),
    )


@bp.route("/groups/<uid>/board", methods=["GET", "POST"])
@requires(*RUNS)
def consult(uid: str) -> Any:
    panel, form = _own(uid), open_form(BoardForm)
    found = board_queries.boards_of([panel.organization_id])
    form.offer([board for board in found if board.id != panel.id])
    page = partial(render_template, "panels/consult.html", panel=panel, form=form)
    if request.method == "GET":
        return page()
    act = partial(_consult, panel, form)
    said = _l("A draft is ready. Look it over, then post it.")
    return submit(form, act, done=_draft_place, again=page, said=said)


def _consult(panel: Any, form: BoardForm) -> Opportunity:
    return remedies.consult(panel, form.chosen, _texts(), by=me(), now=now())
