"""What may be somebody else's doing is told each time, inside and outside."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from engage.core.db import db
from engage.notices import actions as notices
from engage.notices.models import Notice
from engage.notices.rules import MailState
from engage.people import papers
from engage.people.factor_rules import PaperKind
from tests import make

LATER = timedelta(days=3)


def test_an_older_notice_left_unread_does_not_silence_a_newer_one(
    app: Flask, july: datetime
) -> None:
    person = make.consultant()
    papers.print_anew(PaperKind.SIGN_IN, by=person, now=july)
    notices.settle(notices.take(person.id, now=july), MailState.SENT)
    papers.print_anew(PaperKind.HELPER, by=person, now=july + LATER)
    assert len(notices.take(person.id, now=july + LATER)) == 1
    told = db.session.scalars(sa.select(Notice)).all()
    assert [(each.kind, each.created_at) for each in told] == [
        ("factors", july + LATER)
    ]


def test_one_that_is_about_another_thing_stays(app: Flask, july: datetime) -> None:
    person = make.consultant()
    for uid in ("a", "b", "a"):
        notices.queue_anew(person.id, "new_place", now=july, uid=uid)
    told = db.session.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert [each.values["uid"] for each in told] == ["b", "a"]
