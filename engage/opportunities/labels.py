"""How the choices of a post are named on screen."""

from typing import Any

from engage.core.errors import N_
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    PayKind,
    ProjectStage,
    Story,
    WorkActivity,
)
from engage.panels.rules import SeatRole

KINDS = {
    OpportunityKind.CONSULTING: N_("Consulting"),
    OpportunityKind.TRAINING: N_("Training"),
    OpportunityKind.ADVISORY_BOARD: N_("Advisory board"),
}
ACTIVITIES = {
    WorkActivity.MEETING: N_("Meeting"),
    WorkActivity.FACILITATION: N_("Leading a training or group"),
    WorkActivity.DOCUMENT_REVIEW: N_("Reading a document"),
    WorkActivity.SPEAKING: N_("Speaking"),
    WorkActivity.PEER_MENTORSHIP: N_("Peer mentorship"),
    WorkActivity.FELLOWSHIP: N_("Fellowship seat"),
    WorkActivity.PAID_LEARNING: N_("Paid learning"),
}
STAGES = {
    ProjectStage.DEVELOPMENT: N_("Being planned"),
    ProjectStage.IMPLEMENTATION: N_("Being carried out"),
    ProjectStage.EVALUATION: N_("Being evaluated"),
}
PAY_KINDS = {
    PayKind.HOURLY: N_("By the hour"),
    PayKind.SESSION_STIPEND: N_("A fixed amount for each session"),
    PayKind.MONTH_STIPEND: N_("A fixed amount for each month"),
    PayKind.HONORARIUM: N_("One amount for all of it"),
}
STORIES = {
    Story.NONE: N_("Not part of this"),
    Story.WELCOME: N_("Welcome, never required"),
}
ROLES = {
    SeatRole.MEMBER: N_("Member"),
    SeatRole.CHAIR: N_("Chair"),
    SeatRole.PRESENTER: N_("Presenter"),
    SeatRole.FACILITATOR: N_("Facilitator"),
    SeatRole.INTERPRETER: N_("Interpreter"),
    SeatRole.REVIEWER: N_("Reviewer"),
}
STATES = {
    OpportunityStatus.DRAFT: N_("Drafts"),
    OpportunityStatus.POSTED: N_("Asking people"),
    OpportunityStatus.FILLED: N_("Every seat is taken"),
    OpportunityStatus.UNDER_WAY: N_("Under way"),
    OpportunityStatus.FINISHED: N_("Finished"),
    OpportunityStatus.CANCELLED: N_("Cancelled"),
}

# The lines of the form, in its order; a finding or a gap is named by them.
FIELDS: dict[str, str] = {
    "title": N_("Title"),
    "kind": N_("Kind"),
    "activity": N_("What people will do"),
    "stage": N_("Where the project is"),
    "topics": N_("Topics"),
    "what_is_asked": N_("What you ask for"),
    "how_input_is_used": N_("How you will use the input"),
    "sessions": N_("Sessions"),
    "preparation_minutes": N_("Preparation for each session"),
    "travel_minutes": N_("Travel for each session, both ways"),
    "debrief_minutes": N_("Debrief after each session"),
    "is_in_person": N_("How people take part"),
    "place": N_("Place or link"),
    "access": N_("Access"),
    "languages": N_("Languages spoken"),
    "interpretation": N_("Interpretation"),
    "seats_wanted": N_("How many survivor leaders"),
    "seat_role": N_("Their role"),
    "who_is_in_the_room": N_("Who is in the room"),
    "has_law_enforcement": N_("Will law enforcement be there?"),
    "recording": N_("Recording or photographs"),
    "story": N_("Personal story"),
    "not_expected": N_("What will not be expected"),
    "support_person": N_("Support person"),
    "funding_line": N_("Funding line"),
    "pay_kind": N_("How it is paid"),
    "rate_cents": N_("Amount"),
    "expenses": N_("Expenses"),
    "costs_cents": N_("Most for travel and other costs of one person"),
    "category_reason": N_("Why this pays from another kind of money"),
    "advances": N_("Costs paid ahead"),
    "if_we_cancel": N_("If you cancel"),
    "reply_by": N_("Last day to answer"),
}


def translated(names: dict[Any, str], say: Any) -> list[tuple[str, Any]]:
    """(value, words) for a list to choose from; `say` translates."""
    return [(str(value), say(words)) for value, words in names.items()]
