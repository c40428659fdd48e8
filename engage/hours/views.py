from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.access import Permission, Role
from engage.core.forms import BaseForm, PressForm
from engage.core.web import me, my_places, now, open_form, paged, requires, submit
from engage.hours import actions, agreements, forms, queries, rules, waiting
from engage.hours.rules import ReturnCheck

bp = Blueprint("hours", __name__)
bp.context_processor(lambda: forms.WORDS)
WEEKS = 6
BATCH = 100


@bp.route("/time")
@requires(Permission.HOURS_LOG)
def index() -> Any:
    person, today = me(), _today()
    open_work = queries.open_agreements(person, today)
    page = paged(queries.own_entries(person))
    return render_template(
        "hours/index.html",
        open_work=[(each, each.presses(now(), person.zone)) for each in open_work],
        entries=page,
        pays=queries.pays(page.rows),
        weeks=queries.weeks(person, today, WEEKS),
    )


@bp.route("/plans/<uid>/time", methods=["GET", "POST"])
@requires(Permission.HOURS_LOG)
def new(uid: str) -> Any:
    agreement = _agreement(uid)
    form = open_form(forms.HoursForm, day=_today()).offer(agreement.activities)
    if request.method == "GET":
        return _new_page(agreement, form)
    return submit(
        form,
        lambda: actions.log(_id_of(uid), by=me(), now=now(), **form.work()),
        done=_to_index,
        again=lambda: _new_page(_agreement(uid), form),
        said=_("Logged."),
    )


def _today() -> date:
    return calendar.local_day(now(), me().zone)


def _agreement(uid: str) -> agreements.Agreement:
    return agreements.agreement(queries.own_engagement(me(), uid), me().zone)


def _id_of(uid: str) -> int:
    return queries.own_engagement(me(), uid).id


def _to_index(_done: Any) -> str:
    return url_for(".index")


def _new_page(agreement: agreements.Agreement, form: forms.HoursForm) -> str:
    presses = agreement.presses(now(), me().zone)
    return render_template(
        "hours/new.html", form=form, agreement=agreement, presses=presses
    )


def _pressed(uid: str, form: BaseForm) -> str:
    """The page that has the presses, with why one of them did nothing."""
    agreement = _agreement(uid)
    fresh = forms.HoursForm(None, day=_today()).offer(agreement.activities)
    return _new_page(agreement, fresh.with_problems(form))


@bp.route("/plans/<uid>/time/repeat", methods=["POST"])
@requires(Permission.HOURS_LOG)
def repeat(uid: str) -> Any:
    form, found = open_form(forms.RepeatForm), _id_of(uid)
    return submit(
        form,
        lambda: actions.repeat(found, by=me(), now=now(), **form.piece()),
        done=_to_index,
        again=lambda: _pressed(uid, form),
        said=_("Logged as it was agreed."),
    )


@bp.route("/plans/<uid>/time/more", methods=["POST"])
@requires(Permission.HOURS_LOG)
def more(uid: str) -> Any:
    form, found = open_form(PressForm), _id_of(uid)
    return submit(
        form,
        lambda: actions.ask_more(found, by=me(), now=now()),
        done=lambda _: url_for(".new", uid=uid),
        again=lambda: _pressed(uid, form),
        said=_("Your coordinator is told. You get a new request if they agree."),
    )


@bp.route("/time/<uid>", methods=["GET", "POST"])
@requires(Permission.HOURS_LOG, words=True)
def mend(uid: str) -> Any:
    entry = queries.own_entry(me(), uid)
    form, found = _mend_form(entry), entry.id
    if request.method == "GET":
        return _mend_page(entry, form)
    return submit(
        form,
        lambda: actions.mend(found, by=me(), now=now(), **form.work()),
        done=_to_index,
        again=lambda: _mend_page(queries.own_entry(me(), uid), form),
        said=_("Sent again."),
    )


def _mend_form(entry: Any) -> forms.HoursForm:
    agreement = agreements.agreement(entry.engagement, me().zone, without=entry.id)
    typed = forms.as_typed(entry, entry.note(me().subject))
    return open_form(forms.HoursForm, **typed).offer(agreement.activities)


def _mend_page(entry: Any, form: BaseForm) -> str:
    return render_template(
        "hours/show.html",
        entry=entry,
        form=form,
        note=entry.note(me().subject),
        may={move for status, move in rules.MOVES if status is entry.status},
        pay=queries.pays([entry]).get(entry.uid),
    )


@bp.route("/time/<uid>/withdraw", methods=["POST"])
@requires(Permission.HOURS_LOG)
def withdraw(uid: str) -> Any:
    form, found = open_form(PressForm), queries.own_entry(me(), uid).id
    return submit(
        form,
        lambda: actions.withdraw(found, by=me(), now=now()),
        done=_to_index,
        again=lambda: _mend_page(queries.own_entry(me(), uid), form),
        said=_("Taken back."),
    )


@bp.route("/time/waiting", methods=["GET", "POST"], endpoint="waiting")
@requires(Permission.HOURS_DECIDE)
def decide_many() -> Any:
    form = open_form(forms.ApproveForm)
    if request.method == "GET":
        return _waiting_page(form)
    return submit(
        form,
        lambda: _approve(form.seen(), form),
        done=lambda _: url_for(".waiting"),
        again=lambda: _waiting_page(form),
        said=_("Approved. It is owed now."),
    )


def _approve(seen: dict[str, int], form: Any) -> None:
    said = form.no_interest.data
    actions.approve_seen(seen, _places(), by=me(), now=now(), no_interest=said)


def _places() -> frozenset[int]:
    return my_places(Permission.HOURS_DECIDE)


def _waiting_page(form: forms.ApproveForm) -> str:
    page = paged(waiting.waiting_for(me(), _places(), now()), size=BATCH)
    entries = [entry for entry, _alias in page.rows]
    decided = waiting.lately(_places(), now())
    return render_template(
        "hours/waiting.html",
        form=form,
        entries=page,
        beside=waiting.beside(entries),
        decided=decided,
        pays=queries.pays(entry for entry, _alias in decided),
        today=_today(),
        ticked=form.ticked(entries, request.args.get("all") == "1"),
    )


@bp.route("/time/waiting/<uid>", methods=["GET", "POST"])
@requires(Permission.HOURS_DECIDE)
def decide(uid: str) -> Any:
    form = forms.decide_form(open_form, request.form.get("do"))
    _look_at(uid)
    if request.method == "GET":
        return _decide_page(uid, form)
    return submit(
        form,
        lambda: _decided(uid, form),
        done=lambda _: url_for(".waiting"),
        again=lambda: _decide_page(uid, form),
        said=form.said,
    )


def _decided(uid: str, form: Any) -> None:
    if isinstance(form, forms.ReturnForm):
        entry, _alias = waiting.one(_places(), uid, now())
        check = ReturnCheck(form.check.data)
        actions.give_back(entry.id, check, by=me(), now=now(), version=form.seen)
        return
    _approve({uid: form.seen}, form)


def _look_at(uid: str) -> None:
    """Nobody opens an entry before it stands in the consultant's list of looks."""
    subject, place = waiting.whose(_places(), uid, now())
    audit.look(
        "hours.open",
        subject=subject,
        thing=f"hours_entry:{uid}",
        by=me(),
        now=now(),
        role=Role.COORDINATOR,
        organization_id=place,
    )


def _decide_page(uid: str, form: BaseForm) -> str:
    entry, alias = waiting.one(_places(), uid, now())
    is_return = isinstance(form, forms.ReturnForm)
    return render_template(
        "hours/decide.html",
        entry=entry,
        alias=alias,
        form=form,
        back=form if is_return else forms.ReturnForm(None),
        approve=forms.ApproveOneForm(None) if is_return else form,
        beside=waiting.beside([entry])[entry.id],
        pay=queries.pays([entry]).get(uid),
        # Who closed their account is out of sight, whatever still waits to be paid.
        note=entry.note(entry.person.subject) if entry.person.is_active else None,
    )
