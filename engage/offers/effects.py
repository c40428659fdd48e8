"""What a yes would do, worked out for its page: time, limits, who is in the room."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from engage.core import calendar
from engage.engagements.terms import freeze, work_of
from engage.offers import queries, rules
from engage.offers.models import Offer
from engage.offers.queries import group
from engage.offers.rules import OfferStatus
from engage.panels import queries as panels
from engage.people.models import Person
from engage.workload import guard, pay_queries
from engage.workload import queries as workload
from engage.workload.guard import GuardEffect
from engage.workload.models_pay import BenefitFigure
from engage.workload.rules import (
    Broken,
    Effect,
    OverLimit,
    effect,
    month_effect,
    spread,
    would_break,
)

Words = tuple[str, dict[str, int]]


class Outlook(NamedTuple):
    """`card` is what would be frozen; `over` has each limit that a yes would pass.

    `figures` are those of benefits that one of the person's own limits is as high as.
    """

    card: dict[str, object]
    weeks: Sequence[Effect]
    months: Sequence[Effect]
    over: list[OverLimit]
    in_the_room: Words
    if_counted: Words
    is_group: bool
    earned: Sequence[GuardEffect]
    figures: Sequence[BenefitFigure]

    @property
    def week(self) -> Effect | None:
        return fullest(self.weeks)

    @property
    def month(self) -> Effect | None:
        return fullest(self.months)


def outlook(offer: Offer, person: Person, now: datetime) -> Outlook:
    """Everything a person should know before a yes; the offer was loaded whole."""
    post = offer.opportunity
    standing = workload.standing(person.id, now, without=group(offer))
    today = calendar.local_day(now, standing.zone)
    work = work_of(post, now)
    pieces = spread(work.sessions, standing.zone, today)
    limits, first = standing.limits, standing.first_weekday
    held = panels.held_seats(post.panel_id) if post.panel_id else []
    seats = len(panels.live_seats(post.panel_id)) if post.panel_id else 1
    return Outlook(
        card=freeze(post, post.organization, now),
        weeks=effect(standing.load, pieces, limits, first),
        months=month_effect(standing.load, pieces, limits),
        over=over(would_break(standing, work, today)),
        in_the_room=rules.would_be(held, person.id, False, seats),
        if_counted=rules.would_be(held, person.id, True, seats),
        is_group=seats > 1,
        earned=guard.effects(standing.guard, work.pay, standing.zone, today),
        figures=pay_queries.used_by(standing.guard.guards, today),
    )


def over(broken: list[Broken]) -> list[OverLimit]:
    first_of_each = {one.kind: one for one in reversed(broken)}
    return [OverLimit([one]) for one in reversed(first_of_each.values())]


def fullest(effects: Sequence[Effect]) -> Effect | None:
    """The week or month that a yes fills most, beside its limit where there is one."""
    return max(
        effects, key=lambda one: one.after / (one.limit or one.after or 1), default=None
    )


def is_stale(offer: Offer) -> bool:
    """Did dates or other terms change after the person was asked, or said yes?"""
    return queries.is_stale(offer, offer.opportunity)


def is_held(offer: Offer) -> bool:
    """Is it a yes on condition?"""
    return offer.status is OfferStatus.CONDITIONAL
