"""Who is asked, and when: in waves at fixed times, those asked least first."""

from collections.abc import Collection
from datetime import datetime
from secrets import SystemRandom

from engage.audit import actions as audit
from engage.core import calendar
from engage.core.db import (
    db,
    insert_missing,
    lock,
    lock_by_key,
    lock_one,
    transaction,
)
from engage.core.errors import N_, Refused
from engage.engagements.terms import work_of
from engage.notices import actions as notices
from engage.offers import asking, places, probing, queries, rules, terms_rules
from engage.offers.models import AskWave, NamedAsk, Offer
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.people.models import Alias, Person
from engage.people.rules import PersonStatus
from engage.workload import actions as workload
from engage.workload import queries as workload_queries
from engage.workload.rules import may_deliver

_random = SystemRandom()


def ask_around(opportunity_id: int, *, now: datetime) -> None:
    """One post's wave, when its moment has come: the pool, then named people.

    Who may be asked and who may not takes the same way through the same statements.
    Everybody about to be asked is locked, in the order of the house, and weighed
    again: no ask arrives after a pause, a lower limit or a yes that stands against it.
    """
    with transaction():
        post = opportunities.by_id(opportunity_id)
        insert_missing(AskWave, opportunity_id=post.id, next_at=_first(post))
        wave = lock_by_key(AskWave, post.id)
        if wave is None or now < wave.next_at:
            return
        named = [alias.person_id for _, alias in asking.undelivered(post.id, now)]
        pool = _next_of_pool(post, now)
        people = _locked([*named, *pool])
        lock_one(Opportunity, post.id)
        zone = opportunities.organization(post).zone
        wave.next_at = opportunities.next_wave(now, zone)
        post = opportunities.by_id(opportunity_id)
        if post.status is not OpportunityStatus.POSTED:
            return
        ready = people & set(_ready(post, people, now))
        asked = _ask_named(post, ready, now)
        _ask_pool(post, [each for each in pool if each in ready - asked], now)


def _locked(people: Collection[int]) -> set[int]:
    """Those of them whose account is open, now that their rows are locked."""
    return {
        each.id for each in lock(Person, people) if each.status is PersonStatus.ACTIVE
    }


def _first(post: Opportunity) -> datetime:
    since = post.posted_at or post.created_at
    return opportunities.next_wave(since, opportunities.organization(post).zone)


def _next_of_pool(post: Opportunity, now: datetime) -> list[int]:
    """Whom the pool's wave would ask, as things stand before anybody is locked."""
    if post.reply_by is None or not post.asks_pool:
        return []
    if not rules.may_still_ask(now, post.reply_by):
        return []
    people = asking.matching(asking.askable(post), post)
    ready = _ready(post, people, now)
    asks = workload_queries.asks_90d(ready, now)
    ranked = [(each, asks.get(each, 0), _random.random()) for each in sorted(ready)]
    return rules.choose_wave(ranked, _size(post, now))


def _size(post: Opportunity, now: datetime) -> int:
    return rules.wave_size(places.free(post, now), asking.waiting(post.id, now))


def _ask_pool(post: Opportunity, people: list[int], now: datetime) -> None:
    if post.reply_by is None or not post.asks_pool:
        return
    for person_id in people[: _size(post, now)]:
        _put(post, person_id, post.reply_by, now)


def _ready(post: Opportunity, people: Collection[int], now: datetime) -> list[int]:
    """Those whom their own limits, times and filters let be asked for this now."""
    work = work_of(post, now)
    standings = workload_queries.standings(people, now)
    filters = workload_queries.filters_of(people)
    return [
        person_id
        for person_id, standing in standings.items()
        if may_deliver(
            standing,
            work,
            calendar.local_day(now, standing.zone),
            is_filtered=person_id in filters
            and filters[person_id].keeps_away(
                post.organization_id,
                law_enforcement=bool(post.has_law_enforcement),
                travel=terms_rules.travels(post.is_in_person, work.sessions),
                topics=post.topics,
            ),
        )
    ]


def _put(post: Opportunity, person_id: int, until: datetime, now: datetime) -> None:
    offer = Offer(
        opportunity_id=post.id,
        person_id=person_id,
        reply_by=until,
        version=post.version,
    )
    db.session.add(offer)
    workload.count_ask(person_id, now.date())
    notices.queue(person_id, "offer", now=now, uid=offer.uid)


def _ask_named(post: Opportunity, ready: set[int], now: datetime) -> set[int]:
    """Put the post to people asked by name, where their limits and ours let it be."""
    waiting = asking.undelivered(post.id, now)
    asked = set()
    past = probing.past_asks([alias.id for _, alias in waiting], now)
    size, zone = probing.minutes_of(post), opportunities.organization(post).zone
    for ask, alias in waiting:
        earlier = [
            each
            for each in past[alias.id]
            if (each.asked_at, each.kind, each.id) < (ask.asked_at, "named", ask.id)
        ]
        may = probing.may_ask(earlier, ask.asked_at, size, zone, now)
        in_time = rules.may_still_ask(now, ask.reply_by)
        if may and in_time and alias.person_id in ready:
            _put(post, alias.person_id, ask.reply_by, now)
            asked.add(alias.person_id)
    return asked


def name_one(
    opportunity_id: int,
    alias_uid: str,
    reply_by: datetime,
    *,
    by: Person,
    now: datetime,
) -> NamedAsk:
    """Ask one person by alias: one row, whatever their limits are."""
    with transaction() as session:
        post = lock_one(Opportunity, opportunity_id)
        post = opportunities.by_id(post.id)
        alias = asking.listed_alias(post.organization_id, alias_uid)
        _check_naming(post, alias, reply_by, now)
        ask = NamedAsk(
            opportunity_id=post.id, alias_id=alias.id, reply_by=reply_by, asked_at=now
        )
        session.add(ask)
        session.flush()
        organization = opportunities.organization(post)
        audit.record(
            "offer.name_one",
            subject=f"organization:{organization.uid}",
            thing=f"opportunity:{post.uid}",
            by=by,
            now=now,
            organization_id=organization.id,
        )
    return ask


def _check_naming(
    post: Opportunity, alias: Alias, reply_by: datetime, now: datetime
) -> None:
    """Refusals weigh only what the coordinator can see on this very page."""
    if post.status is not OpportunityStatus.POSTED:
        raise Refused(N_("This work is not being asked for at the moment."))
    if asking.was_named(post.id, alias.id):
        raise Refused(
            N_("You have asked this person for this work already."), field="alias"
        )
    wave = opportunities.next_wave(now, opportunities.organization(post).zone)
    first = min((each.starts_at for each in post.sessions), default=None)
    rules.check_reply_by(wave, reply_by, is_named=False, first_session=first)
    rules.check_reply_by(now, reply_by, is_named=True)
    if queries.visible_places(post, now) < 1:
        raise Refused(
            N_(
                "Every place is found or held for somebody asked by name. "
                "Open one more seat to ask another person."
            )
        )
