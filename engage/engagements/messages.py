"""Writing to each other about agreed work, inside, for a short time."""

from datetime import datetime

import sqlalchemy as sa

from engage.audit import actions as audit
from engage.core.db import db, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.engagements import rules, talk_rules, thread
from engage.engagements.models import Engagement, Message
from engage.engagements.rules import Side
from engage.notices import actions as notices
from engage.opportunities.models import Opportunity
from engage.people import leads
from engage.people.models import Person


def write(
    engagement_id: int, words: str, *, by: Person, now: datetime, is_seen: bool = True
) -> Message:
    """Write to the other side, who is told neutrally; the text goes nowhere else.

    `is_seen` says that a member of staff has read the note about words that seem to
    ask for somebody's story.
    """
    side = Side.CONSULTANT if by.is_consultant else Side.ORGANIZATION
    with transaction() as session:
        engagement = _locked(engagement_id, by, now)
        if side is Side.ORGANIZATION and not is_seen:
            _ask_about(words)
        since = now - talk_rules.WINDOW
        talk_rules.check_pace(thread.written(engagement_id, side, since))
        person = session.get_one(Person, engagement.person_id)
        message = Message(engagement_id=engagement_id, side=side, at=now)
        message.staff_id = by.id if side is Side.ORGANIZATION else None
        message.write(person.subject, words)
        session.add(message)
        _tell(engagement, side, now)
        notices.put_away_about(by.id, thread.KINDS[side], engagement.uid)
        _record("write", engagement, person, by, now)
    return message


def _locked(engagement_id: int, by: Person, now: datetime) -> Engagement:
    """The open thread's engagement; locked, so that two cannot pass the pace."""
    engagement = lock_one(Engagement, engagement_id)
    if by.is_consultant and engagement.person_id != by.id:
        raise NotFound
    if not engagement.is_shown(now):
        # An update from somebody who is not named yet would say who said yes.
        raise Refused(N_("You can write here once the organization knows your name."))
    talk_rules.check_open(thread.is_open(engagement, now))
    return engagement


def _ask_about(words: str) -> None:
    found = thread.story_words(words)
    if found:
        raise Refused(
            N_(
                "“%(found)s” may ask for a personal story. Nobody has to tell theirs. "
                "Change it, or tick below and send it as it is."
            ),
            field="words",
            found=found[0],
        )


def _tell(engagement: Engagement, side: Side, now: datetime) -> None:
    if side is Side.ORGANIZATION:
        told, kind = [engagement.person_id], thread.KINDS[Side.CONSULTANT]
    else:
        post = db.session.get_one(Opportunity, engagement.opportunity_id)
        thing = f"opportunity:{post.uid}"
        told = leads.to_tell(engagement.organization_id, thing, now)
        kind = thread.KINDS[Side.ORGANIZATION]
    notices.queue_once(told, kind, now=now, uid=engagement.uid)


def choose(engagement_id: int, *, wish: bool, by: Person, now: datetime) -> None:
    """The consultant's own wish to take messages about this, or none any more."""
    with transaction():
        engagement = lock_one(Engagement, engagement_id)
        if engagement.person_id != by.id or engagement.shown_from == rules.NEVER:
            raise NotFound
        talk_rules.check_open(thread.is_kept(engagement, now))
        engagement.takes_messages = wish
        _record("open" if wish else "close", engagement, by, by, now)


def read(uid: str, side: Side, *, by: Person) -> None:
    """Put away one's own notice about it; that it was read is kept nowhere."""
    notices.put_away_about(by.id, thread.KINDS[side], uid)


def forget(engagement_id: int, *, now: datetime) -> int:
    """Erase what was written about work that ended a month ago; how many there were."""
    with transaction() as session:
        engagement = lock_one(Engagement, engagement_id)
        if thread.is_kept(engagement, now):
            return 0
        gone = session.execute(
            sa.delete(Message).where(Message.engagement_id == engagement_id)
        )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _record(
    verb: str, engagement: Engagement, person: Person, by: Person, now: datetime
) -> None:
    audit.record(
        f"message.{verb}",
        subject=person.subject,
        thing=f"engagement:{engagement.uid}",
        by=by,
        now=now,
        organization_id=engagement.organization_id,
    )
