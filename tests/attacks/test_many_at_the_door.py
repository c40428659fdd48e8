"""F30: very many sign-ins at once; other pages stay quick, and memory is bounded."""

import re
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Lock
from time import perf_counter, sleep
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from argon2 import PasswordHasher
from flask import Flask

from engage.people import passwords
from tests.faults.test_deploys import web, workers_of
from tests.people import accounts
from tests.site import serve

FEW, MANY = 12, 200
MOST_SECONDS, MOST_MIB = 1.0, 300
FULL = "Many people are at the door"
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


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


@contextmanager
def asked(
    url: str, sent: dict[str, str] | None = None, cookie: str = "", *, number: int = 0
) -> Iterator[Any]:
    """The answer; each number asks from another address of this machine."""
    place, here = urlsplit(url), (f"127.0.1.{number % 250 + 1}", 0)
    headers = {"Cookie": cookie} if cookie else {}
    if sent is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with closing(
        HTTPConnection(
            str(place.hostname), place.port, timeout=120, source_address=here
        )
    ) as connection:
        method, body = ("GET", None) if sent is None else ("POST", urlencode(sent))
        connection.request(method, place.path, body, headers)
        yield connection.getresponse()


@pytest.fixture
def counted(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    fresh_app.config.pop("ARGON2", None)  # as slow as it is
    monkeypatch.setattr(passwords, "PasswordHasher", Counting)
    with fresh_app.app_context():
        accounts.consultant("paper-boat-lamp")
    Counting.now = Counting.most = Counting.done = 0
    return fresh_app


def storm(url: str, count: int, door: str) -> list[tuple[int, bool]]:
    """So many sign-ins at the same moment, each with a name and address of its own.

    Gives for each the status, and whether the door was full.
    """
    with asked(f"{url}/in") as answer:
        cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]
        found = TOKEN.search(answer.read().decode())
    assert found is not None

    def attempt(number: int) -> tuple[int, bool]:
        sent = {"name": f"boat {number} lamp", "password": "x", "csrf_token": found[1]}
        with asked(f"{door}/in", sent, cookie, number=number) as answer:
            return int(answer.status), FULL in answer.read().decode()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))


def looks(url: str, stopped: Event) -> list[float]:
    """How long other pages take meanwhile."""
    found = []
    while not stopped.is_set():
        began = perf_counter()
        with asked(f"{url}/safety") as answer:
            assert answer.status == 200
            answer.read()
        found.append(perf_counter() - began)
        sleep(0.02)
    return found


class Storm(NamedTuple):
    late: float  # the 95th of a hundred waits for another page meanwhile, in seconds
    sent_away: int  # how many found the door full
    lasted: float  # in seconds


def while_many(url: str, count: int, door: str = "") -> Storm:
    """Looks at another page while so many sign in, at a web of their own or not."""
    stopped = Event()
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(looks, url, stopped)
        began = perf_counter()
        answers = storm(url, count, door or url)
        lasted = perf_counter() - began
        stopped.set()
        waits = sorted(looking.result())
    assert {status for status, _ in answers} == {422}
    sent_away = sum(full for _, full in answers)
    return Storm(waits[int(len(waits) * 0.95)], sent_away, lasted)


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.prove)])
def test_some_at_once_wait_in_a_short_queue(counted: Flask, count: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with serve(counted) as url:
        while_many(url, count)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert Counting.most <= passwords.AT_ONCE
    assert 0 < Counting.done <= count
    assert grown / 1024 < MOST_MIB


def most_memory(pids: set[str]) -> float:
    """The most MiB that these programs have held, together."""
    kept = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return sum(int(re.findall(r"VmHWM:\s+(\d+) kB", one)[0]) for one in kept) / 1024


@pytest.mark.prove
def test_200_at_once_leave_other_pages_quick(
    fresh_app: Flask, tmp_path: Path, record_property: Any
) -> None:
    """At the servers as the sample units start them, and all of them are heard."""
    here = "http://127.0.0.1"
    with (
        web(fresh_app, tmp_path) as (port, pages),
        web(fresh_app, tmp_path, "door") as (door_port, door),
    ):
        url, at = f"{here}:{port}", f"{here}:{door_port}"
        workers = workers_of(pages) | workers_of(door)
        while_many(url, FEW, at)
        before = most_memory(workers)
        seen = while_many(url, MANY, at)
        grown = most_memory(workers) - before
        assert workers_of(pages) | workers_of(door) == workers
    record_property("p95 of another page", f"{seen.late:.2f} s")
    record_property("the last of them was answered after", f"{seen.lasted:.1f} s")
    record_property("memory grown by", f"{grown:.0f} MiB")
    assert seen.late < MOST_SECONDS
    assert seen.sent_away == 0
    assert grown < MOST_MIB


@pytest.mark.prove
def test_control_at_one_web_with_the_pages_most_are_sent_away(
    fresh_app: Flask, tmp_path: Path
) -> None:
    with web(fresh_app, tmp_path) as (port, _):
        assert while_many(f"http://127.0.0.1:{port}", MANY).sent_away > MANY / 2


@pytest.mark.prove
def test_control_without_the_queue_many_hash_at_once(
    counted: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Open:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(passwords, "_Turn", Open)
    with serve(counted) as url:
        storm(url, FEW, url)
    assert Counting.most > passwords.AT_ONCE
