from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engage.core import crypto
from engage.core.db import Base, Row, enum_type
from engage.workload.rules import Activity


class WorkLimits(Base):
    """A consultant's own limits; None is no limit. Nobody else can read or set them."""

    __tablename__ = "work_limits"
    __table_args__ = (
        sa.CheckConstraint("week_minutes >= 0", "week_minutes"),
        sa.CheckConstraint("month_minutes >= 0", "month_minutes"),
        sa.CheckConstraint("at_once >= 0", "at_once"),
        sa.CheckConstraint("invitations_30 >= 0", "invitations_30"),
        sa.CheckConstraint("story_90 >= 0", "story_90"),
        sa.CheckConstraint("rest_days >= 0", "rest_days"),
        sa.CheckConstraint("notice_days >= 0", "notice_days"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    week_minutes: Mapped[int | None]
    month_minutes: Mapped[int | None]
    at_once: Mapped[int | None]
    invitations_30: Mapped[int | None]
    story_90: Mapped[int | None]
    rest_days: Mapped[int] = mapped_column(default=0)
    notice_days: Mapped[int] = mapped_column(default=0)

    ABOUT_A_PERSON = frozenset(
        {"person_id", "week_minutes", "month_minutes", "at_once"}
        | {"invitations_30", "story_90", "rest_days", "notice_days"}
    )


class AvailabilityWindow(Row):
    """A weekly time in the consultant's own zone; no window at all means any time."""

    __tablename__ = "availability_window"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", "weekday"),
        sa.CheckConstraint(
            "start_minute >= 0 AND end_minute <= 1440 AND start_minute < end_minute",
            "minutes",
        ),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    weekday: Mapped[int]
    start_minute: Mapped[int]
    end_minute: Mapped[int]

    ABOUT_A_PERSON = frozenset({"person_id", "weekday", "start_minute", "end_minute"})


class AvailabilityException(Row):
    """One day that is free or not, whatever the weekly times say."""

    __tablename__ = "availability_exception"
    __table_args__ = (sa.UniqueConstraint("person_id", "day"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    day: Mapped[date]
    is_free: Mapped[bool] = mapped_column(default=False)

    ABOUT_A_PERSON = frozenset({"person_id", "day", "is_free"})


class Pause(Base):
    """No asks from a day on, until a day or until taken away; no reason exists."""

    __tablename__ = "pause"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    ABOUT_A_PERSON = frozenset({"person_id", "starts_on", "ends_on"})


class SilentFilter(Row):
    """What a consultant does not want to be asked for; nobody else learns of it."""

    __tablename__ = "silent_filter"
    __table_args__ = (
        sa.CheckConstraint(
            "kind IN ('organization', 'law_enforcement', 'travel')", "kind"
        ),
        sa.UniqueConstraint("person_id", "kind", "organization_id"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    organization_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organization.id")
    )

    ABOUT_A_PERSON = frozenset({"person_id", "kind", "organization_id"})


class AvoidedTopics(Base):
    """Topics that never reach a consultant, sealed: what they are would tell a life."""

    __tablename__ = "avoided_topics"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    topics_sealed: Mapped[bytes]

    ABOUT_A_PERSON = frozenset({"person_id", "topics_sealed"})

    def read(self, subject: str) -> set[str]:
        """The keys of the topics; `subject` is the person's own."""
        place = (self.__tablename__, "topics_sealed", str(self.person_id))
        text = crypto.open_sealed(subject, *place, self.topics_sealed)
        return set(text.split(",")) - {""}

    def write(self, subject: str, topics: Iterable[str]) -> None:
        place = (self.__tablename__, "topics_sealed", str(self.person_id))
        self.topics_sealed = crypto.seal(subject, *place, ",".join(sorted(topics)))


class StoryMark(Base):
    """An engagement (or a yes on condition) is speaking or near a personal story.

    By its card, or `is_own`: by the consultant afterwards, whom nobody is told of.
    """

    __tablename__ = "story_mark"

    group: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    is_own: Mapped[bool] = mapped_column(default=False)

    ABOUT_A_PERSON = frozenset({"person_id", "group", "is_own"})


class WorkMinutes(Row):
    """Minutes of one source on one local day: held, agreed, or logged.

    `source` is "offer:uid", "engagement:uid" or "hours:uid"; `group` is the engagement
    (or offer) they count for, so that logged minutes take the place of agreed ones.
    """

    __tablename__ = "work_minutes"
    __table_args__ = (
        sa.CheckConstraint("minutes > 0", "minutes"),
        sa.Index("ix_work_minutes_person_id_day", "person_id", "day"),
        sa.Index("ix_work_minutes_group", "group"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    day: Mapped[date]
    minutes: Mapped[int]
    activity: Mapped[Activity] = mapped_column(enum_type(Activity))
    source: Mapped[str] = mapped_column(sa.String(40))
    group: Mapped[str] = mapped_column(sa.String(40))

    ABOUT_A_PERSON = frozenset({"person_id", "day", "minutes", "activity"})


class AskCount(Base):
    """How many asks reached a person on a day, whatever came of them; 90 days."""

    __tablename__ = "ask_count"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]

    ABOUT_A_PERSON = frozenset({"person_id", "day", "count"})
