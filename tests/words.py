"""Every sentence of the program, taken out as for a translator."""

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.house import ROOT

KEYWORDS = {
    "_": None, "N_": None, "_l": None, "gettext": None, "lazy_gettext": None,
    "ngettext": (1, 2),
}  # fmt: skip
SOURCES = [
    ("engage/**.py", "python"),
    ("templates/**", "jinja2"),
    ("engage/opportunities/words/**", "engage.opportunities.word_lists:extract"),
]
SPANISH = ROOT / "engage/translations/es/LC_MESSAGES/messages.po"


@cache
def extracted() -> Catalog:
    """All sentences, with where they stand."""
    catalog = Catalog(project="Engage", charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(
        str(ROOT), SOURCES, keywords=KEYWORDS, comment_tags=()
    ):
        place = (Path(name).as_posix(), line)
        catalog.add(message, None, [place], auto_comments=comments, context=context)
    return catalog


@cache
def spanish() -> Catalog:
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")
