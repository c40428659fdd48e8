import base64
from pathlib import Path
from typing import BinaryIO, TextIO
from zoneinfo import available_timezones

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext

from engage import launch, worker
from engage.audit import marks
from engage.audit import queries as audit
from engage.core import clock, vault
from engage.core.errors import Refused
from engage.demo import command as demo_data
from engage.deploy import start
from engage.panels import board_queries as boards
from engage.panels import bringing, voices
from engage.panels import sheet as panel_sheet
from engage.payouts import books
from engage.people import door, staff
from engage.records import copies, restoring, turning
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


@click.command("backup")
@with_appcontext
def backup() -> None:
    """Make a closed copy of the data and one of the keys; delete old copies."""
    try:
        made = copies.make(clock.now())
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    for path in made:
        click.echo(f"Made {path}.")


@click.command("backup-key")
def backup_key() -> None:
    """Make the two halves of a key for copies; run it away from the server."""
    private, public = vault.new_pair()
    click.echo("The private half. Keep it offline, in two places:")
    click.echo(private)
    click.echo("The public half, for BACKUP_PUBLIC_KEY:")
    click.echo(public)


@click.command("restore")
@click.argument("data", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--private-key", type=click.File("r"), required=True, help="The offline key's file."
)
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The copy of the key store, where that is lost too.",
)
@click.option("--replace", is_flag=True, help="In place of the data that is here.")
@click.option(
    "--without-list", is_flag=True, help="What was erased since the copy comes back."
)
@with_appcontext
def restore(data: Path, private_key: TextIO, keys: Path | None, **chosen: bool) -> None:
    """Put a copy back; erase again what was erased since; stop payments for a check."""
    try:
        private = base64.b64decode(private_key.read().strip(), validate=True)
        done = restoring.restore(
            data, private=private, keys=keys, now=clock.now(), **chosen
        )
    except (Refused, vault.CannotOpen, ValueError) as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"Put back the copy of {done.made_at}: {done.rows} rows.")
    click.echo(f"Did again what was closed or erased since: {done.followed} times.")
    click.echo("Payments are stopped until each payer's finance lets them go on.")
    for problem in done.problems:
        click.echo(problem, err=True)
    if done.problems:
        raise SystemExit(1)


@click.command("turn-keys")
@with_appcontext
def turn_keys() -> None:
    """Do now what the worker does daily after a change of keys; say what was done."""
    turned = turning.turn_keys(clock.now())
    click.echo(
        f"{turned.subjects} keys wrapped anew, {turned.rows} texts closed anew, "
        f"{turned.hashes} hashes made anew, {turned.dropped} old keys gone."
    )


def _say(problems: list[str], all_well: str) -> None:
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)
    click.echo(all_well)
