from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit import actions as audit
from engage.audit.models import AuditEntry
from engage.core.db import db, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.hours import waiting
from engage.notices.models import Notice
from engage.opportunities import actions as opportunities
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityKind, ProjectStage, WorkActivity
from engage.organizations.models import Organization
from engage.panels import actions as panels
from engage.panels.models import Panel
from engage.people import handing, leads, staff
from engage.people.handing import Away
from engage.people.lead_models import Lead
from engage.people.models import Membership, Person
from tests import make

DAY = timedelta(days=1)
SignIn = Any


class House(NamedTuple):
    place: Organization
    ana: Person
    ben: Person
    post: Opportunity
    panel: Panel

    @property
    def things(self) -> dict[str, int]:
        keys = (f"opportunity:{self.post.uid}", f"panel:{self.panel.uid}")
        return dict.fromkeys(keys, self.place.id)


@pytest.fixture
def house(app: Flask, july: datetime) -> House:
    place = make.organization()
    ana = make.coordinator(place, staff_name="Ana Reyes")
    ben = make.coordinator(place, staff_name="Ben Cole")
    post = opportunities.create(
        place,
        title="Review of a form",
        kind=OpportunityKind.CONSULTING,
        activity=WorkActivity.MEETING,
        stage=ProjectStage.DEVELOPMENT,
        by=ana,
        now=july,
    )
    panel = panels.create(
        place,
        name="Advisory board",
        minimum_voices=2,
        survivor_seats=2,
        first_session_on=None,
        by=ana,
        now=july,
    )
    return House(place, ana, ben, post, panel)


def role_of(person: Person) -> Membership:
    return db.session.scalars(
        sa.select(Membership).where(Membership.person_id == person.id)
    ).one()


def told(house: House, now: datetime) -> list[set[int]]:
    return [set(leads.to_tell(house.place.id, key, now)) for key in house.things]


def notices(person: Person) -> list[str]:
    rows = sa.select(Notice.kind).where(Notice.person_id == person.id)
    return list(db.session.scalars(rows.order_by(Notice.id)))


def hand(house: House, to: Person, now: datetime, **more: Any) -> int:
    values = {"things": house.things, "by": house.ana, **more}
    things = values.pop("things")
    return handing.hand_over(things, role_of(to).uid, now=now, **values)


def test_whoever_makes_it_looks_after_it(house: House, july: datetime) -> None:
    assert told(house, july) == [{house.ana.id}] * 2
    other = opportunities.copy(house.post.id, by=house.ben, now=july)
    assert leads.name_of(f"opportunity:{other.uid}", july.date()) == "Ben Cole"


def test_what_the_worker_makes_is_for_everybody(house: House, july: datetime) -> None:
    panel = panels.create(
        house.place,
        name="Other",
        minimum_voices=2,
        survivor_seats=1,
        first_session_on=None,
        by=None,
        now=july,
    )
    thing = f"panel:{panel.uid}"
    assert set(leads.to_tell(house.place.id, thing, july)) == {
        house.ana.id,
        house.ben.id,
    }
    assert leads.name_of(thing, july.date()) is None


def test_notices_about_a_post_go_to_its_lead(house: House, july: datetime) -> None:
    with transaction():
        engagements.tell(house.place.id, "agreed", house.post, july)
    assert (notices(house.ana), notices(house.ben)) == (["agreed"], [])


def test_handed_over_for_good(house: House, july: datetime) -> None:
    assert hand(house, house.ben, july) == 2
    assert told(house, july) == [{house.ben.id}] * 2
    assert notices(house.ben) == ["handed"]
    assert notices(house.ana) == ["handed_on"]
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.verb == "lead.hand_over")
    ).all()
    assert {each.thing for each in entries} == set(house.things)
    with pytest.raises(Refused, match="Choose what to hand over"):
        hand(house, house.ben, july)  # they are no longer Ana's


def test_a_stand_in_has_it_on_those_days_only(house: House, july: datetime) -> None:
    today = july.date()
    away = Away(today + 2 * DAY, today + 4 * DAY)
    hand(house, house.ben, july, away=away)
    for days, who in ((0, "ana"), (2, "ben"), (4, "ben"), (5, "ana")):
        person = getattr(house, who)
        assert told(house, july + days * DAY) == [{person.id}] * 2, days
    # Back early: to oneself, from now on.
    hand(house, house.ana, july + 3 * DAY)
    assert told(house, july + 3 * DAY) == [{house.ana.id}] * 2


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [(-1, 3, "from_on"), (3, 2, "until_on"), (0, 400, "until_on"), (None, 3, "from_on"),
     (1, None, "until_on")],
)  # fmt: skip
def test_days_that_make_no_sense(
    house: House, july: datetime, begin: int | None, end: int | None, field: str
) -> None:
    def day(number: int | None) -> date | None:
        return None if number is None else july.date() + number * DAY

    with pytest.raises(Refused) as refused:
        hand(house, house.ben, july, away=Away(day(begin), day(end)))
    assert refused.value.field == field
    assert told(house, july) == [{house.ana.id}] * 2


def test_only_to_a_coordinator_of_that_organization(
    house: House, july: datetime
) -> None:
    elsewhere = make.coordinator(make.organization())
    money = make.finance(house.place)
    with pytest.raises(NotFound):
        hand(house, elsewhere, july)
    with pytest.raises(Refused, match="Choose a colleague"):
        hand(house, money, july)
    with pytest.raises(Refused, match="Choose a colleague"):
        handing.hand_over(house.things, "no-such", by=house.ana, now=july)
    assert told(house, july) == [{house.ana.id}] * 2


def test_what_another_looks_after_stays_theirs(house: House, july: datetime) -> None:
    with pytest.raises(Refused, match="Choose what to hand over"):
        hand(house, house.ben, july, by=house.ben)
    assert told(house, july) == [{house.ana.id}] * 2


def test_things_of_one_organization_stay_in_it(house: House, july: datetime) -> None:
    other = make.organization()
    make.save(
        Membership(person_id=house.ana.id, organization_id=other.id, role="coordinator")
    )
    foreign = {"panel:elsewhere": other.id, **house.things}
    with pytest.raises(Refused, match="organization that it belongs to"):
        hand(house, house.ben, july, things=foreign)
    assert hand(house, house.ben, july, things=foreign, is_all=True) == 2


@pytest.mark.parametrize("how", ["role", "account"])
def test_when_a_role_ends_the_others_have_it_and_are_told(
    house: House, july: datetime, how: str
) -> None:
    admin = make.administrator()
    if how == "role":
        staff.end_role(role_of(house.ana).uid, by=admin, now=july)
    else:
        staff.close_account(house.ana.uid, by=admin, now=july)
    assert told(house, july) == [{house.ben.id}] * 2
    assert notices(house.ben) == ["unled"]
    assert db.session.scalars(sa.select(Lead)).all() == []
    verbs = db.session.scalars(
        sa.select(AuditEntry.thing).where(AuditEntry.verb == "lead.ended")
    )
    assert set(verbs) == set(house.things)
    # One of those who are left may take it.
    assert hand(house, house.ben, july, by=house.ben) == 2
    assert leads.name_of(next(iter(house.things)), july.date()) == "Ben Cole"


def test_a_stand_in_whose_role_ends_stands_in_no_more(
    house: House, july: datetime
) -> None:
    hand(house, house.ben, july, away=Away(july.date(), july.date() + 3 * DAY))
    staff.end_role(role_of(house.ben).uid, by=make.administrator(), now=july)
    assert told(house, july) == [{house.ana.id}] * 2


@pytest.mark.parametrize("verb", ["hand_over", "end_role"])
def test_it_is_undone_whole(
    house: House, july: datetime, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def fail(*_args: Any, **_kw: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(handing.notices, "queue_once", fail)
    by, role = make.administrator(), role_of(house.ana).uid
    verbs = {
        "hand_over": lambda: hand(house, house.ben, july),
        "end_role": lambda: staff.end_role(role, by=by, now=july),
    }
    with pytest.raises(RuntimeError):
        verbs[verb]()
    db.session.expire_all()
    assert told(house, july) == [{house.ana.id}] * 2
    monkeypatch.undo()
    monkeypatch.setattr(audit, "record_all", fail)
    with pytest.raises(RuntimeError):
        hand(house, house.ben, july)
    db.session.expire_all()
    assert told(house, july) == [{house.ana.id}] * 2


def test_the_page_hands_over_what_is_ticked(
    house: House, sign_in: SignIn, july: datetime
) -> None:
    browser, ben = sign_in(house.ana), role_of(house.ben).uid
    page = browser.get("/account/hand-over").text
    assert "Review of a form" in page
    assert "Ben Cole" in page
    first = f"opportunity:{house.post.uid}"
    sent = {"to": ben, "which": "some", "things": first, "when": "good"}
    assert browser.post("/account/hand-over", data=sent).status_code == 303
    assert told(house, july) == [{house.ben.id}, {house.ana.id}]
    away = {"from_on": "2026-07-20", "until_on": "2026-07-24"}
    sent = {"to": ben, "which": "all", "when": "away", **away}
    assert browser.post("/account/hand-over", data=sent).status_code == 303
    page = browser.get("/account/hand-over").text
    assert "Ben Cole, from Monday, July 20" in page
    wrong = {**sent, "from_on": "2026-02-30"}
    answer = browser.post("/account/hand-over", data=wrong)
    assert answer.status_code == 422
    assert "2026-02-30" in answer.text
    assert sign_in(make.consultant()).get("/account/hand-over").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [{"which": "all", "things": "it"}, {"when": "good", "from_on": "2026-08-01"}],
)
def test_a_form_that_says_two_things_hands_over_nothing(
    house: House, sign_in: SignIn, july: datetime, sent: dict[str, str]
) -> None:
    key = f"opportunity:{house.post.uid}"
    values = {"to": role_of(house.ben).uid, "which": "all", "when": "good", **sent}
    if "things" in sent:
        values["things"] = key
    answer = sign_in(house.ana).post("/account/hand-over", data=values)
    assert answer.status_code == 422
    assert "hoose" in answer.text
    assert told(house, july) == [{house.ana.id}] * 2


def test_hours_of_what_one_looks_after_come_first(app: Flask, july: datetime) -> None:
    place = make.organization()
    ana, ben = make.coordinator(place), make.coordinator(place)
    line, entries = make.funding_line(place), []
    for by in (ana, ben):
        post, who = make.opportunity(place, line=line), make.consultant()
        make.alias(who, place)
        with transaction():
            handing.begin(f"opportunity:{post.uid}", place.id, by=by)
        entries.append(make.hours_entry(make.engagement(post, who)))
    for reader, first in ((ana, 0), (ben, 1)):
        rows = db.session.execute(waiting.waiting_for(reader, {place.id}, july)).all()
        assert [row[0].id for row in rows] == [
            entries[first].id,
            entries[1 - first].id,
        ]
