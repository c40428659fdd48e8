"""The money of a line by month: whatever happened, it comes to what is left of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from engage.core.calendar import local_day
from engage.core.db import lock_one, transaction
from engage.engagements import actions as engagements
from engage.funding import queries as funding
from engage.funding.rules import Stage
from engage.hours import line_months
from engage.hours.month_rules import backfill, months, months_of, spread
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser
from tests.hours.test_expenses import approve as approve_costs
from tests.hours.test_expenses import pay, send, work_of
from tests.hours.work import DAY, approve, log

SignIn = Callable[..., Browser]
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
SUMS = st.dictionaries(DAYS.map(lambda day: day.replace(day=1)), st.integers(0, 10**6))


@given(
    st.integers(0, 10**7), st.lists(st.tuples(DAYS, st.integers(0, 10**6)), min_size=1)
)
def test_what_is_kept_is_all_somewhere(cents, needs):
    assert sum(backfill(cents, needs).values()) == cents
    assert sum(spread(cents, needs).values()) == cents


def test_what_is_kept_belongs_to_the_last_sessions():
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    assert backfill(120, [(march, 100), (april, 100)]) == {march: 20, april: 100}
    assert backfill(250, [(march, 100), (april, 100)]) == {march: 150, april: 100}


@given(DAYS, st.integers(0, 800), st.fixed_dictionaries(dict.fromkeys(Stage, SUMS)))
def test_the_last_month_leaves_the_balance_less_every_sum(starts, length, sums):
    found = months_of(starts, starts + timedelta(length), 10**7, sums)
    spoken = sum(sum(each.values()) for each in sums.values())
    assert found[-1].left == 10**7 - spoken
    assert [each.first for each in found] == list(
        months(found[0].first, found[-1].first)
    )
    for stage in Stage:
        assert sum(getattr(each, stage.value) for each in found) == sum(
            sums[stage].values()
        )


@pytest.mark.usefixtures("app")
def test_of_a_real_line_it_comes_to_what_is_left(
    season: datetime, sign_in: SignIn
) -> None:
    work = work_of(season, minutes=(120, 60, 60))
    approve(work, log(work))
    approve_costs(work, send(work))
    pay(work, work.done)
    approve(work, log(work, 60, day=local_day(work.done, work.person.zone)))
    today = local_day(work.done, work.person.zone)
    line = work.line
    found = line_months.by_month(line, today)
    assert found[-1].left == funding.left_cents(line.id)
    stages = funding.stages([line.id])[line.id]
    assert sum(each.paid for each in found) == stages[Stage.PAID]
    assert sum(each.approved for each in found) == stages[Stage.APPROVED]
    assert sum(each.kept for each in found) == (
        stages[Stage.RESERVED] + stages[Stage.SET_ASIDE]
    )
    with time_machine.travel(work.done + DAY, tick=False):
        coordinator = sign_in(work.coordinator).get(f"/lines/{line.uid}/months").text
        assert "Agreed or set aside" in coordinator
        assert "Set aside for open seats" not in coordinator
        payer = funding.line(line.uid, [work.place.id], []).payer
        own = sign_in(make.finance(payer)).get(f"/lines/{line.uid}/months").text
        assert "Set aside for open seats" in own
        other = sign_in(make.coordinator(make.organization()))
        assert other.get(f"/lines/{line.uid}/months").status_code == 404


@pytest.mark.parametrize(("first", "second"), [(240, 60), (60, 240), (120, 120)])
@pytest.mark.usefixtures("app")
def test_a_yes_moves_no_money_from_month_to_month(
    july: datetime, first: int, second: int
) -> None:
    """Money that moves to another bar would tell when somebody said yes."""
    place = make.organization()
    line = make.funding_line(place)
    sessions = ((july + 7 * DAY, first), (july + 42 * DAY, second))
    post = scenes.posted(place, seats=2, professionals=0, line=line, sessions=sessions)
    today = local_day(july, place.zone)

    def seen() -> list[tuple[date, int, int]]:
        found = line_months.by_month(line, today)
        return [(each.first, each.kept, each.left) for each in found]

    before = seen()
    for _ in range(2):
        person = make.consultant()
        with transaction():
            lock_one(Person, person.id)
            lock_one(Opportunity, post.id)
            engagements.agree(
                opportunities.by_id(post.id),
                person=person,
                seat=None,
                counted=False,
                by=person,
                now=july,
            )
        assert seen() == before
