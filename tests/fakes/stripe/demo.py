"""`python -m tests.fakes.stripe.demo --port 5000`: the demo against the stand-in.

Everything is made afresh in a folder that is gone at the end, since the stand-in keeps
what it knows in memory alone. Ctrl-C ends both.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

import sqlalchemy as sa

from engage import launch
from engage.app import create_app
from engage.core import clock
from engage.core.db import db
from engage.ledger import actions as ledger
from engage.ledger.models import Payable, Payee
from engage.payouts import accounts
from engage.people.models import Person
from engage.settings import Settings
from tests.answering import answering
from tests.fakes.stripe import accounts as theirs
from tests.fakes.stripe import control
from tests.fakes.stripe.server import StandIn

ROOT = Path(__file__).parents[3]
FUNDS = 1_000_000_00
BANK_EVERY = 20.0  # seconds; Stripe does it once a day
MOST = 5  # payees who choose Stripe; the last one has still to set up
STOP_WITHIN = 20.0


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--port", type=int, default=5000)
    port = given.parse_args().port
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    launch.check_free(port)
    with standing_in() as server, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment(server, port, Path(folder)))
        _say(f"A stand-in for Stripe, not Stripe, is at {server.url}")
        _say("No money moves. What it knows is gone when this ends.")
        prepare(server)
        threading.Thread(target=_to_banks, args=(server,), daemon=True).start()
        _serve(port)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """The stand-in on a free port of this machine, with money in it."""
    with answering(StandIn()) as server:
        server.store.move(FUNDS, "topup", None)
        yield server


def environment(server: StandIn, port: int, folder: Path) -> dict[str, str]:
    """The settings of a demo that pays through the stand-in, which tells it all."""
    ways = ({}, {"connect": True}, {"thin": True})
    signing = [f"whsec_{secrets.token_hex(16)}" for _ in ways]
    for secret, way in zip(signing, ways, strict=True):
        control.endpoint(server, f"http://127.0.0.1:{port}/hooks", secret, **way)
    return {
        "ENGAGE_MODE": "demo",
        "DEMO_FOLDER": str(folder),
        "PAYMENTS_MODE": "test",
        "STRIPE_SECRET_KEY": "sk_test_standin",
        "STRIPE_API_BASE": server.url,
        "STRIPE_WEBHOOK_SECRET": ",".join(signing),
    }


def prepare(server: StandIn) -> None:
    """Sample data, and payees who set up payments before, by the program's own ways."""
    app = create_app(Settings.from_environment(os.environ))
    with app.app_context():
        launch.prepare()
        ready, to_do = set_up_payees(server)
        db.session.remove()
        db.engine.dispose()
    _say(f"Payees who are set up there already: {', '.join(ready) or 'none'}.")
    _say(f"Has chosen Stripe and not set up: {', '.join(to_do) or 'nobody'}.")


def set_up_payees(server: StandIn) -> tuple[list[str], list[str]]:
    """Payees who are owed something choose Stripe, and all but the last set it up."""
    owed = sa.select(Payable.payee_id).where(Payable.status == "waiting")
    rows = db.session.execute(
        sa.select(Payee.id, Payee.handle, Payee.person_id)
        .where(Payee.id.in_(owed))
        .order_by(Payee.id)
        .limit(MOST)
    ).all()
    for payee_id, _handle, person_id in rows:
        who, now = db.session.get_one(Person, person_id), clock.now()
        chosen = {"offered": ("stripe",), "wait": timedelta(0)}
        ledger.choose_rail(payee_id, "stripe", by=who, now=now, **chosen)
        if payee_id != rows[-1].id:
            _set_up(server, payee_id, who)
    handles = [handle for _, handle, _ in rows]
    return handles[:-1], handles[-1:]


def _set_up(server: StandIn, payee_id: int, who: Person) -> None:
    """What somebody does who reads the page, goes to the stand-in's and finishes."""
    row = accounts.begin(payee_id, by=who, now=clock.now(), wait=timedelta(0))
    accounts.link(row.id, email=None, back_url="http://127.0.0.1/continue")
    theirs.finish(server.store, [*server.store.accounts][-1], "finish")
    accounts.look(row.id, now=clock.now())


def _to_banks(server: StandIn) -> None:
    while not threading.Event().wait(BANK_EVERY):
        control.banks(server)


def _serve(port: int) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo"]
    # A session of its own: Ctrl-C reaches us alone, and we end both in order.
    demo = subprocess.Popen(
        [*command, "--port", str(port)], cwd=ROOT, start_new_session=True
    )
    try:
        raise SystemExit(demo.wait())
    except KeyboardInterrupt:
        _say("")
    finally:
        demo.terminate()
        demo.wait(STOP_WITHIN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second one would leave things behind
    raise KeyboardInterrupt


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
