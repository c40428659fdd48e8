from datetime import datetime
from functools import partial

from engage.core.jobs import for_each
from engage.records import legal, legal_queries


def tell_of_requests(now: datetime) -> None:
    """Tell people of requests by law about them whose hold is over."""
    for_each(legal_queries.untold(), partial(legal.tell, now=now))
