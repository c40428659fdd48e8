"""Lets the real programs live some days ahead, by a file in the demo folder.

It is a configuration of gunicorn, and `python -m tests.later worker --once` runs a
command of `flask` under the same clock.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import time_machine

NAME = "seconds-ahead"
_lock, _running = Lock(), {"ahead": 0.0, "travel": None}


def file() -> Path:
    return Path(os.environ["DEMO_FOLDER"]) / NAME


def catch_up() -> None:
    """Set this process's clock as far ahead as the file says."""
    with _lock:
        ahead = float(file().read_text()) if file().exists() else 0.0
        if ahead == _running["ahead"]:
            return
        travel: Any = _running["travel"]
        if travel is not None:
            travel.stop()
        then = datetime.now(UTC) + timedelta(seconds=ahead)
        travel = time_machine.travel(then, tick=True)
        travel.start()
        _running.update(ahead=ahead, travel=travel)


def pre_request(_worker: Any, _request: Any) -> None:
    """Gunicorn's hook before each request."""
    catch_up()


if __name__ == "__main__":
    from flask.cli import main

    catch_up()
    sys.argv[:1] = ["flask", "--app", "wsgi"]
    main()
