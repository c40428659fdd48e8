"""What a panel with too few voices can do: each remedy does it, or makes the draft."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db, transaction
from engage.funding import queries as lines
from engage.funding.rules import Stage
from engage.opportunities import actions as opportunities
from engage.opportunities import checks, endings, remedies
from engage.opportunities import queries as posts
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.panels import actions, queries
from engage.panels.models import Panel
from engage.panels.rules import SeatStatus, VoiceState
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]


def sole(**values: object) -> tuple[Organization, Panel, Opportunity]:
    """Work for one counted survivor leader among professionals, that still asks."""
    place = make.organization()
    post = scenes.posted(place, seats=1, **values)
    panel = db.session.get_one(Panel, post.panel_id)
    return place, panel, post


def fresh(row: Opportunity) -> Opportunity:
    db.session.expire_all()
    return posts.by_id(row.id)


def aside(post: Opportunity) -> int:
    return lines.held_cents(post.funding_line_id, posts.source(post), Stage.SET_ASIDE)


def drafts() -> list[Opportunity]:
    rows = sa.select(Opportunity.id).where(
        Opportunity.status == OpportunityStatus.DRAFT
    )
    return [posts.by_id(each) for each in db.session.scalars(rows)]


def open_seats(panel: Panel) -> int:
    return len(queries.open_survivor_seats(panel.id))


@pytest.mark.parametrize("asked", ["open-seat", "ask-all"])
def test_one_press_opens_a_seat_and_its_money(
    app: Flask, sign_in: SignIn, july: datetime, asked: str
) -> None:
    place, panel, post = sole(asks_pool=False)
    before = aside(post)
    browser = sign_in(make.coordinator(place))
    assert f"/groups/{panel.uid}/{asked}" in browser.get(f"/groups/{panel.uid}").text
    done = browser.post(f"/groups/{panel.uid}/{asked}")
    assert done.status_code == 303
    assert done.location.endswith(f"/work/{post.uid}")
    post = fresh(post)
    assert (open_seats(panel), post.seats_wanted) == (2, 2)
    assert aside(post) == 2 * before
    assert post.asks_pool is (asked == "ask-all")


def test_the_day_to_answer_moves_on_where_it_is_too_near(
    app: Flask, july: datetime
) -> None:
    place, panel, post = sole(reply_by=july + timedelta(hours=5))
    by = make.coordinator(place)
    remedies.open_seat(panel, asks_pool=False, by=by, now=july)
    until = fresh(post).reply_by
    assert until is not None
    assert until >= july + timedelta(hours=48)
    assert until.hour == 3  # the end of a day in New York


@pytest.mark.parametrize(
    ("sessions_in", "status", "balance", "says"),
    [
        (timedelta(hours=40), "posted", 100_000_00, "too near to ask anybody else"),
        (timedelta(days=20), "under_way", 100_000_00, "No work of this panel is"),
        (timedelta(days=20), "posted", 200_00, "left"),
    ],
)
def test_why_not_is_said_with_what_else_can_be_done(
    app: Flask,
    sign_in: SignIn,
    july: datetime,
    sessions_in: timedelta,
    status: str,
    balance: int,
    says: str,
) -> None:
    place = make.organization()
    line = make.funding_line(place, balance_cents=balance)
    post = scenes.posted(
        place,
        seats=1,
        line=line,
        sessions=((july + sessions_in, 60),),
        reply_by=july + timedelta(hours=20),
    )
    with transaction():
        post.status = OpportunityStatus(status)
    panel = db.session.get_one(Panel, post.panel_id)
    before = aside(post)
    done = sign_in(make.coordinator(place)).post(f"/groups/{panel.uid}/open-seat")
    assert done.status_code == 422
    assert says in done.text
    assert f"/groups/{panel.uid}/peer" in done.text
    assert (open_seats(panel), aside(fresh(post))) == (1, before)


def test_a_peer_draft_is_one_paid_seat_at_the_sessions_to_come(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    sessions = ((july + DAY, 60), (july + 20 * DAY, 90))
    place, panel, post = sole(sessions=sessions)
    done = sign_in(make.coordinator(place)).post(f"/groups/{panel.uid}/peer")
    (draft,) = drafts()
    assert done.location.endswith(f"/work/{draft.uid}/edit")
    assert (draft.panel_id, draft.seats_wanted) == (panel.id, 1)
    assert posts.sessions(draft) == [(july + 20 * DAY, 90)]
    assert (draft.rate_cents, draft.what_is_asked) == (
        post.rate_cents,
        post.what_is_asked,
    )
    assert draft.planned_seats == []


def test_a_peer_joins_and_the_panel_goes_on_after_their_work(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel, post = sole()
    browser, by = sign_in(make.coordinator(place)), make.coordinator(place)
    browser.post(f"/groups/{panel.uid}/peer")
    (draft,) = drafts()
    page = browser.get(f"/work/{draft.uid}/edit").text
    assert re.search(f'<option selected value="{panel.uid}"', page)
    with transaction():
        draft.reply_by = july + 9 * DAY
    opportunities.post(draft.id, warnings_seen=True, by=by, now=july)
    assert open_seats(panel) == 2
    endings.cancel(draft.id, by=by, now=july)
    assert panel.ended_on is None
    assert open_seats(panel) == 1
    endings.cancel(post.id, by=by, now=july)
    assert panel.ended_on is not None
    assert open_seats(panel) == 0


def test_a_board_is_asked_for_advice_on_this_work(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel, post = sole()
    board = make.panel(place, name="Survivor council", is_standing=True)
    other = make.panel(make.organization(), is_standing=True)
    browser, path = sign_in(make.coordinator(place)), f"/groups/{panel.uid}/board"
    assert "Survivor council" in browser.get(path).text
    for wrong in ({}, {"board": other.uid}, {"board": panel.uid}):
        assert browser.post(path, data=wrong).status_code == 422
    assert browser.post(path, data={"board": board.uid}).status_code == 303
    (draft,) = drafts()
    assert draft.panel_id == board.id
    assert panel.name in draft.title
    assert post.what_is_asked in draft.what_is_asked
    assert not draft.asks_pool


def test_without_a_board_the_page_says_how_to_get_one(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel, _ = sole()
    page = sign_in(make.coordinator(place)).get(f"/groups/{panel.uid}/board").text
    assert "No other board yet" in page
    assert "/groups/new" in page


def test_the_next_term_is_asked_for_in_a_draft(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    board = make.panel(place, is_standing=True, term_months=12)
    for days in (10, 50, 90):
        ends_on = july.date() + days * DAY
        make.seat(board, make.consultant(), ends_on=ends_on)
    browser = sign_in(make.coordinator(place))
    assert "Make a draft for the next term" in browser.get(f"/groups/{board.uid}").text
    browser.post(f"/groups/{board.uid}/next-term")
    (draft,) = drafts()
    assert (draft.panel_id, draft.seats_wanted) == (board.id, 2)


@pytest.mark.parametrize(
    ("status", "seats", "asks_pool"), [("awaiting", 3, False), ("ended", 2, True)]
)
def test_a_new_board_asks_those_who_agreed_before_by_name(
    app: Flask,
    sign_in: SignIn,
    july: datetime,
    status: str,
    seats: int,
    asks_pool: bool,
) -> None:
    place = make.organization()
    board = make.panel(place, is_standing=True)
    for _ in range(3):
        make.seat(board, status=SeatStatus(status))
    sign_in(make.coordinator(place)).post(f"/groups/{board.uid}/next-term")
    (draft,) = drafts()
    assert (draft.seats_wanted, draft.asks_pool) == (seats, asks_pool)


def test_an_ended_panel_changes_no_more(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel, _ = sole()
    with transaction():
        actions.end(panel, on=july.date(), by=None, now=july)
    browser = sign_in(make.coordinator(place))
    for each in ("open-seat", "ask-all", "peer", "next-term"):
        done = browser.post(f"/groups/{panel.uid}/{each}")
        assert done.status_code == 422
        assert "This group has ended" in done.text
    assert drafts() == []


def test_remedies_belong_to_the_panels_own_coordinators(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel, _ = sole()
    others = (
        make.coordinator(make.organization()),
        make.consultant(),
        make.finance(place),
        make.administrator(),
    )
    for who in others:
        browser = sign_in(who)
        for each in ("open-seat", "ask-all", "peer", "next-term", "board", "rules"):
            assert browser.post(f"/groups/{panel.uid}/{each}").status_code == 404


@pytest.mark.parametrize(
    ("held", "roles", "more", "role", "voice"),
    [
        (0, "member", 1, "member", VoiceState.SOLE),
        (1, "member", 1, "member", VoiceState.MET),
        (1, "facilitator", 1, "member", VoiceState.SOLE),
        (1, "member", 1, "facilitator", VoiceState.SOLE),
        (1, "facilitator", 2, "interpreter", VoiceState.NOT_KNOWN),
        (2, "member", 1, "facilitator", VoiceState.MET),
    ],
)
def test_the_warning_weighs_who_has_a_seat_already(
    app: Flask,
    july: datetime,
    held: int,
    roles: str,
    more: int,
    role: str,
    voice: VoiceState,
) -> None:

    place = make.organization()
    board = make.panel(place, is_standing=True)
    make.seat(board, kind="professional", status=SeatStatus.HELD, label="Legal aid")
    for _ in range(held):
        make.seat(board, make.consultant(), role=roles)
    draft = make.opportunity(
        place,
        panel=board,
        status=OpportunityStatus.DRAFT,
        posted_at=None,
        seats_wanted=more,
        seat_role=role,
    )
    by = make.coordinator(place)
    found = checks.of(posts.by_id(draft.id), author_id=by.id, now=july)
    assert found.voice is voice


def test_a_term_that_ends_before_the_work_is_no_voice_in_it(
    app: Flask, july: datetime
) -> None:

    place = make.organization()
    board = make.panel(place, is_standing=True)
    make.seat(board, make.consultant(), ends_on=july.date() + 20 * DAY)
    draft = make.opportunity(
        place, panel=board, status="draft", posted_at=None, seats_wanted=1
    )
    by = make.coordinator(place)
    found = checks.of(posts.by_id(draft.id), author_id=by.id, now=july)
    assert found.voice is VoiceState.SOLE
    assert found.asks_to_read
