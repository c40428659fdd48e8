from datetime import UTC, date, datetime, timedelta

import pytest

from engage.organizations.rules import OrganizationStatus
from engage.workload import actions, own, rules
from engage.workload import queries as reads
from engage.workload.models import (
    AvailabilityException,
    AvailabilityWindow,
    Pause,
    SilentFilter,
)
from engage.workload.rules import Activity, Piece
from tests import make

NOW = datetime(2026, 7, 15, 16, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("app", "july")


def hold(who, minutes, day=TODAY, group="engagement:one"):
    actions.write_down(
        who.id,
        group=group,
        source=group,
        pieces=[Piece(day, minutes, Activity.SESSION)],
    )


def somebody():
    """A consultant with one of everything that a standing reads."""
    who = make.consultant()
    make.limits(who, week_minutes=600)
    hold(who, 60, group=f"engagement:{who.uid}")
    actions.count_ask(who.id, TODAY)
    make.save(AvailabilityException(person_id=who.id, day=TODAY))
    make.save(
        AvailabilityWindow(person_id=who.id, weekday=0, start_minute=0, end_minute=60)
    )
    make.save(Pause(person_id=who.id, starts_on=TODAY))
    make.save(SilentFilter(person_id=who.id, kind="travel"))
    return who.id


def test_200_people_take_as_many_statements_as_2(queries):
    people = [somebody() for _ in range(200)]
    told = []
    for ids in (people[:2], people):
        queries.statements.clear()

        found = reads.standings(ids, NOW)
        reads.filters_of(ids)
        reads.asks_90d(ids, NOW)

        told.append(len(queries))
        assert sorted(found) == sorted(ids)
    assert told == [10, 10]
    assert all(one.load == {TODAY: 60} for one in found.values())


def test_a_standing_is_one_persons_alone():
    who, other = make.consultant(), make.consultant()
    hold(other, 60)
    actions.count_ask(other.id, TODAY)
    make.save(Pause(person_id=other.id, starts_on=TODAY))

    found = reads.standing(who.id, NOW)

    assert (found.load, found.asks_30d, found.pause) == ({}, 0, None)
    assert found.limits == rules.PRESETS[rules.Preset.STEADY]


def test_engagements_are_counted_while_a_day_of_theirs_is_to_come():
    who = make.consultant()
    hold(who, 60, TODAY - DAY, "engagement:over")
    hold(who, 60, TODAY, "engagement:today")
    hold(who, 60, TODAY + DAY, "engagement:soon")
    hold(who, 60, TODAY + 2 * DAY, "engagement:soon")

    assert reads.standing(who.id, NOW).engagements_now == 2
    left = reads.standing(who.id, NOW, without="engagement:soon")
    assert left.engagements_now == 1
    assert left.load == {TODAY - DAY: 60, TODAY: 60}


def test_weeks_begin_on_the_persons_own_first_day_in_their_own_zone():
    late = datetime(2026, 7, 19, 3, 0, tzinfo=UTC)  # Saturday night in New York
    monday, sunday = make.consultant(week_start=0), make.consultant(week_start=6)
    kiritimati = make.consultant(week_start=6, zone="Pacific/Kiritimati")
    starts = [
        reads.next_weeks(reads.standing(who.id, late), late)[0].start
        for who in (monday, sunday, kiritimati)
    ]

    assert starts == [date(2026, 7, 13), date(2026, 7, 12), date(2026, 7, 19)]


def test_the_next_eight_weeks_show_minutes_beside_the_limit():
    who = make.consultant(week_start=6)
    make.limits(who, week_minutes=300)
    hold(who, 90, TODAY + 7 * DAY)

    weeks = reads.next_weeks(reads.standing(who.id, NOW), NOW)

    assert [one.after for one in weeks] == [0, 90, 0, 0, 0, 0, 0, 0]
    assert {one.limit for one in weeks} == {300}


def test_a_room_says_what_is_left_and_how_it_stands():
    who = make.consultant(week_start=6)
    make.limits(who, week_minutes=300, at_once=2)
    hold(who, 90)
    hold(who, 30, TODAY + 10 * DAY, "engagement:two")

    room = own.room(who, NOW)

    assert (room.week.used, room.week.left) == (90, 210)
    assert (room.month.used, room.month.left) == (120, None)
    assert (room.is_over, room.is_full, room.is_first) == (False, True, False)
    hold(who, 300)
    assert own.room(who, NOW).is_over
    assert own.room(who, NOW).week.left == 0


def test_a_pause_that_is_over_is_none():
    who = make.consultant()
    pause = make.save(Pause(person_id=who.id, starts_on=TODAY - 3 * DAY, ends_on=TODAY))

    assert own.room(who, NOW).pause == rules.Pause(TODAY - 3 * DAY, TODAY)
    assert own.room(who, NOW + DAY).pause is None
    assert pause.ends_on == TODAY


def test_closed_organizations_can_be_chosen_only_if_kept_away_already():
    who, other = make.consultant(), make.consultant()
    closed = make.organization("Closed", status=OrganizationStatus.CLOSED)
    make.organization("Open")
    make.save(
        SilentFilter(person_id=who.id, kind="organization", organization_id=closed.id)
    )

    assert [each.name for each in own.choosable(who)] == ["Closed", "Open"]
    assert [each.name for each in own.choosable(other)] == ["Open"]


def test_filters_keep_away_what_was_named_and_nothing_else():
    filters = reads.Filters({7}, law_enforcement=True)
    plain = {"law_enforcement": False, "travel": False}

    assert filters.keeps_away(7, **plain)
    assert not filters.keeps_away(8, **plain)
    assert filters.keeps_away(8, **{**plain, "law_enforcement": True})
    assert not filters.keeps_away(8, **{**plain, "travel": True})
    assert reads.Filters(travel=True).keeps_away(8, **{**plain, "travel": True})
    assert filters.count == 2
