from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.notices.models import Notice
from engage.offers import actions, jobs, waves
from engage.offers.models import NamedAsk, Offer
from engage.offers.rules import OfferStatus, next_wave_at
from engage.opportunities import actions as opportunities
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Installation, Organization
from engage.people.models import Person
from engage.workload.models import AskCount
from tests import make, scenes

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def asked(post: Opportunity) -> set[int]:
    return set(
        db.session.scalars(
            sa.select(Offer.person_id).where(Offer.opportunity_id == post.id)
        )
    )


def first_wave(post: Opportunity) -> datetime:
    assert post.posted_at is not None
    return next_wave_at(post.posted_at, make.ZONE)


def named(post: Opportunity, who: Person, now: datetime, days: int = 5) -> NamedAsk:
    place = db.session.get_one(Organization, post.organization_id)
    alias = make.alias(who, place, is_listed=True)
    by = make.coordinator(place)
    return waves.name_one(post.id, alias.uid, now + days * DAY, by=by, now=now)


def test_a_wave_waits_for_its_fixed_time(app: Flask, july: datetime) -> None:
    post = scenes.posted(make.organization())
    scenes.consultants(2)
    jobs.deliver(july)
    jobs.deliver(first_wave(post) - timedelta(minutes=1))
    assert asked(post) == set()

    jobs.deliver(first_wave(post))
    assert len(asked(post)) == 2


def test_a_wave_asks_three_for_each_open_seat_and_no_sooner_more(
    app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization(), seats=2)
    scenes.consultants(9)
    wave = first_wave(post)
    jobs.deliver(wave)
    assert len(asked(post)) == 6

    one = db.session.scalars(sa.select(Offer).limit(1)).one()
    actions.not_this_time(one.id, by=db.session.get_one(Person, one.person_id))
    jobs.deliver(wave + HOUR)
    assert len(asked(post)) == 6

    jobs.deliver(next_wave_at(wave, make.ZONE))
    assert len(asked(post)) == 7


def test_those_asked_least_come_first(app: Flask, july: datetime) -> None:
    post = scenes.posted(make.organization(), seats=1, professionals=0)
    people = scenes.consultants(5)
    for each in people[:2]:
        day = july.date() - 40 * DAY
        make.save(AskCount(person_id=each.id, day=day, count=3))
    jobs.deliver(first_wave(post))
    assert asked(post) == {each.id for each in people[2:]}


def test_an_ask_is_counted_and_told_neutrally(app: Flask, july: datetime) -> None:
    post = scenes.posted(make.organization())
    who = scenes.consultants(1)[0]
    jobs.deliver(first_wave(post))
    assert db.session.scalars(sa.select(AskCount.count)).all() == [1]
    notice = db.session.scalars(sa.select(Notice)).one()
    assert (notice.person_id, notice.kind) == (who.id, "offer")


@pytest.mark.parametrize("left", [47 * HOUR, 49 * HOUR])
def test_nobody_is_asked_with_under_48_hours_to_answer(
    app: Flask, july: datetime, left: timedelta
) -> None:
    post = scenes.posted(make.organization())
    scenes.consultants(1)
    post.reply_by = first_wave(post) + left
    make.save(post)
    jobs.deliver(first_wave(post))
    assert len(asked(post)) == (left > 48 * HOUR)


CAUSES = (
    "at_limit",
    "paused",
    "filtered",
    "no_police",
    "enough_asks",
    "notice",
    "closed",
)


@pytest.mark.parametrize("why", CAUSES)
def test_no_ask_passes_the_persons_own_wishes(
    app: Flask, july: datetime, why: str
) -> None:
    post = scenes.posted(make.organization(), has_law_enforcement=True)
    who = make.consultant()
    ask = named(post, who, july)
    scenes.keep_away(who, post, why)
    jobs.deliver(first_wave(post))
    assert asked(post) == set()
    assert db.session.get(NamedAsk, ask.id) is not None


def test_an_ask_by_name_is_delivered_with_its_own_day(
    app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization(), asks_pool=False)
    who, _ = scenes.consultants(2)
    ask = named(post, who, july)
    jobs.deliver(first_wave(post))
    offer = db.session.scalars(sa.select(Offer)).one()
    assert (offer.person_id, offer.reply_by) == (who.id, ask.reply_by)


def test_an_ask_by_name_holds_its_place_until_its_day(
    app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization(), seats=1)
    who, other = scenes.consultants(2)
    named(post, who, july)
    offer = make.offer(post, other)
    with pytest.raises(Refused, match="held for somebody"):
        actions.accept(offer.id, counted=True, raised=False, by=other, now=july)
    jobs.deliver(first_wave(post))
    own = db.session.scalars(sa.select(Offer).where(Offer.person_id == who.id)).one()
    actions.accept(own.id, counted=True, raised=False, by=who, now=july + DAY)
    assert own.status is OfferStatus.ACCEPTED


def test_a_second_ask_soon_after_is_taken_and_not_delivered(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    line = make.funding_line(place)
    first, second = (scenes.posted(place, line=line) for _ in range(2))
    who = scenes.consultants(1)[0]
    alias = make.alias(who, place, is_listed=True)
    for post in (first, second):
        post.asks_pool = False
        make.save(post)
        waves.name_one(
            post.id, alias.uid, july + 5 * DAY, by=make.coordinator(place), now=july
        )
    jobs.deliver(first_wave(first))
    assert (len(asked(first)), len(asked(second))) == (1, 0)


@pytest.mark.parametrize("days", [1, 12])
def test_an_ask_by_name_lasts_two_to_ten_days(
    app: Flask, july: datetime, days: int
) -> None:
    post = scenes.posted(make.organization())
    with pytest.raises(Refused):
        named(post, make.consultant(), july, days=days)


def test_nobody_outside_the_weekly_list_can_be_named(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    post = scenes.posted(place)
    by = make.coordinator(place)
    hidden = make.alias(make.consultant(), place)
    foreign = make.alias(make.consultant(), make.organization(), is_listed=True)
    for alias in (hidden, foreign):
        with pytest.raises(NotFound):
            waves.name_one(post.id, alias.uid, july + 5 * DAY, by=by, now=july)


def test_work_that_is_off_asks_nobody(app: Flask, july: datetime) -> None:
    post = scenes.posted(make.organization())
    scenes.consultants(1)
    post.status = OpportunityStatus.CANCELLED
    make.save(post)
    jobs.deliver(first_wave(post))
    assert asked(post) == set()


def test_in_a_demo_nobody_waits(app: Flask, july: datetime) -> None:
    make.save(
        Installation(
            id=1, is_demo=True, help_name="Sam", help_contact="-", support_line="-"
        )
    )
    post = scenes.posted(make.organization())
    scenes.consultants(1)
    jobs.deliver(july + timedelta(minutes=1))
    assert len(asked(post)) == 1


def test_a_wave_asks_the_database_the_same_whatever_the_number(
    app: Flask, july: datetime, queries: object
) -> None:
    counts = []
    for _ in range(2):
        post = scenes.posted(make.organization(), seats=1)
        scenes.consultants(8)
        db.session.expire_all()
        queries.statements.clear()
        waves.ask_around(post.id, now=first_wave(post))
        selects = [one for one in queries.statements if one.startswith("SELECT")]
        counts.append(len(selects))
        assert len(asked(post)) == 3
    assert counts[0] == counts[1]


def test_the_shortest_time_to_answer_counts_from_when_people_are_asked(
    app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization())
    by = make.coordinator(db.session.get_one(Organization, post.organization_id))
    wave = next_wave_at(july, make.ZONE)
    post.reply_by = july
    make.save(post)
    for reply_by in (july + 49 * HOUR, wave + 48 * HOUR - timedelta(minutes=1)):
        with pytest.raises(Refused, match="48 hours"):
            again(post, reply_by, by, july)
    again(post, wave + 48 * HOUR, by, july)
    scenes.consultants(1)
    jobs.deliver(wave)
    assert len(asked(post)) == 1


def again(post: Opportunity, reply_by: datetime, by: Person, now: datetime) -> None:
    opportunities.ask_again(post.id, seats=1, reply_by=reply_by, by=by, now=now)
