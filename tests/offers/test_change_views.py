"""Pages of new terms, for both sides."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.offers.models import TermsChange
from engage.offers.rules import OfferStatus
from engage.opportunities import queries as opportunities
from engage.people.models import Person
from engage.workload.models import WorkLimits
from tests import make, scenes
from tests.clients import Browser
from tests.offers.changing import agreed, ask_more, change_of, deliver, move, sessions

SignIn = Callable[[Person], Browser]


def text(browser: Browser, path: str) -> str:
    return str(browser.get(path).get_data(as_text=True))


def test_a_session_is_moved_from_the_posts_page(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july)
    browser = sign_in(work.by)
    path = f"/work/{work.post.uid}"
    assert f"{path}/dates" in text(browser, path)
    post = opportunities.by_id(work.post.id)
    first = min(post.sessions, key=lambda each: each.starts_at)
    lines = ("place", "access", "interpretation", "who_is_in_the_room")
    sent = {
        "version": str(post.version),
        "which": first.uid,
        "starts_at": "2026-08-06T14:00",
        "reply_by": "2026-07-20",
        **{name: getattr(post, name) for name in lines},
        "recording": post.recording,
        "support_person": post.support_person,
    }
    missing = browser.post(f"{path}/dates", data={**sent, "starts_at": ""})
    assert missing.status_code == 422
    assert "Please fill this in." in missing.get_data(as_text=True)
    answer = browser.post(f"{path}/dates", data=sent)
    assert answer.location == f"{path}/dates"
    page = text(browser, answer.location)
    assert "Waiting for the reply-by date" in page
    assert "still answering about the last change" in page
    assert len(sessions(work.engagement)) == 1


def test_a_name_that_is_kept_back_is_not_on_the_list_of_answers(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july)
    name = db.session.scalar(sa.text("SELECT name FROM alias"))
    move(work, july)
    browser = sign_in(work.by)
    assert name in text(browser, f"/work/{work.post.uid}/dates")
    work.engagement.shown_from = work.post.reply_by
    make.save(work.engagement)
    assert name not in text(browser, f"/work/{work.post.uid}/dates")
    assert browser.get(f"/agreed/{work.engagement.uid}/terms").status_code == 404


def test_new_dates_are_answered_with_one_press(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july)
    change = move(work, july)
    browser = sign_in(work.who)
    path = f"/asks/changes/{change.uid}"
    assert path in text(browser, "/asks")
    assert path in text(browser, f"/plans/{work.engagement.uid}")
    page = text(browser, path)
    for words in (
        "Yes, that works",
        "I cannot come then",
        "Wednesday, August 5, 2026",
        "Thursday, August 6, 2026",
        "Your week from",
        "you keep your place and every other session",
    ):
        assert words in page
    answer = browser.post(path, data={"answer": "yes"})
    assert answer.location == f"/plans/{work.engagement.uid}"
    assert len(sessions(work.engagement)) == 2
    assert path not in text(browser, "/asks")
    assert browser.get(path).status_code == 303


def test_a_no_is_gone_for_its_reader_and_waits_for_the_coordinator(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july)
    change = ask_more(work, july)
    deliver(change)
    browser, desk = sign_in(work.who), sign_in(work.by)
    path = f"/asks/changes/{change.uid}"
    before = text(desk, f"/agreed/{work.engagement.uid}/terms")
    answer = browser.post(path, data={"answer": "no"})
    assert answer.location == "/asks"
    assert browser.get(path).status_code == 404
    after = text(desk, f"/agreed/{work.engagement.uid}/terms")
    assert "Waiting for the reply-by date" in before
    assert "Waiting for the reply-by date" in after
    assert "<span>Not available</span>" not in after


def test_over_a_limit_the_page_asks_for_the_persons_own_raise(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july)
    change = ask_more(work, july)
    deliver(change)
    limits = db.session.get_one(WorkLimits, work.who.id)
    limits.week_minutes = 60
    make.save(limits)
    browser, path = sign_in(work.who), f"/asks/changes/{change.uid}"
    refused = browser.post(path, data={"answer": "yes"})
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "Your limit is 1 h. Raise it for this one?" in page
    browser.post(path, data={"answer": "yes", "raised": "1"})
    assert change_of(work.engagement).status is OfferStatus.ACCEPTED


def test_more_time_is_asked_from_the_agreement_and_the_look_is_seen(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july)
    browser = sign_in(work.by)
    path = f"/agreed/{work.engagement.uid}/terms"
    assert path in text(browser, f"/agreed/{work.engagement.uid}")
    page = text(browser, path)
    assert "Version 1" in page
    sent = {
        "session": "",
        "sessions-0-starts_at": "2026-08-20T14:00",
        "sessions-0-minutes": "1:00",
        "preparation_minutes": "0:30",
        "debrief_minutes": "0:15",
        "reply_by": "2026-07-20",
    }
    early = browser.post(path, data={**sent, "reply_by": "2026-07-16"})
    assert early.status_code == 422
    assert browser.post(path, data=sent).location == path
    assert "Waiting for the reply-by date" in text(browser, path)
    change = db.session.scalars(sa.select(TermsChange)).one()
    assert change.minutes == 105
    looks = db.session.scalars(
        sa.select(AuditEntry.verb).where(AuditEntry.verb == "engagement.open")
    )
    assert list(looks)


def test_what_was_not_delivered_is_not_there(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july)
    scenes.keep_away(work.who, work.post, "paused")
    change = ask_more(work, july)
    deliver(change)
    browser, path = sign_in(work.who), f"/asks/changes/{change.uid}"
    assert browser.get(path).status_code == 404
    assert browser.post(path, data={"answer": "yes"}).status_code == 404
    assert path not in text(browser, "/asks")


@pytest.mark.parametrize("said", ["yes", "no"])
def test_nobody_reads_or_answers_for_another(
    app: Flask, sign_in: SignIn, july: datetime, said: str
) -> None:
    work = agreed(july)
    change = move(work, july)
    path = f"/asks/changes/{change.uid}"
    for who in (make.consultant(), work.by):
        browser = sign_in(who)
        assert browser.get(path).status_code == 404
        assert browser.post(path, data={"answer": said}).status_code == 404
    stranger = sign_in(make.coordinator(make.organization()))
    for other in (
        f"/agreed/{work.engagement.uid}/terms",
        f"/work/{work.post.uid}/dates",
    ):
        assert stranger.get(other).status_code == 404
        assert stranger.post(other).status_code == 404


def test_an_offer_that_was_there_before_says_that_dates_changed(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    work = agreed(july, seats=3)
    old, new = scenes.consultants(2)
    before = make.offer(work.post, old, version=1)
    move(work, july)
    after = make.offer(work.post, new, version=2)
    words = "changed after you were asked"
    assert words in text(sign_in(old), f"/asks/{before.uid}")
    assert words not in text(sign_in(new), f"/asks/{after.uid}")
    sent = {"answer": "yes", "counted": "1", "seen": "1"}
    late = sign_in(old).post(f"/asks/{before.uid}", data=sent)
    assert late.status_code == 422
    assert "changed since you opened the page" in late.get_data(as_text=True)


def test_pages_ask_the_database_the_same_however_many(
    app: Flask, sign_in: SignIn, july: datetime, queries: object
) -> None:
    counts = []
    for number in (1, 4):
        who = scenes.consultants(1)[0]
        works = [agreed(july, who, seats=4) for _ in range(number)]
        for each in works:
            change = move(each, july)
        work = works[-1]
        seen = []
        for reader, path in (
            (who, "/asks"),
            (who, f"/asks/changes/{change.uid}"),
            (work.by, f"/agreed/{work.engagement.uid}/terms"),
            (work.by, f"/work/{work.post.uid}/dates"),
        ):
            browser = sign_in(reader)
            browser.get(path)
            db.session.commit()
            queries.statements.clear()
            assert browser.get(path).status_code == 200
            seen.append(len(queries))
        counts.append(seen)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15, counts
