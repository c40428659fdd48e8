"""Calendars: a consultant's private feed, and the sessions of panels as files."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, render_template, url_for
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l

from engage.core import calendar, limits
from engage.core.access import Permission
from engage.core.errors import NotFound
from engage.core.forms import PressForm
from engage.core.scope import unscoped
from engage.core.web import me, my_places, now, open_form, public, requires, submit
from engage.engagements import feed, feed_entries, feeds
from engage.engagements.feed_form import FeedForm
from engage.engagements.models import CalendarFeed
from engage.offers import queries as offers
from engage.panels import queries as panels

bp = Blueprint("days", __name__)
FETCHES, MISSES = "60 per hour", "30 per hour"


@bp.route("/account/calendar", methods=["GET", "POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def index() -> Any:
    """What the address would show, and turning it on; the secret is shown once."""
    found = feed_entries.feed_of(me().id)
    form = open_form(FeedForm, has_reply_days=bool(found and found.has_reply_days))
    if not form.is_submitted():
        return _page(form)
    if found is None:
        return _once(form, partial(feeds.turn_on, **form.values()))
    change = partial(feeds.change, by=me(), now=now(), **form.values())
    return _press(form, change, _l("Saved."))


def _page(form: Any) -> str:
    found = feed_entries.feed_of(me().id)
    own = form if isinstance(form, FeedForm) else FeedForm(None, obj=found)
    return render_template("engagements/calendar.html", form=form, own=own, feed=found)


@bp.route("/account/calendar/new", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def renew() -> Any:
    return _once(PressForm(), feeds.renew)


@bp.route("/account/calendar/off", methods=["POST"])
@requires(Permission.ENGAGEMENTS_OWN)
def off() -> Any:
    turn_off = partial(feeds.turn_off, by=me(), now=now())
    return _press(PressForm(), turn_off, _l("The calendar address is gone."))


def _press(form: Any, action: Any, said: Any) -> Any:
    return submit(
        form,
        action,
        done=lambda _: url_for(".index"),
        again=lambda: _page(form),
        said=said,
    )


def _once(form: Any, make: Any) -> Any:
    """The page with a fresh secret: on this one answer and nowhere else."""
    made: list[str] = []
    answer = submit(
        form,
        lambda: made.append(make(by=me(), now=now())),
        done=lambda _: url_for(".index"),
        again=lambda: _page(form),
    )
    if not made:
        return answer
    link = url_for(".fetch", token=made[0], _external=True)
    return render_template("engagements/calendar_link.html", link=link)


@bp.route("/days/<token>.ics")
@public
def fetch(token: str) -> Any:
    """For calendar programs, without a sign-in: whoever has the address has it.

    Who fetched it, and when, is kept nowhere but in a count that ends within the hour.
    """
    found = feed_entries.feed_at(token)
    # Calendar companies fetch for many from one address: each feed counts for itself.
    mine = (FETCHES, found.uid) if found else (MISSES, limits.address())
    if not limits.within(mine[0], "days", mine[1]):
        abort(429)
    if found is None:
        raise NotFound
    with unscoped("whoever has the address of a calendar may read what it holds"):
        return _file(feed.write(_entries(found), found.person.zone, now()))


def _entries(found: CalendarFeed) -> list[Any]:
    person = found.person
    with force_locale(person.language):
        busy, look = gettext("Busy"), gettext("Look in")
    entries: list[Any] = feed_entries.sessions_of(person.id, busy, now())
    if found.has_reply_days:
        entries += [
            feed.DayEntry(
                feed_entries.stable_uid("look", uid),
                look,
                calendar.local_day(reply_by, person.zone),
            )
            for uid, reply_by in offers.reply_days(person.id, now())
        ]
    return entries


def _file(content: bytes) -> Response:
    return Response(content, content_type="text/calendar; charset=utf-8")


@bp.route("/groups/sessions.ics")
@requires(Permission.PANELS_RUN)
def all_panels() -> Any:
    places = my_places(Permission.PANELS_RUN)
    return _download(feed_entries.panel_sessions(places, now()))


@bp.route("/groups/<uid>/sessions.ics")
@requires(Permission.PANELS_RUN)
def panel(uid: str) -> Any:
    places = my_places(Permission.PANELS_RUN)
    panels.page(places, uid)
    return _download(feed_entries.panel_sessions(places, now(), uid))


def _download(entries: list[feed.Entry]) -> Response:
    answer = _file(feed.write(entries, me().zone, now()))
    answer.headers["Content-Disposition"] = 'attachment; filename="sessions.ics"'
    return answer
