from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engage.audit.models import AuditEntry
from engage.core import calendar, clock
from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound
from engage.engagements import actions as engagements
from engage.engagements import terms
from engage.funding.rules import PayKind
from engage.hours import actions as hours
from engage.hours import settling
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable
from engage.offers import actions as offers
from engage.opportunities import queries as opportunities
from engage.organizations.models import Organization
from engage.payouts import actions as payouts
from engage.payouts import manual
from engage.payouts.models import Payout
from engage.payouts.rules import ManualKind, RepeatedAmount
from engage.people.models import Person
from engage.workload import figures, guard, pay, pay_queries
from engage.workload import queries as workload
from engage.workload.guard import Basis, Guard, GuardKind, GuardMode
from engage.workload.models_pay import BenefitFigure, EarningsGuard
from engage.workload.rules import Activity
from tests import make, scenes
from tests.hours import work as agreeing
from tests.payouts import owing
from tests.workload.guards import breaking, counted, expected, month, owed_work

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app", "july")


def test_a_limit_is_set_changed_and_removed():
    who = make.consultant()

    pay.set_guard(who, month(), now=clock.now())
    pay.set_guard(who, month(5, Basis.WORKED), now=clock.now())
    pay.set_guard(
        who, Guard(GuardKind.PAYMENTS, Basis.PAID, GuardMode.WARN, 3), now=clock.now()
    )
    assert [one.limit for one in pay_queries.guards(who)] == [5, 3]
    pay.remove_guard(who, GuardKind.MONTH, now=clock.now())

    assert [one.limit for one in pay_queries.guards(who)] == [3]
    with pytest.raises(NotFound):
        pay.remove_guard(who, GuardKind.MONTH, now=clock.now())


def test_the_audit_says_of_a_guard_what_it_says_of_any_limit():
    who = make.consultant()

    pay.set_guard(who, month(123_45), now=clock.now())

    (entry,) = db.session.scalars(sa.select(AuditEntry))
    assert (entry.verb, entry.thing) == ("limits.set", f"person:{who.uid}")
    assert "123" not in str({key: str(value) for key, value in vars(entry).items()})


@pytest.mark.parametrize(
    "change",
    [
        lambda who: pay.set_guard(who, month(), now=clock.now()),
        lambda who: pay.remove_guard(who, GuardKind.YEAR, now=clock.now()),
    ],
    ids=["set", "remove"],
)
def test_a_change_that_cannot_be_written_down_is_undone(change, monkeypatch):
    who = make.consultant()
    make.save(
        EarningsGuard(person_id=who.id, kind=GuardKind.YEAR, basis=Basis.PAID, most=7)
    )
    breaking(monkeypatch)

    with pytest.raises(RuntimeError):
        change(who)

    assert [one.kind for one in pay_queries.guards(who)] == [GuardKind.YEAR]


def test_staff_have_no_guard():
    member = make.coordinator(make.organization())
    with pytest.raises(NotFound):
        pay.set_guard(member, month(), now=clock.now())


@pytest.mark.parametrize("kind", PayKind)
@pytest.mark.parametrize("cents", [75_00, 81_25, 100_01])
def test_the_pay_of_all_sessions_is_the_pay_of_the_seat(kind, cents):
    place = make.organization()
    now = clock.now()
    starts = [now + days * DAY for days in (20, 22, 27, 55, 120)]
    lengths = (50, 75, 95, 60, 45)
    post = make.opportunity(
        place,
        sessions=tuple(zip(starts, lengths, strict=True)),
        pay_kind=kind,
        rate_cents=cents,
        travel_minutes=25,
    )
    post = opportunities.by_id(post.id)

    work = terms.work_of(post, now)

    assert sum(one.cents for one in work.pay) == terms.seat_price(post, place.zone, now)
    assert [one.worked_on for one in work.pay] == [
        calendar.local_day(at, place.zone) for at in starts
    ]
    frozen = terms.freeze(post, place, now)
    assert [one.due_on.isoformat() for one in work.pay] == frozen["pay_days"]
    late = terms.work_of(post, starts[0] + DAY)
    assert sum(one.cents for one in late.pay) == terms.seat_price(
        post, place.zone, starts[0] + DAY
    )


def shares(person):
    """(day of work, pay day, cents) of what is expected: its rows may be made anew."""
    return [(row.worked_on, row.due_on, row.cents) for row in expected(person)]


def test_a_yes_writes_down_what_it_pays():
    work = agreeing.agreed(clock.now(), minutes=(120, 60))

    rows = expected(work.person)

    assert [row.cents for row in rows] == [206_25, 131_25]
    assert sum(row.cents for row in rows) == work.engagement.terms["seat_cents"]
    assert {row.source for row in rows} == {f"engagement:{work.engagement.uid}"}
    assert {row.payer_id for row in rows} == {work.line.payer_id}


def test_agreed_pay_is_expected_until_somebody_leaves():
    work = agreeing.agreed(clock.now(), minutes=(120, 60))
    first = shares(work.person)[0]

    engagements.leave(
        work.engagement.id,
        by=work.person,
        now=clock.now() + 8 * DAY,
    )

    assert shares(work.person) == [first]


def test_of_cancelled_work_what_stays_owed_stays_expected():
    work = agreeing.agreed(clock.now(), minutes=(120, 60))
    first = shares(work.person)[0]

    engagements.cancel(work.engagement.id, now=clock.now() + 6 * DAY)

    assert shares(work.person) == [first]


def test_approved_hours_take_the_place_of_what_was_expected():
    work = agreeing.agreed(clock.now(), minutes=(120, 60))
    whole = counted(work.person)

    agreeing.approve(work, agreeing.log(work, 60, day=date(2026, 7, 29), now=work.done))

    assert counted(work.person, work.done) == whole
    owed = next(row for row in expected(work.person) if row.source != row.group)
    payable = db.session.scalars(sa.select(Payable)).one()
    assert (owed.source, owed.cents) == (payable.source, payable.cents)
    assert (owed.worked_on, owed.due_on) == (payable.worked_on, payable.due_on)


def test_logging_and_approval_never_ask_the_guard():
    work = agreeing.agreed(clock.now())
    pay.set_guard(
        work.person,
        Guard(GuardKind.YEAR, Basis.WORKED, GuardMode.DONT_ASK, 0),
        now=clock.now(),
    )

    agreeing.approve(work, agreeing.log(work))

    assert agreeing.rows(Payable) == 1


def test_unused_pay_is_expected_no_more_once_nothing_can_be_logged():
    work = agreeing.agreed(clock.now())
    entry = agreeing.log(work, 60)
    agreeing.approve(work, entry)
    later = work.done + 40 * DAY
    engagements.move_on(work.engagement.id, now=later)

    hours.settle(work.engagement.id, now=later)

    assert [row.source for row in expected(work.person)] == [f"hours:{entry.uid}"]
    assert counted(work.person, later) == 75_00


def test_preparation_of_work_that_is_off_takes_no_other_works_place():
    work = agreeing.agreed(clock.now(), minutes=(120, 60))
    prepared = agreeing.log(
        work,
        30,
        day=date(2026, 7, 22),
        activity=Activity.PREPARATION,
        now=clock.now() + 8 * DAY,
    )
    other = agreeing.log(
        work,
        30,
        day=date(2026, 7, 23),
        activity=Activity.PREPARATION,
        now=clock.now() + 9 * DAY,
    )
    first = expected(work.person)[0].cents
    engagements.leave(work.engagement.id, by=work.person, now=clock.now() + 10 * DAY)

    agreeing.approve(work, prepared, other)

    # One of them belongs to the session that was held, and is part of its pay.
    assert counted(work.person) == first + 37_50


@pytest.fixture
def owed():
    return owed_work()


def run(work, payable, now):
    payer = db.session.get_one(Organization, payable.payer_id)
    maker, checker = owing.two_in_finance(payer)
    batch = payouts.prepare(payer, [payable.uid], by=maker, now=now)
    payouts.release(
        batch.id,
        by=checker,
        now=now,
        caps=owing.CAPS,
        no_interest=True,
        repeated=RepeatedAmount.SAME_PAY,
    )
    payout = db.session.scalars(
        sa.select(Payout).where(Payout.batch_id == batch.id)
    ).one()
    today = calendar.local_day(now, make.ZONE)
    manual.record(
        payout.id,
        kind=ManualKind.CHECK,
        reference="90210",
        paid_on=today,
        today=today,
        by=maker,
        now=now,
    )
    manual.confirm(payout.id, by=checker, now=now)


def test_a_payment_that_arrives_and_comes_back_is_followed(owed):
    work, payable = owed
    now = work.done + 3 * DAY

    run(work, payable, now)
    row = next(row for row in expected(work.person) if row.source != row.group)
    assert row.paid_on == calendar.local_day(now, make.ZONE)
    entry = db.session.scalars(sa.select(HoursEntry)).one()
    settling.reopen(entry.id, now=now)

    row = next(row for row in expected(work.person) if row.source != row.group)
    assert row.paid_on is None


def test_a_yes_on_condition_counts_until_it_is_taken_back():
    place = make.organization()
    post = scenes.posted(place)
    (who,) = scenes.consultants(1)
    pay.set_guard(who, month(), now=clock.now())
    offer = make.offer(post, who)
    offers.accept_if_second(
        offer.id, counted=True, raised=False, by=who, now=clock.now()
    )

    held = workload.standing(who.id, clock.now()).guard
    without = workload.standing(who.id, clock.now(), without=f"offer:{offer.uid}")
    assert sum(row.cents for row in held.pay) > 0
    assert without.guard.pay == ()
    offers.withdraw(offer.id, by=who)
    assert expected(who) == []


def test_of_people_without_a_guard_nothing_is_read():
    work = agreeing.agreed(clock.now())

    assert workload.standing(work.person.id, clock.now()).guard.pay == ()
    assert counted(work.person) > 0


def test_figures_are_kept_once_and_a_newer_row_takes_over():
    figures.keep()
    figures.keep()
    today = date(2026, 11, 22)
    found = pay_queries.figures(today)
    assert (found["sga_month"].cents, found["trial_work_month"].cents) == (
        1_690_00,
        1_210_00,
    )
    assert pay_queries.figures(date(2025, 6, 1))["sga_month"].cents == 1_620_00
    assert all(row.source and row.source_date for row in found.values())

    make.save(
        BenefitFigure(
            kind="sga_month",
            from_day=date(2027, 1, 1),
            cents=1,
            source="Somewhere",
            source_date=today,
        )
    )

    assert pay_queries.figures(date(2027, 1, 1))["sga_month"].cents == 1
    assert pay_queries.figures(today)["sga_month"].cents == 1_690_00
    (used,) = pay_queries.used_by([month(1_690_00)], today)
    assert used.kind == "sga_month"
    assert pay_queries.used_by([month(3)], today) == []
    three = Guard(GuardKind.PAYMENTS, Basis.PAID, GuardMode.WARN, 3)
    assert [one.kind for one in pay_queries.used_by([three], today)] == [
        "housing_payments_year"
    ]


def test_expecting_again_after_a_release_counts_once():
    who = make.consultant()
    one = [guard.Pay(date(2026, 8, 1), date(2026, 8, 15), 50_00)]
    for _ in range(2):
        with transaction():
            lock_one(Person, who.id)
            pay.no_longer("engagement:x")
            pay.expect(who, "engagement:x", one)

    assert counted(who) == 50_00
