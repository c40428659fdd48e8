from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from engage.core.access import Permission
from engage.core.calendar import local_day
from engage.core.errors import NotFound
from engage.core.forms import PressForm, say
from engage.core.web import me, my_places, now, open_form, paged, requires, submit
from engage.funding import queries as lines
from engage.opportunities import actions, checks, defaults, labels, meetings, queries
from engage.opportunities import card as cards
from engage.opportunities.draft_form import EditForm, filled
from engage.opportunities.forms import AskAgainForm, KeepForm, NewForm, PostForm
from engage.opportunities.models import Opportunity
from engage.opportunities.rows import topic_words
from engage.opportunities.rules import OpportunityStatus
from engage.people import leads

bp = Blueprint("opportunities", __name__)
bp.add_app_template_filter(cards.moments, "card_moments")
bp.add_app_template_filter(cards.pay_day, "card_pay_day")
bp.add_app_template_filter(topic_words)
bp.add_app_template_filter(cards.whole_minutes, "card_minutes")


def _own(uid: str) -> Opportunity:
    """A post of an organization for which the signed-in person runs work."""
    found = queries.one(uid, my_places(Permission.OPPORTUNITIES_RUN))
    g.work_zone = found.organization.zone
    return found


@bp.route("/work")
@requires(Permission.OPPORTUNITIES_RUN)
def index() -> Any:
    places = my_places(Permission.OPPORTUNITIES_RUN)
    chosen = request.args.get("state", "")
    state = OpportunityStatus(chosen) if chosen in set(OpportunityStatus) else None
    return render_template(
        "opportunities/index.html",
        work=paged(queries.in_places(places, [state] if state else queries.GOES_ON)),
        counts=queries.counts(places),
        state=state,
        states=labels.STATES,
        activities=labels.ACTIVITIES,
        many_places=len(places) > 1,
    )


@bp.route("/work/new", methods=["GET", "POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def new() -> Any:
    places = queries.organizations(my_places(Permission.OPPORTUNITIES_RUN))
    if not places:
        raise NotFound
    form = open_form(NewForm)
    form.offer(places)
    page = partial(render_template, "opportunities/new.html", form=form)
    texts = {name: gettext(words) for name, words in defaults.TEXTS.items()}
    return _sent(form, page, partial(_create, form, texts), _card_place)


def _create(form: NewForm, texts: dict[str, str]) -> Opportunity:
    return actions.create(texts=texts, by=me(), now=now(), **form.values())


def _card_place(draft: Opportunity) -> str:
    return url_for(".edit", uid=draft.uid)


def _place(opportunity: Opportunity) -> str:
    return url_for(".show", uid=opportunity.uid)


@bp.route("/work/<uid>/edit", methods=["GET", "POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def edit(uid: str) -> Any:
    draft = _own(uid)
    if request.method == "GET" and draft.status is not OpportunityStatus.DRAFT:
        return redirect(_place(draft), 303)
    form = open_form(EditForm, **filled(draft, now()))
    _offer(form, draft)
    page = partial(_edit_page, form, uid)
    return _sent(
        form,
        page,
        lambda: actions.edit(draft.id, by=me(), now=now(), **form.values()),
        _card_place if request.form.get("then") == "more" else _place,
        _l("Saved."),
    )


def _sent(form: Any, page: Any, action: Any, done: Any, said: Any = None) -> Any:
    """The page, or what its form does."""
    if request.method == "GET":
        return page()
    return submit(form, action, done=done, again=page, said=said)


def _offer(form: EditForm, draft: Opportunity) -> None:
    place = draft.organization_id
    boards = queries.standing_panels(place)
    own = draft.panel  # one more seat for a group that is there
    if own is not None and own.id not in {board.id for board in boards}:
        boards = [own, *boards]
    form.offer(lines.usable_lines(place), boards)


def _edit_page(form: EditForm, uid: str) -> str:
    """The form again; once somebody else's change was said, a second press is meant."""
    draft = _own(uid)
    if form.problems:
        form.version.data = str(draft.version)
    return render_template(
        "opportunities/edit.html",
        form=form,
        draft=draft,
        promise=draft.organization.pay_promise_days,
    )


@bp.route("/work/<uid>")
@requires(Permission.OPPORTUNITIES_RUN)
def show(uid: str) -> Any:
    return _page(_own(uid), PostForm())


def _page(opportunity: Opportunity, form: Any) -> str:
    line = opportunity.line
    shown = {
        "opportunity": opportunity,
        "form": form,
        "line": line,
        "stages": lines.stages([line.id])[line.id] if line else None,
        "states": labels.STATES,
        "fields": labels.FIELDS,
        "roles": labels.ROLES,
    }
    if opportunity.status is OpportunityStatus.DRAFT:
        found = checks.of(opportunity, author_id=me().id, now=now())
        return render_template("opportunities/show.html", found=found, say=say, **shown)
    card, today = queries.card(opportunity), local_day(now(), me().zone)
    shown["lead"] = leads.name_of(queries.source(opportunity), today)
    shown["quorum"] = meetings.quorum(opportunity)
    return render_template("opportunities/posted.html", card_values=card, **shown)


@bp.route("/work/<uid>/post", methods=["POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def post(uid: str) -> Any:
    form = open_form(PostForm)
    return _press(
        uid,
        form,
        partial(actions.post, warnings_seen=bool(form.warnings_seen.data)),
        _l("Posted. The money is set aside, and people will be asked."),
    )


@bp.route("/work/<uid>/cancel", methods=["POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def cancel(uid: str) -> Any:
    return _press(uid, PressForm(), actions.cancel, _l("Cancelled."))


@bp.route("/work/<uid>/two", methods=["POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def two(uid: str) -> Any:
    return _press(uid, PressForm(), actions.make_two, _l("Now there are two seats."))


@bp.route("/work/<uid>/keep", methods=["POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def keep(uid: str) -> Any:
    form = open_form(KeepForm)
    return _press(uid, form, lambda *args, **kw: _kept(form, *args, **kw))


def _kept(form: KeepForm, opportunity_id: int, **kw: Any) -> Opportunity:
    return actions.keep_word(opportunity_id, **form.values(), **kw)


@bp.route("/work/<uid>/copy", methods=["POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def copy(uid: str) -> Any:
    said = _l("This is a new draft. Add its days.")
    return _press(uid, PressForm(), actions.copy, said, done=_card_place)


def _press(
    uid: str,
    form: Any,
    action: Callable[..., Opportunity],
    said: Any = None,
    done: Callable[[Opportunity], str] = _place,
) -> Any:
    """Run a one-button action on a post, and show its page again if refused."""
    opportunity = _own(uid)
    return submit(
        form,
        lambda: action(opportunity.id, by=me(), now=now()),
        done=done,
        again=lambda: _page(_own(uid), form),
        said=said,
    )


@bp.route("/work/<uid>/ask-again", methods=["GET", "POST"])
@requires(Permission.OPPORTUNITIES_RUN)
def ask_again(uid: str) -> Any:
    opportunity = _own(uid)
    form = open_form(AskAgainForm, seats=1, reply_by=_until(opportunity))
    page = partial(_ask_again_page, form, uid)
    action = partial(actions.ask_again, opportunity.id, by=me(), now=now())
    said = _l("People will be asked.")
    return _sent(form, page, lambda: action(**form.values()), _place, said)


def _until(opportunity: Opportunity) -> Any:
    moment: datetime = opportunity.reply_by or now()
    return local_day(moment, opportunity.organization.zone)


def _ask_again_page(form: AskAgainForm, uid: str) -> str:
    opportunity = _own(uid)
    line = opportunity.line
    return render_template(
        "opportunities/ask_again.html",
        form=form,
        opportunity=opportunity,
        seat_cents=queries.card(opportunity)["seat_cents"],
        line=line,
        stages=lines.stages([line.id])[line.id] if line else None,
    )
