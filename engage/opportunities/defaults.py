"""What a new draft begins with, so that its author types only what is new."""

from engage.core.errors import N_
from engage.opportunities.rules import WorkActivity
from engage.panels.rules import SeatRole

# Preparation, travel and debrief minutes for each session.
MINUTES: dict[WorkActivity, tuple[int, int, int]] = {
    WorkActivity.MEETING: (60, 0, 30),
    WorkActivity.FACILITATION: (120, 0, 30),
    WorkActivity.DOCUMENT_REVIEW: (0, 0, 15),
    WorkActivity.SPEAKING: (120, 0, 60),
    WorkActivity.PEER_MENTORSHIP: (30, 0, 30),
    WorkActivity.FELLOWSHIP: (120, 0, 30),
    WorkActivity.PAID_LEARNING: (0, 0, 15),
}

ROLES: dict[WorkActivity, SeatRole] = {
    WorkActivity.DOCUMENT_REVIEW: SeatRole.REVIEWER,
    WorkActivity.SPEAKING: SeatRole.PRESENTER,
    WorkActivity.FACILITATION: SeatRole.PRESENTER,
}

# Said in the author's language when the draft is made.
TEXTS = {
    "if_we_cancel": N_(
        "If we cancel less than 3 business days before a session, you are paid for "
        "the whole session. Preparation you have done and your costs are always paid."
    ),
    "expenses": N_("We pay travel, childcare and access costs on top of your pay."),
    "advances": N_("We can pay costs ahead. Tell us what you need."),
    "not_expected": N_(
        "You do not have to speak about your past. You do not have to speak for "
        "others. You may leave at any time."
    ),
}


def minutes(activity: WorkActivity) -> dict[str, int]:
    """The three lengths of time that come with each session, by column."""
    preparation, travel, debrief = MINUTES[activity]
    return {
        "preparation_minutes": preparation,
        "travel_minutes": travel,
        "debrief_minutes": debrief,
    }


def role(activity: WorkActivity) -> SeatRole:
    return ROLES.get(activity, SeatRole.MEMBER)
