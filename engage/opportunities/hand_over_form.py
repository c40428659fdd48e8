from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engage.core.errors import N_, Refused
from engage.core.fields import Choice, DayField, OneOf, SomeOf
from engage.core.forms import BaseForm

ALL, SOME = "all", "some"
FOR_GOOD, AWAY = "good", "away"


class HandOverForm(BaseForm):
    """Which panels and posts go to whom, for good or while somebody is away."""

    to = Choice(_l("To whom"))
    which = OneOf(
        _l("What"),
        choices=(
            (ALL, _l("Everything that I look after there")),
            (SOME, _l("Only what I tick")),
        ),
        default=ALL,
    )
    things = SomeOf(_l("Panels and work"))
    when = OneOf(
        _l("For how long"),
        choices=(
            (FOR_GOOD, _l("From now on")),
            (AWAY, _l("While I am away")),
        ),
        default=FOR_GOOD,
    )
    from_on = DayField(_l("Away from"), required=False)
    until_on = DayField(_l("Away until"), required=False)

    def offer(self, colleagues: Sequence[Any], things: Sequence[Any]) -> None:
        several = len({place for _uid, _name, place, _me in colleagues}) > 1
        self.to.offer(
            (uid, _name(name, place if several else "", is_me))
            for uid, name, place, is_me in colleagues
        )
        self.things.offer((each.key, _label(each)) for each in things)

    def check(self) -> None:
        """Refuses a form that says two things; nobody's list goes by a slip."""
        if self.which.data == ALL and self.things.data:
            raise Refused(
                N_("You ticked some and chose everything. Choose one of the two."),
                field="which",
            )
        if self.when.data == FOR_GOOD and (self.from_on.data or self.until_on.data):
            raise Refused(
                N_("You wrote days. Choose the time away, or take the days out."),
                field="when",
            )

    @property
    def chosen(self) -> list[str] | None:
        """Keys of what was ticked, None for everything."""
        return None if self.which.data == ALL else self.things.data

    @property
    def days(self) -> tuple[Any, Any] | None:
        """The days away, None for good."""
        if self.when.data != AWAY:
            return None
        return self.from_on.data, self.until_on.data


def _label(thing: Any) -> str:
    kind = _("Panel") if thing.key.startswith("panel:") else _("Work")
    words = f"{kind}: {thing.name}"
    return words if thing.is_own else _("%(what)s (nobody has it)", what=words)


def _name(name: str, place: str, is_me: bool) -> str:
    words = _("%(name)s (you)", name=name) if is_me else name
    return f"{words}, {place}" if place else words
