"""Several calls that leave the machine at a time, no more and no faster than said."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore
from typing import TypeVar

from flask import Flask, current_app

from engage.core.db import Unreachable, end_read
from engage.core.jobs import for_each

Item = TypeVar("Item")


def for_each_at_once(
    items: Iterable[Item],
    act: Callable[[Item], object],
    *,
    most: int,
    per_second: float,
) -> None:
    """Do every item, `most` at a time, begun no faster than `per_second`.

    Each has a thread and a session of its own; an item is taken from `items` only when
    it can begin. As with `for_each`, the first error is raised once all are done, and
    a database that is away ends it at once.
    """
    paced = _paced(items, per_second)
    if most == 1:
        for_each(paced, act)
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def one(item: Item) -> None:
        try:
            with app.app_context():
                act(item)
        finally:
            free.release()

    free, begun = Semaphore(most), []
    with ThreadPoolExecutor(most) as pool:
        for item in paced:
            end_read()  # an open one of ours would keep our own threads out
            free.acquire()
            begun.append(pool.submit(one, item))
            if any(_is_unreachable(each) for each in begun):
                break
    _raise_first(begun)


def _paced(items: Iterable[Item], per_second: float) -> Iterator[Item]:
    due = time.monotonic()
    for item in items:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic()) + 1 / per_second
        yield item


def _is_unreachable(one: Future[None]) -> bool:
    return one.done() and isinstance(one.exception(), Unreachable)


def _raise_first(begun: Iterable[Future[None]]) -> None:
    errors = [each.exception() for each in begun]
    found = [error for error in errors if error is not None]
    for error in sorted(found, key=lambda each: not isinstance(each, Unreachable)):
        raise error
