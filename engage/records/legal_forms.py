from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from engage.core.fields import DayField, OneOf, SomeOf, line, text
from engage.core.forms import BaseForm
from engage.records.legal_rules import LegalKind, LegalStatus, Part

KINDS = {
    LegalKind.COURT_ORDER: _l("An order signed by a judge"),
    LegalKind.SUBPOENA: _l("A subpoena, not signed by a judge"),
    LegalKind.RECORDS: _l("A request for public records"),
    LegalKind.OTHER: _l("Something else"),
}
STATES = {
    LegalStatus.OPEN: _l("Written down, nothing given"),
    LegalStatus.AGREED: _l("Two people agreed, nothing given yet"),
    LegalStatus.GIVEN: _l("Given"),
    LegalStatus.ENDED: _l("Ended, nothing given"),
}
PARTS = {
    Part.WORK: _l("Work that was agreed"),
    Part.HOURS: _l("Hours"),
    Part.COSTS: _l("Costs"),
    Part.NOTES: _l("The notes on those hours and costs too"),
    Part.PAY: _l("Pay"),
    Part.MESSAGES: _l("Messages about work"),
    Part.PERMISSIONS: _l("What may be shown"),
    Part.CONCERNS: _l("Concerns that were raised"),
    Part.NAMES: _l("Names for organizations"),
    Part.SIGN_INS: _l("Where they are signed in"),
}
WORDS = {"kinds": KINDS, "states": STATES, "part_words": PARTS}


class RecordForm(BaseForm):
    name = line(_l("Sign-in name or payee number"), 60)
    kind = OneOf(_l("What kind of paper is it?"), choices=KINDS.items())
    asker = line(_l("Who asks"), 200)
    asked = text(_l("What it orders"), 2000)
    parts = SomeOf(
        _l("Which data it orders"),
        choices=PARTS.items(),
        validators=[DataRequired(_l("Tick what is ordered, and no more."))],
    )
    received_on = DayField(_l("Day it came"))
    hold_until = DayField(
        _l("If it forbids telling the person: until which day"), required=False
    )

    def values(self) -> dict[str, Any]:
        return {
            "kind": LegalKind(self.kind.data),
            "asker": self.asker.data,
            "asked": self.asked.data,
            "parts": frozenset(Part(each) for each in self.parts.data or ()),
            "received_on": self.received_on.data,
            "hold_until": self.hold_until.data,
        }


class AgreeForm(BaseForm):
    name = line(_l("Sign-in name or payee number"), 60)


class DelayForm(BaseForm):
    hold_until = DayField(_l("Until which day"))
