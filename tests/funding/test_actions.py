from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engage.audit import actions as audit
from engage.audit.models import AuditEntry
from engage.core.calendar import local_day
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.funding import actions, queries
from engage.funding.models import FundingLine, LineUse, Reservation
from engage.funding.rules import CostCategory, LineStatus, Stage
from engage.organizations.models import Organization
from tests import make

pytestmark = pytest.mark.usefixtures("app")
POST, WORK = "opportunity:a", "engagement:b"
LINE = {
    "name": "Award 2026",
    "award_reference": "A-1",
    "cost_category": CostCategory.CONSULTANT,
    "starts_on": date(2026, 1, 1),
    "ends_on": date(2026, 12, 31),
    "balance_cents": 5_000_00,
    "floor_hourly_cents": None,
    "cap_hourly_cents": 81_25,
    "cap_daily_cents": 650_00,
    "counts_preparation": True,
    "counts_travel": True,
    "prior_approval_reference": "",
}
CHANGED = {key: value for key, value in LINE.items() if key != "cost_category"}


@pytest.fixture
def line(app, july):
    return make.funding_line(balance_cents=1_000_00)


@pytest.fixture
def set_aside(line, july):
    actions.set_aside(line, POST, 600_00, by=None, now=july)


@pytest.fixture
def payer():
    return make.payer()


def held(line, source, stage):
    return queries.held_cents(line.id, source, stage)


def rows() -> int:
    return db.session.scalar(sa.select(sa.func.count(Reservation.id)))


def test_money_set_aside_is_no_longer_left(line, july):
    actions.set_aside(line, POST, 600_00, by=None, now=july)

    assert queries.left_cents(line.id) == 400_00
    assert held(line, POST, Stage.SET_ASIDE) == 600_00


def test_setting_aside_more_for_the_same_post_adds_up(line, july):
    for _ in range(2):
        actions.set_aside(line, POST, 100_00, by=None, now=july)

    assert held(line, POST, Stage.SET_ASIDE) == 200_00
    assert rows() == 1


def test_one_cent_more_than_is_left_is_refused_and_changes_nothing(line, july):
    actions.set_aside(line, POST, 1_000_00, by=None, now=july)

    with pytest.raises(Refused, match="0.01"):
        actions.set_aside(line, "opportunity:c", 1, by=None, now=july)

    assert rows() == 1


@pytest.mark.usefixtures("set_aside")
def test_a_yes_moves_money_to_the_engagement(line, july):
    actions.move(
        line,
        source=POST,
        stage=Stage.SET_ASIDE,
        to_source=WORK,
        to_stage=Stage.RESERVED,
        cents=200_00,
        now=july,
    )

    assert held(line, POST, Stage.SET_ASIDE) == 400_00
    assert held(line, WORK, Stage.RESERVED) == 200_00
    assert queries.left_cents(line.id) == 400_00


@pytest.mark.usefixtures("set_aside")
@pytest.mark.parametrize(
    ("stage", "cents"),
    [(Stage.SET_ASIDE, 600_01), (Stage.RESERVED, 1), (Stage.SET_ASIDE, 0)],
)
def test_only_held_money_moves(line, july, stage, cents):
    with pytest.raises(Refused):
        actions.move(
            line,
            source=POST,
            stage=stage,
            to_source=WORK,
            to_stage=Stage.RESERVED,
            cents=cents,
            now=july,
        )

    assert held(line, POST, Stage.SET_ASIDE) == 600_00
    assert rows() == 1


def test_an_expense_takes_what_is_left(line, july):
    actions.move(
        line,
        source=WORK,
        stage=None,
        to_source=WORK,
        to_stage=Stage.APPROVED,
        cents=50_00,
        now=july,
    )

    assert held(line, WORK, Stage.APPROVED) == 50_00
    assert queries.left_cents(line.id) == 950_00


@pytest.mark.usefixtures("set_aside")
def test_giving_back_everything_leaves_no_row(line, july):
    given = actions.release(line, source=POST, stage=Stage.SET_ASIDE, now=july)

    assert given == 600_00
    assert queries.left_cents(line.id) == 1_000_00
    assert rows() == 0


@pytest.mark.usefixtures("set_aside")
def test_giving_back_a_part_keeps_the_rest(line, july):
    actions.release(line, source=POST, stage=Stage.SET_ASIDE, cents=1, now=july)

    assert held(line, POST, Stage.SET_ASIDE) == 599_99


def test_giving_back_nothing_is_no_error(line, july):
    assert actions.release(line, source=POST, stage=Stage.SET_ASIDE, now=july) == 0


@pytest.mark.usefixtures("set_aside")
def test_a_move_whose_second_half_fails_leaves_nothing(line, july, monkeypatch):
    def fail(*args, **kw):
        raise RuntimeError("the second write")

    monkeypatch.setattr(actions, "Reservation", fail)
    with pytest.raises(RuntimeError):
        actions.move(
            line,
            source=POST,
            stage=Stage.SET_ASIDE,
            to_source=WORK,
            to_stage=Stage.RESERVED,
            cents=200_00,
            now=july,
        )

    assert held(line, POST, Stage.SET_ASIDE) == 600_00


def test_a_new_line_says_who_may_use_it_and_is_on_record(payer, july):
    place = make.organization()

    line = actions.create(
        payer, used_by=[place.id], by=make.finance(payer), now=july, **LINE
    )

    assert queries.may_use(line.id, place.id)
    assert [each.id for each in queries.usable_lines(place.id)] == [line.id]
    verbs = db.session.scalars(sa.select(AuditEntry.verb)).all()
    assert verbs == ["line.create"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_on": date(2025, 12, 31)}, "ends_on"),
        ({"balance_cents": 0}, "balance_cents"),
        ({"floor_hourly_cents": 0}, "floor_hourly_cents"),
        ({"cap_hourly_cents": 0}, "cap_hourly_cents"),
        ({"cap_daily_cents": 0}, "cap_daily_cents"),
        ({"floor_hourly_cents": 81_26}, "floor_hourly_cents"),
        ({"cap_daily_cents": 56_99, "floor_hourly_cents": 57_00}, "cap_daily_cents"),
    ],
)
def test_a_line_that_could_pay_nothing_is_refused(payer, july, wrong, field):
    with pytest.raises(Refused) as caught:
        actions.create(
            payer, used_by=[], by=make.finance(payer), now=july, **{**LINE, **wrong}
        )

    assert caught.value.field == field
    assert db.session.scalar(sa.select(FundingLine.id)) is None


def test_two_lines_of_one_payer_have_two_names(payer, july):
    finance = make.finance(payer)
    actions.create(payer, used_by=[], by=finance, now=july, **LINE)

    with pytest.raises(Refused) as caught:
        actions.create(payer, used_by=[], by=finance, now=july, **LINE)

    assert caught.value.field == "name"
    assert len(db.session.scalars(sa.select(FundingLine.id)).all()) == 1


def test_without_its_audit_entry_no_line_is_made(payer, july, monkeypatch):
    finance, place = make.finance(payer), make.organization()

    def fail(*args, **kw):
        raise RuntimeError("the last write")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError):
        actions.create(payer, used_by=[place.id], by=finance, now=july, **LINE)

    assert db.session.scalar(sa.select(FundingLine.id)) is None
    assert db.session.scalar(sa.select(LineUse.line_id)) is None


@pytest.mark.usefixtures("set_aside")
def test_an_award_cannot_shrink_below_what_is_spoken_for(line, july):
    finance = make.finance(make.payer())
    less = {**CHANGED, "balance_cents": 599_99}

    with pytest.raises(Refused) as caught:
        actions.edit(line.id, used_by=[], by=finance, now=july, **less)
    actions.edit(
        line.id,
        used_by=[],
        by=finance,
        now=july,
        **{**CHANGED, "balance_cents": 600_00},
    )

    assert caught.value.field == "balance_cents"
    assert queries.left_cents(line.id) == 0


def test_a_change_replaces_who_may_use_it(july):
    before, later = make.organization(), make.organization()
    line = make.funding_line(before)

    actions.edit(
        line.id,
        used_by=[later.id],
        by=make.finance(make.payer()),
        now=july,
        **CHANGED,
    )

    assert [each.id for each in queries.users(line.id)] == [later.id]


def test_a_closed_line_is_not_offered_and_opens_again(july):
    place = make.organization()
    line = make.funding_line(place)
    finance = make.finance(make.payer())

    actions.close(line.id, by=finance, now=july)
    assert queries.usable_lines(place.id) == []
    with pytest.raises(Refused):
        actions.close(line.id, by=finance, now=july)
    actions.reopen(line.id, by=finance, now=july)

    assert line.status is LineStatus.OPEN
    assert [each.id for each in queries.usable_lines(place.id)] == [line.id]


def test_an_outer_undo_takes_set_aside_money_with_it(line, july):
    def post_and_fail():
        with transaction():
            actions.set_aside(line, POST, 600_00, by=None, now=july)
            raise RuntimeError("later in the same unit")

    with pytest.raises(RuntimeError):
        post_and_fail()

    assert queries.left_cents(line.id) == 1_000_00


def report(line, on, july, **values):
    by = make.finance(db.session.get_one(Organization, line.payer_id))
    values = {**CHANGED, "final_report_on": on, **values}
    return actions.edit(line.id, used_by=[], by=by, now=july, **values)


def test_the_day_of_the_final_report_is_noted_and_may_be_corrected(line, july):
    today = local_day(july, make.ZONE)
    report(line, date(2026, 6, 30), july)
    assert (line.final_report_on, line.final_report_noted_on) == (
        date(2026, 6, 30),
        today,
    )
    later = july + timedelta(days=3)
    report(line, date(2026, 6, 30), later)
    assert line.final_report_noted_on == today, "the same day typed again"
    report(line, date(2026, 6, 29), later)
    assert line.final_report_noted_on == today + timedelta(days=3)
    report(line, None, later)
    assert (line.final_report_on, line.final_report_noted_on) == (None, None)


def test_a_final_report_is_never_in_the_future_nor_changed_once_used(line, july):
    today = local_day(july, make.ZONE)
    with pytest.raises(Refused, match="still to come"):
        report(line, today + timedelta(days=1), july)
    report(line, today, july)
    with transaction():
        line.records_gone_on = today
    for on in (None, date(2026, 6, 1)):
        with pytest.raises(Refused, match="stays as it is"):
            report(line, on, july)
    report(line, today, july, name="Another name")
    assert line.name == "Another name"


def test_what_was_paid_of_a_line_becomes_one_sum(line, july):
    for source in (WORK, "engagement:c"):
        row = {"source": source, "stage": Stage.PAID, "cents": 100_00}
        make.save(Reservation(line_id=line.id, **row))
    before = queries.left_cents(line.id)
    for _ in range(2):
        with transaction():
            actions.carry_paid(line)
        assert rows() == 1
        assert queries.left_cents(line.id) == before
