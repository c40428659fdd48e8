"""The same year with Engage: the rules that the program itself asks, no database."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from engage.core import calendar
from engage.offers import rules as offers
from engage.opportunities.asking import next_wave_at
from engage.panels import rules as panels
from engage.panels.rules import HeldSeat, SeatRole
from engage.simulate.assumptions import ZONE, Rules
from engage.simulate.by_name import is_office_hour
from engage.simulate.demand import Demand, Year
from engage.simulate.diary import QUARTER
from engage.simulate.shortcuts import Least, least
from engage.simulate.world import Draw, Post, World


@dataclass(frozen=True)
class NamedAsk:
    """One ask by name, as the organization itself saw it."""

    person_id: int
    on: date
    reply_by: datetime
    minutes: int


@dataclass
class RuledPost(Post):
    """A post in Engage; `conditional` are yeses that wait for a second voice."""

    least: Least = field(kw_only=True)
    reply_by: datetime = field(kw_only=True)
    asks_pool: bool = True
    conditional: dict[int, datetime] = field(default_factory=dict)
    named: list[NamedAsk] = field(default_factory=list)
    suited: list[int] = field(default_factory=list)
    is_mended: bool = False


class Ruled(World):
    """Everybody is asked by the worker, at fixed times, by the rules of the house."""

    def __init__(self, year: Year, rules: Rules | None = None) -> None:
        super().__init__(year)
        self.rules = rules or Rules()
        self.past: dict[tuple[int, int], list[NamedAsk]] = defaultdict(list)
        self.said_yes: set[tuple[int, int]] = set()

    def begin(self, demand: Demand) -> Post:
        given, seats = self.year.given, demand.seats
        heeds = self.rules.second_voice and demand.heeds < given.heeds_a_warning
        if heeds and demand.is_panel and panels.can_only_be_sole(seats, demand.minimum):
            seats += 1
        fits = least(demand)
        suited = self._suited(demand, fits)
        by_name = demand.names < given.asks_by_name_first
        until = demand.posted_at + (given.again_time if by_name else given.pool_time)
        post = RuledPost(demand, seats, least=fits, reply_by=until, suited=suited)
        if by_name:
            post.asks_pool = False
            self._name(post, self.by_fame(post, seats))
        self.posts.append(post)
        return post

    def _suited(self, demand: Demand, fits: Least) -> list[int]:
        people = self.year.people
        every = not self.rules.own_limits
        return [one.id for one in people if every or fits.suits(one, demand)]

    def _name(self, post: RuledPost, people: list[int]) -> None:
        post.named += [
            NamedAsk(one, self.today, post.reply_by, post.demand.minutes)
            for one in people
        ]

    def act(self, post: Post, now: datetime) -> None:
        if not isinstance(post, RuledPost):
            raise TypeError
        self._close(post, now)
        if is_office_hour(now):
            self._look(post, now)
        self._deliver_named(post, now)
        if post.asks_pool and offers.may_still_ask(now, post.reply_by):
            self._wave(post, now)

    def _close(self, post: RuledPost, now: datetime) -> None:
        for person_id in [one for one, until in post.waiting.items() if until <= now]:
            del post.waiting[person_id]
        over = [one for one, until in post.conditional.items() if until <= now]
        for person_id in over:
            del post.conditional[person_id]
            self.diaries[person_id].release(post.demand)

    def _look(self, post: RuledPost, now: datetime) -> None:
        """The coordinator asks again while seats are open, and mends a lone voice."""
        given = self.year.given
        if post.reply_by <= now and self._free(post, now):
            post.asks_pool = True
            self._ask_until(post, now, given.again_time)
        elif not post.is_mended and self._asks_for_a_plan(post):
            post.is_mended = True
            if post.demand.heeds < given.heeds_a_warning:
                post.seats, post.asks_pool = post.seats + 1, True
                self._ask_until(post, now, given.again_time)

    def _ask_until(self, post: RuledPost, now: datetime, time: timedelta) -> None:
        until = min(now + time, post.demand.begins)
        if offers.may_still_ask(next_wave_at(now, ZONE), until):
            post.reply_by = max(until, post.reply_by)

    def _asks_for_a_plan(self, post: RuledPost) -> bool:
        if not self.rules.second_voice or not post.demand.is_panel or not post.held:
            return False
        first = calendar.local_day(post.demand.begins, ZONE)
        left = post.seats - len(post.held)
        forming = panels.is_forming(left, first, self.today)
        state = panels.voice(self.seats_of(post), post.demand.minimum)
        return panels.needs_plan(state, forming)

    def _deliver_named(self, post: RuledPost, now: datetime) -> None:
        """As the worker does: in order, weighing what this organization did before."""
        for ask in post.named:
            if ask.person_id in post.asked or ask.reply_by <= now:
                continue
            earlier = self.past[post.demand.organization, ask.person_id]
            if ask not in earlier:
                may = self._may_name(post, ask, earlier, now)
                earlier.append(ask)
                if may and self._is_ready(post, ask.person_id):
                    welcome = self.rules.own_limits
                    self.ask(post, ask.person_id, now, ask.reply_by, welcome=welcome)

    def _may_name(
        self, post: RuledPost, ask: NamedAsk, earlier: list[NamedAsk], now: datetime
    ) -> bool:
        recent = [one for one in earlier if self.today - one.on < QUARTER]
        missed = [
            one.minutes
            for one in recent
            if (post.demand.organization, one.person_id) not in self.said_yes
        ]
        return not self.rules.own_limits or offers.may_ask_named(
            sum(one.reply_by > now for one in recent),
            max((one.on for one in recent), default=None),
            ask.on,
            ask.minutes,
            missed,
        )

    def _is_ready(self, post: RuledPost, person_id: int) -> bool:
        if not self.rules.own_limits:
            return True
        diary, demand = self.diaries[person_id], post.demand
        if post.least.has_told_enough(diary, demand):
            return False
        return self.is_welcome(diary, demand)

    def _wave(self, post: RuledPost, now: datetime) -> None:
        free = self._free(post, now)
        size = offers.wave_size(free, len(post.waiting))
        if not self.rules.three_a_seat and free:
            size = len(self.year.people)
        if size < 1:
            return
        self.tally.waves += 1
        chosen, welcome = 0, self.rules.own_limits
        for person_id in self._in_order(post):
            if chosen < size and self._is_ready(post, person_id):
                self.ask(post, person_id, now, post.reply_by, welcome=welcome)
                chosen += 1
        self.tally.short_waves += not chosen

    def _in_order(self, post: RuledPost) -> Iterator[int]:
        """Whoever comes first of those who may be asked is the same as in the worker:
        to sort and then to leave people out is to leave them out and then to sort."""
        left = [one for one in post.suited if one not in post.asked]
        if not self.rules.least_asked:
            known = self.by_fame(post, len(left))
            return iter([*known, *(one for one in left if one not in known)])
        since = self.today - QUARTER
        ranked = [
            (one, self.diaries[one].asks_since(since), self.chance.random())
            for one in left
        ]
        return iter(offers.choose_wave(ranked, len(ranked)))

    def _free(self, post: RuledPost, now: datetime) -> int:
        named = {
            one.person_id
            for one in post.named
            if one.reply_by > now and one.person_id not in post.held
        }
        return post.seats - len(post.held) - len({*post.conditional, *named})

    def say_yes(self, post: Post, person_id: int, draw: Draw, now: datetime) -> None:
        if not isinstance(post, RuledPost):
            raise TypeError
        mine = {one.person_id for one in post.named if one.reply_by > now}
        if self._free(post, now) + (person_id in mine) < 1:
            return
        self.hold(post, person_id)
        if self._waits(post, person_id, draw):
            post.conditional[person_id] = post.reply_by
        else:
            self._agree(post, person_id, now)
        for settled in self._settled(post):
            del post.conditional[settled]
            self._agree(post, settled, now)

    def _waits(self, post: RuledPost, person_id: int, draw: Draw) -> bool:
        """Would be the only voice, and says yes on the condition of a second one."""
        is_counted = self.year.people[person_id].is_counted
        alone = not panels.counted_voices(self.seats_of(post))
        waits = draw.waits < self.year.given.waits_for_a_second
        here = self.rules.second_voice and post.demand.is_panel and post.seats > 1
        return here and is_counted and alone and waits

    def _settled(self, post: RuledPost) -> list[int]:
        held = panels.counted_voices(self.seats_of(post))
        people = self.year.people
        waiting = [(one, one, people[one].is_counted) for one in post.conditional]
        return offers.settles(held, waiting)

    def _agree(self, post: RuledPost, person_id: int, now: datetime) -> None:
        """A yes to the pool shows its name when the time to answer is over."""
        named = any(one.person_id == person_id for one in post.named)
        post.held[person_id] = now
        post.known[person_id] = now if named else post.reply_by
        self.said_yes.add((post.demand.organization, person_id))

    def seats_of(self, post: Post) -> list[HeldSeat]:
        people = self.year.people
        return [
            HeldSeat(one, people[one].is_counted, SeatRole.MEMBER) for one in post.held
        ]
