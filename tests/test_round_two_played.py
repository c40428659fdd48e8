"""New terms played at random through the product's own actions, to the last cent."""

import random
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.core.errors import NotFound, Refused
from engage.engagements import actions as engagements
from engage.engagements import changed, ending, terms
from engage.engagements import jobs as engagement_jobs
from engage.engagements import queries as engagement_queries
from engage.engagements.models import Engagement
from engage.engagements.rules import LIVE, EngagementStatus
from engage.funding import queries as funds
from engage.funding.models import FundingLine, Reservation
from engage.funding.rules import PayKind, Stage
from engage.hours import actions as hours
from engage.hours import agreements
from engage.hours import jobs as hour_jobs
from engage.hours import queries as hour_queries
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.offers import actions, answering, jobs, more, moving
from engage.offers.models import Offer, TermsChange
from engage.offers.rules import OfferStatus
from engage.opportunities import actions as posts
from engage.opportunities import jobs as post_jobs
from engage.opportunities import queries as opportunities
from engage.panels.models import Panel
from engage.people.models import Person
from engage.workload.models import WorkMinutes
from engage.workload.models_pay import ExpectedPay
from engage.workload.rules import Activity
from tests import make, scenes
from tests.offers.changing import DAY, HOUR

Act = Callable[[], object]
SEEDS = [0, pytest.param(1, marks=pytest.mark.prove)]
RATES = {
    PayKind.HOURLY: 75_00,
    PayKind.SESSION_STIPEND: 130_01,
    PayKind.MONTH_STIPEND: 260_01,
    PayKind.HONORARIUM: 400_01,
}


class Play:
    """One post for two, three people, a clock, and a die."""

    def __init__(self, seed: int, now: datetime, pay: PayKind, is_standing: bool):
        self.die, self.now = random.Random(seed), now
        place = make.organization(zone=self.die.choice(["UTC", "America/New_York"]))
        self.by = make.coordinator(place).id
        starts = tuple((now + day * DAY, 60) for day in (12, 19, 40))
        values = {"pay_kind": pay, "rate_cents": RATES[pay], "sessions": starts}
        post = scenes.posted(place, seats=2, reply_by=now + 9 * DAY, **values)
        self.post = post.id
        if is_standing:
            panel = db.session.get_one(Panel, post.panel_id)
            panel.is_standing = True
            make.save(panel)
        zones = ("Asia/Tokyo", "America/Los_Angeles", "Pacific/Honolulu")
        self.people = [make.consultant(zone=zone).id for zone in zones]
        for each in self.people:
            make.offer(post, db.session.get_one(Person, each), reply_by=post.reply_by)
        self.line = post.funding_line_id
        line = db.session.get_one(FundingLine, self.line)
        line.balance_cents -= max(0, funds.left_cents(self.line) - 1000_00)
        make.save(line)

    def person(self, number: int | None = None) -> Person:
        return db.session.get_one(Person, number or self.by)

    def some(self, model: type, *where: object) -> object | None:
        ids = db.session.scalars(sa.select(model.id).where(*where)).all()
        return db.session.get_one(model, self.die.choice(ids)) if ids else None

    def step(self) -> None:
        name = self.die.choice(
            ["answer", "answer", "move", "move", "more", "reply", "reply", "leave"]
            + ["log", "log", "approve", "approve", "pass_on", "pass_on", "house"]
            + ["cancel"] * (self.die.random() < 0.1)
        )
        try:
            getattr(self, name)()
        except (Refused, NotFound):
            db.session.rollback()
        db.session.remove()
        self.check(name)

    def answer(self) -> None:
        offer = self.some(Offer, Offer.status == OfferStatus.WAITING)
        if offer is not None:
            who = self.person(offer.person_id)
            yes = self.die.choice([actions.accept, actions.accept_if_second])
            yes(offer.id, counted=True, raised=True, by=who, now=self.now)

    def move(self) -> None:
        post = opportunities.by_id(self.post)
        which = self.die.choice(post.sessions)
        to = which.starts_at + self.die.choice([-7, 1, 7, 21]) * DAY
        moving.move(
            self.post,
            version=post.version,
            which=which.uid,
            starts_at=to,
            lines={"place": self.die.choice(["By link.", "Room 4."])},
            reply_by=self.now + self.die.choice([3, 5]) * DAY,
            by=self.person(),
            now=self.now,
        )

    def more(self) -> None:
        of = self.some(Engagement, Engagement.status.in_(LIVE))
        if of is None:
            return
        starts = sorted(changed.moments(of.terms))
        more.ask(
            of.id,
            longer={starts[-1]: 90} if self.die.random() < 0.4 else {},
            added={self.die.choice(starts) + self.die.choice([0, 9]) * DAY: 60},
            preparation_minutes=of.terms["preparation_minutes"],
            debrief_minutes=of.terms["debrief_minutes"],
            reply_by=self.now + 5 * DAY,
            by=self.person(),
            now=self.now,
        )

    def reply(self) -> None:
        change = self.some(TermsChange, TermsChange.status == OfferStatus.WAITING)
        if change is None:
            return
        who = self.person(change.person_id)
        if self.die.random() < 0.6:
            answering.accept(change.id, raised=True, by=who, now=self.now)
        else:
            answering.refuse(change.id, by=who)

    def leave(self) -> None:
        of = self.some(Engagement, Engagement.status.in_(LIVE))
        if of is not None and self.die.random() < 0.3:
            engagements.leave(of.id, by=self.person(of.person_id), now=self.now)

    def cancel(self) -> None:
        posts.cancel(self.post, by=self.person(), now=self.now)

    def house(self) -> None:
        """Somebody moves to another zone."""
        who = self.person(self.die.choice(self.people))
        who.zone = self.die.choice(["Asia/Tokyo", "Pacific/Honolulu", "UTC"])
        make.save(who)

    def log(self) -> None:
        of = self.some(Engagement)
        if of is None:
            return
        who = self.person(of.person_id)
        work = agreements.agreement(hour_queries.engagement(of.id), who.zone)
        for each in work.presses(self.now, who.zone):
            hours.repeat(
                of.id,
                session_number=each.number,
                activity=each.activity,
                by=who,
                now=self.now,
            )

    def approve(self) -> None:
        ids = db.session.scalars(
            sa.select(HoursEntry.id).where(HoursEntry.status == HoursStatus.SUBMITTED)
        ).all()
        if ids:
            hours.approve(ids, by=self.person(), now=self.now, no_interest=True)

    def pass_on(self, days: int = 0) -> None:
        self.now += (days or self.die.choice([1, 1, 2, 4])) * DAY + HOUR
        self.run()
        self.run()

    def run(self) -> None:
        for job in (
            jobs.close_due,
            jobs.settle_due,
            jobs.deliver,
            post_jobs.follow_dates,
            engagement_jobs.finish_due,
            hour_jobs.approve_due,
            hour_jobs.pay_preparation,
            hour_jobs.settle,
        ):
            job(self.now)
            db.session.remove()

    # What has to hold after each step

    def check(self, step: str) -> None:
        assert funds.left_cents(self.line) >= 0, step
        for each in db.session.scalars(sa.select(Engagement.id)).all():
            of = engagement_queries.whole(each)
            if of.status in LIVE | {EngagementStatus.FINISHED}:
                self._check_money(of, step)
            self._check_plan(of, step)
        db.session.remove()

    def _check_money(self, of: Engagement, step: str) -> None:
        if self.now > max(changed.moments(of.terms)) + 30 * DAY:
            return
        group = engagement_queries.group(of)
        reserved = funds.held_cents(self.line, group, Stage.RESERVED)
        owed, spent = ending.owed_at_most(of), ending.spent_cents(of)
        waits = sa.select(TermsChange.id).where(
            TermsChange.engagement_id == of.id, sa.not_(TermsChange.is_done)
        )
        if db.session.scalar(waits) is None:
            assert reserved == max(0, owed - spent), step
        else:
            assert reserved >= max(0, owed - spent), step

    def _check_plan(self, of: Engagement, step: str) -> None:
        group = engagement_queries.group(of)
        agreed = sa.select(sa.func.sum(ExpectedPay.cents)).where(
            ExpectedPay.group == group, ExpectedPay.source == group
        )
        kept = changed.starts_of(of)
        pay = sum(each.cents for each in terms.pay_in(of.terms, kept, None))
        assert (db.session.scalar(agreed) or 0) in {pay, 0}, step
        if of.status in LIVE:
            assert (db.session.scalar(agreed) or 0) == pay, step
            held = sum(each.minutes for each in of.sessions if each.is_held)
            written = sa.select(sa.func.sum(WorkMinutes.minutes)).where(
                WorkMinutes.group == group,
                WorkMinutes.source == group,
                WorkMinutes.activity == Activity.SESSION,
            )
            assert (db.session.scalar(written) or 0) == held, step

    def check_end(self) -> None:
        """Long after, nothing is kept but what was earned."""
        self.approve()
        for _ in range(12):
            self.pass_on(10)
        stages = dict(
            db.session.execute(
                sa.select(Reservation.source, Reservation.stage).where(
                    Reservation.line_id == self.line
                )
            ).all()
        )
        assert set(stages.values()) <= {Stage.APPROVED, Stage.PAID}, stages
        earned = db.session.scalar(sa.select(sa.func.sum(HoursEntry.cents))) or 0
        spoken = funds.spoken_cents(self.line)
        assert spoken == earned


@pytest.mark.parametrize("pay", PayKind)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_cent_and_minute_is_somewhere(
    app: Flask, july: datetime, pay: PayKind, seed: int
) -> None:
    play = Play(seed, july, pay, is_standing=seed % 3 == 0)
    for _ in range(2):
        play.answer()
    for _ in range(40):
        play.step()
    play.check_end()
