from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from engage.core.db import claim, db, lock, transaction
from engage.core.errors import NotFound
from engage.notices import queries, rules
from engage.notices.models import Notice
from engage.notices.rules import MailState


def queue(person_id: int, kind: str, *, now: datetime, **values: object) -> None:
    """Tell a person something, in the transaction that caused it.

    `kind` is a key of `rules.SENTENCES`; `values` are uids, minutes or ISO days.
    """
    db.session.add(
        Notice(
            person_id=person_id,
            kind=kind,
            values=dict(values),
            created_at=now,
            next_try_at=now,
        )
    )


def queue_once(
    person_ids: Iterable[int], kind: str, *, now: datetime, **values: object
) -> None:
    """Tell each of them, but not whoever has the same notice unread in their inbox.

    A later moment than now keeps it back until then, inside and outside.
    """
    wanted = set(person_ids)
    unread = db.session.execute(
        sa.select(Notice.person_id, Notice.values).where(
            Notice.person_id.in_(wanted),
            Notice.kind == kind,
            Notice.created_at <= now,
        )
    )
    told = {person_id for person_id, known in unread if known == values}
    for person_id in sorted(wanted - told):
        queue(person_id, kind, now=now, **values)


def queue_anew(person_id: int, kind: str, *, now: datetime, **values: object) -> None:
    """Tell of what may be somebody else's doing, each time, also outside.

    The older notice of it goes: left unread, as most are, it would silence this one.
    """
    older = sa.select(Notice).where(
        Notice.person_id == person_id,
        Notice.kind == kind,
        Notice.created_at <= now,
        Notice.mail != MailState.SENDING,
    )
    with transaction() as session:
        for row in session.scalars(older).all():
            if row.values == values:
                session.delete(row)
        queue(person_id, kind, now=now, **values)


def put_away(person_id: int, uid: str) -> None:
    """Delete one of the person's own notices: read, done with, gone."""
    with transaction() as session:
        row = queries.own(person_id, uid)
        if row is None:
            raise NotFound
        session.delete(row)


def put_all_away(person_id: int, *, now: datetime) -> None:
    """Empty a person's inbox; what is kept back for later stays."""
    with transaction() as session:
        session.execute(
            sa.delete(Notice).where(
                Notice.person_id == person_id, Notice.created_at <= now
            )
        )


def take(person_id: int, *, now: datetime) -> list[int]:
    """Claim a person's due mails: a dead sender's are never sent a second time."""
    with transaction():
        ids = claim(Notice, queries.due_of(person_id, now))
        for notice in lock(Notice, ids):
            notice.mail = MailState.SENDING
            notice.next_try_at = now + rules.SENDING_LASTS
            notice.tries += 1
    return ids


def settle(ids: Iterable[int], state: MailState) -> None:
    """Note what became of claimed mails."""
    _set(Notice.id.in_(list(ids)), mail=state, next_try_at=None)


def try_again(ids: Iterable[int], *, now: datetime) -> None:
    """Give claimed mails back: the server surely does not have them."""
    _set(
        Notice.id.in_(list(ids)),
        mail=MailState.WAITING,
        next_try_at=now + rules.NEXT_TRY,
    )


def hold(ids: Iterable[int], until: datetime) -> None:
    """Give claimed mails back until a moment that suits who would get them."""
    _set(Notice.id.in_(list(ids)), mail=MailState.WAITING, next_try_at=until)


def look_again(person_id: int, *, now: datetime) -> None:
    """Ask at the next tick where a person's mail may go: their wish has changed."""
    waits = sa.and_(
        Notice.person_id == person_id,
        Notice.mail == MailState.WAITING,
        Notice.created_at <= now,
    )
    _set(waits, next_try_at=now)


def keep_inside() -> None:
    """Without a mail server nothing goes outside, also not later."""
    _set(Notice.mail == MailState.WAITING, mail=MailState.NONE, next_try_at=None)


def drop_late(now: datetime) -> None:
    """Drop what nobody could send in three days; a sender that died counts as sent."""
    _set(
        sa.and_(
            Notice.mail == MailState.WAITING, Notice.created_at <= now - rules.UNSENT
        ),
        mail=MailState.DROPPED,
        next_try_at=None,
    )
    _set(
        sa.and_(Notice.mail == MailState.SENDING, Notice.next_try_at <= now),
        mail=MailState.SENT,
        next_try_at=None,
    )


def forget_mail(now: datetime) -> None:
    """Forget that a mail went out, a day after it could: only the notice stays."""
    _set(
        sa.and_(
            Notice.mail.in_([MailState.SENT, MailState.DROPPED]),
            Notice.created_at <= now - rules.MAIL_KEPT,
        ),
        mail=MailState.NONE,
    )


def forget_old(now: datetime) -> None:
    """Delete notices that nobody put away for a month."""
    with transaction() as session:
        session.execute(
            sa.delete(Notice).where(
                Notice.created_at <= now - rules.KEPT,
                Notice.mail != MailState.SENDING,
            )
        )


def _set(which: sa.ColumnElement[bool], **values: object) -> None:
    with transaction() as session:
        session.execute(sa.update(Notice).where(which).values(**values))


def put_away_about(person_id: int, kind: str, uid: str) -> None:
    """Delete a person's notices of one kind about one thing, if there are any."""
    with transaction() as session:
        for row in session.scalars(
            sa.select(Notice).where(Notice.person_id == person_id, Notice.kind == kind)
        ):
            if row.values.get("uid") == uid:
                session.delete(row)
