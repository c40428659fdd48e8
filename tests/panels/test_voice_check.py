"""Every flag is what a recomputation from raw rows says; a difference is told."""

import logging
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.core.db import db, transaction
from engage.panels import jobs, queries, rules, voice_queries
from engage.panels.models import CountChoice, Panel, Seat, VoiceFlag
from engage.panels.rules import (
    FlagStatus,
    HeldSeat,
    SeatKind,
    SeatRole,
    SeatStatus,
    VoiceState,
)
from engage.people.models import Person
from engage.worker import JOBS, Worker
from tests import make, scenes

NOW = datetime.fromisoformat("2026-07-15T16:00:00+00:00")
PEOPLE = 4
SEATS = st.lists(
    st.tuples(
        st.sampled_from(SeatRole),
        st.sampled_from(SeatStatus),
        st.integers(-1, PEOPLE - 1),  # -1 is a professional
    ),
    max_size=7,
)
PANELS = st.lists(
    st.tuples(
        st.integers(2, 4),
        SEATS,
        st.dictionaries(st.integers(0, PEOPLE - 1), st.booleans()),
        st.none() | st.sampled_from([s for s in VoiceState if s is not VoiceState.MET]),
        st.sampled_from(FlagStatus),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def build(spec: tuple, place_id: int, people: list[Person]) -> Panel:
    minimum, seats, choices, flagged, status, has_ended = spec
    panel = Panel(
        organization_id=place_id,
        name="Random",
        minimum_voices=minimum,
        created_at=NOW,
        ended_on=date(2026, 7, 1) if has_ended else None,
    )
    db.session.add(panel)
    db.session.flush()
    for role, seat_status, number in seats:
        kind = SeatKind.PROFESSIONAL if number < 0 else SeatKind.SURVIVOR
        holds = seat_status is SeatStatus.HELD and number >= 0
        db.session.add(
            Seat(
                panel_id=panel.id,
                role=role,
                status=seat_status,
                kind=kind,
                person_id=people[number].id if holds else None,
            )
        )
    for number, counted in choices.items():
        db.session.add(
            CountChoice(
                panel_id=panel.id, person_id=people[number].id, is_counted=counted
            )
        )
    if flagged is not None:
        db.session.add(_flag(panel, flagged, status))
    return panel


def _flag(panel: Panel, state: VoiceState, status: FlagStatus) -> VoiceFlag:
    flag = VoiceFlag(panel_id=panel.id, state=state, status=status, raised_at=NOW)
    if status is FlagStatus.ANSWERED:
        flag.plan, flag.plan_by = "Ask one more.", date(2026, 8, 1)
    if status is FlagStatus.CLEARED:
        flag.cleared_at = NOW
    return flag


def by_the_rule(spec: tuple) -> VoiceState | None:
    """From the raw values alone, by the pure rule."""
    minimum, seats, choices, *_ = spec
    if not rules.is_panel(len(seats)):
        return None
    held = [
        HeldSeat(None if number < 0 else number, bool(choices.get(number, False)), role)
        for role, status, number in seats
        if status is SeatStatus.HELD
    ]
    return rules.voice(held, minimum)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PANELS)
def test_one_statement_says_what_the_rule_says(app: Flask, specs: list[tuple]) -> None:
    place = make.organization()
    people = [make.consultant() for _ in range(PEOPLE)]
    with transaction() as session:
        session.execute(sa.delete(VoiceFlag))
        session.execute(sa.delete(CountChoice))
        session.execute(sa.delete(Seat))
        session.execute(sa.delete(Panel))
        panels = {build(spec, place.id, people).id: spec for spec in specs}

    found = {one.panel_id: one for one in voice_queries.all_voices()}
    going = {key: spec for key, spec in panels.items() if not spec[5]}
    assert set(found) == set(going)
    for panel_id, spec in going.items():
        flagged = spec[3] if spec[4] is not FlagStatus.CLEARED else None
        assert found[panel_id].state == by_the_rule(spec)
        assert found[panel_id].flag == flagged
    differing = [one.panel_id for one in found.values() if one.differs]
    assert [one.panel_id for one in voice_queries.differing()] == differing


def flagged(app: Flask) -> Panel:
    """A panel of two with one counted person, and its flag as it should be."""
    post = scenes.posted(make.organization())
    panel = db.session.get_one(Panel, post.panel_id)
    scenes.hold_seat(panel, make.consultant(), counted=True)
    return panel


def spoil(panel: Panel) -> None:
    """What no action does: a flag that says another state."""
    flag = queries.open_flag(panel.id)
    assert flag is not None
    with transaction():
        flag.state = VoiceState.LOW


def test_actions_leave_nothing_to_mend(app: Flask, july: datetime) -> None:
    flagged(app)
    assert voice_queries.differing() == []
    jobs.check_voices(july)


def test_a_difference_is_logged_shown_and_mended(
    app: Flask, july: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    panel = flagged(app)
    spoil(panel)
    with caplog.at_level(logging.ERROR), pytest.raises(jobs.FlagsDiffer):
        jobs.check_voices(july)
    assert f"panel {panel.id}: its flag says low, its seats say sole" in caplog.text
    flag = queries.open_flag(panel.id)
    assert flag is not None
    assert flag.state is VoiceState.SOLE
    assert [one.status for one in queries.flags(panel.id)].count("cleared") >= 1
    jobs.check_voices(july)


def test_an_administrator_reads_that_the_job_found_something(
    app: Flask, july: datetime, sign_in: object
) -> None:
    spoil(flagged(app))
    (job,) = [job for job in JOBS if job.name == "panels.check_voices"]
    Worker(app, (job,)).run_due(july)
    shown = sign_in(make.administrator()).get("/").text
    assert "panels.check_voices" in shown
    assert "Did not work: FlagsDiffer" in shown


def test_the_command_tells_and_mends_nothing(app: Flask, july: datetime) -> None:
    panel = flagged(app)
    run = app.test_cli_runner().invoke
    done = run(args=["check-panels"])
    assert (done.exit_code, done.output) == (
        0,
        "Every flag is what its panel's seats ask for.\n",
    )
    spoil(panel)
    for _ in range(2):
        done = run(args=["check-panels"])
        assert done.exit_code == 1
        assert f"Panel {panel.id}: the flag says low, the seats say sole." in (
            done.output
        )
