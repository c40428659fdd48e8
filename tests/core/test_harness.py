"""The fixtures themselves: what they promise, each test of the house relies on."""

import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.organizations.models import Organization
from tests import make


def test_a_row_made_here_is_gone_in_the_next_test(app: Flask) -> None:
    assert db.session.scalar(sa.select(sa.func.count(Organization.id))) == 0
    make.organization("Once")


def test_and_the_other_way_round(app: Flask) -> None:
    assert db.session.scalar(sa.select(sa.func.count(Organization.id))) == 0
    make.organization("Once")


def test_builders_make_rows_the_database_accepts(app: Flask) -> None:
    place = make.organization()
    who = make.consultant()
    work = make.opportunity(place)
    make.offer(work, who)
    make.alias(who, place)
    make.limits(who, week_minutes=600)
    make.seat(make.panel(place), who)
    agreed = make.engagement(work, who, sessions=((work.posted_at, 60),))
    make.hours_entry(agreed)
    make.administrator()
    make.finance(place)
    assert make.coordinator(place).staff_name
