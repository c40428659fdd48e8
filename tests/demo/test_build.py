from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit import queries as audit
from engage.core.db import db
from engage.demo import build, words
from engage.engagements.models import Engagement
from engage.engagements.rules import terms_hash
from engage.funding import queries as funding
from engage.funding.models import FundingLine
from engage.hours.models import HoursEntry
from engage.ledger.models import Posting
from engage.opportunities.rules import Level, Story
from engage.opportunities.word_lists import load_words
from engage.opportunities.wording import wording_findings
from engage.payouts import books
from engage.people.models import Person
from tests import make
from tests.conftest import JANUARY, JULY, Databases, running


def shape() -> list[object]:
    """What the same seed must give again: work, hours and amounts without uids."""
    hours = sa.select(HoursEntry.day, HoursEntry.minutes, HoursEntry.cents)
    return [
        db.session.execute(hours.order_by(HoursEntry.id)).all(),
        db.session.scalar(sa.select(sa.func.sum(Posting.cents))),
    ]


@pytest.mark.parametrize("now", [JULY, JANUARY])
def test_history_satisfies_every_check_of_the_books(app: Flask, now: datetime) -> None:
    year = build.fill("small", 1, now)

    assert len(year.engagements) > 60
    assert books.problems(now) == []
    assert audit.broken_chains() == []


def test_no_line_is_oversold_and_terms_keep_their_hash(app: Flask) -> None:
    build.fill("small", 2, JULY)

    for line in db.session.scalars(sa.select(FundingLine)):
        assert funding.left_cents(line.id) > 0
    for one in db.session.scalars(sa.select(Engagement)):
        assert terms_hash(one.terms) == one.terms_hash


def test_same_seed_plays_the_same_year(databases: Databases, tmp_path: Path) -> None:
    played = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        address = databases.make("sqlite", folder)
        with running(folder, address) as app, app.app_context():
            build.fill("small", 7, JULY)
            played.append(shape())

    assert played[0] == played[1]
    assert played[0][0]


def test_people_are_never_mixed_with_sample_data(app: Flask) -> None:
    make.consultant()

    with pytest.raises(build.NotEmpty):
        build.fill("small", 1, JULY)

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1


def test_sample_posts_pass_the_wording_check() -> None:
    texts = dict(words.CARD)
    for number, work in enumerate(words.WORK):
        texts |= {f"{name}{number}": str(text) for name, text in work.card().items()}

    found = wording_findings(texts, load_words("en"), Story.NONE)

    assert [one for one in found if one.level is not Level.NOTE] == []
