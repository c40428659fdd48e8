"""`make prove`: the long run; writes what it found to docs/proof, dated, to be kept.

Give pytest arguments to run a part: `make prove ARGS="tests/races"`.
"""

import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tests.house import ROOT

FOLDER = ROOT / "docs" / "proof"


def main(arguments: list[str]) -> int:
    began, clock = datetime.now(UTC), time.monotonic()
    seed = os.environ.setdefault("PROOF_SEED", str(random.randrange(10**9)))
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        code = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "prove", f"--junitxml={results}"]
            + ["-o", "junit_family=xunit1"]  # the one in which figures may stand
            + [f"--randomly-seed={seed}", f"--hypothesis-seed={seed}", *arguments],
            cwd=ROOT,
            env={**os.environ, "PROOF": "1", "REQUIRE": "all"},
            check=False,
        ).returncode
        if not results.exists():
            return code
        cases = list(ElementTree.parse(results).iter("testcase"))  # noqa: S314 - ours
    page = FOLDER / f"{began:%Y-%m-%d-%H%M}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    facts = about(began, time.monotonic() - clock, seed, arguments)
    page.write_text("\n".join([*facts, *sorted(map(line, cases))]) + "\n")
    sys.stdout.write(f"{page.relative_to(ROOT)}\n")
    return code


def about(
    began: datetime, seconds: float, seed: str, arguments: list[str]
) -> list[str]:
    """What anyone needs to run the same again."""
    return [
        f"# Proof of {began:%B %d, %Y, %H:%M} UTC",
        "",
        f"- commit: {git('rev-parse', 'HEAD')}{changed()}",
        f'- run: `make prove ARGS="{" ".join(arguments)}"`, seed {seed}',
        f"- machine: {os.cpu_count()} cores, {platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}",
        f"- took {seconds / 60:.1f} minutes",
        "",
        "| what | outcome | seconds | figures |",
        "| --- | --- | ---: | --- |",
    ]


def line(case: ElementTree.Element) -> str:
    """One test as a row: its figures are what it gave to `record_property`."""
    bad = [
        kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None
    ]
    figures = ", ".join(
        f"{each.get('name')} {each.get('value')}" for each in case.iter("property")
    )
    name = f"{case.get('classname', '')}.{case.get('name', '')}".removeprefix("tests.")
    time_taken = float(case.get("time", "0"))
    return f"| {name} | {bad[0] if bad else 'held'} | {time_taken:.1f} | {figures} |"


def git(*command: str) -> str:
    return subprocess.run(
        ["git", *command], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


def changed() -> str:
    return " (with changes)" if git("status", "--porcelain") else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
