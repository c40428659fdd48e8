"""Two posts for the last money of a line: the lock on the line lets one through."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask

from engage.core import clock
from engage.core.db import db
from engage.core.errors import Refused
from engage.funding import actions as funding
from engage.funding import queries as lines
from engage.funding.models import FundingLine
from engage.opportunities import actions, held
from engage.opportunities.rules import OpportunityStatus
from engage.people.models import Person
from tests import make

ROUNDS = 30


def two_drafts_for_the_last_money() -> tuple[list[int], int, int]:
    """Each costs $150 and $200 is there: the drafts, their author, the line."""
    place = make.organization()
    line = make.funding_line(place, balance_cents=200_00)
    start = clock.now().replace(microsecond=0) + timedelta(days=21)
    drafts = [
        make.opportunity(
            place,
            line=line,
            status=OpportunityStatus.DRAFT,
            posted_at=None,
            sessions=((start, 60),),
            preparation_minutes=0,
            debrief_minutes=0,
        )
        for _ in range(2)
    ]
    return [each.id for each in drafts], make.coordinator(place).id, line.id


def post_at_once(app: Flask, drafts: list[int], author_id: int) -> list[str]:
    barrier, ends = Barrier(len(drafts)), ["" for _ in drafts]

    def run(place: int, draft_id: int) -> None:
        with app.app_context():
            author = db.session.get_one(Person, author_id)
            db.session.commit()
            barrier.wait()
            try:
                actions.post(draft_id, warnings_seen=False, by=author, now=clock.now())
                ends[place] = "posted"
            except Refused:
                ends[place] = "refused"
            except Exception as error:  # noqa: BLE001 - it is what is looked for
                ends[place] = repr(error)

    threads = [Thread(target=run, args=one) for one in enumerate(drafts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def oversold(app: Flask, rounds: int) -> int:
    """In how many rounds more was set aside than there was."""
    broken = 0
    for _ in range(rounds):
        with app.app_context():
            drafts, author_id, line_id = two_drafts_for_the_last_money()
        ends = post_at_once(app, drafts, author_id)
        with app.app_context():
            left = lines.left_cents(line_id)
        if left < 0:
            broken += 1
        else:
            assert ends == ["posted", "refused"], ends
    return broken


def test_two_posts_for_the_last_money_of_a_line_make_one(fresh_app: Flask) -> None:
    assert oversold(fresh_app, ROUNDS) == 0


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_without_the_lock_the_line_is_oversold(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = held.lock_one

    def only_read(model: type, row_id: int) -> object:
        if model is FundingLine:
            return db.session.get_one(model, row_id)
        return locked(model, row_id)

    for module in (held, funding):
        monkeypatch.setattr(module, "lock_one", only_read)
    assert oversold(fresh_app, 20) > 0
