from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import g
from flask_babel import gettext, lazy_gettext
from wtforms import FieldList, FormField, HiddenField

from engage.core.calendar import local_day
from engage.core.fields import (
    Choice,
    DayField,
    MinutesField,
    MoneyField,
    NumberField,
    OneOf,
    SomeOf,
    line,
)
from engage.core.forms import BaseForm
from engage.opportunities import labels
from engage.opportunities.models import Opportunity
from engage.opportunities.rows import (
    SeatRow,
    SessionRow,
    Unanswered,
    choices,
    label,
    last_moment,
    prose,
)
from engage.opportunities.rules import (
    OpportunityKind,
    PayKind,
    ProjectStage,
    Story,
    WorkActivity,
)
from engage.panels.rules import SeatRole
from engage.people.rules import TOPICS

BLANK_SESSIONS, BLANK_SEATS = 3, 2


class EditForm(BaseForm):
    """The whole draft on one page; only the title is asked for to save it."""

    version = HiddenField()
    title = line(label("title"), 120)
    kind = Choice(label("kind"), choices=choices(labels.KINDS))
    activity = Choice(label("activity"), choices=choices(labels.ACTIVITIES))
    stage = Choice(label("stage"), choices=choices(labels.STAGES))
    what_is_asked = prose("what_is_asked")
    how_input_is_used = prose("how_input_is_used")
    topics = SomeOf(label("topics"), choices=choices(TOPICS))
    sessions = FieldList(FormField(SessionRow), label("sessions"), max_entries=60)
    preparation_minutes = MinutesField(label("preparation_minutes"), required=False)
    travel_minutes = MinutesField(label("travel_minutes"), required=False)
    debrief_minutes = MinutesField(label("debrief_minutes"), required=False)
    is_in_person = OneOf(
        label("is_in_person"),
        choices=[
            ("no", lazy_gettext("By link or telephone")),
            ("yes", lazy_gettext("In person")),
        ],
    )
    place = prose("place")
    access = prose("access")
    languages = line(label("languages"), 200, required=False)
    interpretation = prose("interpretation")
    seats_wanted = NumberField(label("seats_wanted"), least=1, most=30)
    seat_role = Choice(label("seat_role"), choices=choices(labels.ROLES))
    panel = Choice(lazy_gettext("On which board"))
    seats = FieldList(
        FormField(SeatRow), lazy_gettext("Professional seats"), max_entries=30
    )
    who_is_in_the_room = prose("who_is_in_the_room")
    has_law_enforcement = Unanswered(
        label("has_law_enforcement"),
        choices=[("yes", lazy_gettext("Yes")), ("no", lazy_gettext("No"))],
    )
    recording = prose("recording")
    story = OneOf(label("story"), choices=choices(labels.STORIES))
    not_expected = prose("not_expected")
    support_person = prose("support_person")
    funding_line = Choice(label("funding_line"))
    pay_kind = OneOf(label("pay_kind"), choices=choices(labels.PAY_KINDS))
    rate_cents = MoneyField(label("rate_cents"), required=False)
    expenses = prose("expenses")
    costs_cents = MoneyField(label("costs_cents"), required=False)
    category_reason = line(label("category_reason"), 300, required=False)
    advances = prose("advances")
    if_we_cancel = prose("if_we_cancel")
    asks = OneOf(
        lazy_gettext("Whom to ask"),
        choices=[
            ("pool", lazy_gettext("Everyone whom it fits, in turns")),
            ("named", lazy_gettext("Only people whom I ask by name")),
        ],
    )
    reply_by = DayField(label("reply_by"), required=False)

    def offer(self, lines: Iterable[Any], panels: Sequence[Any]) -> None:
        """Set the funding lines and the boards that may be chosen."""
        self.lines = {"": None, **{line.uid: line.id for line in lines}}
        self.funding_line.offer(
            [("", gettext("Choose later")), *((line.uid, line.name) for line in lines)]
        )
        self.boards = {"": None, **{panel.uid: panel.id for panel in panels}}
        new = ("", gettext("A new group for this work"))
        self.panel.offer([new, *((panel.uid, panel.name) for panel in panels)])
        if not panels:
            del self.panel

    def validate(self, *args: Any, **kw: Any) -> bool:
        fits = super().validate(*args, **kw)
        rate: Any = self.rate_cents.data
        if rate == 0 and not self.rate_cents.errors:
            self.rate_cents.errors = [gettext("Write an amount above zero.")]
            return False
        return fits

    def values(self) -> dict[str, Any]:
        """What the action takes: the columns, the sessions, the seats, the version."""
        same = {name: self[name].data for name in COPIED}
        prose = {name: self[name].data or "" for name in PROSE}
        enums = {name: kind(self[name].data) for name, kind in ENUMS.items()}
        typed = str(self.version.data or "")
        return {
            **same,
            **prose,
            **enums,
            "version": int(typed) if typed.isascii() and typed.isdigit() else 0,
            "panel_id": self.boards[self.panel.data] if self.panel else None,
            "funding_line_id": self.lines[self.funding_line.data],
            "is_in_person": self.is_in_person.data == "yes",
            "has_law_enforcement": YES_NO.get(self.has_law_enforcement.data or ""),
            "asks_pool": self.asks.data == "pool",
            "topics": [key for key in TOPICS if key in (self.topics.data or [])],
            "reply_by": last_moment(self.reply_by.data),
            "sessions": [
                (row.starts_at.data, row.minutes.data)
                for row in self.sessions
                if row.starts_at.data
            ],
            "seats": [_seat(row) for row in self.seats if row.organization.data],
        }


COPIED = (
    "title",
    "preparation_minutes",
    "travel_minutes",
    "debrief_minutes",
    "seats_wanted",
    "rate_cents",
    "costs_cents",
)
PROSE = (
    "what_is_asked",
    "how_input_is_used",
    "place",
    "access",
    "languages",
    "interpretation",
    "who_is_in_the_room",
    "recording",
    "not_expected",
    "support_person",
    "expenses",
    "category_reason",
    "advances",
    "if_we_cancel",
)
ENUMS: dict[str, Any] = {
    "kind": OpportunityKind,
    "activity": WorkActivity,
    "stage": ProjectStage,
    "seat_role": SeatRole,
    "story": Story,
    "pay_kind": PayKind,
}
YES_NO = {"yes": True, "no": False}


def _seat(row: Any) -> dict[str, Any]:
    return {
        "role": SeatRole(row.role.data),
        "label": row.organization.data,
        "hourly_cents": row.hourly_cents.data,
        "is_salaried_elsewhere": row.is_salaried_elsewhere.data,
    }


def filled(draft: Opportunity, now: datetime) -> dict[str, Any]:
    """What the form shows of a draft, with some empty rows to write on."""
    zone = g.work_zone
    until = local_day(draft.reply_by or now + timedelta(days=7), zone)
    sessions = [
        {"starts_at": each.starts_at, "minutes": each.minutes}
        for each in draft.sessions
    ]
    seats = [
        {
            "organization": seat.label,
            "role": seat.role,
            "hourly_cents": seat.hourly_cents,
            "is_salaried_elsewhere": seat.is_salaried_elsewhere,
        }
        for seat in draft.planned_seats
    ]
    presence = {True: "yes", False: "no", None: None}
    return {
        **{name: getattr(draft, name) for name in (*COPIED, *PROSE, *ENUMS)},
        "version": draft.version,
        "topics": draft.topics,
        "sessions": sessions + [{} for _ in range(BLANK_SESSIONS)],
        "seats": seats + [{} for _ in range(BLANK_SEATS)],
        "is_in_person": presence[draft.is_in_person],
        "has_law_enforcement": presence[draft.has_law_enforcement],
        "asks": "pool" if draft.asks_pool else "named",
        "panel": draft.panel.uid if draft.panel else "",
        "funding_line": draft.line.uid if draft.line else "",
        "reply_by": until,
    }
