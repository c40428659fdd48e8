"""Fixtures for a real browser: the program itself on sample data, and Chromium.

`server` is one for the whole session: what a journey writes stays for the next one.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import tools
from tests.house import ROOT

FLAGS = (
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, NARROW = (1280, 900), (390, 844)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class Server(NamedTuple):
    """A running program: its address, and the environment of its commands."""

    url: str
    env: dict[str, str]

    def run(self, *command: str) -> str:
        """A command on the same data, such as run("worker", "--once")."""
        return flask(self.env, *command)


def flask(env: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def demo_environment(folder: Path) -> dict[str, str]:
    kept = {"PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH"}
    env = {name: value for name, value in os.environ.items() if name in kept}
    return {**env, "ENGAGE_MODE": "demo", "DEMO_FOLDER": str(folder)}


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int, path: str = "/in") -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status < 500
        except OSError:
            return False


def wait_for(
    port: int, running: subprocess.Popen[bytes], log: Path, seconds: float = 60
) -> None:
    until = time.monotonic() + seconds
    while not answers(port):
        late = running.poll() is not None or time.monotonic() > until
        assert not late, f"no page answered in time:\n{log.read_text()[-3000:]}"
        time.sleep(0.1)


def sample(folder: Path) -> Path:
    """A folder with a database, its keys and sample data, made by the commands."""
    env = demo_environment(folder)
    flask(env, "db", "upgrade")
    flask(env, "demo-data", "--size", "small")
    return folder


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """The program as it is served: gunicorn, and the sample in that folder."""
    env, port, log = demo_environment(folder), free_port(), folder / "log"
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--no-control-socket"]
    command += ["--bind", f"127.0.0.1:{port}", "--threads", "8", *options]
    with log.open("w") as written:
        web = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=written, stderr=subprocess.STDOUT
        )
        try:
            wait_for(port, web, log)
            yield Server(f"http://127.0.0.1:{port}", env)
        finally:
            web.terminate()
            web.wait(20)


@contextmanager
def browsing() -> Iterator[Any]:
    """Chromium as the machine has it, through Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        tools.missing("Playwright", "`pip install -r requirements-dev.txt`")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        tools.missing("Chromium", "install it, on Debian `apt install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample made once, to be copied."""
    return sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def server(
    demo_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One running program for the session."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(demo_folder, folder, dirs_exist_ok=True)
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for the session; pages are made from it."""
    with browsing() as browser:
        yield browser


NewPage = Callable[..., Any]


@pytest.fixture
def new_page(chromium: Any, server: Server) -> Iterator[NewPage]:
    """new_page(language="es", size=NARROW, script=False): a fresh browser's page.

    Anything the page asks of another machine, or complains of, fails the test.
    """
    contexts, wrong = [], []

    def make(
        language: str = "en", size: tuple[int, int] = WIDE, *, script: bool = True
    ) -> Any:
        context = chromium.new_context(
            base_url=server.url,
            locale={"en": "en-US", "es": "es-US"}[language],
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda asked: note_foreign(asked.url, server.url, wrong))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: note_complaint(line, wrong))
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def note_foreign(url: str, own: str, wrong: list[str]) -> None:
    if not url.startswith((own, "data:", "about:", "blob:")):
        wrong.append(f"asked another machine: {url}")


def note_complaint(line: Any, wrong: list[str]) -> None:
    # Chromium also logs every 4xx answer, which pages may rightly give.
    if line.type == "error" and "Failed to load resource" not in line.text:
        wrong.append(f"complained: {line.text}")


@pytest.fixture
def page(new_page: NewPage) -> Any:
    """One wide English page, nobody signed in."""
    return new_page()


def enter(page: Any, name: str) -> Any:
    """Sign in by the demo door as the person whose button says `name`."""
    page.goto("/in")
    page.locator("form[action*='/in/demo'] button", has_text=name).first.click()
    page.wait_for_url(lambda url: "/in" not in url)
    return page


def axe(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA: one line a place."""
    from axe_playwright_python.sync_playwright import Axe

    only = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
    found = Axe().run(page, options=only).response["violations"]
    return [
        f"{rule['id']}: {' '.join(node['target'])}"
        for rule in found
        for node in rule["nodes"]
    ]
