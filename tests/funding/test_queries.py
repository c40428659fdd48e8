import pytest

from engage.core.errors import NotFound
from engage.funding import actions, queries
from engage.funding.rules import CostCategory, LineStatus, Stage
from tests import make

pytestmark = pytest.mark.usefixtures("app")


def test_values_for_the_rules_hold_what_the_row_holds(july):
    line = make.funding_line(
        cap_hourly_cents=81_25, prior_approval_reference="PA-7", counts_travel=False
    )

    values = queries.line_values(line)

    assert values.cap_hourly_cents == 81_25
    assert values.has_prior_approval
    assert not values.counts_travel
    assert values.balance_cents == line.balance_cents


def test_a_line_is_usable_only_by_those_it_names_while_open_and_for_pay(july):
    place, other = make.organization(), make.organization()
    line = make.funding_line(place)
    make.funding_line(place, status=LineStatus.CLOSED)
    make.funding_line(place, cost_category=CostCategory.TRAVEL)
    make.funding_line(other)

    assert [each.id for each in queries.usable_lines(place.id)] == [line.id]
    assert not queries.may_use(line.id, other.id)


def test_a_line_is_seen_by_its_payer_and_its_users_only(july):
    place, payer, other = make.organization(), make.payer(), make.organization()
    line = make.funding_line(place, payer=payer)

    assert queries.line(line.uid, [place.id], []).id == line.id
    assert queries.line(line.uid, [], [payer.id]).id == line.id
    for places in ([[], []], [[other.id], [other.id]], [[payer.id], []]):
        with pytest.raises(NotFound):
            queries.line(line.uid, *places)


def test_stages_are_added_up_for_every_line_in_one_statement(july, request):
    lines = [make.funding_line() for _ in range(3)]
    for line in lines:
        actions.set_aside(line, f"opportunity:{line.uid}", 10_00, by=None, now=july)
        actions.set_aside(line, f"opportunity:x{line.uid}", 5_00, by=None, now=july)
    ids = [line.id for line in lines]
    counted = request.getfixturevalue("queries")
    counted.statements.clear()

    found = queries.stages(ids)

    assert len(counted) == 1
    assert [found[line_id][Stage.SET_ASIDE] for line_id in ids] == [15_00] * 3
    assert found[ids[0]][Stage.PAID] == 0


def test_a_line_without_any_use_reads_as_all_left(july):
    line = make.funding_line(balance_cents=7)

    assert queries.stages([line.id])[line.id] == dict.fromkeys(Stage, 0)
    assert queries.left_cents(line.id) == 7
    assert queries.spoken_cents(line.id) == 0


def test_only_payers_of_ones_own_may_open_a_line(july):
    payer, place = make.payer(), make.organization()
    make.payer()

    assert [each.id for each in queries.payers([payer.id, place.id])] == [payer.id]
