"""New dates and lines of a post: put to everybody who agreed, each for a new yes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from engage.audit import actions as audit
from engage.core.db import db, lock
from engage.core.errors import N_, Refused
from engage.engagements import changed, changing, ending
from engage.engagements import queries as engagement_queries
from engage.engagements.models import Engagement
from engage.engagements.rules import is_paid_on_cancelling
from engage.engagements.terms import work_of
from engage.funding import actions as funding
from engage.funding.models import FundingLine
from engage.notices import actions as notices
from engage.offers import (
    change_queries,
    queries,
    recarding,
    rules,
    settling,
    terms_rules,
)
from engage.offers.models import Offer, TermsChange
from engage.offers.settling import Ground
from engage.offers.terms_rules import ChangeKind
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.panels.voices import revoice
from engage.people.models import Person
from engage.workload import actions as workload


def move(
    opportunity_id: int,
    *,
    version: int,
    which: str | None,
    starts_at: datetime | None,
    lines: Mapping[str, str],
    reply_by: datetime,
    by: Person,
    now: datetime,
) -> Opportunity:
    """Change one session's day, or lines of the card, and ask all who agreed.

    The old day is off everybody's plan at once; the new one waits for their yes.
    """

    def work(is_last: bool) -> Opportunity:
        ground = _ground(opportunity_id, now, is_last=is_last)
        post = ground.posts[opportunity_id]
        _check(post, version, reply_by, now)
        open_price = recarding.price_of(post)
        old = recarding.set_dates(post, which, starts_at, reply_by, now)
        new_lines = recarding.set_lines(post, lines)
        if old is None and not new_lines:
            raise Refused(N_("Choose a session to move, or change a line."))
        post.version += 1
        db.session.flush()
        recarding.check_card(post, new_lines, by, now)
        recarding.fit_aside(post, open_price, by, now)
        for engagement in _engaged(post, ground):
            _put(engagement, ground, old, starts_at, new_lines, reply_by, now)
        _hold_again(post, ground, now)
        _follow(post, ground, by, now)
        return post

    return settling.twice(work)


def _ground(opportunity_id: int, now: datetime, *, is_last: bool) -> Ground:
    seen = change_queries.engaged_in(opportunity_id)
    people = {each.person_id for each in seen}
    people |= {
        each.person_id for each in change_queries.on_condition(opportunity_id, now)
    }
    panel_id = db.session.get_one(Opportunity, opportunity_id).panel_id
    ground = settling.ground(people, {opportunity_id}, panel_id, now, is_last=is_last)
    after = change_queries.engaged_in(opportunity_id)
    if {each.person_id for each in after} - set(ground.people):
        if is_last:
            raise Refused(terms_rules.CHANGES_SINCE)
        raise settling.Changed
    lock(Engagement, [each.id for each in after])
    return ground


def _check(post: Opportunity, version: int, reply_by: datetime, now: datetime) -> None:
    terms_rules.check_movable(post.status)
    terms_rules.check_seen(version, post.version)
    rules.check_reply_by(now, reply_by, is_named=True)
    until = change_queries.last_reply_by(post.id)
    if until is not None:
        raise Refused(terms_rules.ASKED_STILL, when=until)


def _engaged(post: Opportunity, ground: Ground) -> Collection[Engagement]:
    ids = [each.id for each in change_queries.engaged_in(post.id)]
    found = [engagement_queries.whole(each) for each in ids]
    return [each for each in found if each.person_id in ground.people]


def _put(
    engagement: Engagement,
    ground: Ground,
    old: datetime | None,
    new: datetime | None,
    new_lines: Mapping[str, str],
    reply_by: datetime,
    now: datetime,
) -> None:
    """Ask one of them; their session is off at once, and its money stays kept."""
    person = ground.people[engagement.person_id]
    if old is not None and old not in changed.held_starts(engagement):
        old = None
    if old is None and not new_lines:
        return
    needed = ending.owed_at_most(engagement)
    if old is not None and new is not None:
        values = changed.moved(engagement, old, new, **new_lines)
    else:
        kept = changed.starts_of(engagement)
        values = changed.changed(engagement, kept=kept, **new_lines)
    change = _change(engagement, values, old, reply_by, now)
    change.cents = max(0, values["seat_cents"] - needed)
    if change.cents:
        line = db.session.get_one(FundingLine, engagement.funding_line_id)
        funding.set_aside(line, change.source, change.cents, by=None, now=now)
    if old is not None:
        changing.take_off(engagement, person, old, now)
    notices.queue(person.id, "new_terms", now=now, uid=change.uid)


def _change(
    engagement: Engagement,
    values: dict[str, Any],
    old: datetime | None,
    reply_by: datetime,
    now: datetime,
) -> TermsChange:
    zone = engagement.terms["zone"]
    change = TermsChange(
        engagement_id=engagement.id,
        person_id=engagement.person_id,
        kind=ChangeKind.NEW_DATES,
        terms=values,
        reply_by=reply_by,
        asked_at=now,
        next_at=now,
        is_delivered=True,
        old_starts_at=old,
        is_paid=old is not None and is_paid_on_cancelling(old, now, zone),
    )
    db.session.add(change)
    db.session.flush()
    return change


def _hold_again(post: Opportunity, ground: Ground, now: datetime) -> None:
    """Yeses on condition keep the new days, where those fit their own limits.

    They do not stand before their person has said them again.
    """
    for offer in ground.conditional:
        if offer.opportunity_id == post.id:
            _hold_one(offer, post, ground.people[offer.person_id], now)


def _hold_one(offer: Offer, post: Opportunity, person: Person, now: datetime) -> None:
    group, work = queries.group(offer), work_of(post, now)
    workload.release(group)
    notices.queue(person.id, "offer", now=now, uid=offer.uid)
    try:
        workload.check_room(person, work, now=now, raised=offer.is_raised)
    except Refused:
        return
    workload.hold(person, group, work, now=now)


def _follow(post: Opportunity, ground: Ground, by: Person, now: datetime) -> None:
    """The panel knows its first day, and the record that the post was changed."""
    if ground.panel is not None:
        days = opportunities.terms(post).session_days
        if not ground.panel.is_standing:
            ground.panel.first_session_on = min(days)
        db.session.flush()
        revoice(ground.panel, now=now, by=by)
    audit.record(
        "opportunity.move",
        subject=f"organization:{post.organization.uid}",
        thing=f"opportunity:{post.uid}",
        by=by,
        now=now,
        organization_id=post.organization_id,
    )
