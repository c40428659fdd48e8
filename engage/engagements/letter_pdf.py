import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engage.core.errors import N_, Refused
from engage.engagements.letter_signs import plain

HERE = Path(__file__).parent
FONTS = HERE.parent.parent / "static" / "vendor" / "uswds" / "fonts"
SECONDS = 15  # a letter takes a tenth of a second; a stuck one is given up


def pdf(words: Mapping[str, Any], *, seconds: float = SECONDS) -> bytes:
    """The letter as a tagged PDF (PDF/UA-1); the same words give the same bytes.

    `words` is what `letter_words.content` gives. Nothing is fetched: the typefaces lie
    beside the program.
    """
    asked = {"words": _plain(words), "fonts": str(FONTS), "page": _page()}
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and words as data
            [sys.executable, "-I", str(HERE / "letter_press.py")],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=seconds,
            check=True,
        )
    except subprocess.TimeoutExpired as late:
        raise Refused(
            N_("The letter takes too long to make just now. Try it again in a while.")
        ) from late
    return done.stdout


@cache
def _page() -> str:
    return (HERE / "letter.typ").read_text("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
