import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from engage.audit import actions as audit
from engage.audit.models import AuditEntry
from engage.core import crypto, limits
from engage.core.db import db
from engage.engagements import actions, feed, feed_entries, feeds
from engage.engagements.models import CalendarFeed, EngagementSession
from engage.people.models import Person
from engage.people.rules import PersonStatus
from tests import make, scenes
from tests.clients import Browser
from tests.engagements.talking import DAY, SignIn, Talk, begun

NEW_YORK, PHOENIX, LORD_HOWE = "America/New_York", "America/Phoenix", "Australia/Sydney"


def events(content: bytes) -> list[Any]:
    found: list[Any] = Calendar.from_ical(content).walk("VEVENT")
    return found


def address(browser: Browser, **sent: str) -> str:
    """The path of the feed as its page shows it, once."""
    page = browser.post("/account/calendar", data=sent).text
    found = re.search(r"http://[^/]+(/days/[\w-]{43}\.ics)", page)
    assert found, page
    return found[1]


@pytest.fixture
def talk(app: Flask, july: datetime) -> Talk:
    return begun(july, title="Survivor review")


@pytest.mark.parametrize("zone", [NEW_YORK, PHOENIX, LORD_HOWE, "Etc/UTC"])
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1), date(2027, 4, 4)])
def test_times_are_right_on_the_days_when_clocks_change(zone: str, day: date) -> None:
    moments = [datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)
               for hour in range(24)]  # fmt: skip
    entries = [feed.Entry(str(at), "Busy", at, 90) for at in moments]
    written = feed.write(entries, zone, moments[0])
    for event, at in zip(events(written), moments, strict=True):
        assert event["dtstart"].dt.astimezone(UTC) == at
        assert event["dtend"].dt.astimezone(UTC) == at + timedelta(minutes=90)


def test_a_wall_clock_hour_stays_and_the_zone_is_written_out() -> None:
    there = ZoneInfo(NEW_YORK)
    walls = [datetime(2026, month, 9, 14, tzinfo=there) for month in (3, 7, 11)]
    entries = [feed.Entry(str(at), "Busy", at.astimezone(UTC), 60) for at in walls]
    written = feed.write(entries, NEW_YORK, walls[0])
    assert written.count(b"DTSTART;TZID=America/New_York:2026") == 3
    assert written.count(b"T140000") == 3
    zone = Calendar.from_ical(written).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    for wall in walls:
        assert wall.replace(tzinfo=zone).utcoffset() == wall.utcoffset()


def test_it_is_off_until_turned_on_and_says_neutral_words_only(
    talk: Talk, sign_in: SignIn, client: Browser
) -> None:
    own = sign_in(talk.who)
    assert "This is off." in own.get("/account/calendar").text
    path = address(own)
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert [str(each["summary"]) for each in events(answer.data)] == ["Busy", "Busy"]
    text = answer.text.lower()
    for told in (
        "survivor", "review", talk.place.name.lower(), "engage", "http", "$", "pay",
        "preparation", talk.engagement.uid, talk.who.uid, "organizer", "attendee",
        "location", "description", "method",
    ):  # fmt: skip
        assert told not in text, told
    assert set(re.findall(r"summary:(.*)", text)) == {"busy\r"}


def test_titles_follow_the_readers_language(
    app: Flask, sign_in: SignIn, client: Browser, july: datetime
) -> None:
    talk = begun(july)
    talk.who.language = "es"
    make.save(talk.who)
    text = client.get(address(sign_in(talk.who))).text
    assert "SUMMARY:Ocupado" in text
    assert "Busy" not in text


def test_the_secret_is_shown_once_and_kept_nowhere(
    talk: Talk, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    own = sign_in(talk.who)
    path = address(own)
    secret = path.split("/")[-1].removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in own.get("/account/calendar").text
    row = db.session.scalars(sa.select(CalendarFeed)).one()
    assert row.token_hash == crypto.token_hash(secret)
    entries = db.session.scalars(sa.select(AuditEntry)).all()
    assert "calendar.on" in {each.verb for each in entries}
    assert all(secret not in f"{each.thing}{each.subject}" for each in entries)
    assert secret not in caplog.text


def test_wrong_old_and_off_are_one_404(
    talk: Talk, sign_in: SignIn, client: Browser
) -> None:
    own = sign_in(talk.who)
    old = address(own)
    fresh = re.search(r"/days/[\w-]{43}\.ics", own.post("/account/calendar/new").text)
    assert fresh
    assert client.get(fresh[0]).status_code == 200
    pages = [client.get(old), client.get(f"/days/{'x' * 43}.ics")]
    assert own.post("/account/calendar/off").status_code == 303
    pages.append(client.get(fresh[0]))
    assert {page.status_code for page in pages} == {404}
    plain = {re.sub(r'nonce="[^"]*"|lang=\w+|/days/[^"?]*', "", page.text)
             for page in pages}  # fmt: skip
    assert len(plain) == 1
    assert db.session.scalars(sa.select(CalendarFeed)).all() == []


def test_a_closed_account_has_no_feed(
    talk: Talk, sign_in: SignIn, client: Browser
) -> None:
    path = address(sign_in(talk.who))
    talk.who.status = PersonStatus.CLOSED
    make.save(talk.who)
    assert client.get(path).status_code == 404


def test_fetching_changes_nothing_and_depends_on_nobody(
    talk: Talk, sign_in: SignIn, client: Browser
) -> None:
    own = sign_in(talk.who)
    path = address(own)
    first = client.get(path, headers={"User-Agent": "one", "Cookie": "id=x"})
    assert own.get(path).data == first.data == client.get(path).data
    assert "Set-Cookie" not in first.headers
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.thing.like("calendar_feed:%"))
    )
    assert len(entries.all()) == 1


def test_too_many_fetches_are_slowed_each_feed_for_itself(
    talk: Talk, sign_in: SignIn, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = address(sign_in(talk.who))
    spent: list[tuple[str, ...]] = []

    def within(*names: str) -> bool:
        spent.append(names)
        return len(spent) < 2

    monkeypatch.setattr(limits, "within", within)
    assert client.get(path).status_code == 200
    assert client.get(path).status_code == 429
    assert client.get("/days/none.ics").status_code == 429
    assert len({names[2] for names in spent}) == 2
    assert spent[2][2].startswith("address:")


def test_moved_sessions_keep_their_name_and_ended_ones_vanish(
    talk: Talk, sign_in: SignIn, client: Browser, july: datetime
) -> None:
    path = address(sign_in(talk.who))
    before = events(client.get(path).data)
    row = db.session.scalars(
        sa.select(EngagementSession).order_by(EngagementSession.starts_at)
    ).first()
    assert row is not None
    row.starts_at += DAY
    make.save(row)
    after = events(client.get(path).data)
    assert [each["uid"] for each in before] == [each["uid"] for each in after]
    assert after[0]["dtstart"].dt == before[0]["dtstart"].dt + DAY
    assert row.uid not in client.get(path).text
    actions.leave(talk.engagement.id, by=talk.who, now=july)
    assert events(client.get(path).data) == []


def test_last_days_to_answer_only_where_ticked(
    app: Flask, sign_in: SignIn, client: Browser, july: datetime
) -> None:
    (who,) = scenes.consultants(1)
    post = scenes.posted(make.organization(), reply_by=july + 5 * DAY)
    offer = make.offer(post, who)
    own = sign_in(who)
    path = address(own)
    assert events(client.get(path).data) == []
    own.post("/account/calendar", data={"has_reply_days": "y"})
    (event,) = events(client.get(path).data)
    assert str(event["summary"]) == "Look in"
    assert event["dtstart"].dt == (july + 5 * DAY).date()
    assert offer.uid not in client.get(path).text
    own.post(f"/asks/{offer.uid}", data={"answer": "not_this_time"})
    assert events(client.get(path).data) == []


def test_a_coordinator_reads_panels_and_no_people(talk: Talk, sign_in: SignIn) -> None:
    browser = sign_in(talk.by)
    seat = db.session.execute(sa.text("SELECT uid FROM panel")).scalar_one()
    for path in (f"/groups/{seat}/sessions.ics", "/groups/sessions.ics"):
        answer = browser.get(path)
        assert 'filename="sessions.ics"' in answer.headers["Content-Disposition"]
        found = events(answer.data)
        assert [str(each["summary"]) for each in found] == ["Protocol group"] * 2
        alias = db.session.execute(sa.text("SELECT name FROM alias")).scalar_one()
        assert alias not in answer.text
        assert talk.who.uid not in answer.text
    elsewhere = sign_in(make.coordinator(make.organization()))
    assert elsewhere.get(f"/groups/{seat}/sessions.ics").status_code == 404
    assert events(elsewhere.get("/groups/sessions.ics").data) == []
    assert sign_in(talk.who).get("/groups/sessions.ics").status_code == 404


@pytest.mark.parametrize("verb", ["turn_on", "renew", "change", "turn_off"])
def test_each_change_is_undone_with_its_entry(
    talk: Talk, july: datetime, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def fail(*_args: Any, **_kw: Any) -> None:
        raise RuntimeError("no")

    if verb != "turn_on":
        feeds.turn_on(has_reply_days=False, by=talk.who, now=july)
    before = state(talk.who)
    monkeypatch.setattr(audit, "record", fail)
    more = {"has_reply_days": True} if verb in {"turn_on", "change"} else {}
    with pytest.raises(RuntimeError):
        getattr(feeds, verb)(by=talk.who, now=july, **more)
    assert state(talk.who) == before


def state(person: Person) -> tuple[str, bool] | None:
    db.session.expire_all()
    row = feed_entries.feed_of(person.id)
    return row and (row.token_hash, row.has_reply_days)
