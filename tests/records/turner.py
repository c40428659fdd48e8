"""A change of keys that dies: `python -m tests.records.turner FOLDER ADDRESS STEP...`

Forks one child for each STEP, one after another; each changes what is left to change
and dies of SIGKILL the first time it comes to its step. After each death another child
opens every sealed text there is. Two more finish the work, then one opens everything
without the old keys.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask

from engage.app import create_app
from engage.core import clock
from engage.core.key_store import KeyStore
from engage.people import queries as people
from engage.records import seals, turning
from engage.settings import Settings
from tests.faults.kill_points import die, kill_after, kill_before

OLD, NEW, OLD_LOOKUP, NEW_LOOKUP = (sha256(bytes([each])).digest() for each in b"1234")
TEXTS = 11
NAME = "quiet green lantern"
LATER = timedelta(days=40)


def app_with(folder: Path, address: str, keys: str) -> Flask:
    """The program with the "old" keys, the "new" ones, or "both"."""
    is_old = keys == "old"
    return create_app(
        Settings(
            mode="production",
            database_url=address,
            secret_key=sha256(b"secret").hexdigest(),
            master_key=OLD if is_old else NEW,
            lookup_key=OLD_LOOKUP if is_old else NEW_LOOKUP,
            old_master_key=OLD if keys == "both" else None,
            old_lookup_key=OLD_LOOKUP if keys == "both" else None,
            key_store=folder / "turning.sqlite",
            trusted_hosts=("localhost",),
            payments_mode="manual",
        )
    )


def kill_inside(owner: Any, name: str) -> None:
    """Die inside the transaction of the key store, after what `name` has written."""
    works: Callable[..., Any] = getattr(owner, name)

    def then_dies(*args: Any, **kw: Any) -> NoReturn:
        works(*args, **kw)
        die()

    setattr(owner, name, then_dies)


STEPS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "before a key is renewed": lambda: kill_before(KeyStore, "renew"),
    "inside the renewal of a key": lambda: kill_inside(KeyStore, "_insert"),
    "after a key is renewed": lambda: kill_after(KeyStore, "renew"),
    "before a text is closed anew": lambda: kill_before(turning, "_put"),
    "after a text is closed anew": lambda: kill_after(turning, "_put"),
    "between two columns": lambda: kill_after(turning, "reseal"),
    "after a name is hashed anew": lambda: kill_after(turning, "_hash_person"),
    "before a key is dropped": lambda: kill_before(KeyStore, "drop"),
    "after a key is dropped": lambda: kill_after(KeyStore, "drop"),
}


def turn(app: Flask, step: str, ahead: timedelta) -> None:
    STEPS[step]()
    with app.app_context():
        turning.turn_keys(clock.now() + ahead)


def read_all(app: Flask) -> None:
    """Every text opens, and the sign-in name is found; else an error ends the child."""
    with app.app_context():
        texts = [
            seals.text_of(seal, key)
            for seal in seals.SEALS
            for (key, *_) in seals.rows(seal, -1, 999)
        ]
        opened = [text for text in texts if text]
        if len(opened) != TEXTS or len(texts) != TEXTS:
            raise SystemExit(f"{len(opened)} of {len(texts)} texts open")
        if people.person_named(NAME) is None:
            raise SystemExit("nobody has the sign-in name")


def in_a_child(work: Callable[[], None]) -> int:
    """The status of a child that did it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except SystemExit as unreadable:
            sys.stderr.write(f"{unreadable}\n")
            os._exit(3)
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(4)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def main(folder: str, address: str, *steps: str) -> None:
    both, new = (app_with(Path(folder), address, keys) for keys in ("both", "new"))
    killed, unread = 0, 0
    for number, step in enumerate((*steps, "none", "none")):
        ahead = LATER if "dropped" in step or number >= len(steps) else timedelta()
        status = in_a_child(partial(turn, both, step, ahead))
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise SystemExit(f"a child failed at: {step}")
        unread += in_a_child(partial(read_all, both)) != 0
    unread += in_a_child(partial(read_all, new)) != 0
    sys.stdout.write(f"{killed} {unread}")


if __name__ == "__main__":
    main(*sys.argv[1:])
