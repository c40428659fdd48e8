from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from engage.consents import rules
from engage.consents.rules import ConsentKind, SeenAs, UseStatus, VersionStatus
from engage.core.fields import DayField, NumberField, OneOf, line, text, tick
from engage.core.forms import BaseForm

KINDS = {
    ConsentKind.QUOTE: _l("Words you said or wrote"),
    ConsentKind.TEXT: _l("A text you wrote or worked on"),
    ConsentKind.PHOTO: _l("A photo"),
    ConsentKind.RECORDING: _l("A recording of voice or picture"),
}
ASKED_KINDS = {
    ConsentKind.QUOTE: _l("Their words, quoted"),
    ConsentKind.TEXT: _l("A text they wrote or worked on"),
    ConsentKind.PHOTO: _l("A photo"),
    ConsentKind.RECORDING: _l("A recording of voice or picture"),
}
STATES = {
    SeenAs.WAITING: _l("They have time to answer"),
    SeenAs.NOT_GIVEN: _l("Not given"),
    SeenAs.LIVE: _l("Given"),
    SeenAs.WITHDRAWN: _l("Taken back"),
    SeenAs.EXPIRED: _l("Over"),
}
VERSIONS = {
    VersionStatus.PROPOSED: _l("Waits for a yes"),
    VersionStatus.APPROVED: _l("Has a yes"),
    VersionStatus.PUBLISHED: _l("Is shown"),
    VersionStatus.OUT: _l("Not used"),
}
USES = {
    UseStatus.STANDING: _l("Stands there"),
    UseStatus.TO_TAKE_DOWN: _l("To take down"),
    UseStatus.ASKED: _l("Asked to take it down"),
    UseStatus.DONE: _l("Taken down"),
}
WORDS = {
    "kinds": KINDS,
    "asked_kinds": ASKED_KINDS,
    "states": STATES,
    "version_states": VERSIONS,
    "use_states": USES,
}


class AskForm(BaseForm):
    kind = OneOf(_l("What would be shown?"), choices=ASKED_KINDS.items())
    what = text(_l("What it is, in a sentence or two"), 600)
    place = line(_l("Where it would be shown"), 200)
    recipient = line(_l("Who would have it"), 120)
    purpose = text(_l("What it is for"), 600)
    most_uses = NumberField(
        _l("In how many places, at most"), least=1, most=rules.MOST_USES
    )
    months = NumberField(_l("For how many months"), least=1, most=rules.MOST_MONTHS)
    days = NumberField(
        _l("Days to answer"), least=rules.LEAST_DAYS, most=rules.MOST_DAYS
    )
    is_seen = tick(_l("I have read this note. Send it as it is."))

    def values(self) -> dict[str, Any]:
        names = ("what", "place", "recipient", "purpose", "most_uses", "months", "days")
        kind = ConsentKind(self.kind.data)
        return {"kind": kind, **{name: self[name].data for name in names}}


USUAL = {
    "most_uses": 1,
    "months": rules.DEFAULT_MONTHS,
    "days": rules.USUAL_DAYS,
}


class GiveForm(BaseForm):
    described = text(_l("How you want to be described"), 300, required=False)
    months = NumberField(_l("For how many months"), least=1, most=rules.MOST_MONTHS)

    def values(self) -> dict[str, Any]:
        return {"described": self.described.data or "", "months": self.months.data}


class ApproveForm(BaseForm):
    """The hash of the version that was read goes with the yes."""

    seen = HiddenField()


class VersionForm(BaseForm):
    text = text(_l("The exact words, or what the picture or recording shows"), 4000)
    address = line(_l("Where it is kept now"), 300, required=False)
    file_hash = line(_l("SHA-256 mark of the file"), 90, required=False)

    def values(self) -> dict[str, str]:
        names = ("text", "address", "file_hash")
        return {name: self[name].data or "" for name in names}


class MakeForm(VersionForm):
    name = line(_l("A short name for it"), 80)


class UseForm(BaseForm):
    place = line(_l("Where it stands, with its address if it has one"), 300)
    since = DayField(_l("Since which day"))
    seen = HiddenField()

    def day(self) -> date:
        found: date = self.since.data
        return found
