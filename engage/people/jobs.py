from datetime import datetime, timedelta

from engage.core import limits, mailer, once
from engage.core.db import end_read
from engage.notices import actions as notices
from engage.notices import queries as inbox
from engage.notices.rules import OUTSIDE, MailState
from engage.people import actions, codes, contact, guessing, kept, past, reopening

AT_ONCE = 50
SIGN_INS_LAST = timedelta(hours=12)


def deliver_notices(now: datetime) -> None:
    """One neutral mail to each person with news, where that is wished and safe."""
    notices.drop_late(now)
    if not mailer.is_there():
        notices.keep_inside()
        return
    for person_id in inbox.people_with_due_mail(now, AT_ONCE):
        _tell(person_id, now)


def _tell(person_id: int, now: datetime) -> None:
    ids = notices.take(person_id, now=now)
    if not ids:
        return
    # Read after the claim: a wish changed a second ago wins over mail of an hour ago.
    where = contact.letterbox(person_id, now)
    end_read()
    if where is None:
        notices.settle(ids, MailState.NONE)
        return
    if where.from_at > now:
        notices.hold(ids, where.from_at)
        return
    try:
        mailer.send(where.address, OUTSIDE, where.language)
    except mailer.NotSent as error:
        if error.is_final:
            notices.settle(ids, MailState.DROPPED)
        else:
            notices.try_again(ids, now=now)
    else:
        notices.settle(ids, MailState.SENT)


def rebuild_directory(now: datetime) -> None:
    """Weekly, at one time for all: the lists of names follow what was chosen."""
    actions.rebuild_directory()


def tidy(now: datetime) -> None:
    """Delete what was only to be kept for hours or days."""
    once.forget_old(now)
    kept.forget_old(now)
    codes.forget_expired(now)
    actions.forget_sign_ins(now - SIGN_INS_LAST)
    notices.forget_mail(now)
    notices.forget_old(now)
    limits.forget_ended(now)
    guessing.forget_old(now)
    past.forget_old(now)
    reopening.forget_old(now)
