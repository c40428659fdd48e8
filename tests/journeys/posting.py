"""Work that is posted through the pages, and who was asked for it."""

import sqlalchemy as sa

from engage.core.db import db
from engage.offers.models import Offer
from engage.opportunities.models import Opportunity
from tests.journeys.cast import Cast, Someone
from tests.journeys.story import Desk, Story, uid_in

CARD = {
    "what_is_asked": "Read a short agenda. Tell us what works in our plan.",
    "how_input_is_used": "Each point is written down. We answer within 30 days.",
    "place": "By video. We send the link two days before.",
    "access": "Captions are on. Breaks every 50 minutes.",
    "languages": "English and Spanish",
    "interpretation": "An interpreter joins if you ask for one.",
    "who_is_in_the_room": "Members of the group, our coordinator and a note taker.",
    "support_person": "You may bring a support person.",
}
RECORDING = "No recording and no photographs."


def begin_work(desk: Desk, cast: Cast, title: str) -> str:
    """The first page of a post is sent; the uid of the draft that is open then."""
    desk.open("/work/new")
    if desk.page.locator("[name=organization]").count():
        desk.fill(organization=cast.place)
    desk.fill(title=title, kind="advisory_board", activity="meeting")
    desk.fill(stage="development").send_page()
    return uid_in(desk.page.url)


def post_work(desk: Desk, cast: Cast, title: str, **values: str) -> str:
    """A group of two whom somebody posts work for; its uid."""
    post = begin_work(desk, cast, title)
    desk.fill(seats_wanted="2", seat_role="member")
    send_card(desk, **values)
    return post


def send_card(desk: Desk, **values: str) -> None:
    """The whole card of a draft, checked and posted."""
    write_card(desk, desk.story, days=12, reply_days=4)
    desk.fill(recording=RECORDING, **values).save_and_check()
    desk.send("/post")
    desk.reads("Posted. The money is set aside, and people will be asked.")


def say_yes(story: Story, post: str, who: Someone) -> str:
    """Somebody reads what they were asked and agrees; the uid of their plan."""
    with story.as_(who.uid) as desk:
        desk.open(f"/asks/{offer_of(story, post, who)}")
        if desk.page.locator("#counted").count():
            desk.tick(desk.page.locator("#counted"))
        desk.answer("yes").reads("It is agreed. This is your offer letter.")
        return uid_in(desk.page.url)


def write_card(desk: Desk, story: Story, *, days: int, reply_days: int) -> None:
    """All lines but one, the recording; two sessions of an hour, two weeks apart."""
    desk.fill(**CARD, is_in_person="no", has_law_enforcement="yes", story="none")
    for number, day in enumerate((days, days + 14)):
        moment = f"{story.today(day).isoformat()}T14:00"
        desk.fill(**{f"sessions__{number}__starts_at": moment})
        desk.fill(**{f"sessions__{number}__minutes": "1:00"})
    desk.fill(preparation_minutes="1:00", travel_minutes="0", debrief_minutes="0:30")
    desk.fill(pay_kind="hourly", rate_cents="75.00", asks="pool")
    desk.fill(reply_by=story.today(reply_days).isoformat())
    line = desk.page.locator("[name=funding_line] option", has_text="Community")
    desk.fill(funding_line=line.first.get_attribute("value"))


def panel_of(story: Story, post: str) -> str:
    with story.app.app_context():
        row = db.session.scalars(
            sa.select(Opportunity)
            .options(sa.orm.joinedload(Opportunity.panel))
            .where(Opportunity.uid == post)
        ).one()
        assert row.panel is not None
        return row.panel.uid


def offer_of(story: Story, post: str, who: Someone) -> str | None:
    with story.app.app_context():
        return db.session.scalar(
            sa.select(Offer.uid)
            .join(Offer.opportunity)
            .where(Opportunity.uid == post, Offer.person_id == who.id)
        )


def somebody_asked(story: Story, post: str, *but: Someone) -> Someone:
    """Whoever the worker has asked meanwhile and has not answered."""
    with story.app.app_context():
        asked = db.session.scalars(
            sa.select(Offer)
            .join(Offer.opportunity)
            .options(sa.orm.joinedload(Offer.person))
            .where(
                Opportunity.uid == post,
                Offer.status == "waiting",
                Offer.reply_by > story.now(),
                Offer.person_id.not_in([each.id for each in but]),
            )
            .order_by(Offer.id)
        ).first()
        assert asked is not None, "nobody was asked again"
        return Someone(asked.person_id, asked.person.uid)
