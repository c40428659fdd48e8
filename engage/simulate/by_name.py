"""The year without Engage: whoever needs somebody asks the people they know."""

from datetime import datetime

from engage.core import calendar
from engage.offers.rules import may_still_ask
from engage.simulate.assumptions import ZONE
from engage.simulate.world import Draw, Post, World

MORNING = 12


class ByName(World):
    """Limits are only in people's heads, and nobody sees who else asks them."""

    def act(self, post: Post, now: datetime) -> None:
        self._give_up_on(post, now)
        left = post.seats - len(post.held)
        if left < 1 or not is_office_hour(now) or not self._may(post, now):
            return
        wanted = self.year.given.by_name_at_once * left - len(post.waiting)
        until = now + self.year.given.by_name_patience
        for person_id in self.by_fame(post, max(0, wanted)):
            self.ask(post, person_id, now, until)

    def say_yes(self, post: Post, person_id: int, draw: Draw, now: datetime) -> None:
        if len(post.held) < post.seats:
            self.hold(post, person_id)
            post.held[person_id] = post.known[person_id] = now

    def _may(self, post: Post, now: datetime) -> bool:
        return may_still_ask(now, post.demand.begins)

    def _give_up_on(self, post: Post, now: datetime) -> None:
        for person_id in [one for one, until in post.waiting.items() if until <= now]:
            del post.waiting[person_id]


def is_office_hour(now: datetime) -> bool:
    """Those who ask look at their posts on the morning of each business day."""
    wall = calendar.local_time(now, ZONE)
    return wall.hour < MORNING and calendar.is_business_day(wall.date())
