import json
from datetime import timedelta

import pytest

from engage.core.db import db
from engage.core.errors import NotFound
from engage.opportunities import actions, checks, queries
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import CARD, OpportunityStatus, PayKind
from engage.panels.rules import SeatRole, VoiceState
from tests import make
from tests.opportunities.drafting import DAY, LAWYER, SEAT_CENTS, change

pytestmark = pytest.mark.usefixtures("app")


def of(draft, author, now):
    return checks.of(queries.by_id(draft.id), author_id=author.id, now=now)


def test_a_post_is_found_only_from_its_own_organization(draft, place):
    assert queries.one(draft.uid, [place.id]).id == draft.id
    for places in ([], [make.organization().id]):
        with pytest.raises(NotFound):
            queries.one(draft.uid, places)
    with pytest.raises(NotFound):
        queries.one("nothing", [place.id])


def test_the_card_has_every_line_and_only_plain_values(draft, place):
    card = queries.card(queries.by_id(draft.id))

    assert {field for field, _ in CARD} <= set(card)
    assert json.loads(json.dumps(card)) == card
    assert card["organization"] == place.name
    assert card["seat_cents"] == SEAT_CENTS


def test_the_card_is_the_same_from_a_row_that_was_only_locked(draft):
    whole = queries.card(queries.by_id(draft.id))
    db.session.expunge_all()

    bare = queries.card(db.session.get_one(Opportunity, draft.id))

    assert bare == whole
    assert list(bare) == list(whole)


def test_the_promised_day_counts_from_the_last_session(draft):
    card = queries.card(queries.by_id(draft.id))

    # The last session is on Wednesday, August 12.
    assert card["pay_by"] == "2026-08-26"


def test_session_days_are_days_where_the_work_is(place, line, july):
    late = july.replace(hour=3) + 20 * DAY  # 11 at night in New York
    post = make.opportunity(place, line=line, sessions=((late, 60),))

    terms = queries.terms(queries.by_id(post.id))

    assert terms.session_days == (late.date() - DAY,)
    assert terms.seats == 2


def test_an_empty_draft_has_a_card_without_sums(place, author, july):
    draft = make.save(
        Opportunity(
            organization_id=place.id,
            kind="training",
            activity="meeting",
            stage="development",
            title="Half done",
            created_at=july,
        )
    )

    found = of(draft, author, july)

    assert found.card["pay_by"] is None
    assert found.card["seat_cents"] is None
    assert {"sessions", "rate_cents", "funding_line", "reply_by"} <= {
        field for field, _ in found.missing
    }
    assert not found.may_post
    assert found.refusals == []


def test_a_whole_draft_may_be_posted(draft, author, july):
    found = of(draft, author, july)

    assert found.may_post
    assert not found.asks_to_read
    assert found.needed_cents == 2 * SEAT_CENTS
    assert found.hourly_cents == 75_00


def test_every_refusal_is_named_at_once(place, draft, author, july):
    tight = make.funding_line(
        place,
        cap_hourly_cents=60_00,
        cap_daily_cents=50_00,
        ends_on=july.date() + DAY,
        balance_cents=100_00,
    )
    change(
        draft,
        author,
        july,
        funding_line_id=tight.id,
        reply_by=july + timedelta(hours=47),
    )

    found = of(draft, author, july)

    fields = [each.field for each in found.refusals]
    assert fields == [
        "reply_by",
        "funding_line",
        "rate_cents",
        "sessions",
        "funding_line",
    ]


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"seats_wanted": 1}, VoiceState.SOLE),
        ({"seats_wanted": 2}, VoiceState.MET),
        ({"seat_role": SeatRole.INTERPRETER}, VoiceState.NOT_KNOWN),
    ],
)
def test_the_best_voice_is_known_before_posting(draft, author, july, columns, state):
    change(draft, author, july, seats=[LAWYER], **columns)

    assert of(draft, author, july).voice is state


def test_fewer_seats_than_the_organization_asks_for_is_low(author, line, july):
    place = make.organization(minimum_voices=3)
    draft = make.opportunity(place, line=line, status=OpportunityStatus.DRAFT)

    assert of(draft, author, july).voice is VoiceState.LOW


def test_seats_that_a_board_has_already_count(place, draft, author, july):
    board = make.panel(place, is_standing=True)
    make.seat(board, make.consultant())
    change(draft, author, july, panel_id=board.id, seats_wanted=1)

    found = of(draft, author, july)

    assert found.voice is VoiceState.MET
    assert found.survivor_seats == 2


@pytest.mark.parametrize(
    ("seat", "gaps"),
    [
        (LAWYER, 1),
        ({**LAWYER, "hourly_cents": 75_00}, 0),
        ({**LAWYER, "is_salaried_elsewhere": True}, 0),
        ({**LAWYER, "role": SeatRole.CHAIR}, 0),
        ({**LAWYER, "hourly_cents": None}, 0),
    ],
)
def test_less_pay_for_the_same_role_is_shown(draft, author, july, seat, gaps):
    change(draft, author, july, seats=[seat])

    assert len(of(draft, author, july).gaps) == gaps


def test_flat_pay_is_compared_by_the_hour(draft, author, july):
    # $350 for 3 h 30 min of counted time: $100 an hour.
    change(
        draft,
        author,
        july,
        seats=[LAWYER],
        pay_kind=PayKind.HONORARIUM,
        rate_cents=350_00,
    )

    found = of(draft, author, july)

    assert found.hourly_cents == 100_00
    assert found.gaps == []


def test_the_pool_is_asked_for_posts_whose_day_has_not_passed(place, line, july):
    asked = make.opportunity(place, line=line)
    for values in (
        {"asks_pool": False},
        {"status": OpportunityStatus.FILLED},
        {"reply_by": july - DAY},
    ):
        make.opportunity(place, line=line, **values)

    assert [each.id for each in queries.asking_now(july)] == [asked.id]


def test_the_pool_is_read_in_the_same_statements_however_many(
    place, line, july, request
):
    counter = request.getfixturevalue("queries")
    make.opportunity(place, line=line)
    counter.statements.clear()
    for post in queries.asking_now(july):
        queries.card(post)
    few = len(counter)
    for _ in range(3):
        make.opportunity(place, line=line)
    db.session.expunge_all()
    counter.statements.clear()

    for post in queries.asking_now(july):
        queries.card(post)

    assert len(counter) == few


def test_the_list_goes_by_state_and_then_by_day(place, line, july):
    later = make.opportunity(place, line=line, status=OpportunityStatus.DRAFT)
    dayless = make.opportunity(
        place, line=line, status=OpportunityStatus.DRAFT, sessions=()
    )
    sooner = make.opportunity(
        place,
        line=line,
        status=OpportunityStatus.DRAFT,
        sessions=((july + 5 * DAY, 60),),
    )
    posted = make.opportunity(place, line=line)
    make.opportunity(make.organization(), line=line)

    rows = db.session.execute(queries.in_places([place.id], queries.GOES_ON)).all()

    ids = [row.id for row, _ in rows]
    assert ids == [sooner.id, later.id, dayless.id, posted.id]
    assert rows[0][1] == july + 5 * DAY
    assert queries.counts([place.id])[OpportunityStatus.DRAFT] == 3


def test_the_last_post_is_the_newest_that_was_put_up(place, line, draft, july):
    assert queries.last_of(place.id) is None
    make.opportunity(place, line=line, posted_at=july - DAY)
    newest = make.opportunity(place, line=line)

    assert queries.last_of(place.id).id == newest.id


def test_boards_that_ended_are_not_offered(place, july):
    board = make.panel(place, is_standing=True)
    make.panel(place, is_standing=True, ended_on=july.date())
    make.panel(place)

    assert [each.id for each in queries.standing_panels(place.id)] == [board.id]


def test_posts_of_a_panel_are_found_newest_first(place, line, july):
    board = make.panel(place)
    posts = [make.opportunity(place, line=line, panel=board) for _ in range(2)]

    assert [each.id for each in queries.of_panel(board.id)] == [
        each.id for each in reversed(posts)
    ]


def test_training_lasts_as_long_as_its_longest_record(author, july):
    make.training(author, ends_on=july.date())

    assert queries.trained_until(author.id) > july.date()
    assert queries.trained_until(make.person(kind="staff").id) is None


def test_the_words_of_the_last_post_leave_out_what_is_new(place, line, author, july):
    make.opportunity(place, line=line)
    draft = actions.create(
        place,
        title="Next",
        kind="training",
        activity="speaking",
        stage="evaluation",
        by=author,
        now=july,
    )

    missing = {field for field, _ in of(draft, author, july).missing}

    assert missing == {
        "what_is_asked",
        "who_is_in_the_room",
        "has_law_enforcement",
        "recording",
        "sessions",
        "how_input_is_used",
        "reply_by",
    }
