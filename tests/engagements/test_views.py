from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.offers import actions as offers
from engage.organizations.models import Organization
from engage.panels import queries as panels
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]


def agreed(now: datetime, **values: object) -> tuple[Engagement, Person]:
    post = scenes.posted(make.organization(), **values)
    who = scenes.consultants(1)[0]
    offer = make.offer(post, who)
    return offers.accept(offer.id, counted=False, raised=False, by=who, now=now), who


def show_now(engagement: Engagement) -> None:
    engagement.shown_from = None
    make.save(engagement)


def text(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_the_letter_shows_the_card_the_pay_and_a_way_out(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    page = text(sign_in(who), f"/plans/{engagement.uid}?show=1")
    for words in (
        "Read a draft and say what you would change.",
        "up to $262.50",
        "Unchanged since it was agreed.",
        "Sessions: 2 h. Preparation: 1 h. Debrief: 30 min.",
        "You may leave at any time.",
        "(you)",
    ):
        assert words in page


def test_plans_stand_under_this_week_coming_and_ended(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    headings = {0: "Coming", 21: "This week", 60: "Ended"}
    for days, heading in headings.items():
        with time_machine.travel(july + days * DAY, tick=False):
            page = text(sign_in(who), "/plans")
        before, _, _ = page.partition(f"/plans/{engagement.uid}")
        assert before.rpartition("<h2>")[2].startswith(heading)


def test_a_choice_and_a_leave_are_one_press_each(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    browser, path = sign_in(who), f"/plans/{engagement.uid}"
    panel_id = db.session.scalar(
        sa.text("SELECT panel_id FROM seat WHERE id = :id").bindparams(
            id=engagement.seat_id
        )
    )
    browser.post(f"{path}/count", data={"on": "1"})
    assert panels.voices(panel_id).counted == 1
    browser.post(f"{path}/count", data={"on": ""})
    assert panels.voices(panel_id).counted == 0

    answer = browser.post(f"{path}/leave")
    assert answer.location == path
    db.session.refresh(engagement)
    assert engagement.status is EngagementStatus.LEFT
    page = text(browser, path)
    assert "Leave this work now" not in page
    assert "Log until" in page


def test_nobody_opens_or_ends_the_plan_of_another(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, _ = agreed(july)
    show_now(engagement)
    stranger = sign_in(make.consultant())
    for path in (f"/plans/{engagement.uid}", f"/agreed/{engagement.uid}"):
        assert stranger.get(path).status_code == 404
    for verb in ("count", "leave"):
        answer = stranger.post(f"/plans/{engagement.uid}/{verb}", data={"on": "1"})
        assert answer.status_code == 404
    elsewhere = sign_in(make.coordinator(make.organization()))
    assert elsewhere.get(f"/agreed/{engagement.uid}").status_code == 404


def test_a_coordinators_look_is_written_once_an_hour_for_the_person_to_see(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    place = db.session.get_one(Organization, engagement.organization_id)
    browser = sign_in(make.coordinator(place))
    assert browser.get(f"/agreed/{engagement.uid}").status_code == 404
    show_now(engagement)

    for _ in range(2):
        page = text(browser, f"/agreed/{engagement.uid}")
    assert "sees that you opened this page" in page
    looks = db.session.scalars(
        sa.select(AuditEntry).where(
            AuditEntry.subject == who.subject, AuditEntry.kind == "look"
        )
    ).all()
    assert [look.verb for look in looks] == ["engagement.open"]
    assert text(browser, "/agreed")
    assert len(looks) == 1


def test_pages_ask_the_database_the_same_however_many(
    app: Flask, sign_in: SignIn, july: datetime, queries: object
) -> None:
    counts = []
    for number in (1, 4):
        place, who = make.organization(), scenes.consultants(1)[0]
        line = make.funding_line(place)
        found = []
        for _ in range(number):
            offer = make.offer(scenes.posted(place, line=line), who)
            found.append(
                offers.accept(offer.id, counted=True, raised=False, by=who, now=july)
            )
        for each in found:
            show_now(each)
        seen = []
        own, staff = sign_in(who), sign_in(make.coordinator(place))
        for browser, path in (
            (own, "/plans"),
            (own, f"/plans/{found[0].uid}"),
            (staff, "/agreed"),
            (staff, f"/agreed/{found[0].uid}"),
        ):
            db.session.commit()
            queries.statements.clear()
            assert browser.get(path).status_code == 200
            seen.append(len(queries))
        counts.append(seen)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 20, counts
