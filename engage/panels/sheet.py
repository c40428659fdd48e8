"""Reading the seats of a board from lines of text: all of it, or what is wrong."""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from engage.core.errors import N_, Refused
from engage.panels.names import looks_like_a_person
from engage.panels.rules import SeatKind, SeatRole

Known = TypeVar("Known")
COLUMNS = ("role", "kind", "label", "starts_on", "ends_on")
NEEDED = ("role", "kind")
MOST_BYTES, MOST_ROWS, MOST_LABEL, MOST_SHOWN = 40_000, 200, 80, 20
SAMPLE = (
    "role,kind,label,starts_on,ends_on\r\n"
    "member,survivor,,2026-01-15,2028-01-14\r\n"
    "member,survivor,,2026-07-01,2028-06-30\r\n"
    "chair,professional,Harbor Legal Aid,2026-01-15,2028-01-14\r\n"
    "member,professional,County Health Department,,\r\n"
)
KINDS = {str(each): each for each in SeatKind} | {"survivor leader": SeatKind.SURVIVOR}
NOT_TEXT = N_(
    "This is not plain text in UTF-8. In your spreadsheet, save it as CSV UTF-8."
)
TOO_LONG = N_("This is too long. Bring in at most %(most)s seats at a time.")
NO_NAMES = N_(
    "Leave the label of a survivor leader empty. No name of theirs is kept here."
)
A_NAME = N_(
    "The label looks like the name of a person. Write their organization, "
    "such as Harbor Legal Aid."
)
UNKNOWN_COLUMNS = N_(
    "Use only these columns: %(columns)s. Names of people are not wanted here."
)


class Row(NamedTuple):
    role: SeatRole
    kind: SeatKind
    label: str
    starts_on: date | None
    ends_on: date | None


class Problem(NamedTuple):
    """What is wrong in a row, counted as a spreadsheet counts; 0 is the whole text.

    It never repeats what was written: that may be somebody's name.
    """

    row: int
    refused: Refused


@dataclass
class Sheet:
    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # of each row
    problems: list[Problem] = field(default_factory=list)


def read_bytes(data: bytes) -> Sheet:
    """A file as it was saved; an encoding that is not UTF-8 is refused in words."""
    if len(data) > MOST_BYTES:
        return _refused(TOO_LONG, most=MOST_ROWS)
    try:
        return read(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _refused(NOT_TEXT)


def read(text: str) -> Sheet:
    """The rows below one line of column names, separated by comma, semicolon or tab."""
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return _refused(TOO_LONG, most=MOST_ROWS)
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd]", text):
        return _refused(NOT_TEXT)
    try:
        lines = list(_lines(text))
    except csv.Error:
        return _refused(N_("A quotation mark is opened and not closed."))
    if not lines:
        return _refused(N_("Nothing is here yet. Paste one row for each seat."))
    return _sheet(lines[0][1], lines[1:])


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    first = text.lstrip().partition("\n")[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [cell.strip() for cell in cells]


def _sheet(header: list[str], lines: Sequence[tuple[int, list[str]]]) -> Sheet:
    names = [re.sub(r"[\s-]+", "_", name.lower()) for name in header]
    if set(names) - set(COLUMNS) or len(set(names)) < len(names):
        return _refused(UNKNOWN_COLUMNS, columns=", ".join(COLUMNS))
    if not set(NEEDED) <= set(names):
        return _refused(
            N_("The first line names the columns: %(columns)s."),
            columns=", ".join(COLUMNS),
        )
    if len(lines) > MOST_ROWS:
        return _refused(TOO_LONG, most=MOST_ROWS)
    sheet = Sheet()
    for number, cells in lines:
        try:
            sheet.rows.append(_row(names, cells))
            sheet.numbers.append(number)
        except Refused as refused:
            sheet.problems.append(Problem(number, refused))
    if not lines:
        return _refused(N_("Only the column names are here. Add one row for a seat."))
    return sheet


def _row(names: list[str], cells: list[str]) -> Row:
    if len(cells) > len(names):
        raise Refused(N_("This row has more cells than there are columns."))
    found = dict(zip(names, cells, strict=False))
    role = _one_of(found.get("role", ""), {str(each): each for each in SeatRole})
    if role is None:
        raise Refused(
            N_("Write one of these roles: %(roles)s."), roles=", ".join(SeatRole)
        )
    kind = _one_of(found.get("kind", ""), KINDS)
    if kind is None:
        raise Refused(N_("Write “survivor” or “professional” as the kind."))
    label = found.get("label", "")
    check_label(kind, label)
    starts_on, ends_on = (_day(found.get(each, "")) for each in COLUMNS[3:])
    if starts_on and ends_on and ends_on < starts_on:
        raise Refused(N_("The term ends before it starts."))
    return Row(role, kind, label, starts_on, ends_on)


def check_label(kind: SeatKind, label: str) -> None:
    """Survivor leaders have no label here; professionals have their organization."""
    if kind is SeatKind.SURVIVOR:
        if label:
            raise Refused(NO_NAMES, field="label")
        return
    if not label:
        raise Refused(N_("Name the organization they come from."), field="label")
    if len(label) > MOST_LABEL:
        raise Refused(
            N_("Please use at most %(most)s letters."), field="label", most=MOST_LABEL
        )
    if looks_like_a_person(label):
        raise Refused(A_NAME, field="label")


def check_open(sheet: Sheet, today: date) -> None:
    """Add a problem for each term that is over already."""
    over = Refused(N_("This term is over. Leave the row out."))
    sheet.problems += [
        Problem(number, over)
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if row.ends_on is not None and row.ends_on < today
    ]


def _one_of(typed: str, known: dict[str, Known]) -> Known | None:
    return known.get(" ".join(typed.lower().split()))


def _day(typed: str) -> date | None:
    if not typed:
        return None
    wrong = Refused(N_("Write a day as 2026-12-31 or 12/31/2026, or leave it empty."))
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", typed, re.ASCII)
    spoken = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", typed, re.ASCII)
    if iso:
        year, month, day = (int(each) for each in iso.groups())
    elif spoken:
        month, day, year = (int(each) for each in spoken.groups())
    else:
        raise wrong
    if not 2000 <= year <= 2100:
        raise wrong
    try:
        return date(year, month, day)
    except ValueError:
        raise wrong from None


def keys(rows: Iterable[Row]) -> list[bytes]:
    """A key for each row, the same whenever it comes again; like rows are counted."""
    seen: Counter[Row] = Counter()
    found = []
    for row in rows:
        seen[row] += 1
        text = "\n".join([*(str(each or "") for each in row), str(seen[row])])
        found.append(hashlib.sha256(text.encode()).digest())
    return found


def in_words(
    problems: Sequence[Problem], say: Callable[[Refused], str] = str
) -> list[str]:
    """At most twenty sentences with their row; the rest is counted."""
    said = [
        f"{one.row}: {say(one.refused)}" if one.row else say(one.refused)
        for one in problems[:MOST_SHOWN]
    ]
    more = len(problems) - MOST_SHOWN
    return [*said, f"+ {more}"] if more > 0 else said


def _refused(sentence: str, **values: Any) -> Sheet:
    return Sheet(problems=[Problem(0, Refused(sentence, **values))])
