import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext

from engage import launch, worker
from engage.audit import queries as audit
from engage.core import clock
from engage.demo import command as demo_data
from engage.payouts import books


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(launch.command)
    app.cli.add_command(demo_data.command)
    app.cli.add_command(work)
    app.cli.add_command(check_ledger)
    app.cli.add_command(check_audit)


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


def _say(problems: list[str], all_well: str) -> None:
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)
    click.echo(all_well)
