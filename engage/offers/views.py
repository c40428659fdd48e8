from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.forms import say
from engage.core.web import me, my_places, now, open_form, requires, submit
from engage.offers import (
    actions,
    board_terms,
    change_queries,
    effects,
    queries,
    rules,
    waves,
)
from engage.offers.forms import AnswerForm, NameForm
from engage.offers.terms_rules import ChangeKind
from engage.opportunities import queries as opportunities

bp = Blueprint("offers", __name__)


@bp.route("/asks")
@requires(Permission.OFFERS_ANSWER)
def index() -> Any:
    offers = queries.all_open(me(), now())
    cards = {offer.id: opportunities.card(offer.opportunity) for offer in offers}
    return render_template(
        "offers/index.html",
        offers=offers,
        cards=cards,
        changes=change_queries.all_open(me(), now()),
        kinds=ChangeKind,
    )


@bp.route("/asks/<uid>", methods=["GET", "POST"])
@requires(Permission.OFFERS_ANSWER)
def show(uid: str) -> Any:
    """The offer and, at the one address of every answer, what was said to it."""
    offer = queries.own(me(), uid)
    if request.method == "POST":
        return _answer(uid, offer)
    if offer.engagement is not None:
        return redirect(url_for("engagements.show", uid=offer.engagement.uid), 303)
    form = open_form(AnswerForm, counted=me().counts_by_default)
    status = 200 if queries.is_open(offer, now()) else 404
    return _page(offer, form), status


def _page(offer: Any, form: Any) -> str:
    if not queries.is_open(offer, now()):
        return render_template("offers/closed.html", words=rules.NO_LONGER_OPEN)
    return render_template(
        "offers/show.html",
        offer=offer,
        form=form,
        outlook=effects.outlook(offer, me(), now()),
        is_held=effects.is_held(offer),
        is_stale=effects.is_stale(offer),
        say=say,
    )


def _answer(uid: str, offer: Any) -> Any:
    form = open_form(AnswerForm)
    return submit(
        form,
        lambda: _act(offer.id, form),
        done=lambda _: _place(uid),
        again=lambda: _page(queries.own(me(), uid), form),
        said=SAID.get(form.answer.data),
    )


def _act(offer_id: int, form: AnswerForm) -> Any:
    if form.answer.data in ENDINGS:
        return ENDINGS[form.answer.data](offer_id, by=me())
    return YESES[form.answer.data](offer_id, by=me(), now=now(), **form.values())


YESES = {"yes": actions.accept, "if_second": actions.accept_if_second}
ENDINGS = {"not_this_time": actions.not_this_time, "withdraw": actions.withdraw}
GONE = _l("That is fine. You will hear nothing more about it.")
SAID = {
    "yes": _l("It is agreed. This is your offer letter."),
    "if_second": _l("Your yes is noted."),
    "not_this_time": GONE,
    "withdraw": GONE,
}


def _place(uid: str) -> str:
    """The plan that a yes has become, the offer while it waits, or the list."""
    offer = queries.own(me(), uid)
    if offer.engagement is not None:
        return url_for("engagements.show", uid=offer.engagement.uid)
    if queries.is_open(offer, now()):
        return url_for(".show", uid=uid)
    return url_for(".index")


def _post(uid: str) -> Any:
    """A post of an organization for which the signed-in person asks people."""
    found = opportunities.one(uid, my_places(Permission.ASKS_MAKE))
    g.work_zone = found.organization.zone
    return found


@bp.route("/work/<uid>/people")
@requires(Permission.ASKS_MAKE)
def people(uid: str) -> Any:
    post = _post(uid)
    found = queries.found(post, now())
    reply_by = post.reply_by or now()
    is_full = found.number >= post.seats_wanted
    return render_template(
        "offers/people.html",
        post=post,
        found=found,
        sentence=rules.found_sentence(reply_by if is_full else now(), reply_by),
        is_over=reply_by <= now(),
        named=queries.named_words(found, now()),
        next_wave=opportunities.next_wave(now(), post.organization.zone),
        every_minute=opportunities.is_demo(),
    )


@bp.route("/work/<uid>/ask", methods=["GET", "POST"])
@requires(Permission.ASKS_MAKE)
def name_one(uid: str) -> Any:
    post = _post(uid)
    day = local_day(now(), g.work_zone) + timedelta(days=5)
    form = open_form(NameForm, reply_by=day)
    names = queries.directory(post.organization_id)
    form.offer(names)
    often = board_terms.at_limit(post, names, now())
    page = partial(
        render_template, "offers/name_one.html", form=form, post=post, often=often
    )
    if request.method == "GET":
        return page()
    return submit(form, partial(_name, post.id, form), done=_people, again=page)


def _name(post_id: int, form: NameForm) -> Any:
    return waves.name_one(post_id, by=me(), now=now(), **form.values())


def _people(_: Any) -> str:
    return url_for(".people", **(request.view_args or {}))
