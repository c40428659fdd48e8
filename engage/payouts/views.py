from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engage.core import calendar
from engage.core.access import Permission
from engage.core.errors import NotFound, Refused
from engage.core.forms import BaseForm, PressForm, say
from engage.core.web import (
    me,
    my_places,
    now,
    open_form,
    paged,
    requires,
    settings,
    submit,
)
from engage.organizations.models import Organization
from engage.payouts import (
    actions,
    forms,
    queries,
    reading,
    rules,
    runs,
    switches,
    weighing,
    year_queries,
)
from engage.payouts.forms import PrepareForm, ReleaseForm
from engage.payouts.models import PayoutBatch
from engage.payouts.rules import BatchStatus, Caps, RailName
from engage.payouts.words import batch_state_words

bp = Blueprint("payouts", __name__)
bp.context_processor(lambda: forms.WORDS)


def _places() -> frozenset[int]:
    return my_places(Permission.PAYOUTS_RUN)


def _caps() -> Caps:
    limits = settings()
    return Caps(
        payout_cents=limits.payment_most_cents,
        payee_month_cents=limits.payee_month_most_cents,
        day_cents=limits.day_most_cents,
    )


@bp.route("/runs")
@requires(Permission.PAYOUTS_RUN)
def index() -> Any:
    payers, batches = reading.payers(_places()), paged(runs.batches(_places()), size=10)
    sums = runs.sums([batch.id for batch, _maker in batches.rows])
    return render_template(
        "payouts/index.html",
        totals=reading.totals(payers, now()),
        batches=batches,
        sums=sums,
        words={key: _words(one) for key, one in sums.items()},
        switches=[(each, queries.stopped_rails([each.id])) for each in payers],
        ways=_ways(),
        me_id=me().id,
    )


def _words(sums: runs.Sums) -> str:
    sentence, values = batch_state_words(
        sums.counts, by_hand=sums.by_hand, to_confirm=sums.to_confirm
    )
    return _(sentence, **values)


def _ways() -> list[RailName]:
    """Ways to pay that are open here, and that a person may stop."""
    mode = settings().payments_mode
    more = {"demo": [RailName.DEMO], "manual": []}.get(mode, [RailName.STRIPE])
    return [*more, RailName.MANUAL]


@bp.route("/runs/owed")
@requires(Permission.PAYOUTS_RUN)
def owed() -> Any:
    payers = {payer.id: payer for payer in reading.payers(_places())}
    today = {key: calendar.local_day(now(), one.zone) for key, one in payers.items()}
    return render_template(
        "payouts/owed.html",
        owed=paged(reading.owed(_places())),
        payers=payers,
        today=today,
        totals=reading.totals(payers.values(), now()),
    )


@bp.route("/runs/new", methods=["GET", "POST"])
@requires(Permission.PAYOUTS_RUN)
def prepare() -> Any:
    payers = reading.payers(_places())
    payer = _chosen(payers)
    form = open_form(PrepareForm)
    form.offer(request.form.getlist("payables"))
    page = partial(_prepare_page, payer.uid, form)
    if request.method == "GET":
        return page()
    return submit(
        form,
        lambda: actions.prepare(payer, form.payables.data or [], by=me(), now=now()),
        done=_to_run,
        again=page,
    )


def _chosen(payers: list[Organization]) -> Organization:
    """The payer that the address names, or the first one."""
    wanted = request.args.get("payer")
    for payer in payers:
        if wanted in {None, payer.uid}:
            return payer
    raise NotFound


def _prepare_page(payer_uid: str, form: PrepareForm) -> str:
    payers = reading.payers(_places())
    payer = next(each for each in payers if each.uid == payer_uid)
    today = calendar.local_day(now(), payer.zone)
    rows = reading.waiting(payer, actions.MOST_LINES + 1, today)
    ticked = {payable.uid for payable, _minutes in rows}
    if request.method == "POST":
        ticked = set(form.payables.data or [])
    return render_template(
        "payouts/prepare.html",
        form=form,
        payer=payer,
        payers=payers,
        rows=rows[: actions.MOST_LINES],
        has_more=len(rows) > actions.MOST_LINES,
        ticked=set() if "none" in request.args else ticked,
        today=today,
    )


def _to_run(batch: PayoutBatch) -> str:
    return url_for(".show", uid=batch.uid)


@bp.route("/runs/<uid>")
@requires(Permission.PAYOUTS_RUN)
def show(uid: str) -> Any:
    return _run_page(uid, ReleaseForm(None))


def _run_page(uid: str, form: BaseForm) -> str:
    run, check, why_not = runs.run(_places(), uid), None, None
    if run.batch.status is BatchStatus.DRAFT:
        check = weighing.dry_run(run.batch, run.payouts, _caps(), now())
        why_not = _why_not_me(run.batch)
    return render_template(
        "payouts/show.html",
        run=run,
        check=check,
        refused=check and check.refused and say(check.refused),
        why_not=why_not,
        form=form,
        words=_words(run.sums),
        stopped=queries.stopped_rails([run.batch.payer_id]),
        repeats=check.repeats if check else {},
        moved=check.moved if check else set(),
        forms_due=_forms_due(run.batch) if check else None,
    )


def _forms_due(batch: PayoutBatch) -> Any:
    """The year's figure for tax forms, and payees who reach it with this run."""
    return year_queries.crossing(batch, batch.payer, now(), is_live=settings().is_live)


def _why_not_me(batch: PayoutBatch) -> str | None:
    """Why somebody else has to release this run, in words, or None."""
    try:
        rules.check_release(
            batch.prepared_by_id, me().id, weighing.approver_ids(batch.id)
        )
    except Refused as refused:
        return say(refused)
    return None


@bp.route("/runs/<uid>/release", methods=["GET", "POST"])
@requires(Permission.PAYOUTS_RUN, fresh=True)
def release(uid: str) -> Any:
    batch_id = _id_of(uid)
    if request.method == "GET":
        return redirect(url_for(".show", uid=uid))
    form = open_form(ReleaseForm)
    action = partial(actions.release, batch_id, by=me(), now=now(), caps=_caps())
    return submit(
        form,
        lambda: action(no_interest=form.no_interest.data, repeated=form.why_repeated),
        done=_to_run,
        again=lambda: _run_page(uid, form),
    )


def _id_of(uid: str) -> int:
    return runs.run_id(_places(), uid)


@bp.route("/runs/<uid>/cancel", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def cancel(uid: str) -> Any:
    return _press_run(uid, actions.cancel)


@bp.route("/runs/<uid>/retry", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def retry(uid: str) -> Any:
    return _press_run(uid, actions.retry)


def _press_run(uid: str, action: Any) -> Any:
    batch_id, form = _id_of(uid), PressForm()
    return submit(
        form,
        lambda: action(batch_id, by=me(), now=now()),
        done=_to_run,
        again=lambda: _run_page(uid, form),
    )


@bp.route("/runs/ways/<name>", methods=["POST"])
@requires(Permission.PAYOUTS_RUN)
def turn(name: str) -> Any:
    if name not in _ways():
        raise NotFound
    on, payer = request.form.get("on") == "1", _chosen(reading.payers(_places()))
    turn_it = partial(switches.turn_rail, RailName(name), payer.id, on=on)
    return submit(
        PressForm(),
        lambda: turn_it(by=me(), now=now()),
        done=lambda _none: url_for(".index"),
        again=index,
    )
