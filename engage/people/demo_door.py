"""One-press sign-in for invented people; the route exists on demo data only."""

from ipaddress import ip_address
from typing import Any

from flask import Flask, current_app, redirect, request
from flask_babel import gettext

from engage.core import clock
from engage.core.db import Unreachable
from engage.core.errors import NotFound
from engage.core.web import public
from engage.people import actions, demo_people, door
from engage.people.demo_people import DemoPerson
from engage.settings import Settings, SettingsError

ENDPOINT = "people.demo_door"


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
        and settings.payments_mode == "demo"
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


def people() -> list[tuple[str, list[DemoPerson]]]:
    """(role, its people) of those the door lets in; nobody where there is no door."""
    if ENDPOINT not in current_app.view_functions:
        return []
    everyone = demo_people.everyone()
    roles = ("consultant", "coordinator", "finance", "administrator")
    return [
        (role, [each for each in everyone if each.role == role])
        for role in roles
        if any(each.role == role for each in everyone)
    ]


def line_on(one: DemoPerson) -> str:
    """A line on who it is: each role with its organization."""
    if one.role == "consultant":
        spanish = one.language == "es"
        return gettext("Reads in Spanish") if spanish else gettext("Reads in English")
    words = {
        "coordinator": gettext("Coordinator"),
        "finance": gettext("Finance"),
        "administrator": gettext("Administrator of this site"),
    }
    named = [(words[role], place) for role, place in one.places]
    return "; ".join(f"{role}, {place}" if place else role for role, place in named)
