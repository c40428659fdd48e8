"""Pictures of pages: `python -m tests.screenshots` makes those of the README.

`--all DIR` makes one of every page x role, wide and narrow, in both languages.
"""

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engage.core.access import Role
from tests import conftest
from tests.browsing import FLAGS, NARROW, WIDE, chromium_program
from tests.filled import fill_up
from tests.house import ROOT
from tests.pages import Spot
from tests.site import Site, by_person, serve

README = ROOT / "docs/screenshots"
SHOWN = {
    "offer": ("offers.show", "", Role.CONSULTANT),
    "panel": ("panels.show", "", Role.COORDINATOR),
    "payments": ("payouts.show", "", Role.FINANCE),
}


@contextmanager
def sample_site() -> Iterator[Site]:
    """A small installation, and a browser to look at it."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = f"sqlite:///{folder}/engage.sqlite"
        conftest.make_tables(Path(folder), address)
        browser = playwright.chromium.launch(
            executable_path=chromium_program(), args=list(FLAGS)
        )
        with conftest.running(Path(folder), address) as app:
            with serve(fill_up(app, "small")) as url:
                yield Site(app, url, browser)
        browser.close()


def shoot(page: Any, spot: Spot, target: Path, *, whole: bool) -> None:
    page.goto(spot.path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=target, full_page=whole)


def for_readme(site: Site) -> None:
    README.mkdir(parents=True, exist_ok=True)
    for name, (endpoint, variant, role) in SHOWN.items():
        spot = next(
            each
            for each in site.spots()
            if (each.endpoint, each.variant, each.role) == (endpoint, variant, role)
        )
        with site.window(spot.person_id, "en", WIDE) as (page, _):
            shoot(page, spot, README / f"{name}.png", whole=False)


def everything(site: Site, folder: Path, languages: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        for size in (WIDE, NARROW):
            for person_id, spots in by_person(site.templates()).items():
                with site.window(person_id, language, size) as (page, _):
                    for spot in spots:
                        name = spot.name.replace(" as ", "-").replace(" ", "_")
                        name = f"{name}-{size[0]}-{language}.png"
                        shoot(page, spot, folder / name, whole=True)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--all", metavar="DIR", type=Path)
    parser.add_argument("--language", action="append", choices=["en", "es"])
    chosen = parser.parse_args()
    with sample_site() as site:
        if chosen.all:
            everything(site, chosen.all, chosen.language or ["en", "es"])
        else:
            for_readme(site)


if __name__ == "__main__":
    main()
