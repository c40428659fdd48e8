from datetime import datetime
from typing import Any

import pytest

from engage.audit import actions as audit
from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.funding.rules import Stage
from engage.hours import actions, deciding
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger import queries as ledger
from engage.ledger.models import Payable, Payee, Posting
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.workload import actions as workload
from engage.workload.models import WorkMinutes
from tests import make
from tests.hours.work import agreed, approve, kept, log, rows

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize(
    ("broken", "name"),
    [(workload, "write_down"), (audit, "record"), (notices, "queue_once")],
)
def test_a_log_that_fails_half_way_leaves_nothing(
    july: datetime, monkeypatch: pytest.MonkeyPatch, broken: Any, name: str
) -> None:
    work = agreed(july)
    before = rows(AuditEntry), rows(WorkMinutes)
    monkeypatch.setattr(broken, name, _fails)
    with pytest.raises(ZeroDivisionError):
        log(work)
    db.session.expire_all()
    assert rows(HoursEntry) == 0
    assert (rows(AuditEntry), rows(WorkMinutes)) == before
    assert rows(Payee) == 0


def _fails(*_args: object, **_kw: object) -> None:
    1 / 0  # noqa: B018


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (actions.ledger, "payees_for"),
        (actions.ledger, "owe"),
        (deciding, "lock"),
        (notices, "queue"),
        (audit, "record_all"),
    ],
)
def test_an_approval_that_fails_half_way_leaves_nothing(
    july: datetime, monkeypatch: pytest.MonkeyPatch, broken: Any, name: str
) -> None:
    work = agreed(july)
    entry = log(work)
    reserved, told = kept(work, Stage.RESERVED), rows(Notice)
    monkeypatch.setattr(broken, name, _fails)
    with pytest.raises(ZeroDivisionError):
        approve(work, entry)
    db.session.expire_all()
    assert entry.status is HoursStatus.SUBMITTED
    assert entry.cents is None
    assert kept(work, Stage.RESERVED) == reserved
    assert rows(Posting) == rows(Payable) == 0
    assert rows(Notice) == told


def test_a_hundred_approvals_ask_hardly_more_than_one(
    july: datetime, queries: Any, database: str
) -> None:
    place = make.organization()
    line = make.funding_line(place)
    work = agreed(july, place=place, line=line, minutes=(600,))
    other = agreed(july, place=place, line=line, minutes=(600,))
    one = log(work, 5)
    many = [log(each, 5) for each in (work, other) for _ in range(50)]
    values = {"by": work.coordinator, "now": work.done, "no_interest": True}
    ids = [entry.id for entry in many]
    queries.statements.clear()
    actions.approve([one.id], **values)
    for_one = len(queries)
    assert work.coordinator.id
    queries.statements.clear()
    actions.approve(ids, **values)
    # PostgreSQL adds rows in batches, SQLite one by one; reads are the same for all.
    for_each = 1 if database == "postgres" else 5
    assert len(queries) <= for_one + for_each * len(many) + 10
    assert ledger.problems() == []
