"""A server in a thread of this process, for as long as a block lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol, TypeVar


class Server(Protocol):
    """What `socketserver` and Werkzeug make."""

    def serve_forever(self, poll_interval: float) -> None: ...
    def shutdown(self) -> None: ...
    def server_close(self) -> None: ...


Some = TypeVar("Some", bound=Server)
LOOKS_EVERY = 0.02  # seconds; half a second, as usual, is waited for by each test


@contextmanager
def answering(server: Some) -> Iterator[Some]:
    """Runs it until the block ends."""
    thread = Thread(target=server.serve_forever, args=(LOOKS_EVERY,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
