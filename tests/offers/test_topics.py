"""A post with topics goes to whom they fit, and nobody reads how many that are."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.offers import asking, jobs
from engage.offers.models import Offer
from engage.offers.rules import next_wave_at
from engage.offers.terms_rules import is_match
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.workload import wishes
from tests import make, scenes


def asked(post: Opportunity) -> set[int]:
    assert post.posted_at is not None
    jobs.deliver(next_wave_at(post.posted_at, make.ZONE))
    return set(
        db.session.scalars(
            sa.select(Offer.person_id).where(Offer.opportunity_id == post.id)
        )
    )


@pytest.mark.parametrize(
    ("wanted", "here", "anywhere", "fits"),
    [
        ([], ["youth"], ["youth"], True),
        (["youth"], [], [], True),
        (["youth", "work"], ["work"], ["work"], True),
        (["youth"], ["work"], ["work", "youth"], False),
        (["youth"], [], ["work", "youth"], True),
        (["youth"], [], ["work"], False),
    ],
)
def test_what_was_released_here_counts_before_what_is_offered_elsewhere(
    wanted: list[str], here: list[str], anywhere: list[str], fits: bool
) -> None:
    assert is_match(wanted, here, anywhere) is fits


def test_the_pool_is_matched_by_topics(app: Flask, july: datetime) -> None:
    place, other = make.organization(), make.organization()
    post = scenes.posted(place, seats=3, topics=["youth"])
    plain, here, elsewhere, apart, blank = scenes.consultants(5)
    make.alias(here, place, topics="youth,work")
    make.alias(elsewhere, other, topics="youth")
    make.alias(apart, other, topics="work")
    make.alias(apart, place, topics="courts")
    make.alias(blank, place, topics="")
    assert asked(post) == {each.id for each in (plain, here, elsewhere, blank)}


def test_a_post_without_topics_asks_all(app: Flask, july: datetime) -> None:
    place = make.organization()
    post = scenes.posted(place, seats=1)
    who = scenes.consultants(1)[0]
    make.alias(who, place, topics="courts")
    assert asked(post) == {who.id}


def test_a_topic_to_avoid_keeps_the_post_away(app: Flask, july: datetime) -> None:
    post = scenes.posted(make.organization(), seats=1, topics=["courts", "youth"])
    who = scenes.consultants(1)[0]
    wishes.set_filters(
        who,
        organization_ids=[],
        law_enforcement=False,
        travel=False,
        topics=["courts"],
        now=july,
    )
    assert asked(post) == set()


def test_the_topics_are_on_the_card_and_matched_in_one_statement(
    app: Flask, july: datetime, queries: object
) -> None:
    post = scenes.posted(make.organization(), topics=["youth", "work"])
    post = opportunities.by_id(post.id)
    assert opportunities.card(post)["topics"] == ["youth", "work"]
    people = [each.id for each in scenes.consultants(6)]
    assert post.topics
    queries.statements.clear()
    assert asking.matching(people, post) == people
    assert len(queries) == 1
