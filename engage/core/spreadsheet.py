"""CSV downloads as RFC 4180 has them, in which no cell becomes a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from flask import Response

Cell = str | int | Decimal | date | None
# What a spreadsheet may read as the beginning of a formula, wide signs too.
FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")  # noqa: RUF001


def csv_text(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Lines that end in CRLF; what could be a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(header) for header in headers])
    writer.writerows([[_safe(cell) for cell in row] for row in rows])
    return out.getvalue()


def _safe(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def dollars(cents: int) -> Decimal:
    """An amount as a number with two digits, for a cell that can be summed."""
    return Decimal(cents).scaleb(-2).quantize(Decimal("0.01"))


def csv_file(
    name: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Response:
    """A download; the mark at its start tells spreadsheets that it is UTF-8."""
    text = "\ufeff" + csv_text(headers, rows)
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
