"""The programs of a journey: each has an installation of its own, and a cast."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engage.app import create_app
from engage.settings import Settings
from tests.browsing import serving
from tests.house import ROOT
from tests.journeys.cast import Cast, gather
from tests.journeys.story import Story


@pytest.fixture
def script() -> bool:
    """No script runs, unless a journey says so."""
    return False


@pytest.fixture
def story(
    chromium: Any,
    language: str,
    size: tuple[int, int],
    script: bool,
    demo_folder: Path,
    tmp_path: Path,
) -> Iterator[Story]:
    later = str(ROOT / "tests/later.py")
    shutil.copytree(demo_folder, tmp_path, dirs_exist_ok=True)
    with serving(tmp_path, "--config", later, "--timeout", "0") as server:
        app = create_app(Settings.from_environment(server.env))
        yield Story(server, app, chromium, language, size, script)


@pytest.fixture
def cast(story: Story) -> Cast:
    with story.app.app_context():
        found = gather()
    story.zone = found.zone
    return found
