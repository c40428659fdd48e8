"""The worker's own rows: one lease, and one row for each run of a job."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from engage.core.db import (
    Base,
    Conflict,
    Unreachable,
    db,
    end_read,
    lock_by_key,
    transaction,
)

Item = TypeVar("Item")
Result = TypeVar("Result")

LEASE = timedelta(seconds=45)
KEPT_RUNS = timedelta(days=1)
MOST_TRIES = 6  # of one slot that fails
FIRST_WAIT = timedelta(seconds=30)  # doubled each time
LOST_AFTER = timedelta(hours=1)  # a run whose worker never came back


class WorkerLease(Base):
    __tablename__ = "worker_lease"

    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(40))
    until: Mapped[datetime]

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


class JobRun(Base):
    """One run of one job; (job, slot) is unique, so two workers make one run."""

    __tablename__ = "job_run"

    job: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    slot: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(sa.String(200), default="")
    tries: Mapped[int] = mapped_column(default=1)

    ABOUT_A_PERSON: ClassVar[frozenset[str]] = frozenset()


def hold_lease(holder: str, now: datetime) -> bool:
    """Take or renew the one worker lease; False while another process holds it."""
    try:
        with transaction() as session:
            lease = lock_by_key(WorkerLease, "worker")
            if lease is None:
                session.add(
                    WorkerLease(name="worker", holder=holder, until=now + LEASE)
                )
                return True
            if lease.holder != holder and lease.until > now:
                return False
            lease.holder, lease.until = holder, now + LEASE
            return True
    except Conflict:
        return False


def let_go(holder: str, now: datetime) -> None:
    """Give the lease back at a clean stop, so that the next worker need not wait."""
    with transaction():
        lease = lock_by_key(WorkerLease, "worker")
        if lease is not None and lease.holder == holder:
            lease.until = now


def begin_run(job: str, slot: int, now: datetime) -> bool:
    """Take a slot of a job; False when it has been taken by any worker before.

    One that failed is taken again after a wait, some times, while its slot lasts.
    """
    try:
        with transaction() as session:
            session.add(JobRun(job=job, slot=slot, started_at=now))
    except Conflict:
        return _take_again(job, slot, now)
    return True


def _take_again(job: str, slot: int, now: datetime) -> bool:
    with transaction():
        run = lock_by_key(JobRun, (job, slot))
        again = None if run is None else _next_try(run)
        if run is None or again is None or now < again:
            return False
        run.tries, run.problem = run.tries + 1, ""
        run.started_at, run.ended_at = now, None
    return True


def _next_try(run: JobRun) -> datetime | None:
    """When it may run again; None when it is done, or was tried often enough."""
    if run.tries >= MOST_TRIES:
        return None
    if run.ended_at is None:
        return run.started_at + LOST_AFTER
    return run.ended_at + FIRST_WAIT * 2 ** (run.tries - 1) if run.problem else None


def next_try(job: str, slot: int) -> datetime | None:
    """When to look at a slot again that this worker could not take, or saw fail."""
    run = db.session.get(JobRun, (job, slot), populate_existing=True)
    return None if run is None else _next_try(run)


def end_run(job: str, slot: int, now: datetime, problem: str = "") -> None:
    """Note how the run ended; `problem` is a kind of error, never its text."""
    with transaction() as session:
        run = session.get_one(JobRun, (job, slot))
        run.ended_at, run.problem = now, problem[:200]


def prune_runs(now: datetime) -> None:
    """Forget runs older than a day; the newest of each job stays, as its slot does."""
    newer = aliased(JobRun)
    is_newest = ~sa.exists().where(newer.job == JobRun.job, newer.slot > JobRun.slot)
    with transaction() as session:
        session.execute(
            sa.delete(JobRun).where(
                JobRun.started_at < now - KEPT_RUNS, sa.not_(is_newest)
            )
        )


def for_each(items: Iterable[Item], act: Callable[[Item], Result]) -> list[Result]:
    """Do every item, also after one that fails: nobody waits behind another's fault.

    The first error is raised once all are done, for the worker to write down.
    """
    done: list[Result] = []
    first: Exception | None = None
    for item in items:
        try:
            done.append(act(item))
        except Unreachable:
            raise
        except Exception as error:
            end_read()
            first = first or error
    if first is not None:
        raise first
    return done


def last_runs() -> list[JobRun]:
    """The newest run of each job, for the administrator's page."""
    newest = sa.select(JobRun.job, sa.func.max(JobRun.slot)).group_by(JobRun.job)
    return list(
        db.session.scalars(
            sa.select(JobRun)
            .where(sa.tuple_(JobRun.job, JobRun.slot).in_(newest))
            .order_by(JobRun.job)
        )
    )
