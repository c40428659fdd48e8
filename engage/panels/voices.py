"""The voice rule on rows: whatever changes a seat or a choice calls `revoice`."""

from datetime import datetime

from engage.audit import actions as audit
from engage.core.db import db, lock_one, transaction
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.panels import queries, rules, voice_queries
from engage.panels.models import Panel, Seat, VoiceFlag
from engage.panels.rules import FlagStatus, SeatKind, SeatStatus, VoiceState
from engage.people import leads
from engage.people.models import Person


def revoice(
    panel: Panel, *, now: datetime, by: Person | None, has_left: bool = False
) -> VoiceState:
    """Compute the voice anew, raise or clear the flag, tell who has to know.

    The caller holds the lock on the panel. `has_left` says that somebody's seat was
    freed: whoever is then the only survivor voice is told in the same transaction.
    """
    with transaction() as session:
        session.flush()
        held = queries.held_seats(panel.id)
        state = rules.voice(held, panel.minimum_voices)
        if panel.ended_on is not None:
            return state  # what it was in the end stays as its history
        flag = queries.open_flag(panel.id)
        change = rules.flag_after(
            None if flag is None else flag.state,
            state if is_panel(panel) else VoiceState.MET,
        )
        if change.clears and flag is not None:
            _clear(flag, now)
        if change.raises is not None:
            flag = _raise(panel, change.raises, now)
        if flag is not None and flag.status is FlagStatus.RAISED:
            tell(panel, flag, queries.live_seats(panel.id), now)
        alone = rules.sole_person(held)
        if has_left and alone is not None and change.raises is VoiceState.SOLE:
            notices.queue(alone, "alone", now=now, uid=panel.uid)
    return state


def is_panel(panel: Panel) -> bool:
    """Were there ever two seats? A place that nobody took stays part of the picture."""
    return rules.is_panel(queries.seats_ever(panel.id))


def tell(panel: Panel, flag: VoiceFlag, seats: list[Seat], now: datetime) -> None:
    """Tell the coordinators once; while the panel is forming there is nothing to do.

    A panel without a date is a draft that its author is still looking at.
    """
    if panel.first_session_on is None and not panel.is_standing:
        return
    forming = is_forming(panel, seats, now)
    if flag.told_at is not None or not rules.needs_plan(flag.state, forming):
        return
    flag.told_at = now
    thing = f"panel:{panel.uid}"
    for person_id in leads.to_tell(panel.organization_id, thing, now):
        notices.queue(person_id, "flag", now=now, uid=panel.uid)


def is_forming(panel: Panel, seats: list[Seat], now: datetime) -> bool:
    """Is the panel still asking, with its first session more than a week off?"""
    asking = sum(
        seat.kind is SeatKind.SURVIVOR
        and seat.status in {SeatStatus.OPEN, SeatStatus.AWAITING}
        for seat in seats
    )
    today = queries.today_of(panel, now)
    return rules.is_forming(asking, panel.first_session_on, today)


def look_again(panel_id: int, *, now: datetime) -> None:
    """Raise a flag whose plan's day has passed; tell what forming had kept quiet."""
    with transaction():
        panel = lock_one(Panel, panel_id)
        flag = queries.open_flag(panel.id)
        if flag is None or panel.ended_on is not None:
            return
        seats = queries.live_seats(panel.id)
        today = queries.today_of(panel, now)
        answered = flag.status is FlagStatus.ANSWERED
        if answered and rules.is_plan_past(flag.plan_by, today, len(seats)):
            flag.status = rules.flag_status_after(flag.status, "raise")
            flag.told_at = None
        if flag.status is FlagStatus.RAISED:
            tell(panel, flag, seats, now)


def mend(panel_id: int, *, now: datetime) -> None:
    """Compute one panel's voice anew, as after a change."""
    with transaction():
        revoice(lock_one(Panel, panel_id), now=now, by=None)


def problems() -> list[str]:
    """Sentences for whoever runs the server: panels whose flag is not as it should be.

    They name the panel by its number alone.
    """
    return [
        f"Panel {one.panel_id}: the flag says {one.flag or 'nothing'}, "
        f"the seats say {one.state or 'one person alone'}."
        for one in voice_queries.differing()
    ]


def _raise(panel: Panel, state: VoiceState, now: datetime) -> VoiceFlag:
    flag = VoiceFlag(
        panel_id=panel.id, state=state, status=FlagStatus.RAISED, raised_at=now
    )
    db.session.add(flag)
    db.session.flush()
    return flag


def _clear(flag: VoiceFlag, now: datetime) -> None:
    flag.status = rules.flag_status_after(flag.status, "clear")
    flag.cleared_at = now
    db.session.flush()


def record(
    verb: str, panel: Panel, thing: str, by: Person | None, now: datetime
) -> None:
    """One audit entry of the organization about its panel."""
    organization = db.session.get_one(Organization, panel.organization_id)
    audit.record(
        f"panel.{verb}",
        subject=f"organization:{organization.uid}",
        thing=thing,
        by=by,
        now=now,
        organization_id=organization.id,
    )
