"""Who is left alone is told at once, and may leave too with preparation paid."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.engagements import actions as engagements
from engage.engagements.models import Engagement
from engage.engagements.queries import whole
from engage.funding import queries as lines
from engage.funding.rules import Stage
from engage.hours import actions as hours
from engage.ledger import queries as ledger
from engage.ledger.models import Payable
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.offers import actions as offers
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels import answers, jobs, queries
from engage.panels.models import Panel
from engage.panels.rules import FlagStatus, VoiceState
from engage.people.models import Person
from engage.workload.rules import Activity
from tests import make, scenes

DAY = timedelta(days=1)


def told(person: Person) -> list[str]:
    rows = sa.select(Notice.kind).where(Notice.person_id == person.id)
    return list(db.session.scalars(rows.order_by(Notice.id)))


def two_agree(now: datetime) -> tuple[Opportunity, list[Person], list[Engagement]]:
    post = scenes.posted(make.organization(), professionals=2)
    people = scenes.consultants(2)
    agreed = [
        offers.accept(
            make.offer(post, who).id, counted=True, raised=False, by=who, now=now
        )
        for who in people
    ]
    return post, people, agreed


def panel_of(post: Opportunity) -> Panel:
    return db.session.get_one(Panel, post.panel_id)


def test_from_two_yeses_to_paid_preparation(app: Flask, july: datetime) -> None:
    post, (gone, left), (first, second) = two_agree(july)
    panel = panel_of(post)
    assert queries.open_flag(panel.id) is None

    later = july + 19 * DAY  # two days before the first session
    engagements.leave(first.id, by=gone, now=later)
    flag = queries.open_flag(panel.id)
    assert flag is not None
    assert (flag.state, flag.raised_at) == (VoiceState.SOLE, later)
    assert told(left) == ["alone"]
    assert told(gone) == []

    engagements.leave(second.id, by=left, now=later)
    assert whole(second.id).sessions == []
    entry = hours.log(
        second.id,
        day=(later - DAY).date(),
        minutes=60,
        activity=Activity.PREPARATION,
        by=left,
        now=later,
    )
    place = db.session.get_one(Organization, post.organization_id)
    by = make.coordinator(place)
    hours.approve([entry.id], by=by, now=later, no_interest=True)
    (payable,) = db.session.scalars(sa.select(Payable))
    assert payable.cents == 75_00
    assert ledger.problems() == []
    assert queries.voices(panel.id).counted == 0


def test_no_word_no_leave(
    app: Flask, july: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word and the flag are one: when it cannot be said, nothing happened."""
    post, (gone, left), (first, _) = two_agree(july)
    held = lines.held_cents(
        first.funding_line_id, f"engagement:{first.uid}", Stage.RESERVED
    )
    real = notices.queue

    def fail(person_id: int, kind: str, **values: object) -> None:
        if kind == "alone":
            raise RuntimeError("the word")
        real(person_id, kind, **values)

    monkeypatch.setattr(notices, "queue", fail)
    with pytest.raises(RuntimeError):
        engagements.leave(first.id, by=gone, now=july)
    db.session.expire_all()
    assert queries.open_flag(post.panel_id) is None
    assert first.status == "agreed"
    assert told(left) == []
    assert held == lines.held_cents(
        first.funding_line_id, f"engagement:{first.uid}", Stage.RESERVED
    )


def test_a_group_of_two_keeps_its_flag_and_one_plan_answers_it(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    by = make.coordinator(place)
    post = scenes.posted(place, seats=1, professionals=1)
    (who,) = scenes.consultants(1)
    offer = make.offer(post, who)
    offers.accept(offer.id, counted=True, raised=False, by=who, now=july)
    flag = queries.open_flag(post.panel_id)
    assert flag is not None
    assert flag.state is VoiceState.SOLE
    by_day = july.date() + 5 * DAY
    answers.answer_flag(
        post.panel_id, plan="They set it up together.", plan_by=by_day, by=by, now=july
    )
    for days in (10, 100, 300):
        jobs.raise_past_plans(july + days * DAY)
    db.session.refresh(flag)
    assert (flag.status, flag.state) == (FlagStatus.ANSWERED, VoiceState.SOLE)
