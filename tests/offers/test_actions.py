from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements.models import Engagement
from engage.engagements.rules import EngagementStatus
from engage.funding import queries as funding
from engage.funding.rules import Stage
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.offers import actions, settling
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels import actions as panels
from engage.panels import queries as panel_queries
from engage.panels.models import Panel, Seat
from engage.panels.rules import SeatStatus, VoiceState
from engage.people.models import Person
from engage.workload.models import WorkMinutes
from engage.workload.rules import OverLimit
from tests import make, scenes

DAY = timedelta(days=1)
YES = {"counted": True, "raised": False}


def count(model: type, *where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(model).where(*where)
    )


def told(person: Person) -> list[str]:
    rows = db.session.scalars(
        sa.select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.id)
    )
    return list(rows)


def asked(number: int = 2, **values: object) -> tuple[Opportunity, list[Offer]]:
    post = scenes.posted(make.organization(), **values)
    people = scenes.consultants(number)
    return post, [make.offer(post, each) for each in people]


def person_of(offer: Offer) -> Person:
    return db.session.get_one(Person, offer.person_id)


def yes(offer: Offer, now: datetime, **values: bool) -> Engagement:
    return actions.accept(offer.id, **{**YES, **values}, by=person_of(offer), now=now)


def if_second(offer: Offer, now: datetime, **values: bool) -> Offer | Engagement:
    return actions.accept_if_second(
        offer.id, **{**YES, **values}, by=person_of(offer), now=now
    )


def test_a_yes_makes_agreed_work_with_seat_minutes_and_money(
    app: Flask, july: datetime
) -> None:
    post, (offer, _) = asked()

    engagement = yes(offer, july)

    seat = db.session.get_one(Seat, engagement.seat_id)
    assert (seat.status, seat.person_id) == (SeatStatus.HELD, offer.person_id)
    assert offer.status is OfferStatus.ACCEPTED
    group = f"engagement:{engagement.uid}"
    minutes = db.session.scalar(
        sa.select(sa.func.sum(WorkMinutes.minutes)).where(WorkMinutes.group == group)
    )
    assert minutes == 2 * (60 + 30 + 15)
    price = engagement.terms["seat_cents"]
    line = post.funding_line_id
    assert funding.held_cents(line, group, Stage.RESERVED) == price
    source = f"opportunity:{post.uid}"
    assert funding.held_cents(line, source, Stage.SET_ASIDE) == price
    assert panel_queries.voices(post.panel_id) == (1, 2, 3)


def test_a_yes_is_undone_whole_when_its_last_write_fails(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (offer, _) = asked(seats=1, professionals=0)
    before = [count(model) for model in (Engagement, WorkMinutes, AuditEntry, Notice)]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(settling.opportunities, "fill", fail)
    with pytest.raises(RuntimeError):
        yes(offer, july)

    after = [count(model) for model in (Engagement, WorkMinutes, AuditEntry, Notice)]
    assert after == before
    db.session.refresh(offer)
    assert offer.status is OfferStatus.WAITING
    assert count(Seat, Seat.status == SeatStatus.HELD) == 0


def test_the_last_place_fills_the_post(app: Flask, july: datetime) -> None:
    post, (first, second) = asked(seats=1)
    yes(first, july)
    assert post.status is OpportunityStatus.FILLED
    with pytest.raises(Refused, match="no longer open"):
        yes(second, july)


@pytest.mark.parametrize("late", [timedelta(), DAY])
def test_nobody_answers_after_the_reply_by(
    app: Flask, july: datetime, late: timedelta
) -> None:
    post, (offer, _) = asked()
    assert post.reply_by is not None
    with pytest.raises(Refused, match="no longer open"):
        yes(offer, post.reply_by + late)


def test_somebody_elses_offer_is_not_there(app: Flask, july: datetime) -> None:
    _, (offer, _) = asked()
    with pytest.raises(NotFound):
        actions.accept(offer.id, **YES, by=make.consultant(), now=july)
    with pytest.raises(NotFound):
        actions.not_this_time(offer.id, by=make.consultant())


def test_a_yes_over_the_limit_needs_the_persons_own_raise(
    app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization())
    who = make.consultant()
    make.limits(who, week_minutes=60)
    offer = make.offer(post, who)

    with pytest.raises(OverLimit):
        yes(offer, july)
    db.session.refresh(offer)
    assert offer.status is OfferStatus.WAITING

    assert yes(offer, july, raised=True).person_id == who.id


def test_a_place_held_on_condition_is_nobody_elses(app: Flask, july: datetime) -> None:
    _, (first, second) = asked(seats=1)
    if_second(first, july)
    with pytest.raises(Refused, match="held for somebody"):
        yes(second, july)
    actions.withdraw(first.id, by=person_of(first))
    assert yes(second, july).status is EngagementStatus.AGREED


def test_two_conditional_yeses_settle_together(app: Flask, july: datetime) -> None:
    post, (first, second) = asked()

    waiting = if_second(first, july)
    assert isinstance(waiting, Offer)
    assert waiting.seat_id is not None
    assert count(WorkMinutes, WorkMinutes.group == f"offer:{first.uid}") > 0
    assert count(Engagement) == 0

    settled = if_second(second, july)

    assert isinstance(settled, Engagement)
    assert {first.status, second.status} == {OfferStatus.ACCEPTED}
    assert count(Engagement) == 2
    assert count(WorkMinutes, WorkMinutes.group.startswith("offer:")) == 0
    assert panel_queries.open_flag(post.panel_id) is None
    assert post.status is OpportunityStatus.FILLED
    assert told(person_of(first)) == ["settled"]
    assert told(person_of(second)) == []


def test_settling_is_undone_whole_when_the_second_one_fails(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (first, second) = asked()
    if_second(first, july)

    def fail(person_id: int, kind: str, **values: object) -> None:
        if kind == "settled":
            raise RuntimeError("the last write")

    monkeypatch.setattr(notices, "queue", fail)
    with pytest.raises(RuntimeError):
        if_second(second, july)

    for offer in (first, second):
        db.session.refresh(offer)
    assert first.status is OfferStatus.CONDITIONAL
    assert second.status is OfferStatus.WAITING
    assert count(Engagement) == 0
    assert count(WorkMinutes, WorkMinutes.group.startswith("engagement:")) == 0


def test_a_plain_yes_that_counts_settles_who_waited(app: Flask, july: datetime) -> None:
    _, (first, second) = asked()
    if_second(first, july)
    yes(second, july)
    assert first.status is OfferStatus.ACCEPTED


def test_a_voice_that_does_not_count_settles_nobody(app: Flask, july: datetime) -> None:
    _, (first, second) = asked()
    if_second(first, july)
    yes(second, july, counted=False)
    assert first.status is OfferStatus.CONDITIONAL


def test_a_choice_made_later_settles_at_the_next_tick(
    app: Flask, july: datetime
) -> None:
    post, (first, second) = asked()
    if_second(first, july)
    yes(second, july, counted=False)
    assert post.panel_id is not None

    panels.choose(post.panel_id, counted=True, by=person_of(second), now=july)
    actions.settle_panel(post.panel_id, now=july)

    assert first.status is OfferStatus.ACCEPTED


def test_a_limit_lowered_meanwhile_keeps_the_yes_from_settling(
    app: Flask, july: datetime
) -> None:
    post = scenes.posted(make.organization())
    careful, other = make.consultant(), make.consultant()
    limits = make.limits(careful)
    make.limits(other)
    first, second = make.offer(post, careful), make.offer(post, other)
    if_second(first, july)
    limits.week_minutes = 30
    make.save(limits)

    if_second(second, july)

    assert first.status is OfferStatus.CONDITIONAL
    assert second.status is OfferStatus.CONDITIONAL


def test_a_conditional_yes_may_become_a_plain_one(app: Flask, july: datetime) -> None:
    _, (first, _) = asked()
    if_second(first, july)
    engagement = yes(first, july)
    assert engagement.person_id == first.person_id
    assert first.seat_id is None
    assert count(WorkMinutes, WorkMinutes.group == f"offer:{first.uid}") == 0


@pytest.mark.parametrize("on_condition", [False, True])
def test_a_no_leaves_nothing_behind(
    app: Flask, july: datetime, on_condition: bool
) -> None:
    post, (offer, _) = asked()
    before = [count(model) for model in (AuditEntry, Notice, WorkMinutes, Engagement)]
    if on_condition:
        if_second(offer, july)

    actions.not_this_time(offer.id, by=person_of(offer))

    after = [count(model) for model in (AuditEntry, Notice, WorkMinutes, Engagement)]
    assert after == before
    assert offer.status is OfferStatus.CLOSED
    assert (offer.seat_id, offer.is_counted) == (None, False)
    with pytest.raises(Refused, match="no longer open"):
        yes(offer, july)


def test_offers_close_at_their_day_and_are_forgotten_later(
    app: Flask, july: datetime
) -> None:
    post, (silent, held) = asked()
    if_second(held, july)
    assert post.reply_by is not None

    for offer in (silent, held):
        actions.close_one(offer.id, now=post.reply_by - DAY)
    assert [silent.status, held.status] == [
        OfferStatus.WAITING,
        OfferStatus.CONDITIONAL,
    ]
    for offer in (silent, held):
        actions.close_one(offer.id, now=post.reply_by)
    assert {silent.status, held.status} == {OfferStatus.CLOSED}
    assert count(WorkMinutes) == 0

    actions.forget_closed(now=post.reply_by + 29 * DAY)
    assert count(Offer) == 2
    actions.forget_closed(now=post.reply_by + 31 * DAY)
    assert count(Offer) == 0


def test_a_condition_ends_with_work_that_is_called_off(
    app: Flask, july: datetime
) -> None:
    post, (offer, waiting) = asked()
    if_second(offer, july)
    post.status = OpportunityStatus.CANCELLED
    make.save(post)
    actions.close_one(offer.id, now=july)
    actions.close_one(waiting.id, now=july)
    assert offer.status is OfferStatus.CLOSED
    assert waiting.status is OfferStatus.WAITING


def test_one_person_work_has_no_condition(app: Flask, july: datetime) -> None:
    place = make.organization()
    post = make.opportunity(place, seats_wanted=1)
    offer = make.offer(post, scenes.consultants(1)[0])
    with pytest.raises(NotFound):
        if_second(offer, july)


def test_a_voice_on_another_post_of_the_panel_settles_too(
    app: Flask, july: datetime
) -> None:
    post, (offer, _) = asked()
    panel = db.session.get_one(Panel, post.panel_id)
    if_second(offer, july)
    scenes.hold_seat(panel, make.consultant(), counted=True)
    actions.settle_panel(panel.id, now=july)
    assert offer.status is OfferStatus.ACCEPTED
    assert panel_queries.voices(panel.id).counted == 2
    assert panel_queries.open_flag(panel.id) is None
    assert VoiceState.MET not in {flag.state for flag in panel_queries.flags(panel.id)}
