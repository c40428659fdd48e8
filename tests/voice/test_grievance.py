"""A concern goes past whom it is about, wherever they could see it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.organizations.models import Installation
from engage.people import queries as people
from engage.people.lead_models import Lead
from engage.people.models import Membership, Person
from engage.people.rules import PersonStatus
from engage.voice import actions, queries, rules
from engage.voice.models import Grievance
from engage.voice.rules import Rank, Reader
from tests import make
from tests.clients import Browser
from tests.conftest import JULY
from tests.hours.work import Work, agreed

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]
TEXT = "They asked me twice about things I had said no to."


def reader(number: int, rank: Rank) -> Reader:
    return Reader(number, f"uid{number}", f"Name {number}", rank)


def test_the_nearest_reads_and_whom_it_is_about_never() -> None:
    ana, ben = reader(1, Rank.COORDINATOR), reader(2, Rank.COORDINATOR)
    fay, adam = reader(3, Rank.STAFF), reader(4, Rank.ADMINISTRATOR)
    twice = reader(3, Rank.ADMINISTRATOR)
    there = [adam, fay, ben, ana, twice]
    assert rules.route(there, set()) == [ana, ben, fay, adam]
    assert rules.route(there, {1, 2}) == [fay, adam]
    assert rules.route(there, {1, 2, 3}) == [adam]
    assert rules.route(there, {1, 2, 3, 4}) == []
    with pytest.raises(Refused):
        rules.chosen([ben], "uid1")


@pytest.fixture
def work(app: Flask) -> Work:
    return agreed(JULY)


def about(work: Work, person: Person | None) -> queries.About:
    for each in queries.choices(work.person):
        wanted = person.id if person else None
        if (each.organization_id, each.person_id) == (work.place.id, wanted):
            return each
    raise AssertionError("nobody to choose")


def send(work: Work, person: Person | None, to: Person, **values: Any) -> Grievance:
    values = {"is_named": False, **values}
    return actions.send(about(work, person), TEXT, to.uid, by=work.person, **values)


def test_it_is_read_by_one_person_and_by_nobody_it_is_about(
    work: Work, july: datetime
) -> None:
    ana, ben = work.coordinator, make.coordinator(work.place)
    admin = make.administrator()
    with pytest.raises(Refused):
        send(work, ana, ana, now=july)
    raised = send(work, ana, ben, now=july)
    assert TEXT.encode() not in (raised.text_sealed or b"")
    assert queries.for_reader(ben, raised.uid).id == raised.id
    for other in (ana, admin, make.coordinator(work.place)):
        with pytest.raises(NotFound):
            queries.for_reader(other, raised.uid)
        with pytest.raises(NotFound):
            actions.answer(raised.id, "x", by=other, now=july)
    told = db.session.scalars(sa.select(Notice.person_id)).all()
    assert set(told) == {ben.id}


def test_who_stands_in_for_somebody_is_skipped_too(work: Work, july: datetime) -> None:
    ana, ben = work.coordinator, make.coordinator(work.place)
    raised = send(work, ana, ben, now=july)
    make.save(
        Lead(
            thing="panel:x",
            organization_id=work.place.id,
            person_id=ana.id,
            stand_in_id=ben.id,
            stands_from=july.date(),
            stands_until=july.date() + DAY,
        )
    )
    there = queries.readers(work.place.id, ana.id)
    assert {ana.id, ben.id}.isdisjoint(each.person_id for each in there)
    with pytest.raises(NotFound):  # and what they had already
        queries.for_reader(ben, raised.uid)


def test_about_a_place_as_a_whole_nobody_of_it_reads(
    work: Work, july: datetime
) -> None:
    admin = make.administrator()
    insider = make.staff(("finance", work.place), is_administrator=True)
    there = queries.readers(work.place.id, None)
    assert [each.person_id for each in there] == [admin.id]
    with pytest.raises(Refused):
        send(work, None, insider, now=july)


def test_where_nobody_is_left_the_page_says_so_and_keeps_nothing(
    work: Work, july: datetime, sign_in: SignIn
) -> None:
    make.save(
        Installation(
            id=1, help_name="Sam Rivera", help_contact="", support_line="The line"
        )
    )
    page = f"/concerns/about/{about(work, work.coordinator).uid}"
    browser = sign_in(work.person)
    answer = browser.get(page).text
    assert "nobody is left" in answer
    assert "The line" in answer
    assert browser.post(page, data={"text": TEXT, "reader": "x"}).status_code == 422
    assert db.session.scalars(sa.select(Grievance)).all() == []


def test_a_role_that_ends_closes_it_and_its_writer_can_give_it_on(
    work: Work, july: datetime
) -> None:
    ana, ben = work.coordinator, make.coordinator(work.place)
    cleo = make.coordinator(work.place)
    raised = send(work, ana, ben, now=july)
    with transaction() as session:
        session.execute(
            sa.update(Membership)
            .where(Membership.person_id == ben.id)
            .values(ended_on=july.date())
        )
    with pytest.raises(NotFound):
        queries.for_reader(ben, raised.uid)
    with pytest.raises(Refused):
        give_on(raised, ana, work, july)
    give_on(raised, cleo, work, july)
    assert queries.for_reader(cleo, raised.uid)


def give_on(raised: Grievance, to: Person, work: Work, now: datetime) -> None:
    actions.pass_on(raised.id, to.uid, is_named=False, by=work.person, now=now)


@pytest.mark.parametrize("again", ["", "y"])
def test_a_name_told_to_one_reader_is_not_told_to_the_next(
    work: Work, july: datetime, sign_in: SignIn, again: str
) -> None:
    """Nor is what the first one answered: each reader is told what is for them."""
    ben, cleo = make.coordinator(work.place), make.coordinator(work.place)
    found = people.alias(work.person.id, work.place.id)
    name = (found or make.alias(work.person, work.place)).name
    raised = send(work, work.coordinator, ben, now=july, is_named=True)
    actions.answer(raised.id, "Said between us.", by=ben, now=july)
    sent = {"reader": cleo.uid, "is_named": again}
    writer = sign_in(work.person)
    assert writer.post(f"/concerns/{raised.uid}/on", data=sent).status_code == 303
    page = sign_in(cleo).get(f"/concerns/here/{raised.uid}").text
    assert TEXT in page
    assert (name in page) is bool(again)
    assert "Said between us." not in page
    assert (
        "Said between us." in sign_in(work.person).get(f"/concerns/{raised.uid}").text
    )


def test_its_writer_is_told_once_that_nobody_can_read_it(
    work: Work, july: datetime
) -> None:
    """Else it would wait for ever: whoever had it cannot say so."""
    ben, cleo = make.coordinator(work.place), make.coordinator(work.place)
    raised = send(work, work.coordinator, ben, now=july)
    told = sa.select(sa.func.count(Notice.id)).where(
        Notice.person_id == work.person.id, Notice.kind == "concern_moved"
    )
    actions.follow(july)
    assert db.session.scalar(told) == 0
    with transaction():
        ben.status = PersonStatus.CLOSED
    for _ in range(2):
        actions.follow(july + DAY)
        assert db.session.scalar(told) == 1
        notices.put_all_away(work.person.id, now=july + DAY)
        actions.follow(july + 2 * DAY)
        assert db.session.scalar(told) == 0
        give_on(raised, cleo, work, july + 2 * DAY)
        with transaction():
            cleo.status = PersonStatus.CLOSED
        cleo = make.coordinator(work.place)


def test_its_way_in_words_and_an_end_by_its_writer_alone(
    work: Work, july: datetime, sign_in: SignIn
) -> None:
    ana, ben = work.coordinator, make.coordinator(work.place)
    raised = send(work, ana, ben, now=july)
    mine, theirs = f"/concerns/{raised.uid}", f"/concerns/here/{raised.uid}"
    writer, reads = sign_in(work.person), sign_in(ben)
    assert TEXT in reads.get(theirs).text
    assert sign_in(ana).get(theirs).status_code == 404
    looked = db.session.scalars(
        sa.select(AuditEntry.verb).where(
            AuditEntry.subject == work.person.subject, AuditEntry.kind == "look"
        )
    ).all()
    assert looked == ["concern.open"]
    assert "not taken up" in writer.get(mine).text
    reads.post(f"{theirs}/up")
    assert "looks into it" in writer.get(mine).text
    reads.post(theirs, data={"text": "I spoke with the panel."})
    assert "I spoke with the panel." in writer.get(mine).text
    assert reads.post(f"{mine}/end").status_code == 404
    writer.post(f"{mine}/end")
    assert reads.get(theirs).status_code == 404
    assert TEXT in writer.get(mine).text


def test_a_name_is_told_only_if_its_writer_says_so(
    work: Work, july: datetime, sign_in: SignIn
) -> None:
    ana, ben = work.coordinator, make.coordinator(work.place)
    found = people.alias(work.person.id, work.place.id)
    name = (found or make.alias(work.person, work.place)).name
    for is_named in (False, True):
        raised = send(work, ana, ben, now=july, is_named=is_named)
        page = sign_in(ben).get(f"/concerns/here/{raised.uid}").text
        assert (name in page) is is_named


def test_a_closed_account_is_read_by_nobody(work: Work, july: datetime) -> None:
    ben = make.coordinator(work.place)
    raised = send(work, work.coordinator, ben, now=july)
    with transaction():
        work.person.status = "closed"
    with pytest.raises(NotFound):
        queries.for_reader(ben, raised.uid)


def test_some_open_ones_and_no_more_and_two_years(work: Work, july: datetime) -> None:
    ben = make.coordinator(work.place)
    raised = [
        send(work, work.coordinator, ben, now=july) for _ in range(rules.MOST_OPEN)
    ]
    with pytest.raises(Refused):
        send(work, work.coordinator, ben, now=july)
    actions.end(raised[0].id, by=work.person, now=july)
    assert actions.forget(july + rules.KEPT_DAYS * DAY - DAY) == 0
    assert actions.forget(july + rules.KEPT_DAYS * DAY) == 1
