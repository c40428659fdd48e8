from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.organizations.models import Organization
from engage.panels import actions, answers, jobs, queries, rules, voices
from engage.panels.models import CountChoice, Panel, ParityNote, Seat, VoiceFlag
from engage.panels.rules import (
    FlagStatus,
    SeatKind,
    SeatRole,
    SeatStatus,
    VoiceState,
)
from engage.people.models import Person
from tests import make, scenes

DAY = timedelta(days=1)
FAR = date(2026, 9, 1)
NEAR = date(2026, 7, 20)


def panel_of(
    place: Organization, now: datetime, *, first: date = NEAR, **values: object
) -> Panel:
    settings = {"minimum_voices": 2, "survivor_seats": 3, **values}
    return actions.create(
        place,
        name="Protocol group",
        first_session_on=first,
        by=None,
        now=now,
        **settings,
    )


def sit(panel: Panel, now: datetime, *, counted: bool = True) -> tuple[Seat, Person]:
    who = make.consultant()
    with transaction():
        seat = queries.open_survivor_seats(panel.id)[0]
        actions.take_seat(
            panel, seat, person=who, label="", counted=counted, by=who, now=now
        )
    return seat, who


def stand_up(panel: Panel, seat: Seat, now: datetime) -> None:
    with transaction():
        actions.free_seat(panel, seat, by=None, now=now)


def told(person: Person) -> list[str]:
    rows = sa.select(Notice.kind).where(Notice.person_id == person.id)
    return list(db.session.scalars(rows.order_by(Notice.id)))


def flag_of(panel: Panel) -> VoiceFlag:
    flag = queries.open_flag(panel.id)
    assert flag is not None
    return flag


@pytest.mark.parametrize("minimum", [2, 3])
@pytest.mark.parametrize("seats", [[], [1], [0], [1, 0], [1, 1], [0, 0, 1], [1, 1, 1]])
def test_the_flag_of_the_rows_is_the_one_of_the_rule(
    app: Flask, july: datetime, seats: list[int], minimum: int
) -> None:
    panel = panel_of(make.organization(), july, minimum_voices=minimum)
    for counted in seats:
        sit(panel, july, counted=bool(counted))
    state = rules.state_of(sum(seats), minimum)
    flag = queries.open_flag(panel.id)
    assert (None if flag is None else flag.state) == (
        None if state is VoiceState.MET else state
    )
    cleared = [each for each in queries.flags(panel.id) if each.cleared_at]
    assert all(each.status is FlagStatus.CLEARED for each in cleared)


def test_facilitators_and_interpreters_are_left_out(app: Flask, july: datetime) -> None:
    place = make.organization()
    panel = panel_of(place, july, survivor_role=SeatRole.FACILITATOR)
    sit(panel, july)
    sit(panel, july)
    assert queries.voices(panel.id) == (0, 2, 3)
    assert flag_of(panel).state is VoiceState.NOT_KNOWN


def test_coordinators_are_told_once_and_not_while_forming(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    by, elsewhere = make.coordinator(place), make.coordinator(make.organization())
    panel_of(place, july, first=FAR)
    assert told(by) == []

    panel = panel_of(place, july)
    sit(panel, july, counted=False)
    assert told(by) == ["flag"]
    assert told(elsewhere) == []


def test_the_end_of_forming_is_told_by_the_job(app: Flask, july: datetime) -> None:
    place = make.organization()
    by = make.coordinator(place)
    panel_of(place, july, first=july.date() + 10 * DAY)
    jobs.raise_past_plans(july)
    assert told(by) == []
    jobs.raise_past_plans(july + 3 * DAY)
    jobs.raise_past_plans(july + 4 * DAY)
    assert told(by) == ["flag"]


def test_the_one_who_is_left_alone_is_told_in_the_same_transaction(
    app: Flask, july: datetime
) -> None:
    panel = panel_of(make.organization(), july, survivor_seats=2)
    seat, gone = sit(panel, july)
    _, left = sit(panel, july)
    assert queries.open_flag(panel.id) is None

    stand_up(panel, seat, july)

    assert flag_of(panel).state is VoiceState.SOLE
    assert told(left) == ["alone"]
    assert told(gone) == []


def test_nothing_changes_when_the_word_to_the_one_left_fails(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_of(make.organization(), july, survivor_seats=2)
    seat, gone = sit(panel, july)
    sit(panel, july)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(notices, "queue", fail)
    with pytest.raises(RuntimeError):
        stand_up(panel, seat, july)

    db.session.refresh(seat)
    assert seat.person_id == gone.id
    assert queries.open_flag(panel.id) is None


def test_somebody_uncounted_who_leaves_tells_the_other_nothing_new(
    app: Flask, july: datetime
) -> None:
    panel = panel_of(make.organization(), july, survivor_seats=2)
    seat, _ = sit(panel, july, counted=False)
    _, left = sit(panel, july)
    stand_up(panel, seat, july)
    assert told(left) == []


def test_a_choice_is_the_persons_own_and_goes_with_the_seat(
    app: Flask, july: datetime
) -> None:
    panel = panel_of(make.organization(), july)
    seat, who = sit(panel, july, counted=False)
    actions.choose(panel.id, counted=True, by=who, now=july)
    assert flag_of(panel).state is VoiceState.SOLE
    with pytest.raises(NotFound):
        actions.choose(panel.id, counted=True, by=make.consultant(), now=july)

    stand_up(panel, seat, july)
    assert db.session.scalars(sa.select(CountChoice)).all() == []
    with pytest.raises(NotFound):
        actions.choose(panel.id, counted=True, by=who, now=july)


def test_one_place_is_no_panel_and_two_are_even_when_one_goes(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    alone = panel_of(place, july, survivor_seats=1)
    sit(alone, july)
    assert queries.open_flag(alone.id) is None

    pair = panel_of(place, july, survivor_seats=2)
    sit(pair, july)
    with transaction():
        empty = queries.open_survivor_seats(pair.id)[0]
        actions.end_seat(pair.id, empty.uid, by=None, now=july)
    assert flag_of(pair).state is VoiceState.SOLE


def test_a_plan_answers_and_its_day_raises_it_again(app: Flask, july: datetime) -> None:
    place = make.organization()
    by = make.coordinator(place)
    panel = panel_of(place, july)
    with pytest.raises(Refused):
        answers.answer_flag(panel.id, plan=" ", plan_by=NEAR, by=by, now=july)
    answers.answer_flag(
        panel.id, plan="Ask two more people.", plan_by=NEAR, by=by, now=july
    )
    flag = flag_of(panel)
    assert (flag.status, flag.plan) == (FlagStatus.ANSWERED, "Ask two more people.")
    assert b"Ask two" not in (flag.plan_sealed or b"")

    jobs.raise_past_plans(july + 5 * DAY)
    assert flag.status is FlagStatus.ANSWERED
    jobs.raise_past_plans(july + 6 * DAY)
    assert flag.status is FlagStatus.RAISED
    assert told(by) == ["flag", "flag"]


def test_a_group_of_two_keeps_its_standing_plan(app: Flask, july: datetime) -> None:
    place = make.organization()
    panel = panel_of(place, july, survivor_seats=2)
    answers.answer_flag(
        panel.id,
        plan="They set the agenda together.",
        plan_by=NEAR,
        by=make.coordinator(place),
        now=july,
    )
    jobs.raise_past_plans(july + 60 * DAY)
    assert flag_of(panel).status is FlagStatus.ANSWERED


def test_after_the_end_nothing_is_raised_any_more(app: Flask, july: datetime) -> None:
    place = make.organization()
    panel = panel_of(place, july, survivor_seats=2)
    first, _ = sit(panel, july)
    sit(panel, july)
    with transaction():
        actions.end(panel, on=july.date(), by=None, now=july)
    stand_up(panel, first, july)
    assert queries.open_flag(panel.id) is None
    with pytest.raises(Refused):
        actions.add_seat(
            panel.id,
            label="Legal aid",
            kind=SeatKind.PROFESSIONAL,
            role=SeatRole.MEMBER,
            by=make.coordinator(place),
            now=july,
        )


def test_who_agreed_before_counts_only_after_a_yes_here(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    panel = panel_of(place, july)
    seat = actions.add_seat(
        panel.id,
        label="",
        kind=SeatKind.SURVIVOR,
        role=SeatRole.MEMBER,
        is_awaiting=True,
        by=make.coordinator(place),
        now=july,
    )
    assert seat.status is SeatStatus.AWAITING
    assert queries.voices(panel.id).held == 0


def test_only_seats_without_a_person_are_taken_away(app: Flask, july: datetime) -> None:
    place = make.organization()
    by = make.coordinator(place)
    panel = panel_of(
        place,
        july,
        professional_seats=[actions.ProfessionalSeat(SeatRole.MEMBER, "Legal aid")],
    )
    held, _ = sit(panel, july)
    open_seat = queries.open_survivor_seats(panel.id)[0]
    for seat in (held, open_seat):
        with pytest.raises(NotFound):
            actions.take_away_seat(panel.id, seat.uid, by=by, now=july)
    (other,) = [
        each
        for each in queries.live_seats(panel.id)
        if each.kind is SeatKind.PROFESSIONAL
    ]
    actions.take_away_seat(panel.id, other.uid, by=by, now=july)
    assert other.status is SeatStatus.ENDED


def test_a_reason_for_other_pay_is_kept_sealed(app: Flask, july: datetime) -> None:
    place = make.organization()
    by = make.coordinator(place)
    panel = panel_of(place, july)
    for reason in ("The award sets it.", "The award sets it until June."):
        answers.note_parity(panel.id, SeatRole.MEMBER, reason, by=by, now=july)
    note = db.session.scalars(sa.select(ParityNote)).one()
    assert note.reason == "The award sets it until June."
    assert b"award" not in note.reason_sealed


def test_revoice_twice_changes_nothing(app: Flask, july: datetime) -> None:
    post = scenes.posted(make.organization())
    panel = db.session.get_one(Panel, post.panel_id)
    before = [flag.uid for flag in queries.flags(panel.id)]
    with transaction():
        voices.revoice(panel, now=july, by=None)
    assert [flag.uid for flag in queries.flags(panel.id)] == before
