"""What is going on now in the sample data, done by the product's own actions."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.core import calendar
from engage.core.db import db
from engage.demo import boards, changing, showing, talking, words
from engage.demo.year import Year
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.offers.waves import ask_around
from engage.opportunities import actions as opportunities
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import (
    OpportunityKind,
    PayKind,
    ProjectStage,
    Story,
    WorkActivity,
)
from engage.organizations.models import Organization
from engage.panels.rules import SeatRole
from engage.payouts import actions as payouts

POSTS = 6  # organizations that ask for people right now, at the most
POSTED_BEFORE = timedelta(hours=3)  # so that the first people are asked already


def begin(year: Year) -> None:
    """Posts that are asking now, one draft, and a payment run to release."""
    for number, organization in enumerate(year.cast.organizations[:POSTS]):
        work = words.WORK[number % len(words.WORK)]
        post = _draft(year, organization, work, weeks=3 + number)
        author = year.cast.coordinators[organization.id][0]
        posted = year.now - POSTED_BEFORE
        opportunities.post(post.id, warnings_seen=True, by=author, now=posted)
        db.session.flush()
        ask_around(post.id, now=year.now)
    first = year.cast.organizations[0]
    _draft(year, first, words.WORK[3], weeks=5)
    boards.bring_in(year)
    changing.ask(year)
    talking.begin(year)
    showing.play(year)
    for payer in year.cast.payers:
        _prepare(year, payer)


def _draft(
    year: Year,
    organization: Organization,
    work: words.Work,
    *,
    weeks: int,
) -> Opportunity:
    author = year.cast.coordinators[organization.id][0]
    draft = opportunities.create(
        organization,
        title=work.title,
        kind=OpportunityKind(work.kind),
        activity=WorkActivity(work.activity),
        stage=ProjectStage.DEVELOPMENT,
        by=author,
        now=year.now,
    )
    is_meeting = work.activity == "meeting"
    return opportunities.edit(
        draft.id,
        version=draft.version,
        sessions=[(at, work.minutes[0]) for at in _days(year, organization, weeks)],
        seats=_seats() if is_meeting else [],
        by=author,
        now=year.now,
        funding_line_id=year.cast.lines[organization.id][2].id,
        seats_wanted=2,
        seat_role=SeatRole.MEMBER,
        asks_pool=True,
        reply_by=_reply_by(year, organization),
        has_law_enforcement=is_meeting,
        story=Story.NONE,
        pay_kind=PayKind.HOURLY,
        rate_cents=75_00,
        **work.card(),
    )


def _days(year: Year, organization: Organization, weeks: int) -> list[datetime]:
    day = year.now.date() + timedelta(weeks=weeks)
    day -= timedelta(days=max(0, day.weekday() - 3))
    return [
        calendar.local_moment_utc(
            day + timedelta(days=14 * n), 14 * 60, organization.zone
        )
        for n in range(2)
    ]


def _reply_by(year: Year, organization: Organization) -> datetime:
    day = calendar.local_day(year.now, organization.zone) + timedelta(days=6)
    return calendar.local_moment_utc(day, 17 * 60, organization.zone)


def _seats() -> list[dict[str, object]]:
    return [
        {
            "role": SeatRole.MEMBER,
            "label": place,
            "hourly_cents": None,
            "is_salaried_elsewhere": True,
        }
        for place in words.PROFESSIONALS[:4]
    ]


def _prepare(year: Year, payer: Organization) -> None:
    """Half of what waits is in a run that one person prepared."""
    waiting = db.session.scalars(
        sa.select(Payable.uid)
        .where(Payable.payer_id == payer.id, Payable.status == PayableStatus.WAITING)
        .order_by(Payable.due_on, Payable.id)
    ).all()
    if len(waiting) > 1:
        payouts.prepare(
            payer,
            waiting[: min(len(waiting) // 2, payouts.MOST_LINES)],
            by=year.cast.finance[payer.id][0],
            now=year.now,
        )
