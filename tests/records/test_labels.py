"""When a name turns into a label: everywhere at once, and telling no answer."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from engage.core.db import db, lock_one, transaction
from engage.engagements.rules import EngagementStatus
from engage.offers.models import NamedAsk
from engage.offers.rules import OfferStatus
from engage.organizations.models import Organization
from engage.panels.models import Panel, Seat
from engage.people import actions as people
from engage.people.models import Alias, Person
from engage.records import erasing, labels
from tests import make
from tests.clients import Browser

DAY = timedelta(days=1)


@pytest.fixture
def place(app: Flask) -> Organization:
    return make.organization()


@pytest.fixture
def alias(place: Organization, july: datetime) -> Alias:
    """Of somebody whose work there was over and paid forty days ago."""
    who = make.consultant()
    make.engagement(
        make.opportunity(place),
        who,
        terms={"zone": make.ZONE},
        status=EngagementStatus.FINISHED,
        ended_on=(july - 40 * DAY).date(),
    )
    return make.alias(who, place, "Fern 7")


def seat_of(alias: Alias, place: Organization, ended: datetime | None) -> Seat:
    panel = make.panel(place, ended_on=ended.date() if ended else None)
    who = db.session.get_one(Person, alias.person_id)
    return make.seat(panel, who, label=alias.name)


def test_a_group_that_is_over_keeps_no_name(
    alias: Alias, place: Organization, july: datetime
) -> None:
    seat = seat_of(alias, place, july - 40 * DAY)
    elsewhere = seat_of(alias, make.organization(), july - 40 * DAY)
    labels.relabel(july)
    for row in (alias, seat, elsewhere):
        db.session.refresh(row)
    assert (alias.name, seat.label) == ("Consultant A", "Consultant A")
    assert elsewhere.label == "Fern 7", "another organization's own name"


def test_a_name_that_was_changed_is_gone_from_groups_too(
    alias: Alias, place: Organization, july: datetime, sign_in: Callable[..., Browser]
) -> None:
    """Whoever finds that their name says too much takes it back everywhere."""
    seat = seat_of(alias, place, None)
    who = db.session.get_one(Person, alias.person_id)
    people.save_alias(
        place.id, name="Pine 3", topics=[], languages=[], is_open=False,
        by=who, now=july,
    )  # fmt: skip
    panel = db.session.get_one(Panel, seat.panel_id)
    page = sign_in(make.coordinator(place)).get(f"/groups/{panel.uid}").text
    assert "Pine 3" in page
    assert "Fern 7" not in page


def test_a_seat_that_is_still_held_keeps_it(
    alias: Alias, place: Organization, july: datetime
) -> None:
    seat = seat_of(alias, place, None)
    labels.relabel(july)
    assert (alias.name, seat.label) == ("Fern 7", "Fern 7")


@pytest.mark.parametrize("status", [OfferStatus.WAITING, OfferStatus.CLOSED, None])
def test_it_does_not_tell_what_came_of_an_ask(
    alias: Alias, place: Organization, july: datetime, status: OfferStatus | None
) -> None:
    """Asked by name; answered no, not yet, or never delivered: until the same day."""
    post = make.opportunity(place)
    last = july + 5 * DAY
    ask = NamedAsk(
        opportunity_id=post.id, alias_id=alias.id, reply_by=last, asked_at=july
    )
    make.save(ask)
    if status:
        who = db.session.get_one(Person, alias.person_id)
        make.offer(post, who, reply_by=last, status=status)
    labels.relabel(july + 4 * DAY)
    assert alias.name == "Fern 7"
    labels.relabel(last)
    db.session.refresh(alias)
    assert alias.name == "Consultant A"


def test_after_an_account_is_erased_no_group_has_its_name(
    alias: Alias, place: Organization, july: datetime
) -> None:
    seat = seat_of(alias, place, july - 40 * DAY)
    with transaction():
        erasing.empty_rows(lock_one(Person, alias.person_id))
    db.session.refresh(seat)
    db.session.refresh(alias)
    assert "Fern 7" not in {seat.label, alias.name}
    assert seat.label == alias.name
