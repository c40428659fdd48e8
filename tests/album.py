"""`python -m tests.album DIR`: a picture of every page, to be looked at by somebody.

Wide and narrow, in both languages, on sample data; `--only NAME` makes some of them.
"""

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import conftest
from tests.browsing import NARROW, WIDE, browsing
from tests.filled import fill_up
from tests.site import Site, by_person, serve


@contextmanager
def sample_site(size: str = "small") -> Iterator[Site]:
    """An installation with sample data, and a browser to look at it."""
    with tempfile.TemporaryDirectory() as folder, browsing() as chromium:
        address = f"sqlite:///{folder}/engage.sqlite"
        conftest.make_tables(Path(folder), address)
        with (
            conftest.running(Path(folder), address) as app,
            serve(fill_up(app, size)) as url,
        ):
            yield Site(app, url, chromium)


def shoot(site: Site, folder: Path, languages: list[str], only: str) -> None:
    """One file for each page x width x language, named so that neighbors sort."""
    folder.mkdir(parents=True, exist_ok=True)
    spots = [spot for spot in site.templates() if only in spot.name]
    for language in languages:
        for size in (WIDE, NARROW):
            for person_id, theirs in by_person(spots).items():
                with site.window(person_id, language, size) as (page, _):
                    for spot in theirs:
                        page.goto(spot.path)
                        name = spot.name.replace(" as ", "-").replace(" ", "_")
                        name = f"{name}-{size[0]}-{language}.png"
                        page.screenshot(path=folder / name, full_page=True)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", action="append", choices=["en", "es"])
    parser.add_argument("--size", default="small", choices=["small", "state"])
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    with sample_site(chosen.size) as site:
        languages = chosen.language or ["en", "es"]
        shoot(site, chosen.folder, languages, chosen.only)


if __name__ == "__main__":
    main()
