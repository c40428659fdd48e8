from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.fields import Choice, DayField, NumberField, OneOf, line, tick
from engage.core.forms import BaseForm
from engage.opportunities import labels
from engage.opportunities.rows import choices, label, last_moment
from engage.opportunities.rules import OpportunityKind, ProjectStage, WorkActivity
from engage.opportunities.wording import SkipReason


class NewForm(BaseForm):
    organization = Choice(_l("Organization"))
    title = line(label("title"), 120)
    kind = Choice(label("kind"), choices=choices(labels.KINDS))
    activity = Choice(label("activity"), choices=choices(labels.ACTIVITIES))
    stage = Choice(label("stage"), choices=choices(labels.STAGES))

    def offer(self, places: Sequence[Any]) -> None:
        """Set the organizations; with one of them nothing is asked."""
        self.places = {place.uid: place for place in places}
        self.organization.offer((place.uid, place.name) for place in places)
        if len(places) == 1:
            del self.organization

    def values(self) -> dict[str, Any]:
        chosen = self.organization
        uid = chosen.data if chosen else next(iter(self.places))
        return {
            "organization": self.places[uid],
            "title": self.title.data,
            "kind": OpportunityKind(self.kind.data),
            "activity": WorkActivity(self.activity.data),
            "stage": ProjectStage(self.stage.data),
        }


class PostForm(BaseForm):
    warnings_seen = tick(_l("I have read what is worth a second look"))


class KeepForm(BaseForm):
    """Why a found word may stay; sent by a button for each reason."""

    field = line(_l("Line"), 40)
    found = line(_l("Word"), 200)
    reason = OneOf(_l("Reason"), choices=[(str(each), each) for each in SkipReason])

    def values(self) -> dict[str, Any]:
        return {
            "field": self.field.data,
            "found": self.found.data,
            "reason": SkipReason(self.reason.data),
        }


class AskAgainForm(BaseForm):
    seats = NumberField(_l("How many more people"), least=0, most=29)
    reply_by = DayField(label("reply_by"))

    def values(self) -> dict[str, Any]:
        return {
            "seats": self.seats.data,
            "reply_by": last_moment(self.reply_by.data),
        }
