import pytest

from engage.core.errors import NotFound, Refused
from engage.funding import actions as funding
from engage.opportunities import actions, queries
from engage.opportunities.rules import (
    OpportunityStatus,
    PayKind,
)
from engage.opportunities.wording import SkipReason
from tests import make
from tests.opportunities.drafting import (
    BASICS,
    DAY,
    LAWYER,
    SEAT_CENTS,
    change,
    fresh,
    seats_of,
    set_aside,
    verbs,
)

pytestmark = pytest.mark.usefixtures("app")


def test_a_first_draft_begins_with_the_given_words_and_the_activitys_time(
    place, author, july
):
    words = {"if_we_cancel": "We pay the session."}

    draft = actions.create(place, **BASICS, texts=words, by=author, now=july)

    assert draft.status is OpportunityStatus.DRAFT
    assert draft.seats_wanted == 2
    assert draft.if_we_cancel == "We pay the session."
    assert draft.preparation_minutes == 60
    assert verbs() == ["create"]


def test_the_next_draft_begins_with_the_words_of_the_last_post(
    place, author, line, july
):
    make.opportunity(place, line=line, support_person="Alex, at the door.")

    draft = actions.create(
        place, **BASICS, texts={"access": "other"}, by=author, now=july
    )

    assert draft.support_person == "Alex, at the door."
    assert draft.access == "Captions."
    assert draft.what_is_asked == ""
    assert draft.funding_line_id == line.id


def test_a_line_that_closed_meanwhile_is_not_taken_over(place, author, line, july):
    make.opportunity(place, line=line)
    funding.close(line.id, by=make.finance(place), now=july)

    draft = actions.create(place, **BASICS, by=author, now=july)

    assert draft.funding_line_id is None


def test_a_draft_may_be_saved_half_done_with_its_sessions_and_seats(
    place, author, july
):
    draft = actions.create(place, **BASICS, by=author, now=july)

    change(
        draft,
        author,
        july,
        sessions=[(july + 9 * DAY, 60), (july + 8 * DAY, 90)],
        seats=[LAWYER],
        pay_kind=PayKind.HONORARIUM,
        rate_cents=None,
    )

    row = queries.by_id(draft.id)
    assert queries.sessions(row) == [(july + 8 * DAY, 90), (july + 9 * DAY, 60)]
    assert [seat.label for seat in row.planned_seats] == ["Harbor Legal Aid"]
    change(draft, author, july, sessions=[])
    assert queries.by_id(draft.id).planned_seats == []


def test_a_draft_that_somebody_else_changed_is_refused_once(draft, author, july):
    change(draft, author, july, title="Theirs")

    with pytest.raises(Refused, match="Somebody else"):
        actions.edit(
            draft.id, version=1, sessions=[], seats=[], by=author, now=july, title="Own"
        )

    assert fresh(draft).title == "Theirs"


def test_a_foreign_line_or_panel_is_refused(draft, author, july):
    foreign = make.funding_line(make.organization())
    board = make.panel(make.organization())

    with pytest.raises(Refused):
        change(draft, author, july, funding_line_id=foreign.id)
    with pytest.raises(NotFound):
        change(draft, author, july, panel_id=board.id)


def test_sessions_are_added_and_taken_away_one_by_one(draft, author, july):
    new = actions.add_session(
        draft.id, starts_at=july + 30 * DAY, minutes=60, by=author, now=july
    )
    assert len(queries.by_id(draft.id).sessions) == 3

    actions.remove_session(draft.id, new.uid, by=author, now=july)

    assert len(queries.by_id(draft.id).sessions) == 2
    with pytest.raises(NotFound):
        actions.remove_session(draft.id, new.uid, by=author, now=july)


def test_what_was_posted_is_never_changed(draft, author, july, post):
    post(draft)

    for attempt in (
        lambda: change(draft, author, july, title="Other"),
        lambda: actions.make_two(draft.id, by=author, now=july),
        lambda: post(draft),
    ):
        with pytest.raises(Refused):
            attempt()

    assert set_aside(fresh(draft)) == 2 * SEAT_CENTS


def test_one_press_makes_it_two_seats(draft, author, july, post):
    change(draft, author, july, seats_wanted=1)

    actions.make_two(draft.id, by=author, now=july)
    post(draft)

    assert len(seats_of(fresh(draft))) == 2


def test_a_quoted_word_may_stay(draft, author, july, post):
    change(draft, author, july, what_is_asked="Comment on the word prostitute.")

    actions.keep_word(
        draft.id,
        field="what_is_asked",
        found="prostitute",
        reason=SkipReason.QUOTATION,
        by=author,
        now=july,
    )
    post(draft)

    assert fresh(draft).status is OpportunityStatus.POSTED


def test_asking_for_less_pay_cannot_be_kept(draft, author, july, post):
    change(draft, author, july, what_is_asked="Please donate your fee to us.")

    actions.keep_word(
        draft.id,
        field="what_is_asked",
        found="donate your fee",
        reason=SkipReason.QUOTATION,
        by=author,
        now=july,
    )

    with pytest.raises(Refused, match="marked words"):
        post(draft)


def test_a_copy_is_a_new_draft_without_days(draft, author, july, post):
    change(draft, author, july, seats=[LAWYER])
    post(draft)

    copy = actions.copy(draft.id, by=author, now=july)

    row = queries.by_id(copy.id)
    assert row.status is OpportunityStatus.DRAFT
    assert row.what_is_asked == draft.what_is_asked
    assert row.sessions == []
    assert [seat.label for seat in row.planned_seats] == ["Harbor Legal Aid"]
    assert (row.reply_by, row.panel_id, row.posted_at) == (None, None, None)
