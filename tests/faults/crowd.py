"""Processes at once: `python -m tests.faults.crowd` forks them on demand.

Each line that it reads is a plan in JSON: `folder`, `address` and `url` of an
installation, `act`, how many (`count`), and `without`: the protection taken away, if
any. It answers with a list: what each one's act came to.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

import engage.core.db as house
from engage.core import clock
from engage.core import jobs as slots
from engage.core.db import db, new_uid
from engage.payouts import accounts, jobs, recording, rules
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rails import stripe as theirs
from engage.people.models import Person
from engage.worker import Job, Worker
from tests.faults.chaos import ForgetfulRail
from tests.faults.chaos_site import let_go_of_database, paying_app

Plan = dict[str, Any]
SLOTS, WRITES = 10, 25
SHORT = timedelta(seconds=2)


def tick(app: Flask, plan: Plan) -> int:
    """How many of the same slots this process ran."""
    ran: list[datetime] = []
    worker = Worker(app, (Job("a", 60, ran.append),))
    now = datetime.fromisoformat(plan["now"])
    for number in range(SLOTS):
        moment = now + number * timedelta(minutes=1)
        worker._held_at = moment  # the lease is not what is tried here
        worker.run_due(moment)
    return len(ran)


def write(app: Flask, plan: Plan) -> str:
    """Reads a payment and writes it, many times, by the program's own way.

    No two write the same moment: a row that stays as it was is not written.
    """
    own = datetime.fromisoformat(plan["now"]) + timedelta(seconds=os.getpid())
    try:
        with app.app_context():
            for number in range(WRITES):
                until = own + timedelta(milliseconds=number)
                recording.put_off(plan["payout_id"], until)
    except house.Unreachable as error:
        return str(error.orig)
    return ""


def press(app: Flask, plan: Plan) -> str:
    """The payee asks for the way to set up; gives the row that it is."""
    with app.app_context():
        who = db.session.get_one(Person, plan["person_id"])
        row: PayeeAccount = accounts.begin(plan["payee_id"], by=who, now=clock.now())
        uid = row.uid
        accounts.link(row.id, email=None, back_url="http://127.0.0.1/continue")
        return uid


def pay(app: Flask, plan: Plan) -> str:
    """A whole worker, with leases that end soon, until it is told to stop."""
    recording.LEASE = SHORT
    table = (
        Job("resolve", 1, jobs.resolve_unknown),
        Job("send", 1, jobs.send_due),
        Job("sweep", 1, jobs.sweep),
    )
    Path(plan["folder"], "pid").write_text(str(os.getpid()))
    Worker(app, table).forever()
    return "stopped"


ACTS: dict[str, Callable[[Flask, Plan], Any]] = {
    act.__name__: act for act in (tick, write, press, pay)
}


def _begin_late(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def take_away(what: str) -> None:
    if what == "slots":
        slots.begin_run = lambda *_: True  # type: ignore[assignment]
        slots.end_run = lambda *_: None  # type: ignore[assignment]
    elif what == "immediate":
        event.remove(Engine, "begin", house._on_begin)
        event.listen(Engine, "begin", _begin_late)
    elif what == "account key":
        rules.account_key = lambda *_: new_uid()  # type: ignore[assignment]
    elif what == "keys":
        theirs.StripeRail = ForgetfulRail  # type: ignore[misc]


def one(plan: Plan, app: Flask, begin: float, end: int) -> None:
    time.sleep(max(0.0, begin - time.monotonic()))
    try:
        os.write(end, json.dumps(ACTS[plan["act"]](app, plan)).encode())
    except BaseException as error:  # noqa: BLE001 - it is what is looked for
        os.write(end, json.dumps(type(error).__name__).encode())
    os._exit(0)


def all_at_once(plan: Plan) -> list[Any]:
    take_away(plan.get("without", ""))
    app = paying_app(Path(plan["folder"]), plan["address"], plan.get("url", ""))
    with app.app_context():
        let_go_of_database()
    begin, ends = time.monotonic() + 0.2, []
    for _ in range(plan.get("count", 1)):
        reading, writing = os.pipe()
        if os.fork() == 0:
            one(plan, app, begin, writing)
        os.close(writing)
        ends.append(reading)
    said = [b"".join(iter(lambda end=end: os.read(end, 4096), b"")) for end in ends]
    for _ in ends:
        os.wait()
    return [json.loads(each) for each in said]


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdout.write(f"{json.dumps(all_at_once(json.loads(line)))}\n")
            sys.stdout.flush()
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.stdout.write('["a plan failed"]\n')
            sys.stdout.flush()


if __name__ == "__main__":
    main()
