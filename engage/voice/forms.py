from flask_babel import lazy_gettext as _l

from engage.core.fields import OneOf, text, tick
from engage.core.forms import BaseForm
from engage.voice.rules import GrievanceStatus, Rank, Reader

STATES = {
    GrievanceStatus.SENT: _l("Sent, not taken up yet"),
    GrievanceStatus.TAKEN_UP: _l("Somebody looks into it"),
    GrievanceStatus.ANSWERED: _l("There is an answer"),
    GrievanceStatus.ENDED: _l("You ended it"),
}
RANKS = {
    Rank.COORDINATOR: _l("coordinator there"),
    Rank.STAFF: _l("works there"),
    Rank.ADMINISTRATOR: _l("administrator of this site"),
}


class ReaderForm(BaseForm):
    reader = OneOf(_l("Who should read it?"))

    def offer(self, readers: list[Reader]) -> None:
        self.reader.offer(
            (each.uid, f"{each.name}, {RANKS[each.rank]}") for each in readers
        )


class PassForm(ReaderForm):
    """A name is told to one reader; for the next one it is asked anew."""

    is_named = tick(_l("Tell them my name at this organization"))


class SendForm(PassForm):
    text = text(_l("What happened, and what you wish for"), 4000)


class AnswerForm(BaseForm):
    text = text(_l("Your answer"), 2000)
