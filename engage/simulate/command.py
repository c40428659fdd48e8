import json
from pathlib import Path

import click

from engage.simulate import picture, report, running
from engage.simulate.assumptions import Assumptions

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("simulate")
@click.option("--seeds", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "sheet", type=FILE, help="Write every figure to this file.")
@click.option("--picture", "drawn", type=FILE, help="Draw the table as an SVG.")
def command(seeds: int, sheet: Path | None, drawn: Path | None) -> None:
    """Live one made-up year without and with the rules; reads and writes no data."""
    given = Assumptions()
    found = running.pairs(range(1, seeds + 1), given)
    lines = running.lines(found)
    for line in (*report.table(lines, seeds), "", *report.assumptions(given)):
        click.echo(line)
    if sheet:
        sheet.write_text(json.dumps(report.as_json(found, lines), indent=1) + "\n")
    if drawn:
        drawn.write_text(picture.draw(lines, seeds))
