"""How a report names what it lists, in the reader's language."""

from flask_babel import gettext as _

from engage.panels.forms import ROLES
from engage.panels.rules import FlagStatus, VoiceState, sentence_for


def headers() -> list[str]:
    return [
        _("Organization"),
        _("Panel"),
        _("What it is about"),
        _("State or role"),
        _("Since"),
        _("Until"),
        _("Plan"),
        _("Done by"),
        _("Survivor seat, an hour"),
        _("Professional seat, an hour"),
        _("Reason"),
    ]


def for_csv() -> dict[str, str]:
    """Words for each state, status and role; `pay` for a difference in pay."""
    return {
        **{
            str(each): _(sentence_for(each, False))
            for each in VoiceState
            if each is not VoiceState.MET
        },
        str(FlagStatus.RAISED): _("No plan yet"),
        str(FlagStatus.ANSWERED): _("Plan in place"),
        str(FlagStatus.CLEARED): _("Cleared"),
        **{str(role): str(name) for role, name in ROLES.items()},
        "pay": _("Survivor seat paid less for the same role"),
    }
