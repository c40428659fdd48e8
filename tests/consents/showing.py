"""A consent in each state, made by the product's own actions."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from engage.consents import asking, giving, making
from engage.consents.models import Consent, MaterialUse, MaterialVersion
from engage.consents.rules import ConsentKind
from engage.core import calendar
from engage.engagements.models import Engagement
from engage.people.models import Person
from tests.hours.work import agreed

DAY = timedelta(days=1)
WANTED = asking.Ask(
    ConsentKind.QUOTE,
    what="Two sentences on the new form.",
    place="The yearly summary.",
    recipient="Harbor Legal Aid",
    purpose="To show why the form changed.",
    most_uses=2,
)
WORDS = making.Made("The new form asks less.", "folder 3")


class Shown(NamedTuple):
    consent: Consent
    who: Person
    by: Person
    engagement: Engagement


def asked(now: datetime, *, is_delivered: bool = True, **values: Any) -> Shown:
    """Put to somebody with agreed work, who has not answered yet."""
    work = agreed(now)
    wanted = WANTED._replace(**values)
    consent = asking.ask(work.engagement.id, wanted, by=work.coordinator, now=now)
    if is_delivered:
        asking.deliver(consent.id, now=now)
    return Shown(consent, work.person, work.coordinator, work.engagement)


def given(now: datetime, months: int = 12, **values: Any) -> Shown:
    shown = asked(now, **values)
    giving.give(
        shown.consent.id,
        described="advocate and trainer",
        months=months,
        language="en",
        by=shown.who,
        now=now,
    )
    return shown


def approved(now: datetime, **values: Any) -> tuple[Shown, MaterialVersion]:
    shown = given(now, **values)
    version = making.make(shown.consent.id, "Summary", WORDS, by=shown.by, now=now)
    making.approve(version.id, seen=version.hash, by=shown.who, now=now)
    return shown, version


def published(
    now: datetime, **values: Any
) -> tuple[Shown, MaterialVersion, MaterialUse]:
    shown, version = approved(now, **values)
    today = calendar.local_day(now, shown.by.zone)
    use = making.publish(
        version.id, "Page 4", today, seen=version.hash, by=shown.by, now=now
    )
    return shown, version, use
