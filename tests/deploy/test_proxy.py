"""The sample of the proxy in a real nginx, before the webs of the sample units."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPSConnection
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask

from tests import tls, tools
from tests.faults.test_deploys import free_port, wait_until, web
from tests.house import ROOT

pytestmark = pytest.mark.prove

CONF = ROOT / "docs" / "deploy" / "nginx.conf"
THEIRS = "/etc/letsencrypt/live/engage.example.org"
GONE = 502


class Proxy(NamedTuple):
    port: int
    folder: Path
    webs: dict[str, "subprocess.Popen[bytes]"]

    def ask(self, method: str, path: str) -> int:
        context = ssl.create_default_context(cafile=self.folder / "certificate.pem")
        connection = HTTPSConnection("localhost", self.port, context=context)
        try:
            connection.request(method, path, b"" if method == "POST" else None)
            return connection.getresponse().status
        finally:
            connection.close()

    def end(self, unit: str) -> None:
        """That web is gone, as when its unit is stopped."""
        self.webs[unit].send_signal(signal.SIGTERM)
        self.webs[unit].wait(40)


def sample(folder: Path, port: int, ports: dict[str, int]) -> str:
    """The sample with this test's names, ports and folder in place of its own."""
    text = CONF.read_text()
    for old, new in {
        f"{THEIRS}/fullchain.pem": f"{folder}/certificate.pem",
        f"{THEIRS}/privkey.pem": f"{folder}/key.pem",
        "engage.example.org": "localhost",
        "/var/log/nginx": str(folder),
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{free_port()}",
        "unix:/run/engage/web.sock": f"127.0.0.1:{ports['web']}",
        "unix:/run/engage-door/door.sock": f"127.0.0.1:{ports['door']}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    user = "user root;\n" if os.geteuid() == 0 else ""
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{user}pid {folder}/pid;\ndaemon off;\nevents {{}}\nhttp {{\n{kept}{text}}}\n"
    )


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def proxy(fresh_app: Flask, tmp_path: Path) -> Iterator[Proxy]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        tools.missing("nginx", "install it, on Debian `apt install nginx-light`")
    tls.certificate(tmp_path)
    with ExitStack() as webs:
        opened = {
            unit: webs.enter_context(web(fresh_app, tmp_path, unit))
            for unit in ("web", "door")
        }
        port, conf = free_port(), tmp_path / "nginx.conf"
        ports = {unit: port for unit, (port, _) in opened.items()}
        conf.write_text(sample(tmp_path, port, ports))
        start = [program, "-e", str(tmp_path / "start.log"), "-c", str(conf)]
        checked = subprocess.run([*start, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen(start)
        found = Proxy(port, tmp_path, {unit: at for unit, (_, at) in opened.items()})
        try:
            wait_until(lambda: listens(port))
            yield found
        finally:
            process.terminate()
            process.wait(20)


def kept_lines(proxy: Proxy) -> str:
    return (proxy.folder / "engage.log").read_text()


def test_passwords_go_to_the_door_and_all_else_to_the_web(proxy: Proxy) -> None:
    usual = proxy.ask("GET", "/in"), proxy.ask("POST", "/in")
    assert usual == (200, 400)  # what has no token of a form is refused
    assert proxy.ask("DELETE", "/in") == 403
    proxy.end("web")
    assert proxy.ask("GET", "/in") == proxy.ask("GET", "/safety") == GONE
    assert proxy.ask("POST", "/in/key") == proxy.ask("POST", "/") == GONE
    assert proxy.ask("POST", "/in") == proxy.ask("POST", "/back") == 400
    assert kept_lines(proxy) == ""


def test_without_a_door_the_web_weighs_them(proxy: Proxy) -> None:
    proxy.end("door")
    assert (proxy.ask("GET", "/in"), proxy.ask("POST", "/in")) == (200, 400)
    assert kept_lines(proxy) == ""
