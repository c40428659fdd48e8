import base64
from pathlib import Path

import click
from flask.cli import with_appcontext

from engage.core import clock, vault
from engage.core.errors import Refused
from engage.records import copies, restoring, turning


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
@with_appcontext
def restore(
    data: Path, private_key: click.File, keys: Path | None, replace: bool
) -> None:
    """Put a copy back; erase again what was erased since; stop payments for a check."""
    try:
        private = base64.b64decode(private_key.read().strip(), validate=True)  # type: ignore[attr-defined]
        done = restoring.restore(
            data, private=private, keys=keys, replace=replace, now=clock.now()
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
