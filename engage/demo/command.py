import click
from flask import current_app
from flask.cli import with_appcontext

from engage.core import clock
from engage.demo import build
from engage.demo.sizes import SIZES


@click.command("demo-data")
@click.option("--size", type=click.Choice(list(SIZES)), default="small")
@click.option("--seed", type=int, default=1, show_default=True)
@with_appcontext
def command(size: str, seed: int) -> None:
    """Fill an empty demo database with invented people and a year of their work."""
    if not current_app.config["DEMO"]:
        raise click.ClickException("This is for demo mode only: set ENGAGE_MODE=demo.")
    try:
        year = build.fill(size, seed, clock.now())
    except build.NotEmpty:
        raise click.ClickException(
            "There are people in this database: sample data goes into an empty one."
        ) from None
    people, work = len(year.cast.consultants), len(year.engagements)
    click.echo(f"{people} invented consultants, {work} agreed pieces of work.")
