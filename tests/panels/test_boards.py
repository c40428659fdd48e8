from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.engagements import jobs as engagement_jobs
from engage.engagements.models import Engagement
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.offers import actions as offers
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels import actions, board_queries, boards, jobs, queries
from engage.panels.models import Panel, Seat, Term
from engage.panels.rules import SeatStatus, VoiceState
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]
RULES = {"minimum_voices": 2, "quorum": 3, "term_months": 12, "most_terms": 2}


def board(place: Organization, now: datetime, **values: object) -> Panel:
    settings = {"name": "Council", **RULES, **values}
    return boards.create(place, by=None, now=now, **settings)


def post_on(panel: Panel, place: Organization, seats: int = 1) -> Opportunity:
    """Work on a board as posting leaves it: its seats open, its money set aside."""
    for _ in range(seats):
        make.seat(panel)
    return scenes.posted(place, panel=panel, seats=seats)


def yes(post: Opportunity, who: Person, now: datetime) -> Engagement:
    offer = make.offer(post, who)
    return offers.accept(offer.id, counted=True, raised=False, by=who, now=now)


def seat_of(engagement: Engagement) -> Seat:
    return db.session.get_one(Seat, engagement.seat_id)


def in_a_row(panel: Panel, who: Person, on: date) -> int:
    return board_queries.terms_in_a_row(panel.id, on).get(who.id, 0)


def test_a_yes_takes_a_seat_for_a_term(app: Flask, july: datetime) -> None:
    place = make.organization()
    panel = board(place, july)
    (who,) = scenes.consultants(1)
    agreed = yes(post_on(panel, place), who, july)
    seat = seat_of(agreed)
    first = july.date() + 21 * DAY
    assert (seat.starts_on, seat.ends_on) == (first, date(2027, 8, 4))
    assert in_a_row(panel, who, first) == 1


def test_the_seat_outlives_its_work_and_ends_with_the_term(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july)
    who, other = scenes.consultants(2)
    post = post_on(panel, place, seats=2)
    agreed = yes(post, who, july)
    yes(post, other, july)
    engagement_jobs.finish_due(july + 60 * DAY)
    seat = seat_of(agreed)
    assert seat.status is SeatStatus.HELD
    ends_on = seat.ends_on
    assert ends_on is not None

    jobs.end_terms(datetime(2027, 8, 4, 16, tzinfo=july.tzinfo))
    assert seat.status is SeatStatus.HELD
    for _ in range(2):
        jobs.end_terms(datetime(2027, 8, 5, 16, tzinfo=july.tzinfo))
    db.session.refresh(seat)
    assert (seat.status, seat.person_id) == (SeatStatus.ENDED, None)
    assert queries.voices(panel.id).held == 0
    flag = queries.open_flag(panel.id)
    assert flag is not None
    assert flag.state is VoiceState.NOT_KNOWN
    assert in_a_row(panel, who, ends_on) == 1


def test_agreed_work_keeps_a_seat_whose_term_is_over(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july)
    (who,) = scenes.consultants(1)
    seat = seat_of(yes(post_on(panel, place), who, july))
    with transaction():
        seat.ends_on = july.date() - DAY
    jobs.end_terms(july)
    assert seat.status is SeatStatus.HELD


def test_the_end_of_a_term_is_undone_whole(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make.organization()
    panel = board(place, july)
    people = scenes.consultants(2)
    for who in people:
        scenes.hold_seat(panel, who, counted=True)
    seat = queries.live_seats(panel.id)[0]
    with transaction():
        seat.ends_on = july.date() - DAY

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(notices, "queue", fail)
    with pytest.raises(RuntimeError):
        jobs.end_terms(july)
    db.session.expire_all()
    assert seat.person_id == people[0].id
    assert queries.open_flag(panel.id) is None
    monkeypatch.undo()

    jobs.end_terms(july)
    told = sa.select(Notice.kind).where(Notice.person_id == people[1].id)
    assert list(db.session.scalars(told)) == ["alone"]


def test_a_new_term_is_a_new_yes_and_counts_in_a_row(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july, term_months=1)
    (who,) = scenes.consultants(1)
    yes(post_on(panel, place), who, july)
    later = july + 100 * DAY
    sessions = ((later, 60),)
    make.seat(panel)
    second = scenes.posted(place, panel=panel, seats=1, sessions=sessions)
    agreed = yes(second, who, july)
    assert len(set(held(panel))) == 1
    assert len(held(panel)) == 2  # the old term runs on beside the new one
    assert board_queries.may_come(queries.live_seats(panel.id)) == 1
    assert seat_of(agreed).starts_on == later.date()
    assert in_a_row(panel, who, later.date()) == 2


def held(panel: Panel) -> list[int]:
    return [
        seat.person_id
        for seat in queries.live_seats(panel.id)
        if seat.status is SeatStatus.HELD and seat.person_id is not None
    ]


def test_work_within_a_term_is_done_in_the_same_seat(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july)
    (who,) = scenes.consultants(1)
    first = yes(post_on(panel, place), who, july)
    second = yes(post_on(panel, place), who, july)
    assert second.seat_id == first.seat_id
    assert [seat.status for seat in queries.live_seats(panel.id)] == [SeatStatus.HELD]
    assert in_a_row(panel, who, july.date() + 30 * DAY) == 1

    engagements.leave(second.id, by=who, now=july)
    assert seat_of(first).person_id == who.id
    statuses = sorted(seat.status for seat in queries.live_seats(panel.id))
    assert statuses == [SeatStatus.HELD, SeatStatus.OPEN]
    engagements.leave(first.id, by=who, now=july)
    assert held(panel) == []
    assert db.session.scalars(sa.select(Term)).all() == []  # none had begun


def test_who_leaves_in_the_term_has_had_it(app: Flask, july: datetime) -> None:
    place = make.organization()
    panel = board(place, july)
    (who,) = scenes.consultants(1)
    agreed = yes(post_on(panel, place), who, july)
    engagements.leave(agreed.id, by=who, now=july + 25 * DAY)
    (term,) = db.session.scalars(sa.select(Term))
    assert term.ended_on == july.date() + 25 * DAY
    assert in_a_row(panel, who, term.ended_on) == 1


def test_a_seat_is_given_back_by_its_holder_alone(app: Flask, july: datetime) -> None:
    place = make.organization()
    panel = board(place, july)
    who, other = scenes.consultants(2)
    seat = scenes.hold_seat(panel, who, counted=True)
    with pytest.raises(NotFound):
        boards.give_up(panel.id, by=other, now=july)
    boards.give_up(panel.id, by=who, now=july)
    assert seat.status is SeatStatus.ENDED


def test_terms_of_names_that_are_kept_back_are_not_counted(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july, term_months=1)
    (who,) = scenes.consultants(1)
    seat = seat_of(yes(post_on(panel, place), who, july))
    shown = board_queries.terms_in_a_row(
        panel.id, july.date() + 30 * DAY, without={seat.id}
    )
    assert shown == {}


def test_what_ends_soon_is_listed_by_its_day(app: Flask, july: datetime) -> None:
    place = make.organization()
    panel = board(place, july)
    (who,) = scenes.consultants(1)
    mine = scenes.hold_seat(panel, who, counted=True)
    far = make.seat(panel, make.consultant(), ends_on=july.date() + 61 * DAY)
    with transaction():
        mine.ends_on = july.date() + 20 * DAY
    today, seats = july.date(), queries.live_seats(panel.id)
    found = board_queries.ending_soon(panel, seats, today, set())
    assert [(one.seat.id, one.in_a_row) for one in found] == [(mine.id, 1)]
    hidden = board_queries.ending_soon(panel, seats, today, {mine.id})
    assert [one.in_a_row for one in hidden] == [0]
    assert far.id not in {one.seat.id for one in found}
    assert board_queries.survivor_terms_ending(panel.id, today) == 1


def test_a_board_is_changed_while_it_goes_on(app: Flask, july: datetime) -> None:
    place = make.organization()
    by, panel = make.coordinator(place), board(place, july)
    values = {**RULES, "name": "New name", "minimum_voices": 3}
    boards.change(panel.id, by=by, now=july, **values)
    assert (panel.name, panel.minimum_voices) == ("New name", 3)
    with pytest.raises(Refused):
        boards.change(panel.id, by=by, now=july, **{**values, "term_months": None})
    with transaction():
        actions.end(panel, on=july.date(), by=by, now=july)
    for other in (panel, make.panel(place)):
        with pytest.raises(NotFound):
            boards.change(other.id, by=by, now=july, **values)


def test_before_an_ask_by_name_the_boards_limit_is_told_and_bars_nobody(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july, most_terms=1)
    often, fresh = scenes.consultants(2)
    scenes.hold_seat(panel, often, counted=True)
    names = [make.alias(often, place, "Juniper"), make.alias(fresh, place, "Alder")]
    for name in names:
        name.is_listed = True
        make.save(name)
    post = scenes.posted(place, panel=panel, seats=1)
    browser, path = sign_in(make.coordinator(place)), f"/work/{post.uid}/ask"
    shown = browser.get(path).text
    assert "thinks 1 term in a row is enough" in shown
    assert "Juniper has had 1." in shown
    assert "Alder has had" not in shown
    sent = {"alias": names[0].uid, "reply_by": "2026-07-20"}
    assert browser.post(path, data=sent).status_code == 303
    elsewhere = scenes.posted(place)
    assert "has had" not in browser.get(f"/work/{elsewhere.uid}/ask").text


def test_work_of_a_board_shows_whether_enough_seats_are_held(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july, quorum=2)
    post = post_on(panel, place)
    browser = sign_in(make.coordinator(place))
    assert "2 too few" in browser.get(f"/work/{post.uid}").text
    assert "2 too few" in browser.get(f"/groups/{panel.uid}").text
    for who in scenes.consultants(2):
        scenes.hold_seat(panel, who, counted=True)
    assert "enough seats held" in browser.get(f"/work/{post.uid}").text
    assert "enough seats held" in browser.get(f"/groups/{panel.uid}").text


def test_a_seat_that_outlives_its_work_is_given_back_from_the_plan(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    panel = board(place, july)
    who, other = scenes.consultants(2)
    agreed = yes(post_on(panel, place), who, july)
    browser, path = sign_in(who), f"/plans/{agreed.uid}/seat"
    assert browser.get(path).status_code == 404  # work is agreed in it
    engagement_jobs.finish_due(july + 60 * DAY)
    assert path in browser.get(f"/plans/{agreed.uid}").text
    assert sign_in(other).post(path).status_code == 404
    for _ in range(2):
        sent = browser.post(path, data={"once": "a" * 20})
        assert sent.status_code == 303
    assert held(panel) == []
    assert path not in browser.get(f"/plans/{agreed.uid}").text
