from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements import actions, ending, jobs, queries, rules
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.engagements.terms import terms_of
from engage.funding import queries as funding
from engage.funding.rules import Stage
from engage.notices.models import Notice
from engage.offers import actions as offers
from engage.opportunities import actions as opportunities
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.panels import queries as panels
from engage.panels.models import Panel, Seat
from engage.panels.rules import FlagStatus, SeatStatus, VoiceState
from engage.people.models import Person
from engage.workload import queries as workload
from engage.workload.models import WorkMinutes
from engage.workload.rules import Activity
from tests import make, scenes

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def agreed(
    now: datetime, number: int = 1, **values: object
) -> tuple[Opportunity, list[Engagement]]:
    """Work that so many people have said yes to, all counted."""
    post = scenes.posted(make.organization(), **values)
    found = []
    for who in scenes.consultants(number):
        offer = make.offer(post, who)
        found.append(
            offers.accept(offer.id, counted=True, raised=False, by=who, now=now)
        )
    return post, found


def person_of(engagement: Engagement) -> Person:
    return db.session.get_one(Person, engagement.person_id)


def leave(engagement: Engagement, now: datetime) -> None:
    actions.leave(engagement.id, by=person_of(engagement), now=now)


def told(person: Person) -> list[str]:
    rows = sa.select(Notice.kind).where(Notice.person_id == person.id)
    return list(db.session.scalars(rows.order_by(Notice.id)))


def held(engagement: Engagement, stage: Stage) -> int:
    group = queries.group(engagement)
    return funding.held_cents(engagement.funding_line_id, group, stage)


def aside(post: Opportunity) -> int:
    return funding.held_cents(
        post.funding_line_id, f"opportunity:{post.uid}", Stage.SET_ASIDE
    )


def test_the_card_is_frozen_with_its_hash(app: Flask, july: datetime) -> None:
    post, (engagement,) = agreed(july)
    assert engagement.terms["what_is_asked"] == post.what_is_asked
    assert engagement.terms_hash == rules.terms_hash(engagement.terms)

    post.what_is_asked, post.rate_cents = "Something else.", 10_00
    make.save(post)
    db.session.refresh(engagement)

    assert engagement.terms["what_is_asked"] != post.what_is_asked
    assert terms_of(engagement).rate_cents == 75_00
    assert rules.terms_hash(engagement.terms) == engagement.terms_hash


def test_whoever_joins_late_has_the_sessions_still_to_come(
    app: Flask, july: datetime
) -> None:
    sessions = ((july + 21 * DAY, 60), (july + 28 * DAY, 60))
    post, _ = agreed(july, seats=2, sessions=sessions)
    post.reply_by = july + 27 * DAY
    make.save(post)
    who = scenes.consultants(1)[0]
    offer = make.offer(post, who)
    late = offers.accept(
        offer.id, counted=True, raised=False, by=who, now=july + 22 * DAY
    )
    assert len(queries.own(who, late.uid).sessions) == 1
    assert late.terms["seat_cents"] == 105 * 75_00 // 60


def test_leaving_frees_seat_and_minutes_and_opens_the_place(
    app: Flask, july: datetime
) -> None:
    post, (first, _) = agreed(july, 2)
    place = db.session.get_one(Organization, post.organization_id)
    by = make.coordinator(place)
    assert post.status is OpportunityStatus.FILLED
    price = aside(post) + first.terms["seat_cents"]

    leave(first, july + DAY)

    seat = db.session.get_one(Seat, first.seat_id)
    assert (seat.status, seat.person_id) == (SeatStatus.OPEN, None)
    load = workload.standing(first.person_id, july + DAY).load
    assert sum(load.values()) == sum(
        minutes for day, minutes in load.items() if day <= july.date()
    )
    assert post.status is OpportunityStatus.POSTED
    assert aside(post) == price
    assert first.status is EngagementStatus.LEFT
    assert told(by) == ["left"]  # forming: nothing to plan for yet


def test_leaving_raises_the_flag_and_tells_who_is_left(
    app: Flask, july: datetime
) -> None:
    post, (first, second) = agreed(july, 2)
    assert panels.open_flag(post.panel_id) is None

    leave(first, july + DAY)

    flag = panels.open_flag(post.panel_id)
    assert flag is not None
    assert (flag.state, flag.status) == (VoiceState.SOLE, FlagStatus.RAISED)
    assert told(person_of(second)) == ["alone"]
    leave(second, july + DAY)
    assert panels.voices(post.panel_id).counted == 0


def test_leaving_is_undone_whole_when_its_last_write_fails(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, (first, _) = agreed(july, 2)
    minutes = len(db.session.scalars(sa.select(WorkMinutes)).all())

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(actions, "tell", fail)
    with pytest.raises(RuntimeError):
        leave(first, july + DAY)

    for row in (first, post):
        db.session.refresh(row)
    assert first.status is EngagementStatus.AGREED
    assert post.status is OpportunityStatus.FILLED
    assert panels.voices(post.panel_id).counted == 2
    assert len(db.session.scalars(sa.select(WorkMinutes)).all()) == minutes
    assert held(first, Stage.RESERVED) == first.terms["seat_cents"]


def test_after_a_session_the_leaver_keeps_its_money_and_all_preparation(
    app: Flask, july: datetime
) -> None:
    sessions = ((july + 21 * DAY, 60), (july + 28 * DAY, 60))
    _, (first, _) = agreed(july, 2, sessions=sessions)

    leave(first, july + 21 * DAY + HOUR / 2)

    left = queries.agreed_left(queries.whole(first.id))
    assert left == {
        Activity.SESSION: 60,
        Activity.PREPARATION: 60,
        Activity.TRAVEL: 0,
        Activity.DEBRIEF: 15,
    }
    assert held(first, Stage.RESERVED) == (60 + 60 + 15) * 75_00 // 60


def test_nothing_ended_can_be_left_and_nobody_leaves_for_another(
    app: Flask, july: datetime
) -> None:
    _, (first,) = agreed(july)
    with pytest.raises(NotFound):
        actions.leave(first.id, by=make.consultant(), now=july)
    with pytest.raises(Refused):
        leave(first, july + 60 * DAY)
    leave(first, july + DAY)
    with pytest.raises(Refused):
        leave(first, july + DAY)


def test_the_dates_begin_and_finish_the_work(app: Flask, july: datetime) -> None:
    sessions = ((july + 21 * DAY, 60), (july + 28 * DAY, 60))
    _, (first,) = agreed(july, sessions=sessions)
    steps = [
        (20 * DAY, EngagementStatus.AGREED),
        (21 * DAY, EngagementStatus.UNDER_WAY),
        (28 * DAY, EngagementStatus.UNDER_WAY),
        (29 * DAY, EngagementStatus.FINISHED),
    ]
    for later, status in steps:
        jobs.finish_due(july + later)
        assert first.status is status
    assert first.ended_on == (july + 28 * DAY).date()


def test_on_a_standing_panel_the_term_ends_with_the_work(
    app: Flask, july: datetime
) -> None:
    post, (first,) = agreed(july)
    panel = db.session.get_one(Panel, post.panel_id)
    panel.is_standing = True
    make.save(panel)
    jobs.finish_due(july + 60 * DAY)
    assert db.session.get_one(Seat, first.seat_id).status is SeatStatus.ENDED


def test_cancelled_work_keeps_what_the_card_promises(
    app: Flask, july: datetime
) -> None:
    sessions = ((july + 21 * DAY, 60), (july + 28 * DAY, 60))
    post, (first,) = agreed(july, sessions=sessions)
    who = person_of(first)
    opportunities.cancel(post.id, by=None, now=july + 20 * DAY)
    jobs.finish_due(july + 20 * DAY)

    assert first.status is EngagementStatus.CANCELLED
    assert first.ended_on == (july + 21 * DAY).date()
    assert [each.starts_at for each in queries.own(who, first.uid).sessions] == [
        sessions[0][0]
    ]
    assert held(first, Stage.RESERVED) == (60 + 60 + 15) * 75_00 // 60
    assert told(who) == ["cancelled"]


def test_an_empty_line_leaves_the_place_unasked(app: Flask, july: datetime) -> None:
    """What the leaver may still log is theirs first; the next seat needs new money."""
    sessions = ((july + 21 * DAY, 60), (july + 28 * DAY, 60))
    place = make.organization()
    line = make.funding_line(place, balance_cents=26_250)
    post = scenes.posted(place, seats=1, line=line, sessions=sessions)
    who = scenes.consultants(1)[0]
    offer = make.offer(post, who)
    first = offers.accept(offer.id, counted=True, raised=False, by=who, now=july)
    leave(first, july + DAY)
    assert aside(post) + held(first, Stage.RESERVED) == 26_250
    assert aside(post) < first.terms["seat_cents"]


def test_status_reads_by_the_dates_before_the_worker_came(
    app: Flask, july: datetime
) -> None:
    _, (first,) = agreed(july)
    row = queries.whole(first.id)
    later = (july + 90 * DAY).date()
    assert ending.status_on(row, later) is EngagementStatus.FINISHED
