from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.offers import actions, waves
from engage.offers.models import NamedAsk, Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Panel
from engage.people.models import Person
from engage.workload.models import WorkLimits
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]
CLOSED = "This is no longer open. Nothing for you to do."
YES = {"answer": "yes", "counted": "1"}
IF_SECOND = {"answer": "if_second", "counted": "1"}


def asked(number: int = 1, **values: object) -> tuple[Opportunity, list[Offer]]:
    post = scenes.posted(make.organization(), **values)
    return post, [make.offer(post, who) for who in scenes.consultants(number)]


def browser_of(offer: Offer, sign_in: SignIn) -> Browser:
    return sign_in(db.session.get_one(Person, offer.person_id))


def status_of(offer: Offer) -> OfferStatus:
    db.session.refresh(offer)
    return offer.status


def text(browser: Browser, path: str) -> str:
    return str(browser.get(path).get_data(as_text=True))


def test_the_page_says_everything_before_a_yes(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    _, (offer,) = asked(professionals=5)
    page = text(browser_of(offer, sign_in), f"/asks/{offer.uid}?show=1")
    for words in (
        "Right now you would be the only survivor voice among 7 seats.",
        "Count me as a survivor voice on this panel",
        "Read a draft and say what you would change.",
        "up to $262.50",
        "Your week from",
        "Not this time",
        "Yes, if a second survivor joins",
    ):
        assert words in page
    assert "checked" not in page


def test_the_line_is_set_from_the_profile(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post, _ = asked()
    who = make.consultant(counts_by_default=True)
    offer = make.offer(post, who)
    assert "checked" in text(sign_in(who), f"/asks/{offer.uid}")


def test_work_for_one_says_so_and_has_no_condition(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    _, (offer,) = asked(seats=1, professionals=0)
    page = text(browser_of(offer, sign_in), f"/asks/{offer.uid}")
    assert "You would do this alone." in page
    assert "if a second survivor joins" not in page
    assert "Count me" not in page


def test_one_press_says_yes_and_leads_to_the_letter(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    _, (offer,) = asked()
    browser = browser_of(offer, sign_in)
    answer = browser.post(f"/asks/{offer.uid}", data=YES)
    assert answer.status_code == 303
    assert "/plans/" in answer.location
    assert "This is your offer letter" in text(browser, answer.location)
    assert status_of(offer) is OfferStatus.ACCEPTED
    again = browser.get(f"/asks/{offer.uid}")
    assert again.location == answer.location


def test_over_the_limit_the_page_asks_for_the_persons_own_raise(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    _, (offer,) = asked()
    limits = db.session.get_one(WorkLimits, offer.person_id)
    limits.week_minutes = 60
    make.save(limits)
    browser = browser_of(offer, sign_in)

    refused = browser.post(f"/asks/{offer.uid}", data=YES)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Your limit is 1 h. Raise it for this one?" in page
    assert 'name="raised" value="1"' in page

    browser.post(f"/asks/{offer.uid}", data={**YES, "raised": "1"})
    assert status_of(offer) is OfferStatus.ACCEPTED


def test_a_condition_is_held_and_taken_back(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    _, (offer,) = asked()
    browser = browser_of(offer, sign_in)
    answer = browser.post(f"/asks/{offer.uid}", data=IF_SECOND)
    assert answer.location == f"/asks/{offer.uid}"
    assert "Your place is held until" in text(browser, answer.location)
    assert "Yes, if a second survivor joins" in text(browser, "/asks")

    browser.post(f"/asks/{offer.uid}", data={"answer": "withdraw"})
    assert status_of(offer) is OfferStatus.CLOSED
    assert "No requests right now" in text(browser, "/asks")


def test_a_pass_is_one_press_and_then_gone(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    _, (offer,) = asked()
    browser = browser_of(offer, sign_in)
    answer = browser.post(f"/asks/{offer.uid}", data={"answer": "not_this_time"})
    assert answer.location == "/asks"
    assert "No requests right now" in text(browser, "/asks")
    gone = browser.get(f"/asks/{offer.uid}")
    assert gone.status_code == 404
    assert CLOSED in gone.get_data(as_text=True)


def test_what_closed_by_itself_reads_the_same(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post, (passed, filled) = asked(2, seats=1)
    other = make.offer(post, scenes.consultants(1)[0])
    actions.not_this_time(passed.id, by=db.session.get_one(Person, passed.person_id))
    by = db.session.get_one(Person, other.person_id)
    actions.accept(other.id, counted=True, raised=False, by=by, now=july)

    pages = []
    for offer in (passed, filled):
        answer = browser_of(offer, sign_in).get(f"/asks/{offer.uid}")
        assert answer.status_code == 404
        pages.append(answer.get_data(as_text=True).partition("<main")[2])
    assert pages[0] == pages[1]
    late = browser_of(filled, sign_in).post(f"/asks/{filled.uid}", data=YES)
    assert CLOSED in late.get_data(as_text=True)


@pytest.mark.parametrize("said", ["yes", "if_second", "not_this_time", "withdraw"])
def test_nobody_answers_for_another(
    app: Flask, sign_in: SignIn, july: datetime, said: str
) -> None:
    post, (offer,) = asked()
    stranger = sign_in(make.consultant())
    staff = sign_in(
        make.coordinator(db.session.get_one(Organization, post.organization_id))
    )
    for browser in (stranger, staff):
        assert browser.get(f"/asks/{offer.uid}").status_code == 404
        sent = {**YES, "answer": said}
        assert browser.post(f"/asks/{offer.uid}", data=sent).status_code == 404
    assert status_of(offer) is OfferStatus.WAITING


def coordinator_of(post: Opportunity) -> Person:
    return make.coordinator(db.session.get_one(Organization, post.organization_id))


def test_the_coordinator_reads_a_count_first_and_names_at_the_end(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post, (first, _) = asked(2)
    who = db.session.get_one(Person, first.person_id)
    place = db.session.get_one(Organization, post.organization_id)
    make.alias(who, place, "Juniper 4")
    actions.accept(first.id, counted=True, raised=False, by=who, now=july)
    browser = sign_in(coordinator_of(post))

    page = text(browser, f"/work/{post.uid}/people")
    assert "1 of 2 found, still asking" in page
    assert "Juniper 4" not in page
    panel = db.session.get_one(Panel, post.panel_id)
    assert "Juniper 4" not in text(browser, f"/groups/{panel.uid}")
    assert "Juniper 4" not in text(browser, "/agreed")

    post.reply_by = july - DAY
    make.save(post)
    engagement = db.session.get_one(Offer, first.id).engagement_id
    db.session.execute(
        sa.text("UPDATE engagement SET shown_from = NULL WHERE id = :id"),
        {"id": engagement},
    )
    for path in (f"/work/{post.uid}/people", f"/groups/{panel.uid}", "/agreed"):
        assert "Juniper 4" in text(browser, path)
    assert "1 of 2 found, still" not in text(browser, f"/work/{post.uid}/people")


def test_one_person_is_asked_by_name_from_the_page(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post, _ = asked()
    place = db.session.get_one(Organization, post.organization_id)
    alias = make.alias(make.consultant(), place, "Heron 8", is_listed=True)
    make.alias(make.consultant(), place, "Wren 3")
    browser = sign_in(coordinator_of(post))
    page = text(browser, f"/work/{post.uid}/ask")
    assert "Heron 8" in page
    assert "Wren 3" not in page

    sent = {"alias": alias.uid, "reply_by": "2026-07-20"}
    answer = browser.post(f"/work/{post.uid}/ask", data=sent)
    assert answer.location == f"/work/{post.uid}/people"
    page = text(browser, answer.location)
    assert "Waiting for the reply-by date" in page
    again = browser.post(f"/work/{post.uid}/ask", data=sent)
    assert again.status_code == 422
    assert db.session.scalar(sa.select(sa.func.count(NamedAsk.id))) == 1


def test_another_organizations_work_is_not_there(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post, _ = asked()
    browser = sign_in(make.coordinator(make.organization()))
    for path in (f"/work/{post.uid}/people", f"/work/{post.uid}/ask"):
        assert browser.get(path).status_code == 404


def test_pages_ask_the_database_the_same_however_many(
    app: Flask, sign_in: SignIn, july: datetime, queries: object
) -> None:
    counts = []
    for number in (1, 6):
        place = make.organization()
        who = scenes.consultants(1)[0]
        line = make.funding_line(place)
        offers = [
            make.offer(scenes.posted(place, line=line), who) for _ in range(number)
        ]
        browser = sign_in(who)
        seen = []
        for path in ("/asks", f"/asks/{offers[0].uid}"):
            db.session.commit()
            queries.statements.clear()
            assert browser.get(path).status_code == 200
            seen.append(len(queries))
        counts.append(seen)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15, counts


def test_the_people_page_asks_the_same_however_many(
    app: Flask, sign_in: SignIn, july: datetime, queries: object
) -> None:
    counts = []
    for number in (1, 5):
        post, offers = asked(number, seats=6)
        for offer in offers:
            who = db.session.get_one(Person, offer.person_id)
            actions.accept(offer.id, counted=True, raised=False, by=who, now=july)
        place = db.session.get_one(Organization, post.organization_id)
        alias = make.alias(make.consultant(), place, is_listed=True)
        by = make.coordinator(place)
        waves.name_one(post.id, alias.uid, july + 5 * DAY, by=by, now=july)
        browser, path = sign_in(by), f"/work/{post.uid}/people"
        db.session.commit()
        queries.statements.clear()
        assert browser.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
