"""What is frozen at a yes, and how the frozen words are read again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from engage.core import calendar
from engage.core.db import db
from engage.engagements.models import Engagement, TermsVersion
from engage.funding.models import FundingLine
from engage.funding.rules import PayKind, Terms, cents_by_session, seat_cents
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import is_story_near, pay_by
from engage.organizations.models import Organization
from engage.workload.rules import Pay, Session, Work

MINUTES = ("preparation_minutes", "travel_minutes", "debrief_minutes")
PAYS = ("pays_preparation", "pays_travel", "pays_debrief")


def still_to_come(opportunity: Opportunity, now: datetime) -> list[WorkSession]:
    """The sessions that somebody who says yes now would come to."""
    return [each for each in opportunity.sessions if each.starts_at > now]


def work_of(opportunity: Opportunity, now: datetime) -> Work:
    """What a yes now would ask of somebody, as their own limits weigh it."""
    return Work(
        [
            Session(
                each.starts_at,
                each.minutes,
                opportunity.preparation_minutes or 0,
                opportunity.travel_minutes or 0,
                opportunity.debrief_minutes or 0,
            )
            for each in still_to_come(opportunity, now)
        ],
        is_story_near=is_story_near(opportunity.activity, opportunity.story),
        pay=_pay_of(opportunity, now),
    )


def _pay_of(opportunity: Opportunity, now: datetime) -> list[Pay]:
    place = opportunities.organization(opportunity)
    line = db.session.get_one(FundingLine, opportunity.funding_line_id)
    return pay_by_session(
        seat_terms(opportunity, place.zone, now),
        [each.starts_at for each in still_to_come(opportunity, now)],
        promise_days=place.pay_promise_days,
        payer_id=line.payer_id,
    )


def pay_by_session(
    terms: Terms,
    starts: Sequence[datetime],
    *,
    promise_days: int,
    payer_id: int | None,
) -> list[Pay]:
    """What each session of one seat pays and by when; in all the cents of the seat.

    `starts` are the same sessions as those of the terms, in whatever order.
    """
    return [
        Pay(day, pay_by(day, promise_days), cents, at, payer_id)
        for (day, _), cents, at in zip(
            sorted(terms.sessions), cents_by_session(terms), sorted(starts), strict=True
        )
    ]


def seat_terms(opportunity: Opportunity, zone: str, now: datetime) -> Terms:
    """What one seat is asked and paid from now on."""
    whole = opportunities.terms(opportunity)
    coming = tuple(
        (calendar.local_day(each.starts_at, zone), each.minutes)
        for each in still_to_come(opportunity, now)
    )
    return replace(whole, sessions=coming, seats=1)


def seat_price(opportunity: Opportunity, zone: str, now: datetime) -> int:
    """Cents of one whole seat from now on; 0 when no session is still to come."""
    terms = seat_terms(opportunity, zone, now)
    return seat_cents(terms) if terms.sessions else 0


def freeze(
    opportunity: Opportunity, organization: Organization, now: datetime
) -> dict[str, Any]:
    """The card as it stands at the yes, in plain JSON: this is the offer letter.

    Whoever joins late has only the sessions still to come, and their pay.
    """
    terms = seat_terms(opportunity, organization.zone, now)
    days = [
        pay_by(day, organization.pay_promise_days).isoformat()
        for day in terms.session_days
    ]
    return {
        **opportunities.card(opportunity),
        "sessions": [
            {"starts_at": each.starts_at.isoformat(), "minutes": each.minutes}
            for each in still_to_come(opportunity, now)
        ],
        **{name: getattr(opportunity, name) or 0 for name in MINUTES},
        "seat_cents": seat_cents(terms),
        "pay_by": max(days, default=None),
        "pay_days": days,
        "pays": {name: getattr(terms, name) for name in PAYS},
    }


def pay_in(
    values: Mapping[str, Any], kept: Collection[datetime], payer_id: int | None
) -> list[Pay]:
    """What the sessions of any terms that begin at `kept` pay, and by when."""
    every = pay_by_session(
        terms_in(values),
        [one.starts_at for one in sessions_in(values)],
        promise_days=values["promise_days"],
        payer_id=payer_id,
    )
    return [each for each in every if each.starts_at in kept]


def version_of(engagement: Engagement, version: int, now: datetime) -> TermsVersion:
    """The terms as they stand, for the row that keeps this yes to them."""
    return TermsVersion(
        engagement_id=engagement.id,
        version=version,
        terms=engagement.terms,
        terms_hash=engagement.terms_hash,
        agreed_at=now,
    )


def agreed_sessions(engagement: Engagement) -> list[Session]:
    """The frozen sessions, also those that an early end took away."""
    return sessions_in(engagement.terms)


def sessions_in(terms: Mapping[str, Any]) -> list[Session]:
    return [
        Session(
            datetime.fromisoformat(each["starts_at"]),
            each["minutes"],
            *(terms[name] for name in MINUTES),
        )
        for each in terms["sessions"]
    ]


def terms_of(engagement: Engagement) -> Terms:
    """The frozen terms as funding and hours weigh them."""
    return terms_in(engagement.terms)


def terms_in(terms: Mapping[str, Any]) -> Terms:
    """Frozen terms, agreed or only put to somebody, as money weighs them."""
    return Terms(
        pay=PayKind(terms["pay_kind"]),
        rate_cents=terms["rate_cents"],
        sessions=tuple(
            (calendar.local_day(each.starts_at, terms["zone"]), each.minutes)
            for each in sessions_in(terms)
        ),
        **{name: terms[name] for name in MINUTES},
        **terms["pays"],
    )
