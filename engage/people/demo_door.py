"""One-press sign-in for invented people; the route exists on demo data only."""

from ipaddress import ip_address
from typing import Any, NamedTuple

from flask import Flask, current_app, redirect, request
from flask_babel import gettext, ngettext

from engage.core import calendar, clock
from engage.core.db import Unreachable
from engage.core.errors import NotFound
from engage.core.formats import hours
from engage.core.web import public
from engage.people import actions, demo_people, door
from engage.people.demo_people import DemoPerson
from engage.settings import Settings, SettingsError
from engage.workload import queries as workload

ENDPOINT = "people.demo_door"
ROLES = ("consultant", "coordinator", "finance", "administrator")


def open_where_allowed(app: Flask, settings: Settings) -> None:
    """Add the route where security section 3.1 allows it; refuse a wrong database."""
    with app.app_context():
        try:
            marked, empty = demo_people.marker()
        except Unreachable as error:
            raise SettingsError(
                "The database does not answer: start it, or mend DATABASE_URL."
            ) from error
    if marked and not settings.is_demo:
        raise SettingsError(
            "This database holds demo data. Use another database, or set"
            " ENGAGE_MODE=demo to look at it."
        )
    if settings.is_demo and not marked and not empty:
        raise SettingsError(
            "This database holds data that is not demo data. Demo mode only opens a"
            " database that it filled itself: use another one, or leave demo mode."
        )
    if marked and _is_harmless(settings):
        app.add_url_rule("/in/demo", ENDPOINT, press, methods=["POST"])


def _is_harmless(settings: Settings) -> bool:
    return (
        settings.is_demo
        and all(_is_loopback(host) for host in settings.trusted_hosts)
        and (settings.payments_mode == "demo" or settings.is_stand_in)
        and not settings.mail_server
    )


def _is_loopback(host: str) -> bool:
    name = host.strip("[]")
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


@public
def press() -> Any:
    """Sign in as the chosen demo person, out of whoever was signed in before."""
    person = demo_people.active_person(request.form.get("person", ""))
    if person is None:
        raise NotFound
    door.let_out()
    door.let_in(actions.start_sign_in(person, now=clock.now()))
    return redirect(door.where_to(request.args.get("next")), 303)


class Choice(NamedTuple):
    """One press on the sign-in page: whom it signs in, and a line on who that is."""

    uid: str
    name: str
    line: str


def people() -> list[tuple[str, list[Choice]]]:
    """(role, its people) of those the door lets in; nobody where there is no door."""
    if ENDPOINT not in current_app.view_functions:
        return []
    everyone = demo_people.everyone()
    standings = workload.standings(
        [one.person_id for one in everyone if one.role == "consultant"], clock.now()
    )
    found: dict[str, list[Choice]] = {role: [] for role in ROLES}
    for one in everyone:
        if one.role in found and len(found[one.role]) < demo_people.MOST:
            line = _line_on(one, standings.get(one.person_id))
            found[one.role].append(Choice(one.uid, one.name, line))
    return [(role, choices) for role, choices in found.items() if choices]


def _line_on(one: DemoPerson, standing: Any) -> str:
    if standing is not None:
        return _workload_line(one, standing)
    words = {
        "coordinator": gettext("Coordinator"),
        "finance": gettext("Finance"),
        "administrator": gettext("Administrator of this site"),
    }
    if {role for role, _ in one.places} == {one.role}:
        return ", ".join(place or words[role] for role, place in one.places)
    return "; ".join(
        f"{words[role]}, {place}" if place else words[role]
        for role, place in one.places
    )


def _workload_line(one: DemoPerson, standing: Any) -> str:
    """Limits and load, so that a visitor finds somebody whose page shows something."""
    today = calendar.local_day(clock.now(), standing.zone)
    limit = standing.limits.week_minutes
    parts = [
        gettext("no limit a week")
        if limit is None
        else gettext("limit %(limit)s a week", limit=hours(limit)),
        ngettext("%(num)s plan", "%(num)s plans", standing.engagements_now),
    ]
    pause = standing.pause
    if pause and pause.starts_on <= today <= (pause.ends_on or today):
        parts.append(gettext("paused"))
    if one.language == "es":
        parts.append(gettext("reads in Spanish"))
    return ", ".join(parts)
