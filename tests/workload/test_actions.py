import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from engage.audit.models import AuditEntry
from engage.core import calendar, clock
from engage.core.db import db, lock_one, transaction
from engage.core.errors import NotFound, Refused
from engage.people.models import Person
from engage.workload import actions, own, queries, rules, wishes
from engage.workload.models import (
    AskCount,
    AvailabilityException,
    AvailabilityWindow,
    AvoidedTopics,
    Pause,
    SilentFilter,
    StoryMark,
    WorkLimits,
    WorkMinutes,
)
from engage.workload.rules import Activity, Limits, OverLimit, Piece, Preset, Session
from tests import make

NOW = datetime(2026, 7, 15, 16, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)
DAY = timedelta(days=1)
ONE = "engagement:one"
pytestmark = pytest.mark.usefixtures("app", "july")

CHANGES = {
    "limits": lambda who: wishes.set_limits(who, Limits(60), sure=True, now=NOW),
    "pause": lambda who: wishes.set_pause(who, None, now=NOW),
    "end": lambda who: wishes.end_pause(who, now=NOW),
    "times": lambda who: wishes.add_windows(
        who, [0, 1], start_minute=540, end_minute=600, now=NOW
    ),
    "days": lambda who: wishes.add_days(
        who, TODAY, TODAY + DAY, is_free=False, now=NOW
    ),
    "filters": lambda who: wishes.set_filters(
        who,
        organization_ids=[],
        law_enforcement=True,
        travel=True,
        topics=["courts"],
        now=NOW,
    ),
    "near": lambda who: wishes.mark_near(who, ONE, is_near=True, now=NOW),
}


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def piece(minutes: int, day: date = TODAY, activity: Activity = Activity.SESSION):
    return Piece(day, minutes, activity)


def session(minutes: int, day: date = TODAY + 2 * DAY) -> Session:
    return Session(calendar.local_moment_utc(day, 600, make.ZONE), minutes)


def load(who: Person) -> dict[date, int]:
    return dict(queries.standing(who.id, NOW).load)


def test_limits_are_made_with_the_first_change_and_changed_after_it():
    who = make.consultant()
    assert own.limits(who) == rules.PRESETS[Preset.STEADY]

    wishes.set_limits(who, Limits(120, notice_days=9), sure=True, now=NOW)
    after = Limits(60, None, 1, 2, 10, 3, 4)
    wishes.set_limits(who, after, sure=False, now=NOW)

    assert own.limits(who) == after
    assert count(WorkLimits) == 1


def test_a_raise_needs_the_yes_and_a_lower_limit_does_not():
    who = make.consultant()
    make.limits(who, week_minutes=480)

    with pytest.raises(Refused):
        wishes.set_limits(who, Limits(481), sure=False, now=NOW)
    assert own.limits(who).week_minutes == 480
    wishes.set_limits(who, Limits(100), sure=False, now=NOW)
    wishes.set_limits(who, Limits(900), sure=True, now=NOW)

    assert own.limits(who).week_minutes == 900


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_writes_one_entry_that_says_the_same_and_no_value(name):
    who = make.consultant()

    CHANGES[name](who)

    (entry,) = db.session.scalars(sa.select(AuditEntry))
    told = (entry.subject, entry.verb, entry.thing, entry.by_person_id)
    assert told == (who.subject, "limits.set", f"person:{who.uid}", who.id)
    assert entry.organization_id is None


@pytest.mark.parametrize("name", CHANGES)
def test_without_its_entry_nothing_is_changed(name, monkeypatch):
    who = make.consultant()
    make.limits(who, week_minutes=480)
    make.save(Pause(person_id=who.id, starts_on=TODAY, ends_on=TODAY))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no entry")

    monkeypatch.setattr(wishes, "record", fail)
    with pytest.raises(RuntimeError):
        CHANGES[name](who)

    assert own.limits(who) == Limits(480, rest_days=0, notice_days=0)
    assert queries.standing(who.id, NOW).pause == rules.Pause(TODAY, TODAY)
    rows = (AvailabilityWindow, AvailabilityException, SilentFilter, AvoidedTopics)
    for model in (*rows, StoryMark, AuditEntry):
        assert count(model) == 0


@pytest.mark.parametrize("name", CHANGES)
def test_staff_have_no_limits(name):
    member = make.coordinator(make.organization())

    with pytest.raises(NotFound):
        CHANGES[name](member)

    assert count(WorkLimits) == 0


def test_a_pause_keeps_its_first_day_and_takes_the_new_last_one():
    who = make.consultant()
    wishes.set_pause(who, None, now=NOW)

    wishes.set_pause(who, TODAY + 9 * DAY, now=NOW + 2 * DAY)

    assert queries.standing(who.id, NOW).pause == rules.Pause(TODAY, TODAY + 9 * DAY)
    wishes.set_pause(who, None, now=NOW + 20 * DAY)
    assert queries.standing(who.id, NOW).pause == rules.Pause(TODAY + 20 * DAY)
    wishes.end_pause(who, now=NOW)
    assert count(Pause) == 0


def test_a_pause_begins_on_the_day_of_the_persons_own_zone():
    who = make.consultant(zone="Pacific/Kiritimati")

    wishes.set_pause(who, None, now=NOW)

    assert queries.standing(who.id, NOW).pause == rules.Pause(TODAY + DAY)


def test_weekly_times_that_meet_become_one_and_others_stay():
    who, other = make.consultant(), make.consultant()
    for start, end in ((540, 600), (700, 800), (590, 700)):
        wishes.add_windows(who, [2], start_minute=start, end_minute=end, now=NOW)
    wishes.add_windows(who, [3], start_minute=540, end_minute=0, now=NOW)
    wishes.add_windows(other, [2], start_minute=600, end_minute=660, now=NOW)

    found = [
        (one.weekday, one.start_minute, one.end_minute) for one in own.windows(who)
    ]

    assert found == [(2, 540, 800), (3, 540, 1440)]
    assert len(own.windows(other)) == 1


def test_weekly_times_follow_the_persons_own_week():
    who = make.consultant(week_start=6)
    wishes.add_windows(who, [0, 6], start_minute=540, end_minute=600, now=NOW)

    assert [one.weekday for one in own.windows(who)] == [6, 0]


def test_a_weekly_time_on_no_day_is_refused():
    with pytest.raises(Refused):
        wishes.add_windows(
            make.consultant(), [], start_minute=540, end_minute=600, now=NOW
        )


def test_days_take_the_place_of_what_was_said_of_them():
    who = make.consultant()
    wishes.add_days(who, TODAY, TODAY + 4 * DAY, is_free=False, now=NOW)
    wishes.add_days(who, TODAY + 2 * DAY, None, is_free=True, now=NOW)

    found = [
        (span.first, span.last, span.is_free) for _, span in own.day_spans(who, NOW)
    ]

    assert found == [
        (TODAY, TODAY + DAY, False),
        (TODAY + 2 * DAY, TODAY + 2 * DAY, True),
        (TODAY + 3 * DAY, TODAY + 4 * DAY, False),
    ]
    uid, _ = own.day_spans(who, NOW)[0]
    wishes.remove_days(who, uid, now=NOW)
    assert [span.first for _, span in own.day_spans(who, NOW)] == [
        TODAY + 2 * DAY,
        TODAY + 3 * DAY,
    ]


def test_nobody_takes_away_what_is_somebody_elses():
    who, other = make.consultant(), make.consultant()
    CHANGES["times"](who)
    CHANGES["days"](who)

    with pytest.raises(NotFound):
        wishes.remove_window(other, own.windows(who)[0].uid, now=NOW)
    with pytest.raises(NotFound):
        wishes.remove_days(other, own.day_spans(who, NOW)[0][0], now=NOW)

    assert len(own.windows(who)) == 2
    wishes.remove_window(who, own.windows(who)[0].uid, now=NOW)
    assert len(own.windows(who)) == 1


def test_filters_take_the_place_of_all_there_were():
    who, place, other = make.consultant(), make.organization(), make.organization()
    for ids in ([place.id], [other.id, other.id]):
        wishes.set_filters(
            who, organization_ids=ids, law_enforcement=True, travel=False, now=NOW
        )

    assert queries.filters_of([who.id])[who.id] == queries.Filters({other.id}, True)
    assert count(SilentFilter) == 2


def test_days_and_pauses_that_are_over_can_be_forgotten():
    who, other = make.consultant(), make.consultant()
    for each, offset in ((who, -3), (other, 0)):
        day = TODAY + offset * DAY
        make.save(AvailabilityException(person_id=each.id, day=day))
        make.save(Pause(person_id=each.id, starts_on=day, ends_on=day))

    actions.forget_past(TODAY)

    assert (count(AvailabilityException), count(Pause)) == (1, 1)
    assert queries.standing(other.id, NOW).pause is not None


def test_logged_minutes_take_the_place_of_agreed_ones_until_taken_back():
    who = make.consultant()
    actions.write_down(
        who.id, group=ONE, source=ONE, pieces=[piece(60), piece(30, TODAY + DAY)]
    )
    actions.log(who.id, group=ONE, source="hours:one", piece=piece(75))
    assert load(who) == {TODAY: 75, TODAY + DAY: 15}

    actions.unlog("hours:one")

    assert load(who) == {TODAY: 60, TODAY + DAY: 30}


def test_releasing_frees_agreed_minutes_from_a_day_on_and_never_logged_ones():
    who = make.consultant()
    days = [piece(60, TODAY + step * DAY) for step in range(3)]
    actions.write_down(who.id, group=ONE, source=ONE, pieces=days)
    actions.log(who.id, group=ONE, source="hours:one", piece=piece(60))

    actions.release(ONE, from_day=TODAY + 2 * DAY)
    assert load(who) == {TODAY: 60, TODAY + DAY: 60}
    actions.release(ONE)

    assert load(who) == {TODAY: 60}


def test_a_yes_that_passes_a_limit_waits_for_the_consultants_own_raise():
    who = make.consultant()
    make.limits(who, week_minutes=120)
    actions.write_down(who.id, group=ONE, source=ONE, pieces=[piece(60)])

    actions.check_room(who, rules.Work([session(60)]), now=NOW, raised=False)
    with pytest.raises(OverLimit):
        actions.check_room(who, rules.Work([session(61)]), now=NOW, raised=False)
    actions.check_room(who, rules.Work([session(61)]), now=NOW, raised=True)
    actions.check_room(
        who, rules.Work([session(120)]), now=NOW, raised=False, replaces_group=ONE
    )


def test_asks_are_counted_by_day_and_forgotten_in_time():
    who = make.consultant()
    for day in (TODAY, TODAY, TODAY - 29 * DAY, TODAY - 40 * DAY):
        actions.count_ask(who.id, day)

    assert queries.standing(who.id, NOW).asks_30d == 3
    assert queries.asks_90d([who.id], NOW) == {who.id: 4}
    assert actions.forget_asks(TODAY - 29 * DAY) == 1
    assert count(AskCount) == 2


def test_two_who_race_for_the_last_minutes_get_exactly_one_yes(fresh_app):
    with fresh_app.app_context():
        who = make.consultant()
        make.limits(who, week_minutes=240)
        person_id, now = who.id, clock.now()
    start, told = threading.Barrier(4), []

    def say_yes(number: int) -> None:
        group = f"engagement:{number}"
        with fresh_app.app_context():
            start.wait()
            try:
                with transaction():
                    person = lock_one(Person, person_id)
                    actions.check_room(
                        person, rules.Work([session(240)]), now=now, raised=False
                    )
                    actions.write_down(
                        person_id, group=group, source=group, pieces=[piece(240)]
                    )
                told.append("yes")
            except OverLimit:
                told.append("over")

    threads = [threading.Thread(target=say_yes, args=(each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["over", "over", "over", "yes"]
    with fresh_app.app_context():
        assert count(WorkMinutes) == 1
