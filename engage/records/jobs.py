from datetime import datetime
from functools import partial

from engage.core.calendar import DAY
from engage.core.jobs import for_each
from engage.records import legal, legal_queries


def tell_of_requests(now: datetime) -> None:
    """Tell people of requests by law about them whose hold is over."""
    due = legal_queries.untold((now + DAY).date())
    for_each(due, partial(legal.tell, now=now))
