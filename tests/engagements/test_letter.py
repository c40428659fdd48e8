"""The offer letter: page, PDF and file of the terms."""

import hashlib
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from engage.audit.models import AuditEntry
from engage.core import paper
from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.core.paper_signs import SHOWN, plain
from engage.engagements import (
    changed,
    letter_words,
    letters,
    queries,
    rules,
    terms,
)
from engage.engagements.letter_pay import pay_lines
from engage.engagements.models import Engagement, TermsVersion
from engage.funding.rules import PayKind, Terms, seat_cents
from engage.offers import actions as offers
from engage.organizations.models import Organization
from engage.people.models import Person
from tests import make, scenes
from tests.clients import Browser

SignIn = Callable[[Person], Browser]
DAY = timedelta(days=1)
HOSTILE = (
    '#set page(fill: red) #panic("no") \\ \\u{41} *b* _i_ $x$ `raw` <tag> @ref '
    "// = ] [ { } \x07\x1b\u202e\u2066 \u05e9\u05dc\u05d5\u05dd "
    "\u0645\u0631\u062d\u0628\u0627 \U0001f600 \u4e2d\ufe0f"
)


def agreed(now: datetime, **values: Any) -> tuple[Engagement, Person]:
    post = scenes.posted(make.organization(), **values)
    who = scenes.consultants(1)[0]
    offer = make.offer(post, who)
    done = offers.accept(offer.id, counted=False, raised=False, by=who, now=now)
    return done, who


def words_of(made: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(made).pages)


def read(made: bytes) -> Any:
    """The PDF; what reads it comes with the development tools."""
    return pytest.importorskip("pypdf").PdfReader(io.BytesIO(made))


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_page_and_pdf_have_every_line_the_pay_and_the_hash(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    browser = sign_in(who)
    page = browser.get(f"/plans/{engagement.uid}/letter?show=1").text
    answer = browser.get(f"/plans/{engagement.uid}/letter.pdf")
    assert answer.mimetype == "application/pdf"
    assert "letter.pdf" in answer.headers["Content-Disposition"]
    text = squeezed(words_of(answer.data))
    card = [make.CARD[name] for name in make.CARD if isinstance(make.CARD[name], str)]
    for words in [*card, engagement.terms_hash, "$262.50", "$75.00 an hour", "Version"]:
        assert words in page
        assert squeezed(words) in text
    assert rules.terms_hash(engagement.terms) == engagement.terms_hash


def test_the_pdf_is_tagged_named_and_in_the_readers_language(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    for language in ("en", "es"):
        who.language = language
        make.save(who)
        made = sign_in(who).get(f"/plans/{engagement.uid}/letter.pdf").data
        catalog: Any = read(made).trailer["/Root"]
        assert catalog["/MarkInfo"]["/Marked"]
        assert catalog["/Lang"] == f"{language}-US"
        assert "/StructTreeRoot" in catalog
        assert read(made).metadata.title
        assert b"pdfuaid:part" in made


def test_the_same_letter_is_the_same_file(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    path = f"/plans/{engagement.uid}/letter.pdf"
    browser = sign_in(who)
    assert browser.get(path).data == browser.get(path).data


def test_the_file_of_the_terms_gives_the_hash(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    answer = sign_in(who).get(f"/plans/{engagement.uid}/letter.json")
    assert hashlib.sha256(answer.data).hexdigest() == engagement.terms_hash
    assert json.loads(answer.data) == engagement.terms


def test_what_somebody_wrote_is_never_markup(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    long = (HOSTILE + " " + "x" * 2000)[:2000]
    engagement, who = agreed(july, what_is_asked=long, title=HOSTILE[:120])
    answer = sign_in(who).get(f"/plans/{engagement.uid}/letter.pdf")
    text = words_of(answer.data)
    for words in ("#set page(fill: red)", '#panic("no")', "\\u{41}", "`raw`", "<tag>"):
        assert squeezed(words) in squeezed(text)
    assert "[grinning face]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_coordinator_reads_it_once_it_is_shown_and_is_seen(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    place = db.session.get_one(Organization, engagement.organization_id)
    boss = make.coordinator(place)
    browser = sign_in(boss)
    paths = [f"/agreed/{engagement.uid}/letter{end}" for end in ("", ".pdf", ".json")]
    engagement.shown_from = july + DAY
    make.save(engagement)
    assert [browser.get(path).status_code for path in paths] == [404] * 3
    engagement.shown_from = None
    make.save(engagement)
    before = looks(who)
    answers = [browser.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert looks(who) == before + 1  # the same look, kept once
    assert engagement.terms_hash in answers[0].get_data(as_text=True)
    assert squeezed(engagement.terms_hash) in squeezed(words_of(answers[1].data))


def looks(who: Person) -> int:
    entries = sa.select(AuditEntry).where(AuditEntry.subject == who.subject)
    return len(db.session.scalars(entries).all())


def test_nobody_else_reads_it(app: Flask, sign_in: SignIn, july: datetime) -> None:
    engagement, who = agreed(july)
    other = make.consultant()
    stranger = make.coordinator(make.organization())
    assert sign_in(other).get(f"/plans/{engagement.uid}/letter").status_code == 404
    for end in ("", ".pdf", ".json"):
        path = f"/agreed/{engagement.uid}/letter{end}"
        assert sign_in(stranger).get(path).status_code == 404
        assert sign_in(who).get(path).status_code == 404


def test_every_version_stays_readable(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    first = engagement.terms_hash
    later = {**engagement.terms, "place": "By telephone."}
    with transaction() as session:
        engagement.terms, engagement.terms_hash = later, rules.terms_hash(later)
        session.add(
            TermsVersion(
                engagement_id=engagement.id,
                version=2,
                terms=later,
                terms_hash=engagement.terms_hash,
                agreed_at=july + DAY,
            )
        )
    browser, path = sign_in(who), f"/plans/{engagement.uid}/letter"
    latest = browser.get(path).get_data(as_text=True)
    old = browser.get(path + "?version=1").get_data(as_text=True)
    assert engagement.terms_hash in latest
    assert "By telephone." in latest
    assert first in old
    assert "A later version holds now." in old
    for wrong in ("0", "3", "x", "-1", "١", "99999"):
        assert browser.get(f"{path}?version={wrong}").status_code == 404


def test_terms_that_were_tampered_with_are_named(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    engagement, who = agreed(july)
    with transaction() as session:
        for row in session.scalars(sa.select(TermsVersion)):
            row.terms = {**row.terms, "place": "Elsewhere."}
    page = sign_in(who).get(f"/plans/{engagement.uid}/letter?show=1").text
    assert "These terms are not the ones that were agreed." in page


def test_a_stuck_letter_is_given_up_in_words() -> None:
    with pytest.raises(Refused, match="too long"):
        paper.pdf(WORDS, seconds=0.001)


WORDS: dict[str, Any] = {
    "language": "en",
    "title": "Letter",
    "heading": "A",
    "lead": "B",
    "footer": "C",
    "sections": [],
}


def test_every_sign_that_is_let_through_can_be_set() -> None:
    signs = [chr(each) for first, last in SHOWN for each in range(first, last + 1)]
    made = paper.pdf({**WORDS, "lead": " ".join(signs)})
    assert made.startswith(b"%PDF")


@given(st.text(max_size=200))
def test_plain_text_holds_only_what_can_be_set(text: str) -> None:
    made = plain(text)
    assert all(sign == "\n" or plain(sign) == sign for sign in made)
    assert plain(made) == made


MINUTES = st.integers(0, 300)


@given(
    pay=st.sampled_from(PayKind),
    rate=st.integers(1, 500_00),
    sessions=st.lists(
        st.tuples(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(15, 720)),
        min_size=1,
        max_size=8,
    ),
    beside=st.tuples(MINUTES, MINUTES, MINUTES),
    pays=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_the_lines_of_the_pay_add_up_to_the_cent(
    pay: PayKind, rate: int, sessions: Any, beside: Any, pays: Any
) -> None:
    terms = Terms(
        pay=pay,
        rate_cents=rate,
        sessions=tuple(sessions),
        preparation_minutes=beside[0],
        travel_minutes=beside[1],
        debrief_minutes=beside[2],
        pays_preparation=pays[0],
        pays_travel=pays[1],
        pays_debrief=pays[2],
    )
    assert sum(line.cents for line in pay_lines(terms)) == seat_cents(terms)


def test_a_moved_session_has_its_own_letter_that_adds_up(
    app: Flask, sign_in: SignIn, july: datetime
) -> None:
    """Also where another session was taken off before: its money is named."""
    engagement, who = agreed(july)
    whole = queries.whole(engagement.id)
    first, second = [each.starts_at for each in whole.sessions]
    with transaction() as session:
        whole.sessions.remove(whole.sessions[0])
        session.flush()
        later = changed.moved(whole, second, second + 7 * DAY)
        whole.sessions[0].starts_at = second + 7 * DAY
        whole.terms, whole.terms_hash = later, rules.terms_hash(later)
        session.add(terms.version_of(whole, 2, july + DAY))
    with app.test_request_context():
        words = letter_words.content(letters.letter_of(whole), "Juniper")
    sessions, pay = words["sections"][1]["rows"], words["sections"][2]["rows"]
    assert [row[-1] for row in sessions] == ["called off before", sessions[1][-1]]
    assert "2026" in sessions[1][-1]
    assert pay[-2][0] == "Called off before this version"
    amounts = [Decimal(row[-1].replace("$", "").replace(",", "")) for row in pay]
    assert sum(amounts[:-1]) == amounts[-1]
    browser = sign_in(who)
    assert browser.get(f"/plans/{engagement.uid}/letter.pdf").status_code == 200
    assert first != second
