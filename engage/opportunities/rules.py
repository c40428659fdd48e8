from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from engage.core.calendar import add_business_days
from engage.core.errors import N_, Refused
from engage.funding.rules import PayKind as PayKind

LONGEST_PROMISE_DAYS = 30
NOTICE = timedelta(hours=72)
ANSWER_TIME = timedelta(hours=48)
LONGEST_SESSION = timedelta(hours=12)
FARTHEST = timedelta(days=730)


class OpportunityStatus(StrEnum):
    DRAFT = "draft"
    POSTED = "posted"
    FILLED = "filled"
    UNDER_WAY = "under_way"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class OpportunityKind(StrEnum):
    CONSULTING = "consulting"
    TRAINING = "training"
    ADVISORY_BOARD = "advisory_board"


class WorkActivity(StrEnum):
    MEETING = "meeting"
    FACILITATION = "facilitation"
    DOCUMENT_REVIEW = "document_review"
    SPEAKING = "speaking"
    PEER_MENTORSHIP = "peer_mentorship"
    FELLOWSHIP = "fellowship"
    PAID_LEARNING = "paid_learning"


class Story(StrEnum):
    NONE = "none"
    WELCOME = "welcome"


class ProjectStage(StrEnum):
    DEVELOPMENT = "development"
    IMPLEMENTATION = "implementation"
    EVALUATION = "evaluation"


class Level(StrEnum):
    """Of a finding: an error blocks posting, a warning asks, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_S = OpportunityStatus
MOVES: dict[tuple[OpportunityStatus, str], OpportunityStatus] = {
    (_S.DRAFT, "post"): _S.POSTED,
    (_S.DRAFT, "cancel"): _S.CANCELLED,
    (_S.POSTED, "fill"): _S.FILLED,
    (_S.POSTED, "begin"): _S.UNDER_WAY,
    (_S.POSTED, "cancel"): _S.CANCELLED,
    (_S.FILLED, "reopen"): _S.POSTED,  # somebody left, a seat is open again
    (_S.FILLED, "begin"): _S.UNDER_WAY,
    (_S.FILLED, "cancel"): _S.CANCELLED,
    (_S.UNDER_WAY, "finish"): _S.FINISHED,
    (_S.UNDER_WAY, "cancel"): _S.CANCELLED,
}

# The expectations card, in the order in which a consultant reads it.
CARD: tuple[tuple[str, str], ...] = (
    ("what_is_asked", N_("Say what is asked.")),
    ("who_is_in_the_room", N_("Say who is in the room.")),
    ("has_law_enforcement", N_("Say whether law enforcement is in the room.")),
    ("recording", N_("Say whether anything is recorded or photographed.")),
    ("story", N_("Say whether a personal story is welcome, or not part of this.")),
    ("sessions", N_("Add at least one session with a date.")),
    ("preparation_minutes", N_("Say how much preparation it takes, or none.")),
    ("travel_minutes", N_("Say how much travel it takes, or none.")),
    ("debrief_minutes", N_("Say how much time a debrief takes, or none.")),
    ("place", N_("Give the place, or say that it is by link.")),
    ("access", N_("Say what there is for access, such as step-free rooms.")),
    ("languages", N_("Name the languages that are spoken.")),
    ("interpretation", N_("Say whether there is interpretation.")),
    ("stage", N_("Choose the stage of the project.")),
    ("pay_kind", N_("Choose how this work is paid.")),
    ("rate_cents", N_("Say what this work pays.")),
    ("pay_by", N_("Say by when it is paid.")),
    ("expenses", N_("Say which expenses are paid.")),
    ("advances", N_("Say whether costs can be paid ahead.")),
    ("if_we_cancel", N_("Say what is paid if you cancel.")),
    ("support_person", N_("Name who is there for support.")),
    ("how_input_is_used", N_("Say how the input will be used.")),
    ("not_expected", N_("Say what will not be expected.")),
)


def after(status: OpportunityStatus, move: str) -> OpportunityStatus:
    if (status, move) not in MOVES:
        raise Refused(
            N_("This opportunity was changed meanwhile. Open it again to see it.")
        )
    return MOVES[status, move]


def missing_lines(card: Mapping[str, object]) -> list[tuple[str, str]]:
    """(field, what to write) for each line that is empty; "no" and 0 are answers.

    Fields are named as the columns; `sessions` is any sequence of them and `pay_by`
    what pay_by() gives for the last one.
    """
    return [(field, ask) for field, ask in CARD if _is_empty(field, card.get(field))]


def _is_empty(field: str, value: object) -> bool:
    if isinstance(value, str):
        return not any(sign.isalnum() for sign in value)  # a dot is no answer
    if field == "rate_cents":
        return not isinstance(value, int) or value <= 0
    if isinstance(value, Sequence):
        return not any(str(each).strip() for each in value)
    return value is None


def is_story_near(activity: WorkActivity, story: Story | None) -> bool:
    """Whether work counts towards the limit for speaking, as its card has it."""
    return activity is WorkActivity.SPEAKING or story is Story.WELCOME


def check_post(
    card: Mapping[str, object],
    levels: Iterable[Level],
    *,
    status: OpportunityStatus,
    trained_until: date | None,
    today: date,
) -> None:
    """`levels` of the wording findings that are left; the money is funding's to check.

    `trained_until` is the end of the author's training record, None without one.
    """
    after(status, "post")
    if trained_until is None or trained_until < today:
        raise Refused(
            N_(
                "Posting needs a training record that is still valid. Ask your "
                "administrator to add yours."
            )
        )
    missing = missing_lines(card)
    if missing:
        field, sentence = missing[0]
        raise Refused(sentence, field=field)
    if Level.ERROR in levels:
        raise Refused(N_("Change the marked words before you post this."))


def check_sessions(
    sessions: Sequence[tuple[datetime, datetime]],
    now: datetime,
    *,
    notice: timedelta = NOTICE,
) -> None:
    """Start and end of each session, aware; refuses what nobody could still answer."""
    if not sessions:
        raise Refused(N_("Add at least one session with a date."), field="sessions")
    ordered = sorted(sessions)
    for starts_at, ends_at in ordered:
        _check_session(starts_at, ends_at, now)
    if ordered[0][0] < now + notice:
        raise Refused(
            N_(
                "The first session is too soon for people to choose freely. Leave at "
                "least %(hours)s hours."
            ),
            field="sessions",
            hours=int(notice.total_seconds() // 3600),
        )
    for (_, ends_at), (starts_at, _) in zip(ordered, ordered[1:], strict=False):
        if starts_at < ends_at:
            raise Refused(
                N_("Two sessions overlap. Change one of them."), field="sessions"
            )


def _check_session(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise Refused(
            N_("A session lies in the past. Choose a day that is still to come."),
            field="sessions",
        )
    if ends_at <= starts_at or ends_at - starts_at > LONGEST_SESSION:
        raise Refused(
            N_("A session ends after it starts, and takes 12 hours at most."),
            field="sessions",
        )
    if starts_at > now + FARTHEST:
        raise Refused(
            N_("A session is more than two years away. Check the year."),
            field="sessions",
        )


def check_reply_by(
    reply_by: datetime, first_session: datetime, asked_at: datetime
) -> None:
    """`asked_at` is when the first people are asked, which may be the next morning."""
    if reply_by < asked_at + ANSWER_TIME:
        raise Refused(N_("Give people at least 48 hours to answer."), field="reply_by")
    if reply_by >= first_session:
        raise Refused(
            N_("The last day to answer has to be before the first session."),
            field="reply_by",
        )


def pay_by(worked_on: date, promise_business_days: int) -> date:
    """The promised day, in business days; never more than 30 calendar days after."""
    promised = add_business_days(worked_on, promise_business_days)
    return min(promised, worked_on + timedelta(days=LONGEST_PROMISE_DAYS))


def check_draft(status: OpportunityStatus) -> None:
    """What was posted has been read by people: it is never changed under them."""
    if status is not OpportunityStatus.DRAFT:
        raise Refused(
            N_("This is no longer a draft. Use it again as a new one to change it.")
        )


def check_ask_again(
    status: OpportunityStatus, seats: int, old: datetime, new: datetime
) -> None:
    """More seats, a later day, or both, before the work begins."""
    if status not in {OpportunityStatus.POSTED, OpportunityStatus.FILLED}:
        raise Refused(
            N_("This work is not being asked for. Use it again as a new draft.")
        )
    if status is OpportunityStatus.FILLED and not seats:
        raise Refused(N_("Every seat is taken. Open one more seat."), field="seats")
    if new < old:
        raise Refused(
            N_("People were told they have until %(day)s. Choose that day or later."),
            field="reply_by",
            day=old,
        )
