"""What holds at every moment, whatever was done: from raw rows and the book alone."""

from collections import Counter, defaultdict
from typing import Any

import sqlalchemy as sa

from engage.core.db import db
from tests.machines import naive
from tests.machines.book import LIVE, Book
from tests.machines.naive import Pieces
from tests.machines.raw import Raw

MONEY = ("set_aside", "reserved", "approved", "paid")


def check(book: Book, raw: Raw) -> None:
    minutes(book, raw)
    money(book, raw)
    voices(raw)
    seats(raw)
    shapes(book, raw)


def minutes(book: Book, raw: Raw) -> None:
    """Minutes held are what is agreed or held on condition; logged ones are logged."""
    held: dict[str, Pieces] = defaultdict(Counter)
    logged: Pieces = Counter()
    for rows in raw.minutes.values():
        for row in rows:
            of = held[row["group"]] if row["source"] == row["group"] else logged
            of[row["day"], str(row["activity"])] += row["minutes"]
    agreed = {group: pieces for group, pieces in book.pieces.items() if pieces}
    assert dict(held) == agreed, "minutes held are not what is agreed"
    said: Pieces = Counter()
    for entry in raw.tables["hours_entry"]:
        if entry["status"] != "withdrawn":
            said[entry["day"], str(entry["activity"])] += entry["minutes"]
    assert logged == said, "minutes logged are not what was logged"


def money(book: Book, raw: Raw) -> None:
    """Each line holds the money of what is posted and agreed, and never more than its
    balance; each source holds its own."""
    held: Counter[str] = Counter()
    lines: Counter[int] = Counter()
    for row in raw.tables["reservation"]:
        assert row["stage"] in MONEY
        assert row["cents"] >= 0
        held[row["source"]] += row["cents"]
        lines[row["line_id"]] += row["cents"]
    expected = {
        f"opportunity:{raw.posts[each]['uid']}": cents
        for each, cents in book.aside.items()
    } | {
        f"engagement:{raw.engagements[each]['uid']}": cents
        for each, cents in book.kept.items()
    }
    assert +held == +Counter(expected), "money held is not what is agreed"
    for line in raw.tables["funding_line"]:
        assert lines[line["id"]] == sum(book.on_line(line["id"], raw))
        assert lines[line["id"]] <= line["balance_cents"], "the line is overspent"


def voices(raw: Raw) -> None:
    """Each panel's open flag says what the rule says of its rows."""
    chosen: dict[int, dict[int, bool]] = defaultdict(dict)
    for row in raw.tables["count_choice"]:
        chosen[row["panel_id"]][row["person_id"]] = bool(row["is_counted"])
    for panel in raw.tables["panel"]:
        if panel["ended_on"] is not None:
            continue
        here = raw.of("seat", panel_id=panel["id"])
        state = naive.voice(here, chosen[panel["id"]], panel["minimum_voices"])
        wanted = [] if state == "met" or len(here) < 2 else [state]
        flags = [
            str(flag["state"])
            for flag in raw.of("voice_flag", panel_id=panel["id"])
            if flag["status"] != "cleared"
        ]
        assert flags == wanted, "the open flag is not the voice of the panel"


def seats(raw: Raw) -> None:
    """Nobody has two places, no place two people, and no post more than it asks for."""
    by_seat = raw.by_id("seat")
    for row in raw.engagements.values():
        if row["status"] in LIVE and row["seat_id"] is not None:
            assert by_seat[row["seat_id"]]["person_id"] == row["person_id"]
            assert by_seat[row["seat_id"]]["status"] == "held"
    for post in raw.posts.values():
        taken = [
            each
            for each in raw.of("engagement", opportunity_id=post["id"])
            if each["status"] in (*LIVE, "finished")
        ]
        held = raw.of("offer", opportunity_id=post["id"], status="conditional")
        assert len(taken) + len(held) <= post["seats_wanted"], "too many yeses"
        for offer in held if post["status"] == "posted" else ():
            assert by_seat[offer["seat_id"]]["status"] in ("open", "awaiting")


def shapes(book: Book, raw: Raw) -> None:
    """A no leaves nothing: every closed offer is the same row but for whose it is."""
    names = {"id", "uid", "opportunity_id", "person_id", "reply_by"}
    found: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for row in db.session.execute(sa.text("SELECT * FROM offer")).mappings():
        rest = {key: value for key, value in row.items() if key not in names}
        found[row["status"]].add(tuple(sorted(map(repr, rest.items()))))
    for status in ("waiting", "closed"):
        assert len(found[status]) < 2, f"two kinds of {status}"
    for offer in raw.offers.values():
        assert offer["reply_by"] == book.until[offer["id"]], "an ask's day moved"


def agreed(raw: Raw) -> tuple[list[Any], ...]:
    """All that a change of one's own wishes has to leave as it is."""
    names = ("engagement", "work_minutes", "seat", "offer", "reservation")
    return tuple([dict(row) for row in raw.tables[name]] for name in names)
