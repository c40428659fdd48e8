from datetime import datetime, timedelta
from functools import partial

from engage.consents import asking, forgetting, giving, making, queries, rules
from engage.core.jobs import for_each


def follow(now: datetime) -> None:
    """Put asks to people, close what nobody answered, end what is over, remind."""
    for_each(queries.undelivered(), partial(asking.deliver, now=now))
    for_each(queries.unanswered(now), partial(asking.close, now=now))
    for_each(queries.maybe_expired(now), partial(giving.expire, now=now))
    since = now.date() - timedelta(days=rules.REMIND_DAYS)
    for place_id, uid, consent_id in queries.to_remind(since):
        making.remind(consent_id, uid, place_id, now=now)


def forget(now: datetime) -> None:
    """Asks that brought no yes, after 30 days; consents that ended 3 years ago."""
    forgetting.forget(now=now)
