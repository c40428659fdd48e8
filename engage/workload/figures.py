"""The dated figures of benefits that come with the program, kept as rows."""

import tomllib
from importlib.resources import files

from engage.core.db import insert_missing, new_uid, transaction
from engage.workload.models_pay import BenefitFigure


def keep() -> None:
    """Put the figures of the data file in; a row of the same kind and day stays as it
    is, so that this may run at any time and an installation may mend its own."""
    text = files("engage.workload").joinpath("figures.toml").read_text("utf-8")
    with transaction():
        for figure in tomllib.loads(text)["figure"]:
            row = {"cents": None, "count": None, **figure}
            insert_missing(BenefitFigure, uid=new_uid(), **row)
