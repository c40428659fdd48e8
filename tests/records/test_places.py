"""A closed organization is wound down: asking ends, pay goes on, then roles end."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engage.audit import queries as audit
from engage.consents import making
from engage.consents.rules import ConsentStatus, VersionStatus
from engage.core import clock
from engage.core.db import db, transaction
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.notices.models import Notice
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations import actions as organizations
from engage.organizations.models import Organization
from engage.people.models import Alias, Membership
from engage.records import places
from tests import make
from tests.consents.showing import published
from tests.hours.work import agreed
from tests.payouts.owing import owed

pytestmark = pytest.mark.usefixtures("app")


def close(place: Organization) -> None:
    organizations.close(place.id, by=make.administrator(), now=clock.now())


def open_roles(place: Organization) -> int:
    query = sa.select(sa.func.count(Membership.id)).where(
        Membership.organization_id == place.id, Membership.ended_on.is_(None)
    )
    return int(db.session.scalar(query) or 0)


def test_an_open_organization_is_left_alone() -> None:
    place = make.organization()
    make.coordinator(place)
    post = make.opportunity(place)
    places.wind_down(clock.now())
    assert db.session.get_one(Opportunity, post.id).status is OpportunityStatus.POSTED
    assert open_roles(place) == 1


def test_asking_ends_and_roles_end_once_nothing_is_open() -> None:
    work = agreed(clock.now())
    place = work.place
    draft = make.opportunity(place, status=OpportunityStatus.DRAFT)
    lone = make.consultant()
    make.alias(lone, place, is_open=True, is_listed=True)
    close(place)
    for _ in range(2):
        places.wind_down(clock.now())
    cancelled = db.session.get_one(Opportunity, draft.id, populate_existing=True)
    assert cancelled.status is OpportunityStatus.CANCELLED
    assert open_roles(place) > 0, "agreed work goes on"
    assert places.left(place.id) == [("Agreed work that goes on", 1)]
    names = db.session.scalars(sa.select(Alias.is_open)).all()
    assert not any(names)
    with transaction():
        row = db.session.get_one(Engagement, work.engagement.id)
        row.status, row.ended_on = EngagementStatus.FINISHED, clock.today("UTC")
    payable = owed(make.payer(), place=place)
    with transaction():
        other = db.session.scalars(
            sa.select(Engagement).where(Engagement.status == EngagementStatus.AGREED)
        ).one()
        other.status, other.ended_on = EngagementStatus.FINISHED, clock.today("UTC")
    places.wind_down(clock.now())
    assert open_roles(place) > 0, "pay is owed"
    with transaction():
        payable.status = "paid"
    for _ in range(2):
        places.wind_down(clock.now() + timedelta(hours=1))
    assert open_roles(place) == 0
    assert audit.broken_chains() == []


def test_what_it_was_allowed_to_show_comes_down_before_its_staff_go() -> None:
    now = clock.now()
    shown, version, use = published(now)
    place = db.session.get_one(Organization, shown.consent.organization_id)
    close(place)
    with transaction():
        row = db.session.get_one(Engagement, shown.engagement.id)
        row.status, row.ended_on = EngagementStatus.FINISHED, clock.today("UTC")
    places.wind_down(now)
    for each in (shown.consent, version, use):
        db.session.refresh(each)
    assert shown.consent.status is ConsentStatus.EXPIRED
    assert version.status is VersionStatus.OUT
    assert places.left(place.id) == [("Places to take down", 1)]
    told = sa.select(Notice.person_id, Notice.kind).where(
        Notice.kind.in_(["permission_over", "take_down"])
    )
    assert {tuple(each) for each in db.session.execute(told)} == {
        (shown.who.id, "permission_over"),
        (shown.by.id, "take_down"),
    }
    assert open_roles(place) > 0
    making.mark(use.id, "done", by=shown.by, now=now)
    places.wind_down(now)
    assert open_roles(place) == 0


def test_a_payer_keeps_who_reads_its_books() -> None:
    payer = make.payer()
    make.finance(payer)
    close(payer)
    places.wind_down(clock.now())
    assert open_roles(payer) == 1


def test_an_administrator_reads_what_is_open(sign_in) -> None:  # type: ignore[no-untyped-def]
    work = agreed(clock.now())
    browser = sign_in(make.administrator())
    page = browser.get(f"/places/{work.place.uid}/left").text
    assert "Agreed work that goes on" in page
    assert sign_in(work.coordinator).get(f"/places/{work.place.uid}/left").status_code
    assert browser.get("/kept").status_code == 200
