"""`flask check-deploy`, and the same look at every start in production."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from engage.core import web
from engage.deploy import app_checks, database_checks
from engage.settings import SettingsError


def check(app: Flask) -> None:
    """What every start looks at; in production, all that keeps it from being safe."""
    web.check_every_route(app)
    if not app.config["DEMO"]:
        refuse_unsafe(app)


def refuse_unsafe(app: Flask) -> None:
    """Refuse to start in production with what would put people at risk.

    What only the database tells is logged and does not keep the site from starting:
    a setting of its log must not lock everybody out at night.
    """
    found = sum(app_checks.problems(app).values(), [])
    if found:
        raise SettingsError("\n".join(found))


def warnings(app: Flask) -> list[str]:
    """What the database tells; nothing while it is away, which shows by itself."""
    try:
        with app.app_context():
            return sum(database_checks.problems(app).values(), [])
    except SQLAlchemyError:
        return []


def remarks(app: Flask) -> list[str]:
    """What an operator may leave so, and should know of."""
    if app.config["SETTINGS"].mark_keepers:
        return []
    return [
        "MARK_KEEPERS is empty: nobody away from this machine keeps the marks of the"
        " log, so whoever takes the machine over could shorten the log unseen. Name two"
        " people, or keep what `flask --app wsgi audit-heads` prints each day."
    ]


@click.command("check-deploy")
@with_appcontext
def command() -> None:
    """Look at everything that Flask leaves to us; exit code 1 when something fails."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.config["DEMO"]:
        raise click.ClickException("Demo mode is for one machine: nothing is deployed.")
    found = {**app_checks.problems(app), **database_checks.problems(app)}
    for name, problems in found.items():
        click.echo(f"{'to do' if problems else 'ok':6} {name}")
        for problem in problems:
            click.echo(f"       {problem}")
    for remark in remarks(app):
        click.echo(f"note   {remark}")
    if any(found.values()):
        raise SystemExit(1)
