from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from engage.hours import shares as hours
from engage.offers import shares as asks
from engage.offers.models import NamedAsk
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels import actions, answers
from engage.panels.rules import SeatRole
from engage.people.models import Person
from engage.workload import actions as workload
from engage.workload.rules import Activity, Piece
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]


def over(place: Organization, now: datetime, days: int = 3) -> Opportunity:
    return make.opportunity(place, reply_by=now - days * DAY)


def asked(place: Organization, now: datetime, people: list[Person]) -> None:
    """Work offered to each of them, whose day to answer is over."""
    post = over(place, now)
    for who in people:
        make.offer(post, who)


def test_nothing_is_said_of_fewer_than_five(app: Flask, july: datetime) -> None:
    place = make.organization()
    people = scenes.consultants(5)
    for _ in range(3):
        asked(place, july, people[:4])
    assert asks.concentration(place, july) is None
    asked(place, july, people[4:])
    assert asks.concentration(place, july) == 60  # 7.5 of 13, in steps of five


def test_only_this_organizations_ended_asks_of_four_weeks_count(
    app: Flask, july: datetime
) -> None:
    place, other = make.organization(), make.organization()
    people = scenes.consultants(6)
    asked(place, july, people)
    asked(other, july, people[:1])
    for post in (
        make.opportunity(place, reply_by=july + DAY),
        make.opportunity(place, reply_by=july - timedelta(hours=2)),  # today
        over(place, july, days=29),
    ):
        make.offer(post, people[0])
    assert asks.concentration(place, july) == 50


@pytest.mark.parametrize("is_delivered", [True, False])
def test_an_ask_by_name_counts_alike_whatever_became_of_it(
    app: Flask, july: datetime, is_delivered: bool
) -> None:
    place = make.organization()
    people = scenes.consultants(5)
    asked(place, july, people[:4])
    alias = make.alias(people[4], place)
    for _ in range(4):
        post = over(place, july)
        ask = NamedAsk(
            opportunity_id=post.id,
            alias_id=alias.id,
            reply_by=july - 3 * DAY,
            asked_at=july - 8 * DAY,
        )
        make.save(ask)
        if is_delivered:
            make.offer(post, people[4])
    assert asks.concentration(place, july) == 70


def worked(
    place: Organization, who: Person, minutes: int, name: str, now: datetime, **values
) -> None:
    agreed = make.engagement(make.opportunity(place), who, **values)
    make.alias(who, place, name)
    day = now.date() - 3 * DAY
    group = f"engagement:{agreed.uid}"
    piece = Piece(day, minutes, Activity.SESSION)
    workload.write_down(who.id, group=group, source=group, pieces=[piece])


def test_shares_are_by_name_of_this_organizations_hours_alone(
    app: Flask, july: datetime
) -> None:
    place, other = make.organization(), make.organization()
    first, second, hidden, gone = scenes.consultants(4)
    worked(place, first, 540, "Juniper", july)
    worked(place, second, 60, "Alder", july)
    worked(other, second, 600, "Elsewhere", july)
    worked(place, hidden, 300, "Kept back", july, shown_from=july + DAY)
    ended = {"status": "finished", "ended_on": july.date() - 61 * DAY}
    worked(place, gone, 400, "Long gone", july, **ended)
    found = hours.shares(place.id, july)
    assert [(one.name, one.percent) for one in found] == [
        ("Juniper", 54),
        ("", 40),
        ("Alder", 6),
    ]


def test_the_page_shows_numbers_as_text_and_no_ask_by_name(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, other = make.organization("Harbor"), make.organization("Elsewhere")
    (who,) = scenes.consultants(1)
    worked(place, who, 90, "Juniper", july)
    browser = sign_in(make.coordinator(place))
    shown = browser.get("/groups/shares").text
    assert "Juniper" in shown
    assert "100 percent, 1 h 30 min" in shown
    assert "fewer than 5 people were asked" in shown
    asked(place, july, scenes.consultants(5))
    assert "About 50 percent" in browser.get("/groups/shares").text
    foreign = browser.get(f"/groups/shares?place={other.uid}").text
    assert "Elsewhere" not in foreign
    for stranger in (make.consultant(), make.finance(place), make.administrator()):
        assert sign_in(stranger).get("/groups/shares").status_code == 404


def test_flags_and_pay_are_downloaded_without_a_person(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization("Harbor")
    panel = actions.create(
        place,
        name="=1+1",
        minimum_voices=2,
        survivor_seats=1,
        survivor_hourly_cents=50_00,
        professional_seats=[
            actions.ProfessionalSeat(SeatRole.MEMBER, "Legal aid", 90_00)
        ],
        first_session_on=july.date() + 3 * DAY,
        by=None,
        now=july,
    )
    who = make.consultant()
    scenes.hold_seat(panel, who, counted=True)
    by = make.coordinator(place)
    answers.answer_flag(
        panel.id, plan="Ask one more.", plan_by=july.date() + DAY, by=by, now=july
    )
    reason = "The award sets it."
    answers.note_parity(panel.id, SeatRole.MEMBER, reason, by=by, now=july)
    other = actions.create(
        make.organization("Elsewhere"),
        name="Other group",
        minimum_voices=2,
        survivor_seats=2,
        first_session_on=july.date(),
        by=None,
        now=july,
    )
    answer = sign_in(by).get("/groups/figures.csv")
    assert 'filename="figures.csv"' in answer.headers["Content-Disposition"]
    lines = answer.text.splitlines()
    assert any("Only one survivor voice" in line for line in lines)
    assert any("Ask one more." in line and "2026-07-16" in line for line in lines)
    assert any(f"50.00,90.00,{reason}" in line for line in lines)
    assert all("'=1+1" in line for line in lines[1:])
    assert other.name not in answer.text
    assert sign_in(who).get("/groups/figures.csv").status_code == 404


def test_a_flag_that_was_only_forming_is_in_no_report(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    scenes.posted(place)
    by = make.coordinator(place)
    lines = sign_in(by).get("/groups/figures.csv").text.splitlines()
    assert len(lines) == 1
