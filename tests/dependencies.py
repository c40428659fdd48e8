"""What Engage is made of, and whether any of it is known to be unsafe.

`python -m tests.dependencies audit` asks the index's list of weaknesses about every
line of requirements.lock, and fails where it could not look: a list that was not read
is no clean list. `python -m tests.dependencies parts FILE` writes the parts as
CycloneDX JSON; it asks nobody.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.house import ROOT

LOCK = ROOT / "requirements.lock"
VENDORED = ROOT / "static" / "vendor"
COMMAND = [
    sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip",
    "--progress-spinner", "off", "--format", "json", "--requirement",
]  # fmt: skip
_PIN = re.compile(r"(?m)^([A-Za-z0-9._-]+)==(\S+?)(?: ;.*?)?((?: \\\n +--hash=\S+)+)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

Run = Callable[[list[str]], "subprocess.CompletedProcess[str]"]


class Pin(NamedTuple):
    name: str
    version: str
    hashes: tuple[str, ...]


class NotAudited(Exception):
    """Nobody looked, or not at everything."""


def pins(text: str) -> list[Pin]:
    """Each library of a lock file; a line without its hashes is none."""
    return [
        Pin(name, version.rstrip(";"), tuple(_HASH.findall(hashes)))
        for name, version, hashes in _PIN.findall(text)
    ]


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words


def audit(lock: Path, run: Run = run) -> list[str]:
    """Known weaknesses, a line each; NotAudited unless every library was looked at."""
    done = run([*COMMAND, str(lock)])
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError) as broken:
        raise NotAudited(done.stderr.strip()[-500:] or "no answer") from broken
    looked = {_plain(each["name"]) for each in found if "vulns" in each}
    missed = {_plain(pin.name) for pin in pins(lock.read_text())} - looked
    if missed or any("skip_reason" in each for each in found):
        raise NotAudited(f"not looked at: {', '.join(sorted(missed)) or 'some'}")
    weak = [
        f"{each['name']} {each['version']}: {one['id']}, mended in"
        f" {', '.join(one.get('fix_versions') or ['no version yet'])}"
        for each in found
        for one in each["vulns"]
    ]
    if done.returncode and not weak:
        raise NotAudited(done.stderr.strip()[-500:])
    return weak


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def parts(lock: Path) -> dict[str, Any]:
    """The libraries of a lock file, and what is copied into static/vendor."""
    libraries = [
        {
            "type": "library",
            "name": pin.name,
            "version": pin.version,
            "purl": f"pkg:pypi/{_plain(pin.name)}@{pin.version}",
            "hashes": [{"alg": "SHA-256", "content": each} for each in pin.hashes],
        }
        for pin in pins(lock.read_text())
    ]
    copied = [
        {"type": "library", "name": path.name, "description": f"in {_place(path)}"}
        for path in sorted(VENDORED.iterdir())
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "engage"}},
        "components": [*libraries, *copied],
    }


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main(words: list[str]) -> int:
    if words[:1] == ["parts"] and len(words) == 2:
        made = json.dumps(parts(LOCK), indent=1, sort_keys=True)
        Path(words[1]).write_text(made + "\n")
        return 0
    try:
        weak = audit(LOCK)
    except NotAudited as why:
        print(f"NOT AUDITED: {why}")  # noqa: T201 - for whoever runs it
        return 2
    number = len(pins(LOCK.read_text()))
    print("\n".join(weak) or f"{number} libraries, none known to be unsafe.")  # noqa: T201 - the same
    return 1 if weak else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
