import re

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.opportunities import actions, queries
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from tests import make
from tests.opportunities.drafting import DAY, SEAT_CENTS, change, fresh, set_aside

pytestmark = pytest.mark.usefixtures("app")
BASICS = {
    "title": "Read the protocol",
    "kind": "consulting",
    "activity": "meeting",
    "stage": "development",
}


@pytest.fixture
def browser(author, sign_in):
    return sign_in(author)


def page_of(answer) -> str:
    return answer.get_data(as_text=True)


PROSE = (
    "title", "what_is_asked", "how_input_is_used", "place", "access", "languages",
    "interpretation", "who_is_in_the_room", "recording", "not_expected",
    "support_person", "expenses", "advances", "if_we_cancel",
)  # fmt: skip


def typed(draft, **changed):
    """What the form of a whole draft sends."""
    row = queries.by_id(draft.id)
    return {
        **{name: getattr(row, name) for name in PROSE},
        **BASICS,
        "version": str(row.version),
        "sessions-0-starts_at": "2026-09-01T14:00",
        "sessions-0-minutes": "1:30",
        "sessions-1-starts_at": "",
        "sessions-1-minutes": "",
        "preparation_minutes": "30 min",
        "travel_minutes": "0",
        "debrief_minutes": "0:15",
        "is_in_person": "yes",
        "seats_wanted": "2",
        "seat_role": "member",
        "seats-0-organization": "Harbor Legal Aid",
        "seats-0-role": "chair",
        "seats-0-hourly_cents": "90",
        "has_law_enforcement": "no",
        "story": "none",
        "funding_line": row.line.uid,
        "pay_kind": "hourly",
        "rate_cents": "81.25",
        "asks": "pool",
        "reply_by": "2026-08-20",
        **changed,
    }


def posts() -> list[Opportunity]:
    return list(db.session.scalars(sa.select(Opportunity).order_by(Opportunity.id)))


def test_a_title_and_three_choices_make_a_draft(browser):
    assert browser.get("/work/new").status_code == 200

    answer = browser.post("/work/new", data={**BASICS, "once": "same"})
    again = browser.post("/work/new", data={**BASICS, "once": "same"})

    (draft,) = posts()
    assert answer.location == again.location == f"/work/{draft.uid}/edit"
    assert "preparation you have done" in draft.if_we_cancel.lower()


def test_who_runs_work_for_two_places_says_for_which(sign_in, place, july):
    other, foreign = make.organization("Harbor"), make.organization()
    browser = sign_in(make.staff(("coordinator", place), ("coordinator", other)))

    for uid in ("", "unknown", foreign.uid):
        wrong = browser.post("/work/new", data={**BASICS, "organization": uid})
        assert wrong.status_code == 422
    browser.post("/work/new", data={**BASICS, "organization": other.uid})

    (draft,) = posts()
    assert draft.organization_id == other.id


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"title": "x" * 121}, {"kind": "x"}, {"activity": ""}],
)
def test_a_wrong_first_form_makes_nothing(browser, wrong):
    answer = browser.post("/work/new", data={**BASICS, **wrong})

    assert answer.status_code == 422
    assert posts() == []


def test_the_whole_form_is_written_down(browser, draft):
    shown = page_of(browser.get(f"/work/{draft.uid}/edit"))

    answer = browser.post(f"/work/{draft.uid}/edit", data=typed(draft))

    assert "Sam Rivera is there before and after." in shown
    assert answer.location == f"/work/{draft.uid}"
    row = queries.by_id(draft.id)
    # Two in the afternoon in New York, in summer.
    assert [(at.hour, minutes) for at, minutes in queries.sessions(row)] == [(18, 90)]
    assert row.rate_cents == 81_25
    assert row.is_in_person
    assert row.has_law_enforcement is False
    assert (row.reply_by.day, row.reply_by.hour, row.reply_by.minute) == (21, 3, 59)
    (seat,) = row.planned_seats
    assert (seat.role, seat.hourly_cents) == ("chair", 90_00)


def test_more_rows_save_first_and_come_back(browser, draft):
    answer = browser.post(f"/work/{draft.uid}/edit", data=typed(draft, then="more"))

    assert answer.location == f"/work/{draft.uid}/edit"
    page = page_of(browser.get(answer.location))
    assert 'value="2026-09-01T14:00"' in page
    assert 'name="sessions-3-starts_at"' in page


def test_a_draft_is_saved_with_only_a_title(browser, draft):
    kept = {"title", "kind", "activity", "stage", "version", "seats_wanted"}
    kept |= {"seat_role", "is_in_person", "story", "pay_kind", "asks", "seats-0-role"}
    sent = {key: value if key in kept else "" for key, value in typed(draft).items()}

    answer = browser.post(f"/work/{draft.uid}/edit", data=sent)

    assert answer.status_code == 303
    row = queries.by_id(draft.id)
    assert (row.what_is_asked, row.rate_cents, row.sessions) == ("", None, [])
    page = page_of(browser.get(answer.location))
    assert "things are left to do" in page
    assert f"/work/{draft.uid}/edit#what_is_asked" in page
    assert f"/work/{draft.uid}/edit#sessions-0-starts_at" in page


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("title", "", "Please fill this in."),
        ("what_is_asked", "x" * 2001, "at most 2000 letters"),
        ("what_is_asked", "a\x00b", "a sign that cannot be kept"),
        ("languages", "x" * 201, "at most 200 letters"),
        ("rate_cents", "-1", "Write an amount in dollars"),
        ("rate_cents", "81.255", "at most two digits"),
        ("rate_cents", "0", "above zero"),
        ("sessions-0-starts_at", "2026-02-30T10:00", "Write a day such as"),
        ("sessions-0-starts_at", "soon", "Write a day"),
        ("sessions-0-starts_at", "", "empty the whole row"),
        ("sessions-0-minutes", "", "empty the whole row"),
        ("sessions-0-minutes", "13:00", "from 15 minutes to 12 hours"),
        ("sessions-0-minutes", "0:05", "from 15 minutes to 12 hours"),
        ("preparation_minutes", "a while", "Write a length of time"),
        ("seats_wanted", "0", "from 1 to 30"),
        ("seats_wanted", "", "Please fill this in."),
        ("seats-0-hourly_cents", "x", "Write an amount in dollars"),
        ("seats-0-organization", "", "empty the whole row"),
        ("seats-0-role", "king", "choose from the list"),
        ("has_law_enforcement", "maybe", "choose from the list"),
        ("funding_line", "unknown", "choose from the list"),
        ("pay_kind", "", "choose from the list"),
        ("reply_by", "2026-13-01", "Write a day such as"),
    ],
)
def test_wrong_input_gets_a_sentence_and_loses_nothing(
    browser, draft, field, wrong, words
):
    before = queries.by_id(draft.id).version

    answer = browser.post(
        f"/work/{draft.uid}/edit",
        data=typed(draft, support_person="Only just typed", **{field: wrong}),
    )

    page = page_of(answer)
    assert answer.status_code == 422
    assert words in page
    if field != "support_person":
        assert "Only just typed" in page
    assert fresh(draft).version == before


def test_a_foreign_line_reads_like_an_unknown_one(browser, draft):
    foreign = make.funding_line(make.organization())

    answer = browser.post(
        f"/work/{draft.uid}/edit", data=typed(draft, funding_line=foreign.uid)
    )

    assert answer.status_code == 422
    assert "choose from the list" in page_of(answer)


def test_a_board_may_be_chosen_where_there_is_one(browser, place, draft):
    board = make.panel(place, is_standing=True)

    browser.post(f"/work/{draft.uid}/edit", data=typed(draft, panel=board.uid))

    assert fresh(draft).panel_id == board.id


def test_what_a_second_tab_wrote_is_not_lost_in_silence(browser, draft, author, july):
    mine = typed(draft, support_person="Mine")
    change(draft, author, july, support_person="Theirs")

    refused = browser.post(f"/work/{draft.uid}/edit", data=mine)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page_of(refused))
    kept = browser.post(f"/work/{draft.uid}/edit", data={**mine, "version": version[1]})

    assert refused.status_code == 422
    assert "Mine" in page_of(refused)
    assert kept.status_code == 303
    assert fresh(draft).support_person == "Mine"


def test_a_wrong_line_does_not_hide_that_somebody_else_wrote(
    browser, draft, author, july
):
    mine = typed(draft, support_person="Mine")
    change(draft, author, july, support_person="Theirs")

    wrong = browser.post(f"/work/{draft.uid}/edit", data={**mine, "rate_cents": "x"})
    version = re.search(r'name="version"[^>]*value="(\d+)"', page_of(wrong))

    assert version[1] == mine["version"]


def test_the_draft_page_says_what_is_wrong_and_what_is_set_aside(
    browser, draft, author, july
):
    change(
        draft,
        author,
        july,
        what_is_asked="A prostitute was here. You must attend.",
        seats_wanted=1,
        if_we_cancel="",
    )

    page = page_of(browser.get(f"/work/{draft.uid}"))

    assert "2 things are left to do" in page
    assert "<q>prostitute</q>" in page
    assert "<q>must attend</q>" in page
    assert "would have only one survivor voice" in page
    assert "$262.50" in page
    assert "Post this work" not in page


def test_a_word_is_kept_and_two_seats_are_made_by_a_press(browser, draft, author, july):
    change(
        draft,
        author,
        july,
        what_is_asked="Comment on the word prostitute.",
        seats_wanted=1,
    )
    word = {"field": "what_is_asked", "found": "prostitute", "reason": "quotation"}

    wrong = browser.post(f"/work/{draft.uid}/keep", data={**word, "reason": "mood"})
    browser.post(f"/work/{draft.uid}/keep", data=word)
    browser.post(f"/work/{draft.uid}/two")

    assert wrong.status_code == 422
    page = page_of(browser.get(f"/work/{draft.uid}"))
    assert "This draft is complete." in page
    assert fresh(draft).seats_wanted == 2


def test_posting_from_the_page(browser, draft, july):
    answer = browser.post(f"/work/{draft.uid}/post", data={"once": "same"})
    again = browser.post(f"/work/{draft.uid}/post", data={"once": "same"})
    later = browser.post(f"/work/{draft.uid}/post")

    assert answer.location == again.location == f"/work/{draft.uid}"
    assert later.status_code == 422
    row = fresh(draft)
    assert row.status is OpportunityStatus.POSTED
    assert set_aside(row) == 2 * SEAT_CENTS
    page = page_of(browser.get(f"/work/{draft.uid}"))
    assert "People are being asked." in page
    assert "Sam Rivera is there before and after." in page


def test_posting_asks_to_read_the_warnings(browser, draft, author, july):
    change(draft, author, july, seats_wanted=1)

    refused = browser.post(f"/work/{draft.uid}/post")
    posted = browser.post(f"/work/{draft.uid}/post", data={"warnings_seen": "y"})

    assert refused.status_code == 422
    assert "then tick that you have" in page_of(refused)
    assert posted.status_code == 303


def test_a_posted_card_is_not_edited(browser, draft, author, july):
    sent = typed(draft, title="Changed")
    actions.post(draft.id, warnings_seen=False, by=author, now=july)

    assert browser.get(f"/work/{draft.uid}/edit").status_code == 303
    answer = browser.post(f"/work/{draft.uid}/edit", data=sent)

    assert answer.status_code == 422
    assert "no longer a draft" in page_of(answer)
    assert fresh(draft).title != "Changed"


def test_cancelling_and_using_it_again(browser, draft, author, july):
    actions.post(draft.id, warnings_seen=False, by=author, now=july)

    browser.post(f"/work/{draft.uid}/cancel")
    page = page_of(browser.get(f"/work/{draft.uid}"))
    copied = browser.post(f"/work/{draft.uid}/copy")

    assert "This was cancelled." in page
    assert browser.post(f"/work/{draft.uid}/cancel").status_code == 422
    assert copied.location == f"/work/{posts()[-1].uid}/edit"
    assert browser.get(copied.location).status_code == 200


def test_asking_again_from_the_page(browser, draft, author, july):
    actions.post(draft.id, warnings_seen=False, by=author, now=july)
    url = f"/work/{draft.uid}/ask-again"
    day = (draft.reply_by + DAY).date().isoformat()
    shown = page_of(browser.get(url))

    for wrong in ({"seats": "x"}, {"seats": "30"}, {"reply_by": "never"}):
        answer = browser.post(url, data={"seats": "1", "reply_by": day, **wrong})
        assert answer.status_code == 422
    past = browser.post(url, data={"seats": "1", "reply_by": "2026-07-15"})
    done = browser.post(url, data={"seats": "1", "reply_by": day})

    assert "$262.50" in shown
    assert past.status_code == 422
    assert done.status_code == 303
    assert fresh(draft).seats_wanted == 3
