"""Password hashes: what a check costs, and how many run at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask

from engage.core.errors import Refused
from engage.people import passwords

RIGHT = "river copper tuesday onion"


def test_the_hash_is_what_the_security_page_says(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.config, "ARGON2")
    found = extract_parameters(passwords.hashed(RIGHT))
    assert (found.type.name, found.memory_cost) == ("ID", 46 * 1024)
    assert (found.time_cost, found.parallelism) == (1, 1)


@pytest.mark.usefixtures("app")
def test_only_the_right_password_of_a_known_name_fits() -> None:
    kept = passwords.hashed(RIGHT)
    assert passwords.is_right(RIGHT, kept)
    assert not passwords.is_right(RIGHT + " ", kept)
    assert not passwords.is_right(RIGHT, None)
    assert not passwords.is_right(RIGHT, "none")
    assert not passwords.is_right("\x00é" * 50, kept)


class Counting(PasswordHasher):
    work = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        Counting.work += 1
        return super().verify(hash, password)


@pytest.mark.usefixtures("app")
def test_an_unknown_name_costs_the_check_of_a_known_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = passwords.hashed(RIGHT)
    passwords.is_right("x", None)  # the decoy is made once
    monkeypatch.setattr(passwords, "PasswordHasher", Counting)
    costs = []
    for known in (kept, None):
        Counting.work = 0
        passwords.is_right("wrong", known)
        costs.append(Counting.work)
    assert costs == [1, 1]


class Slow:
    """A hasher that stands still until it may go on, and counts who is inside."""

    def __init__(self) -> None:
        self.go_on, self.lock = Event(), Lock()
        self.inside = self.most = 0

    def hash(self, password: str) -> str:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.go_on.wait(10)
        with self.lock:
            self.inside -= 1
        return password


def test_two_hash_at_once_a_few_wait_and_the_rest_are_told_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(passwords, "_hasher", lambda: slow)

    def one(_: int) -> str:
        with app.app_context():
            try:
                return passwords.hashed(RIGHT)
            except Refused as refused:
                return refused.sentence

    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(one, number) for number in range(20)]
        for _ in range(200):
            if sum(each.done() for each in asked) == 12:
                break
            time.sleep(0.02)
        slow.go_on.set()
        answers = [each.result() for each in asked]

    places = passwords.AT_ONCE + passwords.WAITING
    assert answers.count(RIGHT) == places == 8
    assert slow.most == passwords.AT_ONCE


@pytest.mark.usefixtures("app")
def test_strength_knows_the_name_and_takes_long_passwords() -> None:
    assert passwords.strength("paperboatlamp", "paperboatlamp") < 3
    assert passwords.strength(RIGHT) >= 3
    assert passwords.strength("correct horse battery staple " * 10) >= 3
