"""Panels through the pages: one leaves, a board is brought in, all is handed over."""

import pytest
import sqlalchemy as sa

from engage.core.db import db
from engage.organizations.models import Organization
from engage.panels.models import Panel, Seat
from engage.people.models import Membership, Person
from tests.journeys.cast import Cast, Someone
from tests.journeys.posting import (
    panel_of,
    post_work,
    say_yes,
    send_card,
    somebody_asked,
)
from tests.journeys.story import (
    NARROW_WITHOUT,
    WIDE_WITH_SCRIPTS,
    Desk,
    Story,
    uid_in,
    ways,
)

pytestmark = pytest.mark.browser
TITLE = "Board on second doors"
BOARD = "Council of long standing"


@ways(WIDE_WITH_SCRIPTS)
def test_somebody_leaves_and_one_press_asks_for_another(
    story: Story, cast: Cast
) -> None:
    with story.as_(cast.coordinator.uid) as desk:
        post = post_work(desk, cast, TITLE)
    story.work()
    panel = panel_of(story, post)
    for who in (cast.ana, cast.bea):
        say_yes(story, post, who)
    story.wait(days=5)
    story.work()
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/groups/{panel}")
        desk.reads("This panel has the survivor voices it asks for")
    with story.as_(cast.bea.uid) as desk:
        desk.open("/plans").page.get_by_role("link", name=TITLE).first.click()
        desk.send("/leave")
    story.work()
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/groups/{panel}").reads("Only one survivor voice")
        desk.reads("One thing to do: make sure that nobody has to speak for all.")
        desk.send("/open-seat").reads("One more seat is open.")
    story.work()
    new = somebody_asked(story, post)
    assert new.id not in {cast.ana.id, cast.bea.id}
    say_yes(story, post, new)
    with story.as_(cast.coordinator.uid) as desk:
        desk.open(f"/groups/{panel}")
        desk.reads("This panel has the survivor voices it asks for")
        assert story.say("Cleared") in desk.page.locator("tbody").last.inner_text()


@ways(NARROW_WITHOUT)
def test_a_board_is_brought_in_asks_by_name_and_is_handed_over(
    story: Story, cast: Cast
) -> None:
    with story.as_(cast.coordinator.uid) as desk:
        panel = bring_in(desk, cast)
        post = ask_by_name(desk, panel, cast.ana)
    assert seats(story, panel) == ["awaiting", "awaiting", "held"]
    story.work()
    say_yes(story, post, cast.ana)
    assert seats(story, panel) == ["awaiting", "held", "held"]
    hand_over(story, cast, panel)


def bring_in(desk: Desk, cast: Cast) -> str:
    """Rows are pasted, looked at, stored; a second time they change nothing."""
    desk.open("/groups/import")
    if desk.page.locator("[name=organization]").count():
        desk.fill(organization=cast.place)
    desk.fill(name=BOARD, minimum_voices="2", rows=pasted(desk.story))
    desk.page.locator('button[value="look"]').click()
    desk.look()
    desk.reads("This is how it was understood. Nothing is stored yet.")
    desk.page.locator('button[value="store"]').click()
    desk.look()
    desk.reads("The seats are there. What was there before was not doubled.")
    assert BOARD in desk.page.locator("h1").inner_text()
    return uid_in(desk.page.url)


def pasted(story: Story) -> str:
    """Two survivor seats and a chair, as a spreadsheet copies them."""
    term = f"{story.today(-100).isoformat()}\t{story.today(500).isoformat()}"
    return "\n".join(
        (
            "role\tkind\tlabel\tstarts_on\tends_on",
            f"member\tsurvivor\t\t{term}",
            f"member\tsurvivor\t\t{term}",
            f"chair\tprofessional\tHarbor Legal Aid\t{term}",
        )
    )


def ask_by_name(desk: Desk, panel: str, who: Someone) -> str:
    """The board's own draft asks by name those who agreed before."""
    desk.open(f"/groups/{panel}").send("/next-term")
    desk.reads("A draft is ready. Look it over, then post it.")
    post = uid_in(desk.page.url)
    send_card(desk, asks="named")
    desk.open(f"/work/{post}/ask")
    desk.tick(desk.page.get_by_label(who.alias, exact=True))
    desk.fill(reply_by=desk.story.today(4).isoformat()).send("/ask")
    return post


def seats(story: Story, panel: str) -> list[str]:
    with story.app.app_context():
        found = sa.select(Seat.status).join(Panel, Panel.id == Seat.panel_id)
        return sorted(db.session.scalars(found.where(Panel.uid == panel)))


def colleague(story: Story, cast: Cast) -> tuple[Someone, str]:
    """Somebody else of the sample data coordinates here too, by a role of that uid."""
    with story.app.app_context():
        place = db.session.scalars(
            sa.select(Organization).where(Organization.uid == cast.place)
        ).one()
        other = db.session.scalars(
            sa.select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.role == "coordinator", Person.id != cast.coordinator.id)
            .order_by(Person.id)
        ).first()
        assert other is not None
        role = Membership(
            person_id=other.id, organization_id=place.id, role="coordinator"
        )
        db.session.add(role)
        db.session.commit()
        return Someone(other.id, other.uid, str(other.staff_name)), role.uid


def hand_over(story: Story, cast: Cast, panel: str) -> None:
    other, role = colleague(story, cast)
    with story.as_(cast.coordinator.uid) as desk:
        desk.open("/account/hand-over")
        desk.fill(to=role, which="some", things=f"panel:{panel}", when="good")
        desk.send_page().reads("Handed over. You are both told.")
    with story.as_(other.uid) as desk:
        desk.open(f"/groups/{panel}")
        desk.reads("Looked after by %(name)s.", name=other.alias)
