"""What a coordinator must not work out, and what must not be written down."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask, request

from engage.app import trust_proxies
from engage.core import once
from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements import actions as engagements
from engage.engagements.models import Engagement
from engage.offers import actions, places, queries, waves
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.people import codes, jobs
from engage.people.code_models import EntryCode
from engage.people.models import Alias, KeptText, Person
from tests import make, scenes
from tests.clients import Browser

pytestmark = pytest.mark.usefixtures("july")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SignIn = Callable[[Person], Browser]
Pool = tuple[Opportunity, Person, list[Alias]]


@pytest.fixture
def pool(app: Flask, july: datetime) -> Pool:
    """One of two found from the pool, and the names of two people: the first is it."""
    place = make.organization()
    by, post = make.coordinator(place), scenes.posted(place)
    people = scenes.consultants(2)
    names = [make.alias(who, place, is_listed=True) for who in people]
    offer = make.offer(post, people[0])
    actions.accept(offer.id, counted=False, raised=False, by=people[0], now=july)
    return post, by, names


def name(pool: Pool, alias: Alias, july: datetime) -> None:
    post, by, _ = pool
    waves.name_one(post.id, alias.uid, july + 3 * DAY, by=by, now=july)


@pytest.mark.parametrize("which", [0, 1])
def test_asking_a_name_does_not_tell_who_said_yes_to_the_pool(
    pool: Pool, which: int, july: datetime
) -> None:
    """Whichever was named: the same words, and every place looks taken."""
    post, by, names = pool
    name(pool, names[which], july)
    found = queries.found(opportunities.by_id(post.id), july)
    words = [word for _, _, word in queries.named_words(found, july)]
    assert words == ["Waiting for the reply-by date"]
    assert places.free(opportunities.by_id(post.id), july) == 0
    with pytest.raises(Refused, match="Every place is found or held"):
        name(pool, names[1 - which], july)


def test_after_its_day_the_yes_is_read_in_both_lists(
    pool: Pool, july: datetime
) -> None:
    post, _, names = pool
    name(pool, names[0], july)
    later = (post.reply_by or july) + HOUR
    found = queries.found(opportunities.by_id(post.id), later)
    assert [word for _, _, word in queries.named_words(found, later)] == ["Said yes"]
    assert [alias.uid for alias, _ in found.people] == [names[0].uid]


def test_who_leaves_before_the_reply_by_day_is_never_named(
    pool: Pool, sign_in: SignIn, july: datetime
) -> None:
    post, by, names = pool
    agreed = db.session.scalars(sa.select(Engagement)).one()
    holder = db.session.get_one(Person, names[0].person_id)
    engagements.leave(agreed.id, by=holder, now=july + HOUR)
    uid, later = agreed.uid, (post.reply_by or july) + DAY
    with time_machine.travel(later, tick=False):
        browser = sign_in(by)
        for path in ("/agreed", f"/work/{post.uid}/people", "/time/waiting"):
            assert names[0].name not in browser.get(path).text
        assert browser.get(f"/agreed/{uid}").status_code == 404


def test_no_row_says_when_a_no_was_sent(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    post = scenes.posted(make.organization())
    (who,) = scenes.consultants(1)
    offer = make.offer(post, who)
    with time_machine.travel(july + HOUR, tick=False):
        browser = sign_in(who)
        answer = browser.post(f"/asks/{offer.uid}", data={"answer": "not_this_time"})
    assert answer.status_code == 303
    used = db.session.scalars(sa.select(once.UsedForm)).one()
    assert (used.used_at.hour, used.used_at.minute, used.used_at.second) == (0, 0, 0)

    jobs.tidy(july + DAY)
    assert db.session.scalars(sa.select(once.UsedForm)).all()
    jobs.tidy(july + 4 * DAY)
    assert not db.session.scalars(sa.select(once.UsedForm)).all()


def test_a_no_after_the_sign_in_ended_is_not_kept(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    """The press is kept nowhere; the way back leads to the page that has it."""
    post = scenes.posted(make.organization())
    (who,) = scenes.consultants(1)
    offer = make.offer(post, who)
    browser = sign_in(who)
    with time_machine.travel(july + HOUR, tick=False):
        answer = browser.post(f"/asks/{offer.uid}", data={"answer": "not_this_time"})
    assert answer.location == f"/in?next=/asks/{offer.uid}"
    assert not db.session.scalars(sa.select(KeptText)).all()


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_limits_count_by_the_visitor_and_not_by_the_proxy(
    proxies: int, seen: str
) -> None:
    """What a visitor wrote into the header before the proxy's own part is no use."""
    app = Flask("behind")
    app.add_url_rule("/", "address", lambda: str(request.remote_addr))
    trust_proxies(app, proxies)
    sent = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    assert app.test_client().get("/", headers=sent).text == seen


def test_a_printed_code_cannot_be_matched_with_who_made_it(
    app: Flask, july: datetime
) -> None:
    """The entry about making it knows the moment; the code's row knows the day."""
    place = make.organization()
    by = make.coordinator(place)
    codes.make_for_consultant(organization_id=place.id, by=by, now=july)
    kept = db.session.scalars(sa.select(EntryCode.expires_at)).one()
    assert (kept.hour, kept.minute, kept.second) == (0, 0, 0)
    assert kept.date() == (july + 15 * DAY).date()


def test_the_moment_of_a_yes_is_not_shown_to_who_asked(
    pool: Pool, sign_in: SignIn, july: datetime
) -> None:
    """Two yeses of one minute would tell that one of them was on condition."""
    post, by, _ = pool
    agreed = db.session.scalars(sa.select(Engagement)).one().uid
    with time_machine.travel((post.reply_by or july) + HOUR, tick=False):
        page = sign_in(by).get(f"/agreed/{agreed}").text
    words = " ".join(re.sub("<[^>]*>", " ", page).split())
    assert re.search(r"Agreed on \S+, July 15, 2026 Pay", words), words[-900:]


def test_only_the_payer_sees_money_move_from_open_seats_to_people(
    app: Flask, sign_in: SignIn
) -> None:
    payer = make.payer()
    place = make.organization()
    line = make.funding_line(place, payer=payer)
    pages = {}
    for name, person in (
        ("coordinator", make.coordinator(place)),
        ("finance", make.finance(payer)),
    ):
        page = sign_in(person).get(f"/lines/{line.uid}").text
        pages[name] = (
            "Set aside for open seats" in page,
            "Agreed or set aside" in page,
        )

    assert pages == {"coordinator": (False, True), "finance": (True, False)}
