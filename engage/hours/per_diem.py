"""The dated daily rates that come with the program, kept as rows."""

import tomllib
from importlib.resources import files

from engage.core.db import insert_missing, new_uid, transaction
from engage.hours.expense_models import PerDiemRate


def keep() -> None:
    """Put the rates of the data file in; a row of the same day stays as it is, so that
    this may run at any time and an installation may mend its own."""
    text = files("engage.hours").joinpath("per_diem.toml").read_text("utf-8")
    with transaction():
        for rate in tomllib.loads(text)["rate"]:
            insert_missing(PerDiemRate, uid=new_uid(), **rate)
