from typing import BinaryIO
from zoneinfo import available_timezones

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext

from engage import launch, worker
from engage.audit import marks
from engage.audit import queries as audit
from engage.core import clock
from engage.core.errors import Refused
from engage.demo import command as demo_data
from engage.deploy import start
from engage.panels import board_queries as boards
from engage.panels import bringing, voices
from engage.panels import sheet as panel_sheet
from engage.payouts import books
from engage.people import door, staff
from engage.records.commands import backup, backup_key, restore, turn_keys
from engage.simulate import command as simulation


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(launch.command)
    app.cli.add_command(demo_data.command)
    app.cli.add_command(simulation.command)
    app.cli.add_command(work)
    app.cli.add_command(check_ledger)
    app.cli.add_command(check_audit)
    app.cli.add_command(audit_heads)
    app.cli.add_command(check_panels)
    app.cli.add_command(import_panel)
    app.cli.add_command(create_admin)
    for command in (backup, backup_key, restore, turn_keys):
        app.cli.add_command(command)
    app.cli.add_command(start.command)


@click.command("worker")
@click.option("--once", is_flag=True, help="Run what is due, then stop.")
@click.pass_obj
def work(info: ScriptInfo, once: bool) -> None:
    """Send what is released, deliver, settle and remind; one process is enough."""
    worker.main(info.load_app(), once=once)


@click.command("check-ledger")
@with_appcontext
def check_ledger() -> None:
    """Compare the ledger with payouts and what is owed; exit 1 when they differ."""
    _say(books.problems(clock.now()), "The ledger and the payouts agree.")


@click.command("check-audit")
@click.option(
    "--mark",
    "given",
    multiple=True,
    help="A line that audit-heads gave and that was kept elsewhere.",
)
@with_appcontext
def check_audit(given: tuple[str, ...]) -> None:
    """Verify every chain of the audit log; exit code 1 when one is broken."""
    broken = [
        f"The chain of {subject} does not hold from entry {number} on."
        for subject, number in audit.broken_chains()
    ]
    unfit = marks.problems(given, now=clock.now())
    _say(broken + unfit, "Every chain of the audit log holds.")


@click.command("audit-heads")
@with_appcontext
def audit_heads() -> None:
    """Print one line for all chains as they are now; keep it away from this machine."""
    click.echo(marks.line(marks.make(clock.now())))


@click.command("check-panels")
@with_appcontext
def check_panels() -> None:
    """Compare every panel's flag with its seats; exit code 1 when they differ."""
    _say(voices.problems(), "Every flag is what its panel's seats ask for.")


@click.command("import-panel")
@click.argument("file", type=click.File("rb"))
@click.option("--organization", required=True, help="Its name, or its id.")
@click.option("--name", required=True, help="Of the board; it is made if missing.")
@click.option("--minimum", default=2, help="How many survivor voices it asks for.")
@click.option("--check", is_flag=True, help="Say what is wrong; store nothing.")
@with_appcontext
def import_panel(
    file: BinaryIO, organization: str, name: str, minimum: int, check: bool
) -> None:
    """Bring in a board that exists: a CSV file of its seats, all or nothing."""
    place = boards.home(organization)
    if place is None:
        raise click.ClickException("There is no open organization of that name.")
    sheet = panel_sheet.read_bytes(file.read(panel_sheet.MOST_BYTES + 1))
    panel_sheet.check_open(sheet, clock.today(place.zone))
    if sheet.problems:
        _say(panel_sheet.in_words(sheet.problems), "")
    if check:
        click.echo(f"{len(sheet.rows)} seats could be brought in. Nothing was stored.")
        return
    try:
        brought = bringing.bring_in(
            place, sheet, name=name, minimum_voices=minimum, now=clock.now()
        )
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"Brought in {brought.added} seats. {brought.known} were there already.")


def _zone(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    if typed not in available_timezones():
        raise click.BadParameter("write a time zone such as America/New_York")
    return typed


@click.command("create-admin")
@click.option("--name", prompt="Sign-in name", help="Only you use it.")
@click.option("--staff-name", prompt="Name that others see")
@click.option("--zone", prompt="Time zone", default=door.ZONE, callback=_zone)
@with_appcontext
def create_admin(name: str, staff_name: str, zone: str) -> None:
    """Make the first administrator, who then makes printed codes for the others."""
    if current_app.config["DEMO"]:
        raise click.ClickException("Demo data has an administrator of its own.")
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        staff.create_administrator(
            name=name,
            staff_name=staff_name,
            password=password,
            zone=zone,
            now=clock.now(),
        )
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo("The administrator can sign in now.")


def _say(problems: list[str], all_well: str) -> None:
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)
    click.echo(all_well)
