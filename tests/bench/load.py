"""Asking a running server for pages from several connections at once."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from statistics import quantiles
from typing import NamedTuple
from urllib.parse import urlencode


class Figures(NamedTuple):
    """What came of asking for one page for a while."""

    path: str
    status: int
    size: int
    per_second: float
    median_ms: float
    slow_ms: float  # the 95th percentile


class Visitor:
    """One person's browser, as far as a benchmark needs it: cookies and forms."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def enter(self, uid: str) -> "Visitor":
        """Sign in by the demo door."""
        page = self.ask("GET", "/in")[1].decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        token = found[1] if found else ""
        status, _ = self.ask("POST", "/in/demo", csrf_token=token, person=uid)
        assert status == 303, status
        return self

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, bytes]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            return self.on(line, method, path, **fields)

    def on(
        self, line: HTTPConnection, method: str, path: str, **fields: str
    ) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, urlencode(fields) or None, headers)
        answer = line.getresponse()
        body = answer.read()
        self._keep(answer)
        return answer.status, body

    def _keep(self, answer: HTTPResponse) -> None:
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value


def measure(
    visitor: Visitor, path: str, *, connections: int = 8, seconds: float = 5
) -> Figures:
    """Ask for one page on `connections` kept-open lines, and time each answer."""
    status, body = visitor.ask("GET", path)
    took: list[float] = []
    until = time.perf_counter() + seconds

    def ask_on() -> None:
        with closing(HTTPConnection("127.0.0.1", visitor.port, timeout=60)) as line:
            took.extend(_times(visitor, line, path, until))

    began = time.perf_counter()
    threads = [threading.Thread(target=ask_on) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(took) / (time.perf_counter() - began)
    cuts = [each * 1000 for each in quantiles(took, n=20)]
    return Figures(path, status, len(body), rate, cuts[9], cuts[18])


def _times(
    visitor: Visitor, line: HTTPConnection, path: str, until: float
) -> Iterator[float]:
    while (start := time.perf_counter()) < until:
        visitor.on(line, "GET", path)
        yield time.perf_counter() - start
