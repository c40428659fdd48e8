"""What the coordinators answer: a plan to a flag, a reason to a difference in pay."""

from datetime import date, datetime

from engage.core.db import lock_one, transaction
from engage.core.errors import NotFound
from engage.panels import queries, rules
from engage.panels.models import Panel, ParityNote
from engage.panels.rules import SeatRole
from engage.panels.voices import record
from engage.people.models import Person


def answer_flag(
    panel_id: int, *, plan: str, plan_by: date | None, by: Person, now: datetime
) -> None:
    """Answer the open flag with what will be done and by when."""
    with transaction():
        panel = lock_one(Panel, panel_id)
        flag = queries.open_flag(panel.id)
        if flag is None:
            raise NotFound
        rules.check_plan(plan, plan_by, queries.today_of(panel, now))
        flag.status = rules.flag_status_after(flag.status, "answer")
        flag.plan = plan
        flag.plan_by = plan_by
        flag.answered_at, flag.answered_by_id = now, by.id
        record("answer_flag", panel, f"voice_flag:{flag.uid}", by, now)


def note_parity(
    panel_id: int, role: SeatRole, reason: str, *, by: Person, now: datetime
) -> None:
    """Keep why survivor seats of a role are paid less here; it goes into reports."""
    with transaction() as session:
        panel = lock_one(Panel, panel_id)
        rules.check_reason(reason)
        today = queries.today_of(panel, now)
        note = queries.parity_notes(panel.id).get(role)
        if note is None:
            note = ParityNote(panel_id=panel.id, role=role)
        note.reason, note.noted_on = reason, today
        session.add(note)
        record("note_parity", panel, f"parity_note:{note.uid}", by, now)
