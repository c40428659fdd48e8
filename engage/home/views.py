from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from engage.core import clock, jobs, mailer
from engage.core.access import Permission, may
from engage.core.forms import PressForm
from engage.core.web import (
    me,
    my_places,
    now,
    open_form,
    requires,
    settings,
    submit,
)
from engage.home import desk, queries
from engage.notices import actions as notices
from engage.notices import queries as inbox
from engage.notices.models import Notice
from engage.notices.rules import SENTENCES

bp = Blueprint("home", __name__)

# Where a notice leads: to the page of its uid, or else to a list.
LEADS_TO = {
    "offer": ("offers.show", "offers.index"),
    "reminder": ("offers.show", "offers.index"),
    "terms_reminder": ("changes.show", "offers.index"),
    "new_terms": ("changes.show", "offers.index"),
    "more_time": ("changes.show", "offers.index"),
    "settled": ("", "engagements.index"),
    "agreed": ("", "engagements.agreed"),
    "left": ("", "panels.index"),
    "alone": ("", "engagements.index"),
    "flag": ("panels.show", "panels.index"),
    "hours_waiting": ("", "hours.waiting"),
    "hours_more": ("changes.terms", "engagements.agreed"),
    "hours_returned": ("hours.mend", "hours.index"),
    "hours_approved": ("", "hours.index"),
    "costs_waiting": ("", "cost_desk.waiting"),
    "costs_returned": ("costs.mend", "costs.index"),
    "costs_approved": ("", "costs.index"),
    "money_back": ("asking.answer", "ledger.statement"),
    "payment_back": ("", "ledger.statement"),
    "by_hand": ("", "asking.by_hand"),
    "payee_details": ("", "payouts.index"),
    "payment_setup": ("payment_setup.show", "ledger.statement"),
    "bank_back": ("payment_setup.show", "ledger.statement"),
    "paid": ("", "ledger.statement"),
    "tax_form": ("", "ledger.statement"),
    "cancelled": ("engagements.show", "engagements.index"),
    "batch": ("", "payouts.index"),
    "message": ("talk.own", "engagements.index"),
    "message_in": ("talk.shared", "engagements.agreed"),
    "permission": ("shown.show", "shown.index"),
    "permission_given": ("permissions.show", "permissions.index"),
    "permission_noted": ("shown.show", "shown.index"),
    "permission_over": ("shown.show", "shown.index"),
    "version": ("shown.show", "shown.index"),
    "approved": ("permissions.show", "permissions.index"),
    "take_down": ("permissions.show", "permissions.index"),
    "take_down_waits": ("permissions.show", "permissions.index"),
    "concern": ("voice.read", "voice.waiting"),
    "concern_moved": ("voice.show", "voice.index"),
    "asked_about": ("", "legal.own"),
    "opened": ("", "looks.index"),
    "opening": ("", "openings.index"),
    "handed": ("", "hand_over.index"),
    "handed_on": ("", "hand_over.index"),
    "unled": ("", "hand_over.index"),
    "payout_problem": ("", "payouts.index"),
    "factors": ("", "factors.index"),
    "new_place": ("ledger.rail", "ledger.statement"),
    "recovery": ("", "factors.index"),
    "recovered": ("", "factors.index"),
    "reopened": ("", "factors.index"),
}


@bp.route("/")
@requires(Permission.ACCOUNT_OWN)
def index() -> Any:
    """Each role's first page; who has several roles reads them one below another."""
    return page()


def page(form: Any = None) -> str:
    person = me()
    values = own_week() if person.is_consultant else staff_desk()
    news = inbox.inbox(person.id, now())
    return render_template(
        "home/consultant.html" if person.is_consultant else "home/staff.html",
        form=form,
        notices=news[: inbox.SHOWN],
        has_more_notices=len(news) > inbox.SHOWN,
        sentences=SENTENCES,
        leads_to=leads_to,
        **values,
    )


def leads_to(notice: Notice) -> str:
    """The page that a notice is about."""
    one, several = LEADS_TO[notice.kind]
    if one and "uid" in notice.values:
        return url_for(one, uid=notice.values["uid"])
    return url_for(several)


def own_week() -> dict[str, Any]:
    shows = request.args.get("show") == "1"
    return {
        "week": queries.week(me(), now()),
        "waiting": queries.waiting(me().id, now()),
        "shows": shows,
        "pay": queries.pay(me().id) if shows else None,
    }


def staff_desk() -> dict[str, Any]:
    """Only the sections of roles that are held."""
    person, roles = me(), me().roles
    posts, pays = Permission.OPPORTUNITIES_RUN, Permission.PAYOUTS_RUN
    values: dict[str, Any] = {"today": clock.today(person.zone)}
    if may(roles, posts):
        values["work"] = desk.coordination(person.id, my_places(posts), now())
    if may(roles, pays):
        values["paying"] = desk.paying(person.id, my_places(pays), values["today"])
    if may(roles, Permission.INSTALLATION_RUN):
        values |= {"house": desk.house(), "jobs": jobs.last_runs()}
        values |= {"mails": mailer.is_there(), "uncoordinated": desk.uncoordinated()}
        values["payments_mode"] = settings().payments_mode
    return values


@bp.route("/news/<uid>/away", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def put_away(uid: str) -> Any:
    form = open_form(PressForm)
    return submit(
        form,
        lambda: notices.put_away(me().id, uid),
        done=lambda _: url_for(".index"),
        again=lambda: page(form),
        said=_("Put away."),
    )


@bp.route("/news/away", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def put_all_away() -> Any:
    form = open_form(PressForm)
    return submit(
        form,
        lambda: notices.put_all_away(me().id, now=now()),
        done=lambda _: url_for(".index"),
        again=lambda: page(form),
        said=_("All put away."),
    )
