"""F30: very many sign-ins at once; other pages stay quick, and memory is bounded."""

import resource
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Event, Lock
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from argon2 import PasswordHasher
from flask import Flask

from engage.people import passwords
from tests.clients import Browser
from tests.people import accounts
from tests.site import serve

FEW, MANY = 12, 200
MOST_SECONDS, MOST_KIB = 1.0, 300 * 1024


class Counting(PasswordHasher):
    """Hashes as always, and knows how many did so at the same time."""

    lock, now, most, done = Lock(), 0, 0, 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        with self.lock:
            Counting.now += 1
            Counting.done += 1
            Counting.most = max(Counting.most, Counting.now)
        try:
            return super().verify(hash, password)
        finally:
            with self.lock:
                Counting.now -= 1


def ask(url: str, method: str = "GET", body: str = "", cookie: str = "") -> int:
    place = urlsplit(url)
    connection = HTTPConnection(str(place.hostname), int(place.port or 80), timeout=120)
    headers = {"Cookie": cookie} if cookie else {}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, place.path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.fixture
def counted(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    fresh_app.config.pop("ARGON2", None)  # as slow as it is
    monkeypatch.setattr(passwords, "PasswordHasher", Counting)
    with fresh_app.app_context():
        accounts.consultant("paper-boat-lamp")
    Counting.now = Counting.most = Counting.done = 0
    return fresh_app


def storm(app: Flask, url: str, count: int) -> list[int]:
    """So many sign-ins at the same moment, each with a name of its own."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    token, cookie = browser.csrf_token(), browser.get_cookie("id")
    assert cookie is not None

    def attempt(number: int) -> int:
        sent = {"name": f"boat {number} lamp", "password": "x", "csrf_token": token}
        return ask(f"{url}/in", "POST", urlencode(sent), f"id={cookie.value}")

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))


def looks(url: str, stopped: Event) -> list[float]:
    """How long other pages take meanwhile."""
    found = []
    while not stopped.is_set():
        began = perf_counter()
        assert ask(f"{url}/safety") == 200
        found.append(perf_counter() - began)
        sleep(0.02)
    return found


def check(app: Flask, count: int) -> float:
    """The 95th of a hundred waits for another page; all else is asserted."""
    before, stopped = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, Event()
    with serve(app) as url, ThreadPoolExecutor(1) as pool:
        assert ask(f"{url}/safety") == 200
        looking = pool.submit(looks, url, stopped)
        answers = storm(app, url, count)
        stopped.set()
        waits = sorted(looking.result())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert set(answers) == {422}
    assert Counting.most <= passwords.AT_ONCE
    assert 0 < Counting.done <= count
    assert grown < MOST_KIB
    return waits[int(len(waits) * 0.95)]


def test_some_at_once_wait_in_a_short_queue(counted: Flask) -> None:
    check(counted, FEW)


@pytest.mark.prove
def test_200_at_once_leave_other_pages_quick(
    counted: Flask, record_property: Any
) -> None:
    wait = check(counted, MANY)
    record_property("p95 of another page", f"{wait:.2f} s")
    assert wait < MOST_SECONDS


@pytest.mark.prove
def test_control_without_the_queue_many_hash_at_once(
    counted: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Open:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(passwords, "_Turn", Open)
    with serve(counted) as url:
        storm(counted, url, FEW)
    assert Counting.most > passwords.AT_ONCE
