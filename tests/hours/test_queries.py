from datetime import datetime

import pytest

from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements import actions as engagements
from engage.hours import actions, queries, waiting
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.workload.rules import Activity
from tests import make
from tests.hours.work import DAY, HOUR, agreed, approve, log

pytestmark = pytest.mark.usefixtures("app")


def rows(query: object) -> list[HoursEntry]:
    return list(db.session.scalars(query))  # type: ignore[call-overload]


def test_a_person_finds_only_what_is_their_own(july: datetime) -> None:
    work = agreed(july)
    entry = log(work)
    other = make.consultant()
    assert queries.own_entry(work.person, entry.uid).id == entry.id
    assert queries.own_engagement(work.person, work.engagement.uid).sessions
    with pytest.raises(NotFound):
        queries.own_entry(other, entry.uid)
    with pytest.raises(NotFound):
        queries.own_engagement(other, work.engagement.uid)
    assert rows(queries.own_entries(other)) == []


def test_entries_stand_by_state_and_then_newest_first(july: datetime) -> None:
    work = agreed(july, minutes=(60, 60, 60))
    entries = [log(work, 10) for _ in range(4)]
    approve(work, entries[0])
    actions.withdraw(entries[1].id, by=work.person, now=work.done)
    actions.give_back(
        entries[2].id, ReturnCheck.DATE, by=work.coordinator, now=work.done
    )
    assert [entry.status for entry in rows(queries.own_entries(work.person))] == [
        HoursStatus.RETURNED,
        HoursStatus.SUBMITTED,
        HoursStatus.APPROVED,
        HoursStatus.WITHDRAWN,
    ]
    assert set(queries.pays(entries)) == {entries[0].uid}


def test_time_over_all_organizations_counts_by_day(july: datetime) -> None:
    person = make.consultant()
    one, other = agreed(july, person=person), agreed(july, person=person)
    first, second = log(one, 60), log(other, 30)
    assert first.day == second.day
    assert queries.day_minutes(person.id, first.day) == 90
    assert queries.day_minutes(person.id, first.day, without=second.id) == 60
    assert queries.weeks(person, first.day, 2)[0][1] == 90


def test_open_work_is_offered_until_its_window_closes(july: datetime) -> None:
    work = agreed(july)
    day = work.done.date()
    assert len(queries.open_agreements(work.person, day)) == 1
    engagements.move_on(work.engagement.id, now=work.done + DAY)
    assert len(queries.open_agreements(work.person, day + 30 * DAY)) == 1
    assert queries.open_agreements(work.person, day + 31 * DAY) == []


def test_work_that_is_logged_whole_is_not_offered(july: datetime) -> None:
    work = agreed(july, preparation_minutes=0, debrief_minutes=0)
    log(work, 120)
    assert queries.open_agreements(work.person, work.done.date()) == []


def test_coordinators_see_their_own_places_only(july: datetime) -> None:
    work = agreed(july)
    entry = log(work)
    places, elsewhere = {work.place.id}, {work.place.id + 1000}
    assert rows(waiting.waiting(places, work.done)) == [entry]
    assert rows(waiting.waiting(elsewhere, work.done)) == []
    assert waiting.ids(elsewhere, [entry.uid], work.done) == {}
    with pytest.raises(NotFound):
        waiting.one(elsewhere, entry.uid, work.done)
    with pytest.raises(NotFound):
        waiting.whose(elsewhere, entry.uid, work.done)
    found = waiting.beside(rows(waiting.waiting(places, work.done)))[entry.id]
    assert (found.agreed, found.others) == (120, 0)


def test_hours_wait_while_a_name_is_kept_back(july: datetime) -> None:
    work = agreed(july)
    entry = log(work)
    work.engagement.shown_from = work.done + HOUR
    make.save(work.engagement)
    places = {work.place.id}
    assert rows(waiting.waiting(places, work.done)) == []
    with pytest.raises(NotFound):
        waiting.one(places, entry.uid, work.done)
    assert rows(waiting.waiting(places, work.done + HOUR)) == [entry]


def test_what_was_taken_back_is_gone_for_staff(july: datetime) -> None:
    work = agreed(july)
    entry = log(work)
    actions.withdraw(entry.id, by=work.person, now=work.done)
    with pytest.raises(NotFound):
        waiting.one({work.place.id}, entry.uid, work.done)


def test_what_was_agreed_and_what_else_is_logged_stand_beside(july: datetime) -> None:
    work = agreed(july, minutes=(120, 120))
    one, other = log(work, 60), log(work, 45)
    log(work, 10, activity=Activity.DEBRIEF)
    found = waiting.beside(rows(waiting.waiting({work.place.id}, work.done)))
    assert (found[one.id].agreed, found[one.id].others) == (240, 45)
    assert found[other.id].others == 60
