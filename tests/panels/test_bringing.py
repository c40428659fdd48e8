from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import Refused
from engage.offers import actions as offers
from engage.panels import actions, bringing, queries, sheet
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatKind, SeatStatus
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser

SignIn = Callable[[Person], Browser]
TEXT = (
    "role,kind,label,starts_on,ends_on\n"
    "member,survivor,,2026-01-15,2027-01-14\n"
    "member,survivor,,2026-01-15,2027-01-14\n"
    "chair,professional,Harbor Legal Aid,,\n"
)
WRONG = TEXT + "member,survivor,Juniper Example,,\n"


def bring(place: object, now: datetime, text: str = TEXT) -> bringing.Brought:
    rows = sheet.read(text)
    return bringing.bring_in(
        place, rows, name="Old council", minimum_voices=2, by=None, now=now
    )


def seats(panel: Panel) -> list[tuple[str, str, str]]:
    return [
        (seat.kind, seat.status, seat.label) for seat in queries.live_seats(panel.id)
    ]


def rows_in(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_survivors_seats_wait_and_professionals_hold_theirs(
    app: Flask, july: datetime
) -> None:
    found = bring(make.organization(), july)
    assert (found.added, found.known) == (3, 0)
    assert found.panel.is_standing
    assert seats(found.panel) == [
        (SeatKind.SURVIVOR, SeatStatus.AWAITING, ""),
        (SeatKind.SURVIVOR, SeatStatus.AWAITING, ""),
        (SeatKind.PROFESSIONAL, SeatStatus.HELD, "Harbor Legal Aid"),
    ]
    assert queries.voices(found.panel.id) == (0, 1, 3)
    assert queries.live_seats(found.panel.id)[0].ends_on == date(2027, 1, 14)


def test_the_same_rows_again_change_nothing_and_new_ones_are_added(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    first = bring(place, july)
    again = bring(place, july)
    assert (again.panel.id, again.added, again.known) == (first.panel.id, 0, 3)
    more = bring(place, july, TEXT + "member,survivor,,2026-01-15,2027-01-14\n")
    assert (more.added, more.known) == (1, 3)
    seat = queries.live_seats(first.panel.id)[0]
    actions.end_seat(first.panel.id, seat.uid, by=None, now=july)
    assert bring(place, july).added == 0  # what was ended does not come back
    elsewhere = bring(make.organization(), july)
    assert elsewhere.added == 3


def test_all_or_nothing(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make.organization()
    over = TEXT + "member,survivor,,,2026-07-14\n"
    for text in (WRONG, over, ""):
        with pytest.raises(Refused):
            bring(place, july, text)
    real, calls = actions.open_seat, []

    def fail(*args: object, **values: object) -> Seat:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("the third seat")
        return real(*args, **values)

    monkeypatch.setattr(actions, "open_seat", fail)
    with pytest.raises(RuntimeError):
        bring(place, july)
    assert (rows_in(Panel), rows_in(Seat)) == (0, 0)


def test_who_agreed_before_counts_from_their_yes_and_keeps_the_term(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    panel = bring(place, july).panel
    post = scenes.posted(place, panel=panel, seats=2, asks_pool=False)
    (who,) = scenes.consultants(1)
    name = make.alias(who, place)
    scenes.ask_by_name(post, name, july)
    offer = make.offer(post, who)
    agreed = offers.accept(offer.id, counted=True, raised=False, by=who, now=july)
    seat = db.session.get_one(Seat, agreed.seat_id)
    assert (seat.status, seat.ends_on) == (SeatStatus.HELD, date(2027, 1, 14))
    assert queries.voices(panel.id) == (1, 2, 3)
    assert bring(place, july).added == 0


def run(app: Flask, path: Path, place: str, *more: str) -> tuple[int, str]:
    args = ["import-panel", str(path), "--organization", place, "--name", "Council"]
    done = app.test_cli_runner().invoke(args=[*args, *more])
    return done.exit_code, done.output


def test_the_command_says_what_it_did(
    app: Flask, july: datetime, tmp_path: Path
) -> None:
    place, path = make.organization("Harbor Coalition"), tmp_path / "board.csv"
    path.write_text(TEXT)
    code, said = run(app, path, "Harbor Coalition", "--check")
    assert (code, rows_in(Seat)) == (0, 0)
    assert "3 seats could be brought in" in said
    assert run(app, path, place.uid) == (
        0,
        "Brought in 3 seats. 0 were there already.\n",
    )
    assert run(app, path, place.uid) == (
        0,
        "Brought in 0 seats. 3 were there already.\n",
    )
    assert run(app, path, "Nobody")[0] == 1


def test_the_command_refuses_in_words_and_stores_nothing(
    app: Flask, july: datetime, tmp_path: Path
) -> None:
    place, path = make.organization(), tmp_path / "board.csv"
    for data, says in (
        (WRONG.encode(), "5: Leave the label"),
        (TEXT.encode("utf-16"), "UTF-8"),
        (b"x" * 99_999, "at most 200"),
        ((TEXT + "member,survivor,,,2026-07-14\n").encode(), "5: This term is over"),
    ):
        path.write_bytes(data)
        code, said = run(app, path, place.uid)
        assert code == 1
        assert says in said
        assert "Juniper" not in said
    assert rows_in(Seat) == 0


def test_the_page_shows_the_rows_before_it_stores_them(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    browser = sign_in(make.coordinator(place))
    assert "Harbor Legal Aid" in browser.get("/groups/import").text  # the sample
    sent = {"name": "Old council", "minimum_voices": "2", "rows": TEXT, "then": "look"}
    looked = browser.post("/groups/import", data=sent)
    assert looked.status_code == 200
    assert "waits for a yes" in looked.text
    assert rows_in(Seat) == 0

    stored = browser.post("/groups/import", data={**sent, "then": "store"})
    assert stored.status_code == 303
    assert rows_in(Seat) == 3
    assert "Old council" in browser.get(stored.location).text


@pytest.mark.parametrize("then", ["look", "store"])
def test_the_page_says_what_to_mend_and_keeps_what_was_typed(
    app: Flask, sign_in: SignIn, july: datetime, then: str
) -> None:
    browser = sign_in(make.coordinator(make.organization()))
    sent = {"name": "Old", "minimum_voices": "2", "rows": WRONG, "then": then}
    answer = browser.post("/groups/import", data=sent)
    assert "Row 5." in answer.text
    assert "Leave the label of a survivor leader empty" in answer.text
    assert "Harbor Legal Aid" in answer.text
    assert rows_in(Seat) == 0


def test_only_those_who_run_panels_bring_one_in(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    place = make.organization()
    for who in (make.consultant(), make.finance(place), make.administrator()):
        assert sign_in(who).get("/groups/import").status_code == 404
    foreign = {"name": "Old", "minimum_voices": "2", "rows": TEXT, "then": "store"}
    by = make.staff(("coordinator", make.organization()), ("coordinator", place))
    foreign["organization"] = make.organization().uid
    assert sign_in(by).post("/groups/import", data=foreign).status_code == 422
    assert rows_in(Seat) == 0
