from zoneinfo import available_timezones

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext

from engage import launch, worker
from engage.audit import queries as audit
from engage.core import clock
from engage.core.errors import Refused
from engage.demo import command as demo_data
from engage.payouts import books
from engage.people import door, staff


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(launch.command)
    app.cli.add_command(demo_data.command)
    app.cli.add_command(work)
    app.cli.add_command(check_ledger)
    app.cli.add_command(check_audit)
    app.cli.add_command(create_admin)


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
@with_appcontext
def check_audit() -> None:
    """Verify every chain of the audit log; exit code 1 when one is broken."""
    broken = [
        f"The chain of {subject} does not hold from entry {number} on."
        for subject, number in audit.broken_chains()
    ]
    _say(broken, "Every chain of the audit log holds.")


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
