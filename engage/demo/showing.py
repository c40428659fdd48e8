"""What invented people allow to be shown, raise, and are asked about by law."""

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa

from engage.consents import asking, giving, making
from engage.consents.models import Consent
from engage.consents.rules import ConsentKind
from engage.core import calendar
from engage.core.db import db
from engage.demo.year import Year
from engage.engagements.models import Engagement
from engage.engagements.queries import shown
from engage.engagements.rules import LIVE
from engage.organizations.models import Organization
from engage.people.models import Person
from engage.records import legal
from engage.records.legal_rules import LegalKind, Part
from engage.voice import actions as voice
from engage.voice import queries as concerns

HOUR = timedelta(hours=1)
QUOTE = asking.Ask(
    ConsentKind.QUOTE,
    what="Two sentences on how the new form reads. (Invented for this demo.)",
    place="The yearly summary, on paper and on the website",
    recipient="The readers of the yearly summary",
    purpose="To show why the form was changed.",
    most_uses=2,
)
PHOTO = asking.Ask(
    ConsentKind.PHOTO,
    what="A photo of the group's hands at the table, no faces. (Invented.)",
    place="The front page of a leaflet",
    recipient="The print shop on Main Street",
    purpose="To invite people to the open day.",
    months=6,
)
WORDS = making.Made(
    "“The form asks less now. I can fill it in alone.” (Invented words.)",
    "Shared folder, summary, page 4",
)
PICTURE = making.Made(
    "Six hands on a table with cups and paper, seen from above. (Invented.)",
    "Shared folder, leaflet, hands.jpg",
)
CONCERN = "I was asked a second time after I had said no. (Invented for this demo.)"


class Found(NamedTuple):
    engagement_id: int
    place_id: int
    who: Person
    by: Person


def play(year: Year) -> None:
    """One asked, one that stands, one taken back; a concern; a request by law."""
    found = _found(year)
    if len(found) < 3:
        return
    _ask(found[0], QUOTE, year)
    quoted, pictured = _give(found[1], QUOTE, year), _give(found[2], PHOTO, year)
    _publish(quoted, WORDS, "The summary, page 4, 200 copies", found[1], year)
    _publish(pictured, PICTURE, "The leaflet, in the front hall", found[2], year)
    giving.withdraw(pictured.id, by=found[2].who, now=year.now)
    _raise(found[1], year)
    _ask_by_law(found[2], year)


def _found(year: Year) -> list[Found]:
    """Agreed work of different people that is known by name."""
    rows = db.session.execute(
        sa.select(Engagement.id, Engagement.organization_id, Person)
        .join(Engagement.person)
        .where(Engagement.status.in_(LIVE), shown(year.now - 8 * HOUR))
        .order_by(Engagement.id)
    )
    found: dict[int, Found] = {}
    for engagement_id, place_id, who in rows:
        by = year.cast.coordinators[place_id][0]
        found.setdefault(who.id, Found(engagement_id, place_id, who, by))
    return list(found.values())[:3]


def _ask(of: Found, wanted: asking.Ask, year: Year) -> Consent:
    at = year.now - 7 * HOUR
    consent = asking.ask(of.engagement_id, wanted, by=of.by, now=at)
    asking.deliver(consent.id, now=at)
    return consent


def _give(of: Found, wanted: asking.Ask, year: Year) -> Consent:
    consent = _ask(of, wanted, year)
    if not consent.is_delivered:  # who is on a break is asked nothing
        consent.is_delivered = True
    return giving.give(
        consent.id,
        described="advocate and trainer",
        months=consent.months,
        language=of.who.language,
        by=of.who,
        now=year.now - 5 * HOUR,
    )


def _publish(
    consent: Consent, made: making.Made, stands: str, of: Found, year: Year
) -> None:
    at = year.now - 3 * HOUR
    version = making.make(consent.id, "First one", made, by=of.by, now=at)
    making.approve(version.id, seen=version.hash, by=of.who, now=at)
    place = db.session.get_one(Organization, of.place_id)
    making.publish(
        version.id,
        stands,
        calendar.local_day(year.now, place.zone),
        seen=version.hash,
        by=of.by,
        now=year.now,
    )


def _raise(of: Found, year: Year) -> None:
    for about in concerns.choices(of.who):
        readers = concerns.readers(about.organization_id, about.person_id)
        if about.person_id == of.by.id and readers:
            uid = readers[0].uid
            voice.send(
                about, CONCERN, uid, is_named=True, by=of.who, now=year.now - HOUR
            )
            return


def _ask_by_law(of: Found, year: Year) -> None:
    by = db.session.scalars(
        sa.select(Person).where(Person.is_administrator).order_by(Person.id).limit(1)
    ).one()
    paper = legal.Paper(
        kind=LegalKind.SUBPOENA,
        asker="A law office (invented for this demo)",
        asked="All hours from January to March.",
        parts=frozenset({Part.HOURS}),
        received_on=calendar.local_day(year.now, by.zone) - timedelta(days=1),
        hold_until=None,
    )
    row = legal.record(of.who.sign_in_name, paper, by=by, now=year.now - HOUR)
    legal.end(row.id, by=by, now=year.now)
