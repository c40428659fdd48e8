import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from flask import Flask

from engage.core.db import db, transaction
from engage.offers import actions as offers
from engage.organizations.models import Organization
from engage.panels import actions, queries
from engage.panels.models import Panel
from engage.panels.rules import SeatKind, SeatRole, SeatStatus
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser

DAY = timedelta(days=1)
SignIn = Callable[[Person], Browser]
UID = re.compile(r"\b[2-9a-hjkmnp-z]{20}\b")
ONCE = re.compile(r'name="once" value="[^"]*"')
TOKEN = re.compile(r'(name="csrf_token" value|nonce|data-options)="[^"]*"')


def page(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def alone(now: datetime, **values: object) -> tuple[Organization, Panel]:
    """A panel near its first session with one counted person on three seats."""
    place = make.organization()
    panel = actions.create(
        place,
        name="Protocol group",
        minimum_voices=2,
        survivor_seats=0,
        professional_seats=[
            actions.ProfessionalSeat(SeatRole.MEMBER, "Legal aid", 90_00)
        ],
        first_session_on=date(2026, 7, 20),
        by=None,
        now=now,
        **values,
    )
    scenes.hold_seat(panel, make.consultant(), counted=True)
    return place, panel


def test_the_page_names_what_is_wrong_and_takes_a_plan(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel = alone(july)
    browser, path = sign_in(make.coordinator(place)), f"/groups/{panel.uid}"
    shown = page(browser, path)
    for words in (
        "Only one survivor voice",
        "Pay for a peer to attend",
        "make sure that nobody has to speak for all",
    ):
        assert words in shown
    assert "Only one survivor voice" in page(browser, "/groups")

    empty = browser.post(f"{path}/plan", data={"plan": "", "plan_by": "2026-07-01"})
    assert empty.status_code == 422
    sent = {"plan": "Ask two more.", "plan_by": "2026-07-25"}
    assert browser.post(f"{path}/plan", data=sent).status_code == 303
    shown = page(browser, path)
    assert "Ask two more." in shown
    assert "Your plan is in place" in shown


def test_a_forming_panel_is_said_to_be_forming(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post = scenes.posted(make.organization())
    panel = db.session.get_one(Panel, post.panel_id)
    place = db.session.get_one(Organization, post.organization_id)
    scenes.hold_seat(panel, make.consultant(), counted=True)
    shown = page(sign_in(make.coordinator(place)), f"/groups/{panel.uid}")
    assert "Only one survivor voice so far, still asking for one more" in shown
    assert "Keep this plan" not in shown
    assert f"/groups/{panel.uid}/open-seat" in shown


def test_unequal_pay_is_shown_and_its_reason_kept(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel = alone(july)
    with transaction():
        actions.open_seat(panel, hourly_cents=50_00, by=None, now=july)
    browser, path = sign_in(make.coordinator(place)), f"/groups/{panel.uid}"
    shown = page(browser, path)
    assert "a survivor seat is paid $50.00 an hour" in shown
    assert "$90.00" in shown
    sent = {"role": "member", "reason": "The award sets it."}
    assert browser.post(f"{path}/pay", data=sent).status_code == 303
    assert "The award sets it." in page(browser, path)


def test_a_professional_seat_is_added_and_taken_away(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel = alone(july)
    browser, path = sign_in(make.coordinator(place)), f"/groups/{panel.uid}"
    sent = {"who": "professional", "role": "chair", "label": ""}
    assert browser.post(f"{path}/seats", data=sent).status_code == 422
    sent["label"] = "Shelter network"
    assert browser.post(f"{path}/seats", data=sent).status_code == 303
    assert "Chair (Shelter network)" in page(browser, path)
    (seat,) = [
        each for each in queries.live_seats(panel.id) if each.role is SeatRole.CHAIR
    ]
    assert seat.kind is SeatKind.PROFESSIONAL
    assert browser.post(f"{path}/seats/{seat.uid}/end").status_code == 303
    assert "Shelter network" not in page(browser, path)


def test_another_organizations_panel_is_not_there(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    _, panel = alone(july)
    path = f"/groups/{panel.uid}"
    for who in (make.coordinator(make.organization()), make.consultant()):
        browser = sign_in(who)
        for each in (path, f"{path}/seats"):
            assert browser.get(each).status_code == 404
        for each in ("plan", "pay", "seats"):
            assert browser.post(f"{path}/{each}").status_code == 404


def test_one_persons_choice_changes_no_byte_that_another_member_sees(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post = scenes.posted(make.organization())
    one, other = scenes.consultants(2)
    plans = []
    for who in (one, other):
        offer = make.offer(post, who)
        plans.append(
            offers.accept(offer.id, counted=False, raised=False, by=who, now=july)
        )
    path = f"/plans/{plans[0].uid}"

    seen = []
    for counted in (False, True):
        actions.choose(post.panel_id, counted=counted, by=other, now=july)
        seen.append(TOKEN.sub("", UID.sub("", page(sign_in(one), path))))

    assert seen[0] == seen[1]
    assert "Seat 1, Member" in seen[0]
    assert "Harbor Legal Aid" not in seen[0]


def test_pages_ask_the_database_the_same_however_many(
    app: Flask, sign_in: SignIn, july: datetime, queries: object
) -> None:
    counts = []
    for number in (1, 4):
        place, panel = alone(july)
        for _ in range(number):
            scenes.hold_seat(panel, make.consultant(), counted=False)
            make.panel(place)
        browser = sign_in(make.coordinator(place))
        seen = []
        for path in ("/groups", f"/groups/{panel.uid}"):
            db.session.commit()
            queries.statements.clear()
            assert browser.get(path).status_code == 200
            seen.append(len(queries))
        counts.append(seen)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15


RULES = {"name": "Council", "minimum_voices": "2", "quorum": "3", "term_months": "12"}


def test_a_board_is_made_and_its_rules_are_changed(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    browser = sign_in(make.coordinator(place))
    assert browser.get("/groups/new").status_code == 200
    for wrong in ({"name": ""}, {"minimum_voices": "1"}, {"quorum": "x"}):
        assert browser.post("/groups/new", data={**RULES, **wrong}).status_code == 422
    made = browser.post("/groups/new", data={**RULES, "most_terms": "2"})
    shown = page(browser, made.location)
    for words in ("3 seats held", "12 months", "2 terms in a row", "3 more held seats"):
        assert words in shown
    path = f"{made.location}/rules"
    assert 'value="12"' in page(browser, path)
    no_length = {**RULES, "term_months": "", "most_terms": "2"}
    refused = browser.post(path, data=no_length)
    assert refused.status_code == 422
    assert "Say how long a term is" in refused.text
    assert browser.post(path, data={**RULES, "quorum": ""}).status_code == 303
    assert "3 seats held" not in page(browser, made.location)
    elsewhere = sign_in(make.coordinator(make.organization()))
    assert elsewhere.get(path).status_code == 404


def test_terms_that_end_soon_are_named_with_the_boards_own_limit(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    panel = make.panel(place, is_standing=True, term_months=12, most_terms=1)
    seat = scenes.hold_seat(panel, make.consultant(), counted=True)
    with transaction():
        seat.label, seat.ends_on = "Juniper", july.date() + 30 * DAY
    shown = page(sign_in(make.coordinator(place)), f"/groups/{panel.uid}")
    assert "Friday, August 14, 2026" in shown
    assert "Juniper has had as many terms in a row" in shown
    assert "You may still ask them" in shown


def test_unequal_pay_stands_on_the_list_too(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel = alone(july)
    browser = sign_in(make.coordinator(place))
    assert "Unequal pay" not in page(browser, "/groups")
    with transaction():
        actions.open_seat(panel, hourly_cents=50_00, by=None, now=july)
    assert "Unequal pay" in page(browser, "/groups")


def test_a_persons_name_is_no_organization(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place, panel = alone(july)
    browser, path = sign_in(make.coordinator(place)), f"/groups/{panel.uid}/seats"
    sent = {"who": "professional", "role": "chair", "label": "Maria Lopez"}
    answer = browser.post(path, data=sent)
    assert answer.status_code == 422
    assert "looks like the name of a person" in answer.text


def test_seats_look_alike_to_whoever_sits_beside_them(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    """Who holds a seat, what it pays, and from where changes no byte of a plan."""
    post = scenes.posted(make.organization())
    (who,) = scenes.consultants(1)
    offer = make.offer(post, who)
    agreed = offers.accept(offer.id, counted=True, raised=False, by=who, now=july)
    other = make.consultant()
    browser, seen = sign_in(who), set()
    beside = make.seat(db.session.get_one(Panel, post.panel_id))
    waiting = make.seat(db.session.get_one(Panel, post.panel_id))
    professional = {"kind": SeatKind.PROFESSIONAL, "person_id": None}
    survivor = {"kind": SeatKind.SURVIVOR, "person_id": other.id}
    for columns, status in (
        ({**professional, "label": "Legal aid", "hourly_cents": 90_00}, "open"),
        ({**professional, "is_salaried_elsewhere": True}, "awaiting"),
        ({**survivor, "label": "Juniper 4", "hourly_cents": 50_00}, "open"),
        ({**survivor, "label": "", "ends_on": july.date() + DAY}, "awaiting"),
    ):
        with transaction():
            for name, value in {**columns, "status": SeatStatus.HELD}.items():
                setattr(beside, name, value)
            waiting.status = SeatStatus(status)
        shown = TOKEN.sub("", page(browser, f"/plans/{agreed.uid}"))
        seen.add(ONCE.sub("", shown))
    assert len(seen) == 1
    assert "Who else is in the room" in seen.pop()
