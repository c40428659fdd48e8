from datetime import datetime

import sqlalchemy as sa

from engage.core.db import db, lock, lock_one, transaction
from engage.core.errors import NotFound, Refused
from engage.engagements.models import Engagement
from engage.engagements.terms import work_of
from engage.notices import actions as notices
from engage.offers import places, probing, queries, rules, settling, terms_rules
from engage.offers.models import NamedAsk, Offer, TermsChange
from engage.offers.queries import group
from engage.offers.rules import OfferStatus
from engage.offers.settling import Ground
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels.models import Panel
from engage.people.models import Person
from engage.workload import actions as workload


def accept(
    offer_id: int,
    *,
    counted: bool,
    raised: bool,
    seen: int | None = None,
    by: Person,
    now: datetime,
) -> Engagement:
    """A yes: weighed again under the lock on the consultant's own row.

    Others who waited for a second person settle in the same transaction.
    """

    def work(is_last: bool) -> Engagement:
        ground, offer = _ground(offer_id, by, now, is_last=is_last)
        rules.after(offer.status, "accept")
        _check(ground, offer, raised=raised, seen=seen, now=now)
        engagement = settling.become(
            ground, offer, counted=counted, move="accept", now=now
        )
        ground.conditional = [each for each in ground.conditional if each is not offer]
        forget_reminder(offer)
        settling.settle(ground, by=by, now=now)
        return engagement

    return settling.twice(work)


def accept_if_second(
    offer_id: int,
    *,
    counted: bool,
    raised: bool,
    seen: int | None = None,
    by: Person,
    now: datetime,
) -> Offer | Engagement:
    """A yes that stands once a second counted voice does; until then it holds a seat
    and minutes, and leaves no other trace. After new dates it may be said again."""

    def work(is_last: bool) -> Offer | Engagement:
        ground, offer = _ground(offer_id, by, now, is_last=is_last)
        move = "confirm" if _is_stale(ground, offer) else "accept_if"
        rules.after(offer.status, move)
        if ground.panel is None:
            raise NotFound
        _check(ground, offer, raised=raised, seen=seen, now=now)
        _reserve(ground, offer, move, counted=counted, raised=raised, now=now)
        if offer not in ground.conditional:
            ground.conditional.append(offer)
        forget_reminder(offer)
        settling.settle(ground, by=by, now=now)
        if offer.engagement_id is not None:
            return db.session.get_one(Engagement, offer.engagement_id)
        return offer

    return settling.twice(work)


def not_this_time(offer_id: int, *, by: Person) -> None:
    """A no: the offer is closed and what it held is free. Nothing else is written."""
    with transaction():
        lock_one(Person, by.id)
        offer = _own(offer_id, by)
        rules.after(offer.status, "close")
        close(offer)


def withdraw(offer_id: int, *, by: Person) -> None:
    """Take a conditional yes back: it dissolves, and looks like any other no."""
    not_this_time(offer_id, by=by)


def close(offer: Offer) -> None:
    """Close an offer whose person is locked, whatever the cause."""
    if offer.seat_id is not None:
        post = db.session.get_one(Opportunity, offer.opportunity_id)
        lock(Panel, [post.panel_id] if post.panel_id else [])
    if offer.status is OfferStatus.CONDITIONAL:
        workload.release(group(offer))
    offer.status = rules.after(offer.status, "close")
    offer.seat_id, offer.is_counted, offer.is_raised = None, False, False
    forget_reminder(offer)
    db.session.flush()


def forget_reminder(offer: Offer) -> None:
    """What asked for an answer is gone from the inbox once there is one."""
    for kind in ("offer", "reminder"):
        notices.put_away_about(offer.person_id, kind, offer.uid)


def close_one(offer_id: int, *, now: datetime) -> None:
    """Close an offer at its reply-by, or one on condition for work that is off."""
    with transaction():
        seen = db.session.get(Offer, offer_id)
        if seen is None:
            return
        lock_one(Person, seen.person_id)
        offer = db.session.get_one(Offer, offer_id, populate_existing=True)
        post = db.session.get_one(
            Opportunity, offer.opportunity_id, populate_existing=True
        )
        idle = offer.status is OfferStatus.CONDITIONAL
        idle = idle and post.status is not OpportunityStatus.POSTED
        if offer.status in queries.OPEN and (offer.reply_by <= now or idle):
            close(offer)


def settle_panel(panel_id: int, *, now: datetime) -> None:
    """Settle who waits on one panel, after a seat or a choice on it changed."""

    def work(is_last: bool) -> None:
        ground = settling.ground(set(), set(), panel_id, now, is_last=is_last)
        settling.settle(ground, by=None, now=now)

    settling.twice(work)


def forget_closed(*, now: datetime) -> None:
    """Delete asks that brought no yes after 30 days, and named ones whatever came."""
    with transaction() as session:
        session.execute(
            sa.delete(Offer).where(
                Offer.status == OfferStatus.CLOSED,
                Offer.reply_by < now - queries.KEPT_CLOSED,
            )
        )
        session.execute(
            sa.delete(NamedAsk).where(NamedAsk.reply_by < now - queries.KEPT_CLOSED)
        )
        session.execute(
            sa.delete(TermsChange).where(
                TermsChange.is_done, TermsChange.reply_by < now - probing.PROBING
            )
        )
        # A session that was moved away may still have to be paid by its row.
        session.execute(
            sa.delete(TermsChange).where(
                TermsChange.is_done,
                TermsChange.status == OfferStatus.CLOSED,
                TermsChange.old_starts_at.is_(None),
                TermsChange.reply_by < now - queries.KEPT_CLOSED,
            )
        )


def _own(offer_id: int, by: Person) -> Offer:
    offer = db.session.get_one(Offer, offer_id, populate_existing=True)
    if offer.person_id != by.id:
        raise NotFound
    return offer


def _ground(
    offer_id: int, by: Person, now: datetime, *, is_last: bool
) -> tuple[Ground, Offer]:
    offer = _own(offer_id, by)
    post = db.session.get_one(Opportunity, offer.opportunity_id)
    ground = settling.ground({by.id}, {post.id}, post.panel_id, now, is_last=is_last)
    return ground, _own(offer_id, by)


def _is_stale(ground: Ground, offer: Offer) -> bool:
    is_held = offer.status is OfferStatus.CONDITIONAL
    return is_held and queries.is_stale(offer, ground.posts[offer.opportunity_id])


def _check(
    ground: Ground, offer: Offer, *, raised: bool, seen: int | None, now: datetime
) -> None:
    """Is it still open and as it was read, is there a place and money, does it fit?"""
    post = ground.posts[offer.opportunity_id]
    if offer.reply_by <= now or post.status is not OpportunityStatus.POSTED:
        raise Refused(rules.NO_LONGER_OPEN)
    terms_rules.check_seen(seen, post.version)
    if places.free(post, now, offer.person_id) < 1:
        raise Refused(rules.HELD, when=offer.reply_by)
    workload.check_room(
        ground.people[offer.person_id],
        work_of(post, now),
        now=now,
        raised=raised,
        replaces_group=group(offer),
    )


def _reserve(
    ground: Ground,
    offer: Offer,
    move: str,
    *,
    counted: bool,
    raised: bool,
    now: datetime,
) -> None:
    post, person = ground.posts[offer.opportunity_id], ground.people[offer.person_id]
    if ground.panel is None:
        raise NotFound
    is_named = places.is_named(post.id, person.id, now)
    seat = places.seat_for(ground.panel, offer, is_named=is_named)
    if seat is None:
        raise Refused(rules.HELD, when=offer.reply_by)
    workload.release(group(offer))
    workload.hold(person, group(offer), work_of(post, now), now=now)
    offer.status = rules.after(offer.status, move)
    offer.version = post.version
    offer.seat_id, offer.is_counted, offer.is_raised = seat.id, counted, raised
    db.session.flush()
