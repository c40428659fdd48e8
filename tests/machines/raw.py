"""The rows of the database as they are, with no model of engage between."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engage.core.db import Base, db
from tests.machines.naive import Meeting

Line = Mapping[str, Any]
TABLES = (
    "person",
    "work_limits",
    "work_minutes",
    "availability_window",
    "availability_exception",
    "pause",
    "silent_filter",
    "opportunity",
    "work_session",
    "named_ask",
    "alias",
    "offer",
    "engagement",
    "panel",
    "seat",
    "count_choice",
    "voice_flag",
    "funding_line",
    "reservation",
    "hours_entry",
)
# What every consultant has before a limit was first set: the middle way of the product.
UNSET = {
    "week_minutes": 8 * 60,
    "month_minutes": 24 * 60,
    "at_once": 3,
    "invitations_30": 8,
    "notice_days": 5,
    "story_90": 1,
    "rest_days": 3,
}


class Raw:
    """All rows of one moment, by table."""

    def __init__(self) -> None:
        self.tables = {name: rows(name) for name in TABLES}
        self.posts = self.by_id("opportunity")
        self.offers = self.by_id("offer")
        self.people = self.by_id("person")
        self.engagements = self.by_id("engagement")
        self.limits: dict[int, Line] = {
            each["person_id"]: each for each in self.tables["work_limits"]
        }
        self.minutes: dict[int, list[Line]] = defaultdict(list)
        for each in self.tables["work_minutes"]:
            self.minutes[each["person_id"]].append(each)

    def by_id(self, name: str) -> dict[int, Line]:
        return {each["id"]: each for each in self.tables[name]}

    def of(self, name: str, **values: object) -> list[Line]:
        return [
            each
            for each in self.tables[name]
            if all(each[column] == value for column, value in values.items())
        ]

    def limits_of(self, person_id: int) -> Line:
        return self.limits.get(person_id, UNSET)

    def meetings(self, post_id: int, after: datetime | None = None) -> list[Meeting]:
        """The sessions of a post, those to come only where a moment is given."""
        post = self.posts[post_id]
        return [
            Meeting(
                each["starts_at"],
                each["minutes"],
                post["preparation_minutes"],
                post["travel_minutes"],
                post["debrief_minutes"],
            )
            for each in sorted(
                self.of("work_session", opportunity_id=post_id),
                key=lambda one: one["starts_at"],
            )
            if after is None or each["starts_at"] > after
        ]

    def is_story(self, post_id: int) -> bool:
        post = self.posts[post_id]
        return post["activity"] == "speaking" or post["story"] == "welcome"


def rows(name: str) -> list[Line]:
    table = Base.metadata.tables[name]
    order = table.c.id if "id" in table.c else next(iter(table.primary_key))
    return list(db.session.execute(sa.select(table).order_by(order)).mappings())
