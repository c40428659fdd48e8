import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engage.core.errors import N_, Refused
from engage.core.paper_signs import plain

HERE = Path(__file__).parent
FONTS = HERE.parent.parent / "static" / "vendor" / "uswds" / "fonts"
SECONDS = 15  # a page takes a tenth of a second; a stuck one is given up


def pdf(words: Mapping[str, Any], *, seconds: float = SECONDS) -> bytes:
    """Words as a tagged PDF (PDF/UA-1); the same words give the same bytes.

    `words` has a language, a title, a heading, a lead, a footer and sections, each as
    `section` makes it. Nothing is fetched: the typefaces lie beside the program.
    """
    asked = {"words": _plain(words), "fonts": str(FONTS), "page": _page()}
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and words as data
            [sys.executable, "-I", str(HERE / "paper_press.py")],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=seconds,
            check=True,
        )
    except subprocess.TimeoutExpired as late:
        raise Refused(
            N_("This file takes too long to make just now. Try it again in a while.")
        ) from late
    return done.stdout


def section(heading: str, **parts: Any) -> dict[str, Any]:
    """One part of a page: sentences, (term, value) lines, and a table.

    `numbers` are the table's columns, counted from 0, that stand at the right.
    """
    empty: dict[str, Any] = {"sentences": [], "lines": [], "headers": [], "rows": []}
    return {"heading": heading, **empty, "numbers": [], **parts}


@cache
def _page() -> str:
    return (HERE / "paper.typ").read_text("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
