"""An administrator alone, with a second account of their own making."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from engage.core import clock
from engage.core.errors import Refused
from engage.looks import openings
from engage.looks.rules import Reason
from engage.people.models import Person
from engage.people.recovery_rules import LEAST_STAFF_DAYS
from engage.records import legal
from engage.records.legal_rules import LegalKind, Part
from tests import make

NAME = "paper-boat-lamp"
DAY = timedelta(days=1)


@pytest.fixture
def boss(app: Flask, july: datetime) -> Person:
    make.consultant(NAME)
    return make.administrator()


def straw(days: int) -> Person:
    today = clock.today("America/New_York")
    return make.administrator(created_on=today - timedelta(days=days))


@pytest.mark.parametrize(("days", "passes"), [(0, False), (13, False), (14, True)])
def test_a_straw_account_opens_nobodys_pages(
    boss: Person, july: datetime, days: int, passes: bool
) -> None:
    row = openings.ask(name=NAME, reason=[*Reason][0], by=boss, now=july)

    def agree() -> object:
        who = straw(days)
        return openings.agree(row.id, held=lambda _: None, by=who, now=july)

    check(agree, passes)


@pytest.mark.parametrize(("days", "passes"), [(0, False), (13, False), (14, True)])
def test_a_straw_account_gives_nothing_by_law(
    boss: Person, july: datetime, days: int, passes: bool
) -> None:
    kind, parts, today = LegalKind.SUBPOENA, frozenset({Part.HOURS}), july.date()
    paper = legal.Paper(kind, "A court", "Hours", parts, today, None)
    row = legal.record(NAME, paper, by=boss, now=july)
    check(lambda: legal.agree(row.id, NAME, by=straw(days), now=july), passes)


def check(agree: object, passes: bool) -> None:
    assert callable(agree)
    assert LEAST_STAFF_DAYS == 14 * DAY
    if passes:
        agree()
        return
    with pytest.raises(Refused, match="newer than"):
        agree()
