"""The thread about agreed work as one reader sees it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import NotFound
from engage.engagements import queries, talk_rules
from engage.engagements.models import Engagement, Message
from engage.engagements.rules import Side
from engage.notices import queries as notices
from engage.opportunities.reading import guess_language
from engage.opportunities.rules import Story
from engage.opportunities.word_lists import load_words
from engage.opportunities.wording import wording_findings
from engage.people.models import Alias, Person

# The notice by which each side is told; unread in the inbox it marks what is new.
KINDS = {Side.CONSULTANT: "message", Side.ORGANIZATION: "message_in"}


@dataclass(frozen=True)
class Line:
    """One message as its page writes it; `by` is a member of staff's name or ""."""

    side: Side
    by: str
    text: str
    at: datetime
    is_new: bool


def today_of(engagement: Engagement, now: datetime) -> date:
    """The day where the consultant is, whose time the end of a thread follows."""
    person = db.session.get_one(Person, engagement.person_id)
    return calendar.local_day(now, person.zone)


def is_open(engagement: Engagement, now: datetime) -> bool:
    """May it be read and written on by both sides now?"""
    return engagement.is_shown(now) and talk_rules.is_open(
        engagement.status,
        engagement.takes_messages,
        engagement.ended_on,
        today_of(engagement, now),
    )


def is_kept(engagement: Engagement, now: datetime) -> bool:
    """Is the text still there for its consultant?"""
    return talk_rules.is_kept(engagement.ended_on, today_of(engagement, now))


def of(engagement_id: int) -> sa.Select[Message]:
    """What was written, the newest first, for a paged list."""
    return (
        sa.select(Message)
        .where(Message.engagement_id == engagement_id)
        .options(joinedload(Message.staff))
        .order_by(Message.id.desc())
    )


def lines(
    rows: list[Message], engagement: Engagement, reader: Person, side: Side
) -> list[Line]:
    """Opened for one reader; new is what came since their unread notice about it."""
    subject = db.session.get_one(Person, engagement.person_id).subject
    notice = notices.about(reader.id, KINDS[side], engagement.uid)
    return [
        Line(
            side=row.side,
            by=row.staff.staff_name if row.staff else "",
            text=row.text(subject),
            at=row.at,
            is_new=notice is not None
            and row.side is not side
            and row.at >= notice.created_at,
        )
        for row in rows
    ]


def written(engagement_id: int, side: Side, since: datetime) -> int:
    """How many messages one side has written since then."""
    return int(
        db.session.scalar(
            sa.select(sa.func.count(Message.id)).where(
                Message.engagement_id == engagement_id,
                Message.side == side,
                Message.at > since,
            )
        )
        or 0
    )


def whose(places: Collection[int], uid: str, now: datetime) -> tuple[Engagement, str]:
    """(engagement with its person, alias) that an organization may see by now."""
    row = db.session.execute(
        sa.select(Engagement, Alias.name)
        .join(
            Alias,
            sa.and_(
                Alias.person_id == Engagement.person_id,
                Alias.organization_id == Engagement.organization_id,
            ),
        )
        .where(
            Engagement.uid == uid,
            Engagement.organization_id.in_(places),
            queries.shown(now),
        )
        .options(joinedload(Engagement.person))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def maybe_over(now: datetime) -> list[int]:
    """Ids of ended engagements that still have messages and may be past their time."""
    last = (now - talk_rules.KEPT_DAYS * calendar.DAY).date()
    return list(
        db.session.scalars(
            sa.select(Engagement.id)
            .where(
                Engagement.ended_on <= last,
                sa.select(Message.id)
                .where(Message.engagement_id == Engagement.id)
                .exists(),
            )
            .order_by(Engagement.id)
        )
    )


def story_words(text: str) -> list[str]:
    """Words that seem to ask for somebody's own story, as they were written."""
    words = load_words(guess_language(text))
    found = wording_findings({"message": text}, words, Story.NONE)
    return [each.found for each in found if each.key == "story"]
