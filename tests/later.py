"""Lets the real programs live some days ahead, by a file in the demo folder.

It is a configuration of gunicorn, and `command` runs one of `flask` under the same
clock, in a process that ends with it.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
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


def command(env: dict[str, str], words: tuple[str, ...], folder: Path) -> str:
    """What it printed. The process is forked from one that has read the program."""
    forked = get_context("forkserver")
    forked.set_forkserver_preload(["engage.app", "engage.cli", "tests.later"])
    paths = folder / "printed", folder / "complaints"
    process = forked.Process(target=_run, args=(env, words, paths))
    process.start()
    process.join()
    printed, complaints = (path.read_text() for path in paths)
    assert process.exitcode == 0, printed + complaints
    assert "Traceback" not in complaints, complaints
    return printed


def _run(env: dict[str, str], words: tuple[str, ...], paths: tuple[Path, Path]) -> None:
    from flask.cli import main

    for number, path in enumerate(paths, 1):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(env)
    catch_up()
    sys.argv = ["flask", "--app", "wsgi", *words]
    main()
