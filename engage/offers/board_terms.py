"""Who has had as many terms in a row as a board thinks right: told, never barred."""

from collections.abc import Collection
from datetime import datetime

from engage.core import calendar
from engage.engagements import queries as engagements
from engage.opportunities.models import Opportunity
from engage.panels import board_queries, terms
from engage.people.models import Alias


def at_limit(
    post: Opportunity, aliases: Collection[Alias], now: datetime
) -> list[tuple[str, int]]:
    """(name, terms in a row) of people whom the organization may ask for one more.

    Terms of somebody whose name is kept back are left out. `post.panel` is loaded.
    """
    panel = post.panel
    if panel is None or not panel.is_standing:
        return []
    today = calendar.local_day(now, post.organization.zone)
    hidden = engagements.hidden_seats(panel.id, now)
    counts = board_queries.terms_in_a_row(panel.id, today, without=hidden)
    found = [(alias.name, counts.get(alias.person_id, 0)) for alias in aliases]
    return sorted(one for one in found if terms.is_at_most(one[1], panel.most_terms))
