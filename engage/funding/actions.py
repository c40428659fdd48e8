from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core.calendar import local_day
from engage.core.db import Conflict, db, lock_one, transaction
from engage.core.errors import N_, Refused
from engage.funding import queries, rules
from engage.funding.limits import (
    FIELDS,
    LIMITS,
    check_line,
    check_policy,
    check_report,
)
from engage.funding.models import FundingLine, LineUse, Reservation
from engage.funding.rules import Stage
from engage.organizations.models import Organization
from engage.people.models import Person


def set_aside(
    line: FundingLine, source: str, cents: int, *, by: Person | None, now: datetime
) -> None:
    """Keep money of the line for one post; refuses more than is left."""
    move(
        line,
        source=source,
        stage=None,
        to_source=source,
        to_stage=Stage.SET_ASIDE,
        cents=cents,
        now=now,
    )


def move(
    line: FundingLine,
    *,
    source: str,
    stage: Stage | None,
    to_source: str,
    to_stage: Stage,
    cents: int,
    now: datetime,
) -> None:
    """Move held money between sources and stages; `stage` None takes what is left.

    Locks the line again, so that what is left cannot change before the commit.
    """
    with transaction():
        lock_one(FundingLine, line.id)
        _take(line.id, source, stage, to_stage, cents)
        row = queries.held(line.id, to_source, to_stage)
        if row is None:
            db.session.add(
                Reservation(
                    line_id=line.id, source=to_source, stage=to_stage, cents=cents
                )
            )
        else:
            row.cents += cents
        db.session.flush()


def release(
    line: FundingLine,
    *,
    source: str,
    stage: Stage,
    cents: int | None = None,
    now: datetime,
) -> int:
    """Give held money back to the line, all of it by default; returns the cents."""
    with transaction():
        lock_one(FundingLine, line.id)
        if cents is None:
            cents = queries.held_cents(line.id, source, stage)
        if cents:
            _take(line.id, source, stage, None, cents)
            db.session.flush()
    return cents


def _take(
    line_id: int, source: str, stage: Stage | None, to_stage: Stage | None, cents: int
) -> None:
    if stage is None:
        rules.check_move(None, to_stage, cents, queries.left_cents(line_id))
        return
    row = queries.held(line_id, source, stage)
    rules.check_move(stage, to_stage, cents, row.cents if row else 0)
    if row is not None:
        row.cents -= cents
        if row.cents == 0:
            db.session.delete(row)


def create(
    payer: Organization,
    *,
    used_by: Collection[int],
    by: Person,
    now: datetime,
    **values: Any,
) -> FundingLine:
    """A new line of the payer that `used_by` organizations may pay people from."""
    check_line(**{name: values[name] for name in LIMITS})
    _check_policy(values)
    with _one_of_its_name(values["name"]), transaction():
        line = FundingLine(payer_id=payer.id, **values)
        db.session.add(line)
        db.session.flush()
        _allow(line, used_by)
        _record("line.create", line, payer, by=by, now=now)
    return line


def edit(
    line_id: int,
    *,
    used_by: Collection[int],
    by: Person,
    now: datetime,
    **values: Any,
) -> FundingLine:
    """Change a line's frame; what was agreed before keeps its own terms."""
    with _one_of_its_name(values["name"]), transaction():
        line = lock_one(FundingLine, line_id)
        check_line(
            spoken_cents=queries.spoken_cents(line_id),
            **{name: values[name] for name in LIMITS},
        )
        _check_policy(values)
        for name in FIELDS:
            if name in values:
                setattr(line, name, values[name])
        _write_report(line, values.get("final_report_on", line.final_report_on), now)
        db.session.execute(sa.delete(LineUse).where(LineUse.line_id == line_id))
        _allow(line, used_by)
        _record("line.edit", line, _payer(line), by=by, now=now)
    return line


def _check_policy(values: dict[str, Any]) -> None:
    text, on = values.get("category_policy"), values.get("category_policy_on")
    check_policy(text or "", on)


def _write_report(line: FundingLine, on: date | None, now: datetime) -> None:
    before, today = line.final_report_on, local_day(now, _payer(line).zone)
    check_report(on, before=before, gone_on=line.records_gone_on, today=today)
    if on != before:
        line.final_report_on, line.final_report_noted_on = on, on and today


def carry_paid(line: FundingLine) -> None:
    """One sum in place of what was paid for each work; the caller holds the lock."""
    rows = db.session.scalars(
        sa.select(Reservation).where(
            Reservation.line_id == line.id, Reservation.stage == Stage.PAID
        )
    ).all()
    if len(rows) > 1:
        cents = sum(row.cents for row in rows)
        for row in rows:
            db.session.delete(row)
        db.session.flush()
        whole = {"source": f"line:{line.uid}", "stage": Stage.PAID, "cents": cents}
        db.session.add(Reservation(line_id=line.id, **whole))


def close(line_id: int, *, by: Person, now: datetime) -> FundingLine:
    """No new work on this line; what is held on it stays and is paid."""
    return _turn(line_id, "close", by=by, now=now)


def reopen(line_id: int, *, by: Person, now: datetime) -> FundingLine:
    return _turn(line_id, "reopen", by=by, now=now)


def _turn(line_id: int, verb: str, *, by: Person, now: datetime) -> FundingLine:
    with transaction():
        line = lock_one(FundingLine, line_id)
        line.status = rules.after(line.status, verb)
        _record(f"line.{verb}", line, _payer(line), by=by, now=now)
    return line


@contextmanager
def _one_of_its_name(name: str) -> Iterator[None]:
    try:
        yield
    except Conflict:
        raise Refused(
            N_("There is a line named %(name)s. Choose another name."),
            field="name",
            name=name,
        ) from None


def _allow(line: FundingLine, used_by: Collection[int]) -> None:
    db.session.add_all(
        LineUse(line_id=line.id, organization_id=place) for place in sorted(used_by)
    )
    db.session.flush()


def _payer(line: FundingLine) -> Organization:
    return db.session.get_one(Organization, line.payer_id)


def _record(
    verb: str, line: FundingLine, payer: Organization, *, by: Person, now: datetime
) -> None:
    audit.record(
        verb,
        subject=f"organization:{payer.uid}",
        thing=f"funding_line:{line.uid}",
        by=by,
        now=now,
        role="finance",
        organization_id=payer.id,
    )
