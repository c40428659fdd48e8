"""Libraries are pinned by hash; an audit that did not look says so and fails."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import dependencies as made_of
from tests.house import ROOT

LOCK = (
    "one==1.0 \\\n    --hash=sha256:" + "a" * 64 + "\n"
    "Two.of==2.0 ; python_full_version < '3.12' \\\n"
    "    --hash=sha256:" + "b" * 64 + " \\\n    --hash=sha256:" + "c" * 64 + "\n"
)
SEEN = [
    {"name": "one", "version": "1.0", "vulns": []},
    {"name": "two-of", "version": "2.0", "vulns": []},
]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK)
    return path


def answers(found: Any, code: int = 0, wrong: str = "") -> made_of.Run:
    text = found if isinstance(found, str) else json.dumps({"dependencies": found})
    return lambda command: subprocess.CompletedProcess(command, code, text, wrong)


def test_every_library_is_pinned_by_hash() -> None:
    text = made_of.LOCK.read_text()
    found = made_of.pins(text)
    lines = [line for line in text.splitlines() if "==" in line]
    assert len(found) == len(lines) > 40
    assert all(pin.hashes for pin in found)
    assert "--index-url" not in text
    assert "http" not in text.replace("httptools", "")
    wanted = re.findall(r"(?m)^([\w.-]+)(?:\[\w+\])?==", _requirements())
    locked = {made_of._plain(pin.name) for pin in found}
    tools = {"pytest", "hypothesis", "time-machine"}
    assert {made_of._plain(name) for name in wanted} - locked - tools == set()


def _requirements() -> str:
    return (ROOT / "requirements.txt").read_text().partition("# --- pulled in")[0]


def test_a_line_without_its_hash_is_not_pinned() -> None:
    assert made_of.pins("one==1.0\n") == []
    assert [pin.name for pin in made_of.pins(LOCK)] == ["one", "Two.of"]


def test_all_looked_at_and_nothing_found(lock: Path) -> None:
    assert made_of.audit(lock, answers(SEEN)) == []


def test_what_is_weak_is_named(lock: Path) -> None:
    weak = {**SEEN[0], "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]}
    (said,) = made_of.audit(lock, answers([weak, SEEN[1]], 1))
    assert said == "one 1.0: CVE-1, mended in 1.1"


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ("", 1),
        ("", 0),
        ("No known vulnerabilities found", 0),
        ([], 0),
        (SEEN[:1], 0),
        ([*SEEN[:1], {"name": "two-of", "skip_reason": "not found"}], 0),
        ([*SEEN, {"name": "three", "skip_reason": "not found"}], 0),
        (SEEN, 1),
    ],
)
def test_what_could_not_be_looked_at_is_not_audited(
    lock: Path, found: Any, code: int
) -> None:
    with pytest.raises(made_of.NotAudited):
        made_of.audit(lock, answers(found, code, "nobody answered"))


def test_the_list_of_parts_has_every_library_and_its_hash(lock: Path) -> None:
    made = made_of.parts(lock)
    (one, two), copied = made["components"][:2], made["components"][2:]
    assert one["purl"] == "pkg:pypi/one@1.0"
    assert two["purl"] == "pkg:pypi/two-of@2.0"
    assert [each["alg"] for each in two["hashes"]] == ["SHA-256", "SHA-256"]
    assert {each["name"] for each in copied} == {
        path.name for path in made_of.VENDORED.iterdir()
    }


SECRET = re.compile(
    r"sk_live_[A-Za-z0-9]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[A-Z0-9]{16}"
    r"|(?i:(?:secret|master|lookup)_key\s*=\s*[\"'][A-Za-z0-9+/=]{24,}[\"'])"
)


def test_no_secret_stands_in_the_source() -> None:
    folders = ("engage", "docs", "migrations", "static/js", "templates")
    kinds = {".py", ".md", ".conf", ".service", ".sample", ".sql", ".js", ".html"}
    found = [
        path.name
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds and SECRET.search(path.read_text())
    ]
    assert found == []
    assert SECRET.search('MASTER_KEY = "' + "abcdefgh" * 4 + '"')
