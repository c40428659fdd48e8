import pytest

from engage.audit import actions as audit
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.funding import actions as funding
from engage.opportunities import actions, queries
from engage.opportunities.rules import (
    OpportunityStatus,
)
from engage.panels import actions as panels
from engage.panels.models import Panel
from engage.panels.rules import SeatKind, SeatRole, SeatStatus
from tests import make
from tests.opportunities.drafting import (
    DAY,
    LAWYER,
    SEAT_CENTS,
    ask_again,
    change,
    fail,
    fresh,
    nothing_was_posted,
    seats_of,
    set_aside,
    verbs,
)

pytestmark = pytest.mark.usefixtures("app")


def test_posting_sets_the_money_aside_and_opens_the_seats(draft, author, july, post):
    change(draft, author, july, seats=[LAWYER])

    post(draft)

    row = fresh(draft)
    assert row.status is OpportunityStatus.POSTED
    assert row.posted_at == july
    assert set_aside(row) == 2 * SEAT_CENTS
    assert [seat.status for seat in seats_of(row)] == [SeatStatus.OPEN] * 2
    (lawyer,) = seats_of(row, SeatKind.PROFESSIONAL)
    assert (lawyer.label, lawyer.hourly_cents) == ("Harbor Legal Aid", 90_00)
    panel = db.session.get_one(Panel, row.panel_id)
    assert panel.first_session_on == queries.terms(row).session_days[0]
    assert verbs()[-1] == "post"


def test_posting_on_a_board_opens_only_the_seats_it_lacks(
    place, draft, author, july, post
):
    board = make.panel(place, is_standing=True)
    make.seat(board)
    make.seat(board, make.consultant())
    change(draft, author, july, panel_id=board.id)

    post(draft)

    own = seats_of(fresh(draft))
    assert sorted(seat.status for seat in own) == ["held", "open", "open"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"what_is_asked": " "}, "Say what is asked."),
        ({"rate_cents": None}, "Say what this work pays."),
        ({"funding_line_id": None}, "Choose the funding line"),
        ({"reply_by": None}, "Choose the last day to answer."),
        ({"what_is_asked": "You are a prostitute."}, "Change the marked words"),
        ({"seats_wanted": 4}, "has .* left"),
    ],
)
def test_a_post_that_may_not_be_is_refused_whole(
    draft, author, july, post, columns, words
):
    change(draft, author, july, **columns)

    with pytest.raises(Refused, match=words):
        post(draft)

    assert nothing_was_posted(draft)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"cap_hourly_cents": 74_99}, "at most"),
        ({"floor_hourly_cents": 75_01}, "at least"),
        ({"cap_daily_cents": 50_00}, "a day"),
    ],
)
def test_the_limits_of_the_line_are_asked_again(place, draft, post, limits, words):
    tight = make.funding_line(place, **limits)
    draft.funding_line_id = tight.id
    make.save(draft)

    with pytest.raises(Refused, match=words):
        post(draft)

    assert nothing_was_posted(draft)


def test_a_line_outside_its_period_is_refused(place, draft, july, post):
    short = make.funding_line(place, ends_on=july.date() + 22 * DAY)
    draft.funding_line_id = short.id
    make.save(draft)

    with pytest.raises(Refused, match="outside"):
        post(draft)


def test_a_line_that_is_no_longer_ours_is_refused(place, draft, july, post):
    draft.funding_line_id = make.funding_line(make.organization()).id
    make.save(draft)

    with pytest.raises(Refused, match="that you may use"):
        post(draft)


def test_a_board_that_ended_is_refused(place, draft, author, july, post):
    board = make.panel(place, is_standing=True)
    change(draft, author, july, panel_id=board.id)
    board.ended_on = july.date()
    make.save(board)

    with pytest.raises(Refused, match="has ended"):
        post(draft)


def test_an_author_without_valid_training_cannot_post(place, draft, july, post):
    other = make.person(kind="staff")

    with pytest.raises(Refused, match="training record"):
        post(draft, by=other)
    make.training(other, ends_on=july.date() - DAY)
    with pytest.raises(Refused, match="training record"):
        post(draft, by=other)
    make.training(other, ends_on=july.date())
    post(draft, by=other)

    assert fresh(draft).status is OpportunityStatus.POSTED


@pytest.mark.parametrize(
    ("columns", "says_more"),
    [
        ({"seats_wanted": 1}, "only survivor voice"),
        ({"what_is_asked": "You must attend each of the meetings."}, "a warning"),
        ({"seat_role": SeatRole.FACILITATOR}, "no voice counted"),
    ],
)
def test_a_warning_is_read_before_posting(
    draft, author, july, post, columns, says_more
):
    change(draft, author, july, seats=[LAWYER], **columns)

    with pytest.raises(Refused, match="second look"):
        post(draft)
    assert nothing_was_posted(draft), says_more
    post(draft, warnings_seen=True)

    assert fresh(draft).status is OpportunityStatus.POSTED


@pytest.mark.parametrize(
    "target", [(panels, "create"), (audit, "record"), (funding, "Reservation")]
)
def test_a_post_whose_later_write_fails_leaves_nothing(
    draft, post, monkeypatch, target
):
    monkeypatch.setattr(*target, fail)

    with pytest.raises(RuntimeError):
        post(draft)
    monkeypatch.undo()

    assert nothing_was_posted(draft)
    assert verbs() == []


def test_asking_again_sets_more_aside_and_opens_one_more_seat(
    draft, author, july, post
):
    post(draft)
    later = draft.reply_by + DAY

    ask_again(draft, author, july, reply_by=later)

    row = fresh(draft)
    assert (row.seats_wanted, row.reply_by) == (3, later)
    assert set_aside(row) == 3 * SEAT_CENTS
    assert len(seats_of(row)) == 3


def test_asking_again_reopens_what_was_full(draft, author, july, post):
    post(draft)
    with transaction():
        actions.fill(queries.by_id(draft.id), now=july)

    with pytest.raises(Refused) as caught:
        ask_again(draft, author, july, seats=0)
    ask_again(draft, author, july)

    assert caught.value.field == "seats"
    assert fresh(draft).status is OpportunityStatus.POSTED


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seats": 2}, "has .* left"),
        ({"seats": 29}, "at most 30"),
        ({"days": -1}, "have until"),
        ({"days": 40}, "before the first session"),
    ],
)
def test_asking_again_for_too_much_changes_nothing(
    draft, author, july, post, options, words
):
    post(draft)
    reply_by = draft.reply_by + options.get("days", 0) * DAY

    with pytest.raises(Refused, match=words):
        ask_again(draft, author, july, options.get("seats", 1), reply_by)

    assert fresh(draft).seats_wanted == 2
    assert len(seats_of(fresh(draft))) == 2


def test_asking_again_whose_seat_fails_sets_nothing_aside(
    draft, author, july, post, monkeypatch
):
    post(draft)
    monkeypatch.setattr(panels, "open_seat", fail)

    with pytest.raises(RuntimeError):
        ask_again(draft, author, july)

    assert set_aside(fresh(draft)) == 2 * SEAT_CENTS
    assert fresh(draft).seats_wanted == 2


def test_nobody_asks_again_for_a_draft_or_cancelled_work(draft, author, july, post):
    with pytest.raises(Refused):
        ask_again(draft, author, july)
    post(draft)
    actions.cancel(draft.id, by=author, now=july)
    with pytest.raises(Refused):
        ask_again(draft, author, july)
