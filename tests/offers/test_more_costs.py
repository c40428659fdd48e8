"""More sessions in person: what is kept for the way there grows with them."""

from datetime import datetime

import pytest
from flask import Flask

from engage.core.db import db
from engage.funding import queries as funding
from engage.funding.models import FundingLine
from engage.funding.rules import Stage
from engage.offers import answering
from tests import make
from tests.offers.changing import HOUR, Agreed, agreed, ask_more, deliver, sessions


def for_costs(work: Agreed, stage: Stage = Stage.RESERVED) -> int:
    line_id = work.engagement.funding_line_id
    return funding.held_cents(line_id, f"costs:{work.group}", stage)


@pytest.mark.parametrize("cents", [100_00, 100_01, 0])
def test_a_yes_to_more_sessions_keeps_more_for_costs(
    app: Flask, july: datetime, cents: int
) -> None:
    work = agreed(july, is_in_person=True, costs_cents=cents)
    assert for_costs(work) == cents
    change = ask_more(work, july)
    assert for_costs(work) == cents
    answering.accept(change.id, raised=False, by=work.who, now=deliver(change) + HOUR)
    whole = -(-cents * 3 // 2)  # two sessions, and one more
    assert for_costs(work) == whole == work.engagement.terms["costs_cents"]
    assert for_costs(work, Stage.SET_ASIDE) == 0


def test_longer_sessions_are_no_other_way_there(app: Flask, july: datetime) -> None:
    work = agreed(july, is_in_person=True, costs_cents=100_00)
    first, _ = sessions(work.engagement)
    change = ask_more(work, july, added={}, longer={first: 90})
    answering.accept(change.id, raised=False, by=work.who, now=deliver(change) + HOUR)
    assert for_costs(work) == 100_00 == work.engagement.terms["costs_cents"]


def test_a_yes_never_fails_for_want_of_money_for_costs(
    app: Flask, july: datetime
) -> None:
    work = agreed(july, is_in_person=True, costs_cents=100_00)
    change = ask_more(work, july)
    line = db.session.get_one(FundingLine, work.engagement.funding_line_id)
    line.balance_cents -= funding.left_cents(line.id) - 7_00
    make.save(line)
    now = deliver(change) + HOUR
    answering.accept(change.id, raised=False, by=work.who, now=now)
    assert for_costs(work) == 107_00
    assert funding.left_cents(line.id) == 0
