"""What the machine can do at best: Flask, one sign-in look-up, one list, no page.

Every time in the table is held against this one, measured in the same run.
"""

import os
import sqlite3
from pathlib import Path

from flask import Flask

app = Flask("limit")
FILE = Path(os.environ["DEMO_FOLDER"]) / "demo.sqlite"


@app.get("/in")
def ready() -> str:
    return "ready"


@app.get("/")
def first() -> str:
    """The statements of a first page through the bare driver, joined as text."""
    line = sqlite3.connect(FILE)
    try:
        person = line.execute("SELECT * FROM person LIMIT 1").fetchone()
        rows = line.execute(
            "SELECT day, minutes, status FROM hours_entry WHERE person_id = ?"
            " ORDER BY day DESC LIMIT 50",
            (person[0],),
        )
        return "<br>".join(str(row) for row in rows)
    finally:
        line.close()
