"""What a panel with too few voices can do: a seat opened, or a draft begun."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from engage.core.calendar import local_day, local_moment_utc
from engage.core.db import db, transaction
from engage.core.errors import N_, Refused
from engage.opportunities import actions, drafts, queries, rules
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    ProjectStage,
    WorkActivity,
)
from engage.organizations.models import Organization
from engage.panels import board_queries
from engage.panels import queries as seats_of
from engage.panels.models import Panel
from engage.people.models import Person

LAST_MINUTE = 23 * 60 + 59
TITLE = 120
ENDED = N_("This group has ended. Nothing changes on it any more.")
NOT_ASKING = N_(
    "No work of this panel is asking for people now. Pay for a peer to attend: that "
    "makes a draft for one more seat."
)
TOO_NEAR = N_(
    "The first session is too near to ask anybody else for it. Pay for a peer to "
    "attend a later one, or consult a survivor board."
)


def asking_post(panel_id: int) -> Opportunity | None:
    """The panel's work that may still ask: the newest that has not begun."""
    states = {OpportunityStatus.POSTED, OpportunityStatus.FILLED}
    return next((post for post in _posts(panel_id) if post.status in states), None)


def open_seat(
    panel: Panel, *, asks_pool: bool, by: Person, now: datetime
) -> Opportunity:
    """One survivor seat more with its money, asked for as the work asks or of all."""
    _check_goes_on(panel)
    with transaction():
        post = asking_post(panel.id)
        if post is None:
            raise Refused(NOT_ASKING)
        until = answer_until(post, now)
        post = actions.ask_again(post.id, seats=1, reply_by=until, by=by, now=now)
        post.asks_pool = post.asks_pool or asks_pool
    return post


def answer_until(post: Opportunity, now: datetime) -> datetime:
    """The day that people have, and a later one where it leaves too little time."""
    zone = queries.organization(post).zone
    least = queries.next_wave(now, zone) + rules.ANSWER_TIME
    first = queries.sessions(post)[0][0]
    if post.reply_by is not None and post.reply_by >= least:
        return post.reply_by
    if least >= first:
        raise Refused(TOO_NEAR)
    whole_day = local_moment_utc(local_day(least, zone), LAST_MINUTE, zone)
    return max(least, min(whole_day, first - timedelta(minutes=1)))


def peer(
    panel: Panel, texts: Mapping[str, str], *, by: Person, now: datetime
) -> Opportunity:
    """A draft for one more paid seat at the sessions of this panel still to come."""
    return _for_panel(panel, texts, seats=1, keeps_days=True, by=by, now=now)


def next_term(
    panel: Panel, texts: Mapping[str, str], *, by: Person, now: datetime
) -> Opportunity:
    """A draft that asks people for the next term of a board; its days are new.

    It asks for as many as there are terms that end soon, else by name for those who
    agreed before Engage, else for two, so that nobody speaks for all.
    """
    today = seats_of.today_of(panel, now)
    ending = board_queries.survivor_terms_ending(panel.id, today)
    awaiting = 0 if ending else board_queries.awaiting(panel.id)
    seats = ending or awaiting or 2
    with transaction():
        draft = _for_panel(panel, texts, seats=seats, keeps_days=False, by=by, now=now)
        draft.asks_pool = not awaiting
    return draft


def consult(
    panel: Panel, board: Panel, texts: Mapping[str, str], *, by: Person, now: datetime
) -> Opportunity:
    """A draft for a board, with what this panel works on as its subject.

    People of the board are asked by name: they have their seats already.
    """
    _check_goes_on(board)
    with transaction():
        last = next(iter(_posts(panel.id)), None)
        draft = _new(board, texts, last, by=by, now=now)
        draft.kind, draft.activity = OpportunityKind.ADVISORY_BOARD, MEETING
        draft.asks_pool = False
        draft.title = f"{texts['about']} {panel.name}"[:TITLE]
        subject = last.what_is_asked if last is not None else panel.name
        draft.what_is_asked = f"{texts['we_ask']} {subject}"[:2000]
        db.session.flush()
    return draft


MEETING = WorkActivity.MEETING


def _for_panel(
    panel: Panel,
    texts: Mapping[str, str],
    *,
    seats: int,
    keeps_days: bool,
    by: Person,
    now: datetime,
) -> Opportunity:
    _check_goes_on(panel)
    with transaction():
        last = next(iter(_posts(panel.id)), None)
        if last is None:
            draft = _new(panel, texts, None, by=by, now=now)
        else:
            draft = drafts.copy(last.id, by=by, now=now)
            draft.planned_seats = []
        draft.panel_id, draft.seats_wanted = panel.id, max(1, min(30, seats))
        draft.asks_pool = True
        if last is not None and keeps_days:
            db.session.add_all(
                WorkSession(
                    opportunity_id=draft.id,
                    starts_at=each.starts_at,
                    minutes=each.minutes,
                )
                for each in last.sessions
                if each.starts_at > now + rules.NOTICE
            )
        db.session.flush()
    return draft


def _new(
    panel: Panel,
    texts: Mapping[str, str],
    last: Opportunity | None,
    *,
    by: Person,
    now: datetime,
) -> Opportunity:
    """A draft as everyone begins one, on that panel."""
    words = {key: text for key, text in texts.items() if key in drafts.COLUMNS}
    draft = drafts.create(
        db.session.get_one(Organization, panel.organization_id),
        title=panel.name[:TITLE],
        kind=OpportunityKind.ADVISORY_BOARD,
        activity=MEETING,
        stage=last.stage if last is not None else ProjectStage.DEVELOPMENT,
        texts=words,
        by=by,
        now=now,
    )
    draft.panel_id = panel.id
    return draft


def _posts(panel_id: int) -> list[Opportunity]:
    """Work of the panel that was posted and not cancelled, the newest first."""
    put_away = {OpportunityStatus.DRAFT, OpportunityStatus.CANCELLED}
    return list(
        db.session.scalars(
            sa.select(Opportunity)
            .where(
                Opportunity.panel_id == panel_id, Opportunity.status.not_in(put_away)
            )
            .options(
                joinedload(Opportunity.organization), selectinload(Opportunity.sessions)
            )
            .order_by(Opportunity.id.desc())
        )
    )


def _check_goes_on(panel: Panel) -> None:
    if panel.ended_on is not None:
        raise Refused(ENDED)
