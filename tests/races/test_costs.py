"""Costs and money ahead of one line at once: it is never oversold, and nothing is borne
twice. The control takes the lock on the line away and sees both happen."""

import time
from collections.abc import Callable
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import clock
from engage.core.calendar import local_day
from engage.core.db import db
from engage.funding import actions as funding
from engage.funding import costs
from engage.funding import queries as lines
from engage.funding.cost_rules import CostKind
from engage.funding.models import FundingLine
from engage.hours import expense_decisions, expense_queries, expenses, given_back
from engage.hours.expense_models import Expense
from engage.hours.expense_rules import Cost, ExpenseStatus
from engage.people.models import Person
from tests import make
from tests.hours.work import Work, agreed
from tests.races.test_payouts import at_once

PAY = 206_25  # what the pay of one of these takes
Asked = list[tuple[int, dict[str, int], int]]  # coordinator, versions by uid, place


class Scene(NamedTuple):
    line_id: int
    asked: Asked

    @property
    def people(self) -> list[int]:
        return [each[0] for each in self.asked]


def scene(*cents: int, left: int, ahead: int = 0, is_advance: bool = False) -> Scene:
    """Agreed work of one person for each cost, on one line with so much left."""
    now, person, place = clock.now(), make.consultant(), make.organization()
    whole = len(cents) * PAY + left + ahead
    line = make.funding_line(place, balance_cents=whole)
    values = {"person": person, "place": place, "line": line, "costs_cents": 0}
    works = [agreed(now, **values) for _ in cents]
    if ahead:
        _paid_ahead(works[0], ahead)
    asked = [
        _asked(work, each, is_advance) for work, each in zip(works, cents, strict=True)
    ]
    return Scene(line.id, asked)


def _sent(work: Work, cents: int, *, is_advance: bool) -> Expense:
    today = local_day(clock.now(), work.person.zone)
    cost = Cost(CostKind.TRAVEL, today, cents, "Sam", "Bus 1", is_advance)
    return expenses.send(work.engagement.id, cost, by=work.person, now=clock.now())


def _asked(work: Work, cents: int, is_advance: bool) -> tuple[int, dict[str, int], int]:
    sent = _sent(work, cents, is_advance=is_advance)
    return work.coordinator.id, {sent.uid: sent.version}, work.place.id


def _paid_ahead(work: Work, cents: int) -> None:
    """Money ahead that arrived, as its rows would be."""
    advance = _sent(work, cents, is_advance=True)
    source = costs.source(f"engagement:{work.engagement.uid}")
    advance.status, advance.decided_by_id = ExpenseStatus.PAID, work.coordinator.id
    make.save(advance)
    values = {"line_id": work.line.id, "source": source, "cents": cents}
    make.save(funding.Reservation(stage="paid", **values))


def approve_at_once(app: Flask, of: Scene) -> list[str]:
    def approves(place: int) -> Callable[[Person], object]:
        _, seen, organization = of.asked[place]
        return lambda person: expense_decisions.approve_seen(
            seen, [organization], by=person, now=clock.now(), no_interest=True
        )

    return at_once(app, of.people, *map(approves, range(len(of.asked))))


@pytest.fixture(autouse=True)
def _slow_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever read what is left, or what is open, takes a moment before writing."""
    for module, name in ((lines, "left_cents"), (expense_queries, "open_advances")):
        read = getattr(module, name)

        def slow(*args: object, read: Callable[..., object] = read) -> object:
            found = read(*args)
            time.sleep(0.3)
            return found

        monkeypatch.setattr(module, name, slow)


@pytest.mark.parametrize("is_advance", [False, True])
def test_two_costs_for_the_last_money_of_a_line_make_one(
    fresh_app: Flask, is_advance: bool
) -> None:
    with fresh_app.app_context():
        of = scene(40_00, 45_00, left=50_00, is_advance=is_advance)
    assert approve_at_once(fresh_app, of) == ["done", "refused"]
    with fresh_app.app_context():
        assert lines.left_cents(of.line_id) in {5_00, 10_00}


def borne() -> tuple[int, int]:
    """What costs say that money ahead bore, and what of it says so itself."""
    sums = sa.select(
        sa.func.sum(Expense.covered_cents), sa.func.sum(Expense.settled_cents)
    )
    covered, settled = db.session.execute(sums).one()
    return int(covered), int(settled)


def test_two_costs_share_the_money_ahead_and_each_cent_of_it_once(
    fresh_app: Flask,
) -> None:
    with fresh_app.app_context():
        of = scene(80_00, 80_00, left=500_00, ahead=100_00)
    assert approve_at_once(fresh_app, of) == ["done", "done"]
    with fresh_app.app_context():
        assert borne() == (100_00, 100_00)
        assert lines.left_cents(of.line_id) == 500_00 - 60_00


def test_money_given_back_and_a_cost_share_it_alike(fresh_app: Flask) -> None:
    """Confirmed while a cost is approved: what came back bears none of it."""
    with fresh_app.app_context():
        of = scene(80_00, left=500_00, ahead=100_00)
        payer = make.payer()
        one, finance = make.finance(payer), make.finance(payer).id
        advance = db.session.scalars(sa.select(Expense.id).where(Expense.is_advance))
        advance_id = advance.one()
        given_back.note(advance_id, 60_00, by=one, now=clock.now())
    coordinator, seen, place = of.asked[0]
    ends = at_once(
        fresh_app,
        [coordinator, finance],
        lambda person: expense_decisions.approve_seen(
            seen, [place], by=person, now=clock.now(), no_interest=True
        ),
        lambda person: given_back.confirm(advance_id, by=person, now=clock.now()),
    )
    assert ends == ["done", "done"]
    with fresh_app.app_context():
        assert borne() == (40_00, 100_00)


def _without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, lock_one = expense_decisions.lock, funding.lock_one

    def loose(model: type, ids: object) -> object:
        return [] if model is FundingLine else lock(model, ids)

    def loose_one(model: type, row_id: int) -> object:
        if model is FundingLine:
            return db.session.get_one(model, row_id)
        return lock_one(model, row_id)

    monkeypatch.setattr(expense_decisions, "lock", loose)
    for module in (expense_decisions, funding, costs):
        monkeypatch.setattr(module, "lock_one", loose_one)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_the_control_without_the_lock_oversells_the_line(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_the_lock(monkeypatch)
    with fresh_app.app_context():
        of = scene(40_00, 45_00, left=50_00)
    assert approve_at_once(fresh_app, of) == ["done", "done"]
    with fresh_app.app_context():
        assert lines.left_cents(of.line_id) == -35_00


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_the_control_without_the_lock_bears_a_cent_twice_or_breaks(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version of the row is a second guard: one of the two then fails loudly."""
    _without_the_lock(monkeypatch)
    with fresh_app.app_context():
        of = scene(80_00, 80_00, left=500_00, ahead=100_00)
    ends = approve_at_once(fresh_app, of)
    with fresh_app.app_context():
        covered, settled = borne()
    assert ends != ["done", "done"] or covered > settled
