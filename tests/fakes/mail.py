"""A mail server on this machine that keeps what it is given, and can misbehave."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.answering import answering

FINE = {"greet": "220 here", "rcpt": "250 fine", "data": "354 go on", "end": "250 kept"}
HANG_UP = ""


@dataclass
class Post:
    """What the server got, and how it answers: an empty answer hangs up."""

    answers: dict[str, str]
    port: int = 0
    letters: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def mail_server(**answers: str) -> Iterator[Post]:
    """Run a server; name `greet`, `rcpt`, `data` or `end` to change that answer."""
    post = Post({**FINE, **answers})

    class Session(_Session):
        kept = post

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        post.port = server.server_address[1]
        with answering(server):
            yield post


class _HungUp(Exception):
    """The server has said its last word."""


class _Session(socketserver.StreamRequestHandler):
    kept: Post

    def handle(self) -> None:
        try:
            self._say(self.kept.answers["greet"])
            while line := self.rfile.readline().decode().strip():
                self._answer(line)
        except _HungUp:
            return

    def _answer(self, line: str) -> None:
        verb, _, rest = line.upper().partition(" ")
        if verb == "RCPT":
            self.to = line[len("RCPT TO:<") :].partition(">")[0]
            self._say(self.kept.answers["rcpt"])
        elif verb == "DATA":
            self._take_letter()
        elif verb == "QUIT":
            self._say("221 bye")
            raise _HungUp
        else:
            self._say("250 fine")

    def _take_letter(self) -> None:
        answer = self.kept.answers["data"]
        self._say(answer)
        if not answer.startswith("354"):
            return
        lines = []
        while (line := self.rfile.readline().decode()) not in {".\r\n", ""}:
            lines.append(line)
        self.kept.letters.append((self.to, "".join(lines)))
        self._say(self.kept.answers["end"])

    def _say(self, words: str) -> None:
        if words == HANG_UP:
            raise _HungUp
        self.wfile.write(f"{words}\r\n".encode())
