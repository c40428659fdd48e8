"""Both sides' pages: what each may press, what each may read, and what is gone."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from engage.audit.models import AuditEntry
from engage.consents import asking, giving, jobs, making, queries, rules
from engage.consents.models import Consent, MaterialUse, MaterialVersion
from engage.consents.rules import ConsentStatus, SeenAs
from engage.core.db import db, transaction
from engage.people import queries as people
from engage.people.models import Person, SignIn
from engage.records import closing, copying, erasing
from tests import make
from tests.clients import Browser
from tests.consents.showing import DAY, WORDS, Shown, asked, given, published

Enter = Callable[[Person], Browser]
TYPED = {
    "kind": "photo",
    "what": "Hands on a table.",
    "place": "A leaflet",
    "recipient": "The print shop",
    "purpose": "To invite people.",
    "most_uses": "1",
    "months": "12",
    "days": "14",
}


def test_the_same_no_sent_twice_leads_to_the_same_page(
    app: Flask, july: datetime, sign_in: Enter
) -> None:
    shown, stranger = asked(july), make.consultant()
    own, address = sign_in(shown.who), f"/shown/{shown.consent.uid}/no"
    assert sign_in(stranger).post(address).status_code == 404
    for _ in range(2):
        said = own.post(address, data={"once": "the same"})
        assert (said.status_code, said.location) == (303, "/shown")
    assert own.post(address).status_code == 404


def test_from_the_ask_to_the_last_place_taken_down(
    app: Flask, july: datetime, sign_in: Enter
) -> None:
    shown = asked(july)
    giving.pass_by(shown.consent.id, by=shown.who, now=july)
    asking.take_back(shown.consent.id, by=shown.by, now=july)
    staff, own = sign_in(shown.by), sign_in(shown.who)
    page = f"/agreed/{shown.engagement.uid}/permissions"
    assert staff.post(page, data={**TYPED, "months": "37"}).status_code == 422
    theirs = staff.post(page, data=TYPED).location
    mine = theirs.replace("/permissions/", "/shown/")
    assert own.get(mine).status_code == 404
    jobs.follow(july)
    assert "Hands on a table." in own.get(mine).text
    assert "They have until" in staff.get(theirs).text
    given_ = own.post(f"{mine}/yes", data={"described": "trainer", "months": "6"})
    assert given_.status_code == 303
    assert "trainer" in staff.get(theirs).text
    made = {"name": "Leaflet", "text": "Six hands.", "address": "", "file_hash": ""}
    assert staff.post(f"{theirs}/made", data=made).status_code == 303
    version = db.session.scalars(sa.select(MaterialVersion)).one()
    stands = f"/permissions/versions/{version.uid}"
    use = {"place": "Front hall", "since": "2026-07-15", "seen": version.hash}
    assert "not said yes" in staff.get(stands).text
    assert staff.post(stands, data=use).status_code == 422
    yes = f"/shown/versions/{version.uid}/yes"
    assert own.post(yes, data={"seen": "0" * 64}).status_code == 422
    assert own.post(yes, data={"seen": version.hash}).status_code == 303
    assert staff.post(stands, data=use).status_code == 303
    assert "Front hall" in own.get(mine).text
    assert own.post(f"{mine}/end").status_code == 303
    after = staff.get(theirs).text
    assert "Front hall" in after
    for gone in ("Six hands.", "Hands on a table.", "trainer", "Leaflet"):
        assert gone not in after
    place = db.session.scalars(sa.select(MaterialUse)).one()
    staff.post(f"/permissions/uses/{place.uid}", data={"do": "asked"})
    assert "Asked to take it down" in own.get(mine).text
    staff.post(f"/permissions/uses/{place.uid}", data={"do": "done"})
    assert "Taken down" in own.get(mine).text


def test_a_yes_asks_again_who_is_here_and_a_withdrawal_does_not(
    app: Flask, july: datetime, sign_in: Enter
) -> None:
    shown = asked(july)
    own = sign_in(shown.who)
    with transaction() as session:
        long_ago = july - timedelta(minutes=6)
        session.execute(sa.update(SignIn).values(proved_at=long_ago))
    page = f"/shown/{shown.consent.uid}"
    own.post(f"{page}/yes", data={"described": "", "months": "6"})
    assert db.session.get_one(Consent, shown.consent.id).status == "asked"
    giving.give(
        shown.consent.id, described="", months=6, language="en", by=shown.who, now=july
    )
    own.post(f"{page}/end")
    assert db.session.get_one(Consent, shown.consent.id).status == "withdrawn"


def test_no_page_of_staff_gives_and_others_meet_nothing(
    app: Flask, july: datetime, sign_in: Enter
) -> None:
    shown, version, use = published(july)
    uid = shown.consent.uid
    strangers = [
        make.coordinator(make.organization()),
        make.administrator(),
        make.finance(make.payer()),
        make.consultant(),
    ]
    for who in strangers:
        browser = sign_in(who)
        for page in (
            f"/permissions/{uid}",
            f"/permissions/versions/{version.uid}",
            f"/agreed/{shown.engagement.uid}/permissions",
            f"/shown/{uid}",
        ):
            assert browser.get(page).status_code == 404
        assert browser.post(f"/permissions/uses/{use.uid}").status_code == 404
    staff = sign_in(shown.by)
    for page in (f"/shown/{uid}/yes", f"/shown/versions/{version.uid}/yes"):
        assert staff.post(page).status_code == 404
    assert sign_in(shown.who).post(f"/permissions/{uid}/ended").status_code == 404


def pages(sign_in: Enter, shown: Shown) -> str:
    """What its organization reads, without what is random or the name of a row."""
    staff, name = sign_in(shown.by), _name(shown)
    read = ""
    for path in (
        f"/permissions/{shown.consent.uid}",
        "/permissions",
        f"/agreed/{shown.engagement.uid}/permissions",
    ):
        text = staff.get(path).text
        read += text[text.index("<main") : text.index("</main>")]
    read = re.sub(r'value="[^"]*"', "", read.replace(name, "NAME"))
    return re.sub(r"[2-9a-z]{20}|Review \d+", "X", read)


def three_noes(sign_in: Enter, july: datetime, now: datetime) -> list[str]:
    """Pages of who was told no, not answered, and never reached."""
    said_no, silent = asked(july), asked(july)
    kept_away = asked(july, is_delivered=False)
    giving.pass_by(said_no.consent.id, by=said_no.who, now=july)
    with transaction():
        kept_away.consent.is_delivered = False
    with time_machine.travel(now, tick=False):
        jobs.follow(now)
        return [pages(sign_in, each) for each in (said_no, silent, kept_away)]


@pytest.mark.parametrize("days", [0, 13, 14, 20])
def test_every_no_is_the_same_page(
    app: Flask, july: datetime, sign_in: Enter, days: int
) -> None:
    read = three_noes(sign_in, july, july + days * DAY)
    assert read[0] == read[1] == read[2]
    assert ("Not given" in read[0]) is (days >= 14)


def test_control_a_no_that_shows_early_is_caught(
    app: Flask, july: datetime, sign_in: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rules.seen_as

    def early(status: ConsentStatus, *rest: Any, **more: Any) -> SeenAs:
        if status is ConsentStatus.CLOSED:
            return SeenAs.NOT_GIVEN
        return real(status, *rest, **more)

    monkeypatch.setattr(rules, "seen_as", early)
    read = three_noes(sign_in, july, july + DAY)
    assert read[0] != read[1]


def _name(shown: Shown) -> str:
    alias = people.alias(shown.who.id, shown.consent.organization_id)
    return alias.name if alias else "-"


def test_each_opening_stands_in_their_list(
    app: Flask, july: datetime, sign_in: Enter
) -> None:
    shown = given(july)
    staff = sign_in(shown.by)
    for _ in range(2):
        staff.get(f"/permissions/{shown.consent.uid}")
    looks = sa.select(AuditEntry.verb).where(
        AuditEntry.subject == shown.who.subject, AuditEntry.kind == "look"
    )
    assert db.session.scalars(looks).all() == ["consent.open"]
    assert "What you allow to be shown" in sign_in(shown.who).get("/account/looks").text


def test_closing_the_account_takes_all_back_and_the_list_outlives_it(
    app: Flask, july: datetime, sign_in: Enter
) -> None:
    shown, version, use = published(july)
    assert copying.about(shown.who)["consent"][0]["described"] == "advocate and trainer"
    closing.close_account(word="close", wanted="CLOSE", by=shown.who, now=july)
    consent = db.session.get_one(Consent, shown.consent.id)
    assert consent.status == "withdrawn"
    erasing.erase_due(july + 14 * DAY)
    db.session.expire_all()
    assert (consent.what_sealed, version.text_sealed) == (None, None)
    assert use.place == "Page 4"
    page = sign_in(shown.by).get(f"/permissions/{consent.uid}").text
    assert "Page 4" in page
    assert WORDS.text not in page
    making.mark(use.id, "done", by=shown.by, now=july)


def test_the_same_words_are_sealed_anew_in_each_row(app: Flask, july: datetime) -> None:
    one, other = given(july), given(july)
    assert one.consent.what_sealed != other.consent.what_sealed
    assert queries.own(one.who, one.consent.uid, july).holds(july.date())
