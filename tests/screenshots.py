"""`make screenshots`: the pictures of the README, taken on fresh sample data."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browsing import WIDE, browsing, enter, sample, serving
from tests.house import ROOT

FOLDER = ROOT / "docs" / "screenshots"
# (file, heading on the sign-in page, list, address of a thing in it, what it has)
SHOTS = (
    ("offer", "Consultants", "/asks", r"/asks/[a-z0-9]{20}", "#counted"),
    ("panel", "Coordinators", "/groups", r"/groups/[a-z0-9]{20}", "form [name=plan]"),
    ("run", "Finance", "/runs", r"/runs/[a-z0-9]{20}", "#no_interest"),
)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(sample(Path(folder))) as server,
        browsing() as chromium,
    ):
        for name, *what in SHOTS:
            size = {"width": WIDE[0], "height": WIDE[1]}
            page = chromium.new_page(base_url=server.url, viewport=size)
            find(page, *what)
            page.screenshot(path=FOLDER / f"{name}.png")
            sys.stdout.write(f"{name}.png: {page.title()}\n")
            page.close()


def find(page: Any, role: str, where: str, address: str, has: str) -> None:
    """Open the first such thing that anybody of that role has."""
    page.goto("/in")
    for name in page.eval_on_selector_all(
        f"h3:text-is('{role}') + ul button", "all => all.map(one => one.textContent)"
    ):
        enter(page, name)
        page.goto(where)
        links = page.eval_on_selector_all(
            "main a", "all => all.map(one => one.getAttribute('href'))"
        )
        for link in links:
            if re.fullmatch(address, link or ""):
                page.goto(link)
                if page.locator(has).count():
                    return
        page.context.clear_cookies()
    raise SystemExit(f"nobody has anything at {where}")


if __name__ == "__main__":
    main()
