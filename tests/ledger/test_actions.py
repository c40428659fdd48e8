from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.audit.models import AuditEntry
from engage.core.db import Conflict, db, transaction
from engage.core.errors import NotFound, Refused
from engage.ledger import actions, queries, rules
from engage.ledger.models import Payable, Payee, Posting
from engage.ledger.rules import PayableKind
from engage.notices.models import Notice
from engage.organizations.models import Organization
from engage.people.models import Person
from tests import make

pytestmark = pytest.mark.usefixtures("app")
NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
DAY, HOUR = date(2026, 7, 15), timedelta(hours=1)


def owe(
    payee: Payee,
    source: str,
    cents: int,
    *,
    kind: PayableKind = PayableKind.HOURS,
    place: Organization | None = None,
) -> Payable:
    with transaction():
        return actions.owe(
            kind,
            source,
            payee=payee,
            organization_id=place.id if place else payee.payer_id,
            funding_line_id=1,
            cents=cents,
            worked_on=DAY,
            due_on=DAY,
            approved_by_id=None,
            now=NOW,
        )


def payee_of(person: Person, payer: Organization) -> Payee:
    with transaction():
        return actions.payee_for(person.id, payer.id)


def test_each_payer_knows_a_person_by_another_handle() -> None:
    person, payers = make.consultant(), [make.payer(), make.payer()]
    one, other = (payee_of(person, payer) for payer in payers)
    assert one.handle != other.handle
    assert payee_of(person, payers[0]).id == one.id
    assert one.rail == "manual"
    assert set(one.handle) <= set(actions.SIGNS)


def test_handles_of_many_are_found_and_made_together() -> None:
    payer, people = make.payer(), [make.consultant() for _ in range(3)]
    known = payee_of(people[0], payer)
    pairs = [(person.id, payer.id) for person in people]
    with transaction():
        found = actions.payees_for(pairs)
    assert found[pairs[0]].id == known.id
    assert len({payee.handle for payee in found.values()}) == 3


def test_what_is_owed_stands_in_the_ledger_once() -> None:
    payee = payee_of(make.consultant(), make.payer())
    owe(payee, "hours:1", 500)
    with pytest.raises(Conflict):
        owe(payee, "hours:1", 500)
    assert db.session.scalars(sa.select(Posting.cents)).all() == [500]
    assert queries.problems() == []


def test_a_payable_that_fails_takes_its_posting_with_it() -> None:
    payee = payee_of(make.consultant(), make.payer())
    with transaction() as session:
        session.add(
            Payable(
                kind=PayableKind.HOURS,
                source="hours:1",
                payee_id=payee.id,
                payer_id=payee.payer_id,
                organization_id=payee.payer_id,
                funding_line_id=1,
                cents=5,
                worked_on=DAY,
                due_on=DAY,
            )
        )
    with pytest.raises(Conflict):
        owe(payee, "hours:1", 500)
    assert db.session.scalars(sa.select(Posting)).all() == []


def test_the_handle_and_the_money_of_another_are_not_found() -> None:
    mine, other = make.consultant(), make.consultant()
    payee = payee_of(other, make.payer())
    with pytest.raises(NotFound):
        queries.own_payee(mine, payee.uid)
    with pytest.raises(NotFound):
        actions.choose_rail(payee.id, "demo", offered=["demo"], by=mine, now=NOW)
    assert queries.statement(mine) == []


def test_a_rail_is_chosen_from_what_is_offered_and_audited() -> None:
    person = make.consultant()
    payee = payee_of(person, make.payer())
    with pytest.raises(Refused, match="listed here"):
        actions.choose_rail(payee.id, "stripe", offered=["demo"], by=person, now=NOW)
    actions.choose_rail(
        payee.id, "demo", offered=["demo"], by=person, now=NOW, wait=timedelta(0)
    )
    assert (payee.rail, payee.rail_next, payee.rail_from) == ("demo", None, None)
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject == person.subject)
    ).one()
    assert (entry.verb, entry.thing) == ("payee.rail", f"payee:{payee.uid}")


def test_another_way_counts_three_days_later_and_is_told() -> None:
    person = make.consultant()
    payee = payee_of(person, make.payer())

    def choose(rail: str, now: datetime) -> None:
        offered = ["demo", "manual", "stripe"]
        actions.choose_rail(payee.id, rail, offered=offered, by=person, now=now)

    choose("stripe", NOW)
    told = sa.select(Notice.kind).where(Notice.person_id == person.id)
    assert db.session.scalars(told).all() == ["new_place"]
    choose("stripe", NOW + HOUR)
    for hours, rail in ((71, "manual"), (72, "stripe")):
        actions.take_rails(NOW + hours * HOUR)
        assert payee.rail == rail
    assert (payee.rail_next, payee.rail_from) == (None, None)


def test_the_way_in_use_chosen_again_stops_a_change_at_once() -> None:
    person = make.consultant()
    payee = payee_of(person, make.payer())
    for rail in ("stripe", "demo", "manual"):
        offered = ["demo", "manual", "stripe"]
        actions.choose_rail(payee.id, rail, offered=offered, by=person, now=NOW)
    actions.take_rails(NOW + 100 * HOUR)
    assert (payee.rail, payee.rail_next) == ("manual", None)


steps = st.lists(
    st.tuples(st.sampled_from(["owe", "pay", "back"]), st.integers(1, 10**9)),
    max_size=12,
)


@given(steps=steps)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_ledger_sums_to_zero_whatever_happens(steps: list[tuple[str, int]]) -> None:
    payee = payee_of(make.consultant(), make.payer())
    account, clearing = rules.payable(payee.handle), rules.clearing("demo")
    earned = paid = 0
    for number, (step, cents) in enumerate(steps):
        source = f"{step}:{payee.id}:{number}"
        if step == "owe":
            owe(payee, source, cents)
            earned += cents
            continue
        debit, credit = (account, clearing) if step == "pay" else (clearing, account)
        with transaction():
            actions.post(step, source, debit=debit, credit=credit, cents=cents, now=NOW)
        paid += cents if step == "pay" else -cents
    postings = db.session.scalars(sa.select(Posting)).all()
    assert rules.is_balanced(postings)
    sums = queries.owed([payee.handle])[payee.handle]
    assert (sums.earned_cents, sums.paid_cents) == (earned, paid)
    assert sums.owed_cents == rules.owed_cents(postings, payee.handle)
