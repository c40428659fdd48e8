from datetime import timedelta

import pytest

from engage.audit import actions as audit
from engage.core.db import db
from engage.core.errors import Refused
from engage.funding import actions as funding
from engage.funding import queries as lines
from engage.funding.rules import Stage
from engage.opportunities import actions, jobs, queries
from engage.opportunities.rules import (
    OpportunityStatus,
)
from engage.panels import actions as panels
from engage.panels.models import Panel
from engage.panels.rules import SeatStatus
from tests import make, scenes
from tests.opportunities.drafting import (
    DAY,
    LAWYER,
    SEAT_CENTS,
    agreed,
    change,
    fail,
    fresh,
    seats_of,
    set_aside,
)

pytestmark = pytest.mark.usefixtures("app")


def test_cancelling_gives_the_money_back_and_ends_the_open_seats(
    draft, line, author, july, post
):
    change(draft, author, july, seats=[LAWYER])
    post(draft)

    actions.cancel(draft.id, by=author, now=july + DAY)

    row = fresh(draft)
    assert row.status is OpportunityStatus.CANCELLED
    assert lines.left_cents(line.id) == 1_000_00
    assert seats_of(row) == []
    assert db.session.get_one(Panel, row.panel_id).ended_on is not None


def test_cancelling_keeps_what_is_agreed(draft, line, author, july, post):
    post(draft)
    agreed(draft, july)

    actions.cancel(draft.id, by=author, now=july)

    assert lines.held_cents(line.id, "engagement:one", Stage.RESERVED) == SEAT_CENTS
    assert lines.left_cents(line.id) == 1_000_00 - SEAT_CENTS


@pytest.mark.parametrize(
    "target", [(funding, "release"), (panels, "end_seat"), (audit, "record")]
)
def test_a_cancelling_whose_later_write_fails_leaves_all_as_it_was(
    draft, author, july, post, monkeypatch, target
):
    post(draft)
    monkeypatch.setattr(*target, fail)

    with pytest.raises(RuntimeError):
        actions.cancel(draft.id, by=author, now=july)
    monkeypatch.undo()

    row = fresh(draft)
    assert row.status is OpportunityStatus.POSTED
    assert set_aside(row) == 2 * SEAT_CENTS
    assert len(seats_of(row)) == 2
    assert db.session.get_one(Panel, row.panel_id).ended_on is None


def test_a_draft_is_put_away_without_touching_money(draft, author, july):
    actions.cancel(draft.id, by=author, now=july)

    assert fresh(draft).status is OpportunityStatus.CANCELLED
    with pytest.raises(Refused):
        actions.cancel(draft.id, by=author, now=july)


def test_cancelling_work_on_a_board_leaves_its_other_open_seats(
    place, draft, author, july, post
):
    board = make.panel(place, is_standing=True)
    kept = make.seat(board)
    scenes.posted(place, panel=board, seats=1)
    change(draft, author, july, panel_id=board.id, seats_wanted=1)
    post(draft, warnings_seen=True)
    assert len(seats_of(fresh(draft))) == 2

    actions.cancel(draft.id, by=author, now=july)

    assert [seat.id for seat in seats_of(fresh(draft))] == [kept.id]
    assert db.session.get_one(Panel, board.id).ended_on is None


def test_dates_move_work_on_and_give_back_what_nobody_took(draft, line, july, post):
    post(draft)
    agreed(draft, july)
    first, last = (at for at, _ in queries.sessions(queries.by_id(draft.id)))

    jobs.follow_dates(first - timedelta(seconds=1))
    assert fresh(draft).status is OpportunityStatus.POSTED
    for _ in range(2):
        jobs.follow_dates(first)
    assert fresh(draft).status is OpportunityStatus.UNDER_WAY
    assert set_aside(fresh(draft)) == 0
    assert [seat.status for seat in seats_of(fresh(draft))] == [SeatStatus.HELD]
    jobs.follow_dates(last + timedelta(minutes=59))
    assert fresh(draft).status is OpportunityStatus.UNDER_WAY
    for _ in range(2):
        jobs.follow_dates(last + timedelta(minutes=60))

    row = fresh(draft)
    assert row.status is OpportunityStatus.FINISHED
    assert lines.left_cents(line.id) == 1_000_00 - SEAT_CENTS
    assert db.session.get_one(Panel, row.panel_id).ended_on is not None


def test_work_for_which_nobody_was_found_ends_at_its_first_session(
    draft, line, july, post
):
    post(draft)
    first = queries.sessions(queries.by_id(draft.id))[0][0]

    jobs.follow_dates(first)

    assert fresh(draft).status is OpportunityStatus.CANCELLED
    assert lines.left_cents(line.id) == 1_000_00


def test_a_draft_whose_days_passed_stays_a_draft(draft, july):
    jobs.follow_dates(july + 90 * DAY)

    assert fresh(draft).status is OpportunityStatus.DRAFT
