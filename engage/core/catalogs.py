"""Compiled translations: made from the .po files where they are older or missing."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[1] / "translations"


def compile_stale(folder: Path = FOLDER) -> list[str]:
    """Languages whose catalog was compiled now; one that is up to date is left."""
    done = []
    for text in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        compiled = text.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= text.stat().st_mtime:
            continue
        with text.open("rb") as source:
            catalog = read_po(source, locale=text.parts[-3])
        # Renamed into place, since a running server may be reading the one before.
        fresh = compiled.with_suffix(".new")
        with fresh.open("wb") as target:
            write_mo(target, catalog)
        fresh.replace(compiled)
        done.append(text.parts[-3])
    return done


if __name__ == "__main__":
    compile_stale()
