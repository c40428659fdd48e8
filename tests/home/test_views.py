"""First pages: what waits for whom, in a fixed number of statements."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import jobs
from engage.core.db import transaction
from engage.engagements.models import Engagement
from engage.home import pages
from engage.home.views import LEADS_TO
from engage.ledger.models import Payable, Payee
from engage.ledger.rules import PayableKind, PayableStatus
from engage.notices import actions as notices
from engage.notices.rules import SENTENCES
from engage.opportunities.rules import OpportunityStatus
from engage.organizations.models import Organization
from engage.panels.models import VoiceFlag
from engage.panels.rules import VoiceState
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.models import Person, TrainingRecord
from engage.people.rules import PersonStatus
from engage.workload.models import WorkMinutes
from engage.workload.rules import Activity
from tests import make
from tests.clients import Browser
from tests.conftest import Counter, new_browser

pytestmark = pytest.mark.usefixtures("july")
SignInAs = Callable[..., Browser]
DAY = timedelta(days=1)


@pytest.fixture
def place(app: Flask) -> Organization:
    return make.organization("Harbor County")


@pytest.fixture
def person(app: Flask) -> Person:
    return make.consultant()


def agreed(person: Person, place: Organization, *starts: datetime) -> Engagement:
    post = make.opportunity(place, title="Review of a protocol")
    sessions = tuple((start, 90) for start in starts)
    return make.engagement(post, person, sessions=sessions)


def payable(person: Person, place: Organization, **values: Any) -> Payable:
    payee = make.save(
        Payee(person_id=person.id, payer_id=place.id, handle=person.uid[:12])
    )
    fields = {
        "kind": PayableKind.HOURS,
        "source": f"hours:{payee.uid}",
        "payee_id": payee.id,
        "payer_id": place.id,
        "organization_id": place.id,
        "funding_line_id": 1,
        "cents": 123_45,
        "worked_on": date(2026, 7, 1),
        "due_on": date(2026, 7, 20),
    }
    return make.save(Payable(**{**fields, **values}))


def batch(payer: Organization, by: Person, *states: PayoutStatus) -> PayoutBatch:
    row = make.save(
        PayoutBatch(
            payer_id=payer.id,
            prepared_by_id=by.id,
            prepared_at=datetime.fromisoformat("2026-07-15T12:00Z"),
        )
    )
    for number, state in enumerate(states):
        owed = payable(make.consultant(), payer)
        make.save(
            Payout(
                batch_id=row.id,
                payee_id=owed.payee_id,
                rail=RailName.DEMO,
                cents=100 + number,
                status=state,
                remote_id=f"remote-{owed.uid}",
            )
        )
    return row


class TestConsultant:
    def test_an_empty_week_says_what_will_be_here_and_what_to_do_first(
        self, person: Person, sign_in: SignInAs
    ) -> None:
        page = sign_in(person).get("/").text
        assert "Nothing is agreed for this week." in page
        assert "Look at my limits" in page
        assert "$" not in page

    def test_this_week_and_what_comes_next(
        self, person: Person, place: Organization, july: datetime, sign_in: SignInAs
    ) -> None:
        agreed(person, place, july - DAY, july + DAY, july + 7 * DAY)
        agreed(make.consultant(), place, july + 2 * DAY)

        page = sign_in(person).get("/").text

        assert "2 sessions are agreed this week, 3 h in all." in page
        this_week, _, later = page.partition("What comes next")
        assert "Tuesday, July 14" in this_week
        assert "Thursday, July 16" in this_week
        assert "Wednesday, July 22" in later
        assert "July 17" not in page

    def test_names_and_amounts_come_behind_one_press(
        self, person: Person, place: Organization, july: datetime, sign_in: SignInAs
    ) -> None:
        agreed(person, place, july + DAY)
        payable(person, place)
        browser = sign_in(person)

        closed, opened = browser.get("/").text, browser.get("/?show=1").text

        for word in ("Harbor County", "Review of a protocol", "$123.45"):
            assert word not in closed
            assert word in opened
        assert "Monday, July 20" in opened

    def test_room_counts_agreed_work_against_the_own_limits(
        self, person: Person, july: datetime, sign_in: SignInAs
    ) -> None:
        make.limits(person, week_minutes=480, month_minutes=None)
        make.save(
            WorkMinutes(
                person_id=person.id,
                day=july.date(),
                minutes=90,
                activity=Activity.SESSION,
                source="engagement:x",
                group="engagement:x",
            )
        )
        page = sign_in(person).get("/").text
        assert "6 h 30 min left of 8 h" in page
        assert "1 h 30 min, no limit" in page

    def test_requests_that_can_be_answered_are_counted(
        self, person: Person, place: Organization, july: datetime, sign_in: SignInAs
    ) -> None:
        for _ in range(2):
            make.offer(make.opportunity(place), person)
        make.offer(make.opportunity(place), person, reply_by=july - DAY)
        cancelled = make.opportunity(place, status=OpportunityStatus.CANCELLED)
        make.offer(cancelled, person)

        assert "Look at 2 requests" in sign_in(person).get("/").text

    def test_at_most_eight_statements_whatever_there_is(
        self,
        person: Person,
        place: Organization,
        july: datetime,
        sign_in: SignInAs,
        queries: Counter,
    ) -> None:
        for number in range(6):
            agreed(person, place, july + number * DAY)
            make.offer(make.opportunity(place), person)
            tell(person, july, "offer")
        payable(person, place)
        browser = sign_in(person)
        queries.statements.clear()

        browser.get("/?show=1")

        assert len(queries) <= 8, queries.statements


def tell(person: Person, now: datetime, *kinds: str) -> None:
    with transaction():
        for kind in kinds:
            notices.queue(person.id, kind, now=now, uid=person.uid)


class TestNews:
    def test_every_kind_has_a_place_to_lead_to(self, app: Flask) -> None:
        assert set(LEADS_TO) == set(SENTENCES)
        ends = {end for pair in LEADS_TO.values() for end in pair if end}
        assert ends <= set(app.view_functions)

    def test_news_is_folded_away_and_put_away_by_its_owner(
        self, person: Person, july: datetime, sign_in: SignInAs
    ) -> None:
        tell(person, july, "paid", "alone")
        browser = sign_in(person)
        page = browser.get("/").text
        assert "<summary>2 updates</summary>" in page

        uid = page.partition("/news/")[2].partition("/away")[0]
        browser.post(f"/news/{uid}/away")

        assert "<summary>1 update</summary>" in browser.get("/").text
        browser.post("/news/away")
        assert "<summary>" + "1 update" not in browser.get("/").text

    def test_nobody_elses_can_be_put_away(
        self, app: Flask, person: Person, july: datetime, sign_in: SignInAs
    ) -> None:
        tell(person, july, "paid")
        page = sign_in(person).get("/").text
        uid = page.partition("/news/")[2].partition("/away")[0]
        other = sign_in(make.consultant(), new_browser(app))
        assert other.post(f"/news/{uid}/away").status_code == 404


class TestCoordinator:
    def test_an_empty_desk_says_what_to_do_first(
        self, place: Organization, sign_in: SignInAs
    ) -> None:
        page = sign_in(make.coordinator(place)).get("/").text
        assert "No work yet" in page
        assert "Payments" not in page

    def test_work_by_state_hours_and_panels_of_their_own_organization(
        self, place: Organization, person: Person, july: datetime, sign_in: SignInAs
    ) -> None:
        other = make.organization()
        for where in (place, other):
            make.opportunity(where, status=OpportunityStatus.UNDER_WAY)
            make.hours_entry(agreed(person, where, july))
            panel = make.panel(where, name=f"Board of {where.name}")
            flag = {"panel_id": panel.id, "raised_at": july, "told_at": july}
            make.save(VoiceFlag(state=VoiceState.SOLE, **flag))

        page = sign_in(make.coordinator(place)).get("/").text

        assert "Board of Harbor County" in page
        assert f"Board of {other.name}" not in page
        assert "<dt>Under way</dt><dd>1</dd>" in page
        assert '<p class="figure">1</p>' in page
        assert person.sign_in_name not in page

    def test_a_flag_that_is_still_forming_waits(
        self, place: Organization, july: datetime, sign_in: SignInAs
    ) -> None:
        panel = make.panel(place, name="Board still forming")
        make.save(
            VoiceFlag(panel_id=panel.id, raised_at=july, state=VoiceState.NOT_KNOWN)
        )
        assert "Board still" not in sign_in(make.coordinator(place)).get("/").text

    def test_hours_of_a_name_that_is_kept_back_are_not_counted(
        self, place: Organization, person: Person, july: datetime, sign_in: SignInAs
    ) -> None:
        work = agreed(person, place, july)
        work.shown_from = july + DAY
        make.save(work)
        make.hours_entry(work)
        page = sign_in(make.coordinator(place)).get("/").text
        assert "Hours that wait for you" not in page

    def test_without_training_it_says_so(
        self, place: Organization, sign_in: SignInAs
    ) -> None:
        member = make.coordinator(place)
        assert "no valid training" not in sign_in(member).get("/").text
        with transaction() as session:
            for row in session.scalars(sa.select(TrainingRecord)):
                session.delete(row)
        assert "no valid training" in sign_in(member).get("/").text


class TestFinance:
    def test_what_to_release_what_is_late_what_needs_a_person(
        self, sign_in: SignInAs
    ) -> None:
        payer = make.payer()
        maker, checker = make.finance(payer), make.finance(payer)
        batch(payer, maker, PayoutStatus.NEEDS_PERSON, PayoutStatus.QUEUED)
        late = {"due_on": date(2026, 7, 14), "status": PayableStatus.WAITING}
        payable(make.consultant(), payer, **late)

        page = sign_in(checker).get("/").text

        assert "A colleague prepared 1 run." in page
        assert "Tuesday, July 14, 2026" in page
        assert "These payments do not go on by themselves." in page
        assert "A colleague prepared" not in sign_in(maker).get("/").text

    def test_another_payers_money_is_not_counted(self, sign_in: SignInAs) -> None:
        payer, other = make.payer(), make.payer()
        batch(other, make.finance(other), PayoutStatus.BLOCKED)

        page = sign_in(make.finance(payer)).get("/").text

        assert "Nothing is late and nothing needs a person." in page
        assert '<p class="figure">0</p>' in page


class TestAdministrator:
    def test_jobs_mail_payments_backups_and_counts_of_staff(
        self, place: Organization, person: Person, july: datetime, sign_in: SignInAs
    ) -> None:
        boss = make.administrator()
        browser = sign_in(boss)
        assert "No job has run yet." in browser.get("/").text
        jobs.begin_run("people.tidy", 1, july)
        jobs.end_run("people.tidy", 1, july, "TimeoutError")

        page = browser.get("/").text

        assert "Did not work: TimeoutError" in page
        assert "No mail server is set." in page
        assert "None are set up from here." in page
        assert "consultant" not in page.partition("<main")[2].partition("</main")[0]

    def test_an_organization_whose_last_coordinator_left_is_named(
        self, place: Organization, person: Person, sign_in: SignInAs
    ) -> None:
        last = make.coordinator(place)
        make.payer()  # where nobody ever coordinated
        boss = sign_in(make.administrator())
        assert "Nobody coordinates" not in boss.get("/").text

        with transaction():
            last.status = PersonStatus.CLOSED

        page = boss.get("/").text
        assert "Nobody coordinates for Harbor County now." in page
        assert f'href="/places/{place.uid}"' in page
        assert page.count("Nobody coordinates") == 1

    @pytest.mark.parametrize(
        ("mode", "words"),
        [
            ("demo", "Demo payments. No money moves."),
            ("manual", "Paid by hand"),
            ("test", "in its test mode. No money moves."),
            ("live", "Through Stripe."),
        ],
    )
    def test_it_says_how_payments_go(
        self,
        app: Flask,
        monkeypatch: pytest.MonkeyPatch,
        sign_in: SignInAs,
        place: Organization,
        mode: str,
        words: str,
    ) -> None:
        settings = replace(app.config["SETTINGS"], payments_mode=mode)
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        assert words in sign_in(make.administrator()).get("/").text

    def test_all_roles_stand_one_below_another_in_eight_statements(
        self,
        place: Organization,
        july: datetime,
        sign_in: SignInAs,
        queries: Counter,
    ) -> None:
        payer = make.payer()
        everything = make.staff(
            ("coordinator", place), ("finance", payer), is_administrator=True
        )
        batch(payer, make.finance(payer), *PayoutStatus)
        tell(everything, july, "batch", "flag")
        browser = sign_in(everything)
        queries.statements.clear()

        page = browser.get("/").text

        assert len(queries) <= 8, queries.statements
        titles = [page.index(f">{title}</h2>") for title in SECTIONS]
        assert titles == sorted(titles)


SECTIONS = ("Work and panels", "Payments", "This site", "News")


def test_signed_out_it_asks_to_sign_in(client: Browser) -> None:
    assert client.get("/").location == "/in?next=/"


def test_every_word_of_the_navigation_leads_somewhere(app: Flask) -> None:
    ends = {endpoint for _, endpoint, _ in pages.NAVIGATION}
    assert ends <= set(app.view_functions)
