"""What a stranger tried against limits, boards, new terms, letters and messages."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from engage.core import calendar
from engage.core.db import db
from engage.core.errors import Refused
from engage.engagements import actions, jobs, messages
from engage.engagements import queries as engagements
from engage.engagements.rules import EngagementStatus
from engage.offers import answering
from engage.offers import shares as asks
from engage.offers.models import NamedAsk
from engage.organizations.models import Organization
from engage.panels import board_queries, pictures, queries
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser
from tests.engagements.talking import begun
from tests.offers.changing import agreed, move
from tests.panels.test_boards import board, post_on, seat_of, yes

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SignIn = Callable[[Person], Browser]


def named(place: Organization, who: Person, now: datetime) -> None:
    """An ask by name whose day is over; what became of it is written nowhere."""
    post = make.opportunity(place, reply_by=now - 3 * DAY)
    make.save(
        NamedAsk(
            opportunity_id=post.id,
            alias_id=make.alias(who, place).id,
            reply_by=now - 3 * DAY,
            asked_at=now - 8 * DAY,
        )
    )


@pytest.mark.parametrize("by_name", [4, 5])
@pytest.mark.parametrize("reached", [1, 2, 3])
def test_the_spread_of_asks_does_not_tell_whom_the_pool_reached(
    app: Flask, july: datetime, by_name: int, reached: int
) -> None:
    """Fewer than five people whom no one named must not move the figure."""
    place = make.organization()
    people = scenes.consultants(9)
    for who in people[:by_name]:
        named(place, who, july)
    before = asks.concentration(place, july)
    post = make.opportunity(place, reply_by=july - 3 * DAY)
    for who in people[:reached]:
        make.offer(post, who)
    other = make.opportunity(place, reply_by=july - 2 * DAY)
    make.offer(other, people[8] if by_name == 4 else people[0])
    assert asks.concentration(place, july) == before


def test_the_spread_of_asks_counts_the_pool_by_fives(
    app: Flask, july: datetime
) -> None:
    place = make.organization()
    people = scenes.consultants(6)
    for days in (9, 8, 7):
        post = make.opportunity(place, reply_by=july - days * DAY)
        for who in people[:5]:
            make.offer(post, who)
    assert asks.concentration(place, july) == 50
    late = make.opportunity(place, reply_by=july - 3 * DAY)
    make.offer(late, people[5])
    assert asks.concentration(place, july) == 50


def test_more_work_in_a_seat_takes_no_name_off_the_board(
    app: Flask, july: datetime, sign_in: SignIn
) -> None:
    """A yes that is kept back must not show by a name that goes."""
    place = make.organization()
    panel = board(place, july, term_months=1)
    (who,) = scenes.consultants(1)
    make.alias(who, place, "Juniper")
    first, second = post_on(panel, place), post_on(panel, place)
    known = yes(first, who, july)
    known.shown_from = None
    make.save(known)
    seats = queries.live_seats(panel.id)
    today = july.date()
    before = board_queries.ending_soon(
        panel, seats, today, engagements.hidden_seats(panel.id, july)
    )
    browser = sign_in(make.coordinator(place))
    assert "Juniper" in browser.get(f"/groups/{panel.uid}").text

    more = yes(second, who, july)
    assert not more.is_shown(july)
    assert seat_of(more).id == seat_of(known).id
    db.session.expire_all()
    assert engagements.hidden_seats(panel.id, july) == set()
    assert "Juniper" in browser.get(f"/groups/{panel.uid}").text
    seats = queries.live_seats(panel.id)
    hidden = engagements.hidden_seats(panel.id, july)
    after = board_queries.ending_soon(panel, seats, today, hidden)
    assert [one.in_a_row for one in after] == [one.in_a_row for one in before]


def test_who_may_come_does_not_tell_that_a_hidden_yes_is_a_members(
    app: Flask, july: datetime
) -> None:
    """Somebody new, or a member's next term: the board's page counts alike."""
    counts = []
    for is_member in (True, False):
        place = make.organization()
        panel = board(place, july, term_months=1)
        member, other = scenes.consultants(2)
        known = yes(post_on(panel, place), member, july)
        known.shown_from = None
        make.save(known)
        seat = seat_of(known)
        seat.ends_on = july.date() + 2 * DAY
        make.save(seat)
        later = yes(post_on(panel, place), member if is_member else other, july)
        assert seat_of(later).id != seat.id
        seats = queries.live_seats(panel.id)
        hidden = engagements.hidden_seats(panel.id, july)
        shown = pictures.board(panel, seats, july.date(), hidden)
        assert shown is not None
        counts.append((shown.may_come, shown.missing))
    assert counts[0] == counts[1]


ZONES = ("America/New_York", "Pacific/Honolulu", "Europe/Madrid")


def test_the_day_on_which_bare_work_ends_tells_no_zone(
    app: Flask, july: datetime
) -> None:
    """The time to answer ends at the organization's midnight: the day is theirs too."""
    midnight = calendar.end_of_local_day_utc(july.date() + 5 * DAY, make.ZONE)
    ended = set()
    for zone in ZONES:
        who = make.consultant(zone=zone)
        make.limits(who)
        work = agreed(july, who, sessions=((july + 21 * DAY, 60),), seats=1)
        change = move(work, july, reply_by=midnight)
        answering.settle(change.id, now=midnight)
        db.session.refresh(work.engagement)
        assert work.engagement.status is EngagementStatus.CANCELLED
        ended.add(work.engagement.ended_on)
    assert len(ended) == 1


def test_a_thread_ends_at_one_moment_wherever_its_person_lives(
    app: Flask, july: datetime, sign_in: SignIn
) -> None:
    moment = (july + 31 * DAY).replace(hour=4)  # midnight in New York
    for zone in ZONES:
        talk = begun(july)
        talk.who.zone = zone
        make.save(talk.who)
        messages.write(talk.engagement.id, "Hello.", by=talk.who, now=july)
        talk.engagement.status = EngagementStatus.FINISHED
        talk.engagement.ended_on = july.date()
        make.save(talk.engagement)
        page = f"/agreed/{talk.engagement.uid}/messages"
        for at, is_there in ((moment - MINUTE, True), (moment, False)):
            jobs.forget_messages(at)
            with time_machine.travel(at, tick=False):
                browser = sign_in(talk.by)
                assert ("Hello." in browser.get(page).text) is is_there, zone


def test_cancelling_about_midnight_tells_no_zone(
    app: Flask, july: datetime, sign_in: SignIn
) -> None:
    late = calendar.end_of_local_day_utc(july.date(), make.ZONE) + 5 * MINUTE
    ended = set()
    for zone in ZONES:
        talk = begun(july)
        talk.who.zone = zone
        make.save(talk.who)
        actions.cancel(talk.engagement.id, now=late)
        db.session.refresh(talk.engagement)
        ended.add(talk.engagement.ended_on)
        with time_machine.travel(late, tick=False):
            page = sign_in(talk.by).get(f"/agreed/{talk.engagement.uid}").text
        assert "Cancelled" in page
        assert "Ended on" not in page
    assert len(ended) == 1


def test_no_day_is_moved_before_those_who_come_are_named(
    app: Flask, july: datetime
) -> None:
    """A filled post too: else somebody would work, and be paid, without a name."""
    work = agreed(july, seats=1)
    until = work.post.reply_by
    work.engagement.shown_from = until
    make.save(work.engagement)
    with pytest.raises(Refused, match="named after"):
        move(work, july, to=until - DAY, reply_by=july + 3 * DAY)
    move(work, july, to=until + DAY, reply_by=july + 3 * DAY)
