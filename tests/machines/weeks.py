"""Weeks of a task force, at random: whoever asks, answers, leaves, rests or moves."""

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from engage.core.db import db
from engage.engagements import actions as engagements
from engage.engagements.models import Engagement
from engage.hours import actions as hours
from engage.hours import agreements
from engage.hours import queries as hour_queries
from engage.hours.models import HoursEntry
from engage.offers import actions as offers
from engage.offers import waves
from engage.offers.models import Offer
from engage.opportunities import actions as posts
from engage.opportunities.models import Opportunity
from engage.panels import actions as panels
from engage.panels.models import Seat
from engage.people import actions as people
from engage.people.models import Alias, Person
from engage.workload import wishes
from engage.workload.rules import Activity, Limits
from tests.machines import holds
from tests.machines.lives import DAY, NUMBER, WISH, WORK
from tests.machines.raw import Raw
from tests.machines.world import World


class WeeksOfWork(World):
    """Every step is a real action of somebody."""

    # Time

    @rule(hours=st.sampled_from([24, 6, 60, 1, 150, 400]))
    def time_passes(self, hours: int) -> None:
        """The clock goes on by a day at most, and the worker does its jobs, again."""
        self.pass_on(hours)

    # Who asks

    @rule(place=NUMBER, work=WORK, asked=st.sampled_from([24, 24, 6, 0]))
    def post(self, place: int, work: dict[str, Any], asked: int) -> None:
        """Work is put up; the clock may go on until the first people were asked."""
        self.put_up(place, work)
        self.pass_on(asked)

    @rule(number=NUMBER, who=NUMBER, days=st.integers(3, 10))
    def name(self, number: int, who: int, days: int) -> None:
        post = self.some(Opportunity, number, Opportunity.status == "posted")
        if post is None:
            return
        alias = db.session.scalars(
            sa.select(Alias).where(
                Alias.person_id == self.person(who).id,
                Alias.organization_id == post.organization_id,
            )
        ).one()
        author = self.authors[self.places.index(post.organization_id)]
        by = db.session.get_one(Person, author)
        until = self.now + days * DAY
        self.act(lambda: waves.name_one(post.id, alias.uid, until, by=by, now=self.now))

    @rule(number=NUMBER, seats=st.integers(0, 1), days=st.integers(0, 6))
    def ask_again(self, number: int, seats: int, days: int) -> None:
        post = self.some(Opportunity, number, Opportunity.status != "draft")
        if post is None:
            return
        author = self.authors[self.places.index(post.organization_id)]
        by = db.session.get_one(Person, author)
        until = post.reply_by + days * DAY
        self.act(
            lambda: posts.ask_again(
                post.id, seats=seats, reply_by=until, by=by, now=self.now
            )
        )

    @rule(number=NUMBER, is_sure=st.sampled_from([False, False, True]))
    def cancel(self, number: int, is_sure: bool) -> None:
        post = self.some(Opportunity, number, Opportunity.posted_at.is_not(None))
        if post is None or not is_sure:
            return
        author = self.authors[self.places.index(post.organization_id)]
        by = db.session.get_one(Person, author)
        self.act(lambda: posts.cancel(post.id, by=by, now=self.now))

    # Who answers

    @precondition(lambda self: self.raw.of("offer", status="waiting"))
    @rule(
        number=NUMBER,
        how=st.sampled_from(["yes", "yes", "yes", "if", "if", "no"]),
        counted=st.booleans(),
        raised=st.sampled_from([False, False, False, True]),
    )
    def answer(self, number: int, how: str, counted: bool, raised: bool) -> None:
        offer = self.some(Offer, number, Offer.status == "waiting")
        by = db.session.get_one(Person, offer.person_id)
        offer_id, choices = offer.id, {"counted": counted, "raised": raised}
        yes = offers.accept if how == "yes" else offers.accept_if_second
        if how == "no":
            self.act(lambda: offers.not_this_time(offer_id, by=by))
            return
        self.act(
            lambda: yes(offer_id, by=by, now=self.now, **choices),
            raised={offer_id: raised},
        )

    @precondition(lambda self: self.raw.of("offer", status="waiting"))
    @rule(hows=st.lists(st.sampled_from(["yes", "if"]), min_size=2, max_size=6))
    def answers(self, hows: list[str]) -> None:
        """Everybody who was asked says yes, one after the other."""
        for how in hows:
            if self.raw.of("offer", status="waiting"):
                self.answer(0, how, True, False)

    @precondition(lambda self: self.raw.engagements)
    @rule(number=NUMBER)
    def press(self, number: int) -> None:
        """Log all that was agreed and done by now, as one press each offers it."""
        row = self.some(Engagement, number)
        engagement_id, person_id = row.id, row.person_id
        zone = db.session.get_one(Person, person_id).zone
        agreement = agreements.agreement(hour_queries.engagement(engagement_id), zone)
        for each in agreement.presses(self.now, zone):
            by = db.session.get_one(Person, person_id)
            self.act(
                partial(
                    hours.repeat,
                    engagement_id,
                    session_number=each.number,
                    activity=each.activity,
                    by=by,
                    now=self.now,
                )
            )

    @precondition(lambda self: self.raw.of("offer", status="conditional"))
    @rule(number=NUMBER, is_plain=st.booleans(), raised=st.booleans())
    def decide(self, number: int, is_plain: bool, raised: bool) -> None:
        """Take a yes on condition back, or say it without one."""
        offer = self.some(Offer, number, Offer.status == "conditional")
        by = db.session.get_one(Person, offer.person_id)
        offer_id, counted = offer.id, offer.is_counted
        if not is_plain:
            self.act(lambda: offers.withdraw(offer_id, by=by))
            return
        before = {offer_id: self.book.raised.get(offer_id, False)}
        self.act(
            lambda: offers.accept(
                offer_id, by=by, now=self.now, counted=counted, raised=raised
            ),
            raised={offer_id: raised},
        )
        if self.book.offers[offer_id] == "conditional":
            self.book.raised.update(before)

    @precondition(lambda self: self.raw.engagements)
    @rule(number=NUMBER)
    def leave(self, number: int) -> None:
        row = self.some(Engagement, number, Engagement.status.in_(holds.LIVE))
        if row is not None:
            by = db.session.get_one(Person, row.person_id)
            self.act(lambda: engagements.leave(row.id, by=by, now=self.now))

    @precondition(lambda self: self.raw.of("seat", kind="survivor", status="held"))
    @rule(number=NUMBER, counted=st.booleans())
    def choose(self, number: int, counted: bool) -> None:
        seat = self.some(Seat, number, Seat.person_id.is_not(None))
        by, panel_id = db.session.get_one(Person, seat.person_id), seat.panel_id
        self.act(lambda: panels.choose(panel_id, counted=counted, by=by, now=self.now))

    # Who works

    @precondition(lambda self: self.raw.engagements)
    @rule(
        number=NUMBER,
        back=st.integers(0, 20),
        minutes=st.sampled_from([15, 30, 60, 180]),
        activity=st.sampled_from([each for each in Activity if each != "review"]),
    )
    def log(self, number: int, back: int, minutes: int, activity: Activity) -> None:
        row = self.some(Engagement, number)
        by = db.session.get_one(Person, row.person_id)
        day = self.now.date() - back * DAY
        self.act(
            lambda: hours.log(
                row.id, day=day, minutes=minutes, activity=activity, by=by, now=self.now
            )
        )

    @precondition(lambda self: self.raw.of("hours_entry", status="submitted"))
    @rule(number=NUMBER, is_approved=st.booleans())
    def settle_hours(self, number: int, is_approved: bool) -> None:
        entry = self.some(HoursEntry, number, HoursEntry.status == "submitted")
        entry_id, by = entry.id, db.session.get_one(Person, entry.person_id)
        if not is_approved:
            self.act(lambda: hours.withdraw(entry_id, by=by, now=self.now))
            return
        author = self.authors[self.places.index(entry.organization_id)]
        by = db.session.get_one(Person, author)
        self.act(
            lambda: hours.approve([entry_id], by=by, now=self.now, no_interest=True)
        )

    # Whose life it is

    def wish(self, act: Callable[[], object]) -> None:
        """A change of one's own wishes, which never undoes what is agreed."""
        before = holds.agreed(Raw())
        self.act(act)
        assert holds.agreed(self.raw) == before, "a wish undid what was agreed"

    @rule(who=NUMBER, wish=WISH)
    def wishes_change(self, who: int, wish: tuple[str, Any]) -> None:
        """One of them sets a limit, rests, says when they are free, or moves house."""
        kind, value = wish
        getattr(self, f"_{kind}")(self.person(who), value)

    def _limits(self, by: Person, limits: Limits) -> None:
        self.wish(lambda: wishes.set_limits(by, limits, sure=True, now=self.now))

    def _pause(self, by: Person, days: int | None) -> None:
        until = None if days is None else self.now.date() + (days + 1) * DAY
        self.wish(lambda: wishes.set_pause(by, until, now=self.now))

    def _no_pause(self, by: Person, _: None) -> None:
        self.wish(lambda: wishes.end_pause(by, now=self.now))

    def _window(self, by: Person, value: tuple[set[int], int, int]) -> None:
        days, start, end = value
        self.wish(
            lambda: wishes.add_windows(
                by, days, start_minute=start, end_minute=end, now=self.now
            )
        )

    def _no_window(self, by: Person, _: None) -> None:
        person_id = by.id
        for each in self.raw.of("availability_window", person_id=person_id):
            by = db.session.get_one(Person, person_id)
            self.wish(partial(wishes.remove_window, by, each["uid"], now=self.now))

    def _days(self, by: Person, value: tuple[int, int, bool]) -> None:
        first, more, is_free = value
        day = self.now.date() + first * DAY
        self.wish(
            lambda: wishes.add_days(
                by, day, day + more * DAY, is_free=is_free, now=self.now
            )
        )

    def _filter(self, by: Person, value: tuple[int, bool, bool]) -> None:
        places, law, travel = value
        self.wish(
            lambda: wishes.set_filters(
                by,
                organization_ids=self.places[:places],
                law_enforcement=law,
                travel=travel,
                now=self.now,
            )
        )

    def _house(self, by: Person, value: tuple[str, int]) -> None:
        zone, weekday = value
        self.wish(
            lambda: people.save_account(
                by.id, language="en", zone=zone, week_start=weekday, by=by, now=self.now
            )
        )
