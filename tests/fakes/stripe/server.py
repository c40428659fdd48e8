"""The stand-in as a server on loopback: `python -m tests.fakes.stripe`."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.stripe import control, hosted
from tests.fakes.stripe.description import (
    Bad,
    Operation,
    check_answer,
    check_request,
    decode,
    find,
)
from tests.fakes.stripe.faults import Fault, Faults
from tests.fakes.stripe.hooks import Hooks
from tests.fakes.stripe.operations import HANDLERS, Call
from tests.fakes.stripe.store import Refusal, Row, Store

KEYS = ("Bearer sk_test_", "Bearer rk_test_")
EARLY = {
    "401": (401, "invalid_request_error", "api_key_expired", "Expired API Key"),
    "403": (403, "invalid_request_error", "account_invalid", "No access to that."),
    "409": (409, "api_error", "lock_timeout", "The object is in use."),
    "429": (429, "rate_limit_error", "rate_limit", "Too many requests."),
    "429retry": (429, "rate_limit_error", "rate_limit", "Too many requests."),
    "503": (503, "api_error", "", "Service unavailable."),
}


class Closed(Exception):
    """The connection is closed without an answer."""


class StandIn(ThreadingHTTPServer):
    """Everything it knows hangs on the server; `delay` is seconds for each call."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Asked)
        self.store, self.faults, self.delay = Store(), Faults(), 0.0
        self.hooks = Hooks(self.store)
        self.drifted: list[str] = []  # answers of ours that broke the description

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up, or was killed, is no fault of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Asked(BaseHTTPRequestHandler):
    """One request: known, allowed, well formed, once for its key, then done."""

    protocol_version = "HTTP/1.1"
    server: StandIn

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written: what people are paid is nobody's log."""

    def _serve(self) -> None:
        self.raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        where = urlsplit(self.path)
        try:
            if where.path.startswith("/_"):
                self._serve_own(where.path)
                return
            status, body, headers = self._api(where.path, where.query)
            self._answer(status, body, headers)
        except Closed:
            self.close_connection = True
            self.connection.close()

    def _serve_own(self, path: str) -> None:
        if path.startswith("/_onboarding/"):
            status, kind, text, headers = hosted.serve(
                self.server.store, self.server.hooks, self.command, path, self.raw
            )
            self._send(status, kind, text.encode(), headers)
            return
        given = json.loads(self.raw or b"{}")
        try:
            self._answer(200, control.serve(self.server, path, given), {})
        except (KeyError, TypeError, ValueError, Refusal) as error:
            self._answer(400, {"error": str(error)}, {})

    def _api(self, path: str, query: str) -> tuple[int, Row, dict[str, str]]:
        time.sleep(self.server.delay)
        self.server.store.requests.append((self.command, path))
        if not self.headers.get("Authorization", "").startswith(KEYS):
            return 401, _error("invalid_request_error", "", "Invalid API Key"), {}
        match = find(self.command, path)
        if match is None or (match[0].method, match[0].template) not in HANDLERS:
            message = f"Unrecognized request URL ({self.command}: {path})."
            return 404, _error("invalid_request_error", "", message), {}
        fault = self.server.faults.next(match[0].name)
        if fault is not None and fault.kind == "before":
            raise Closed
        if fault is not None and fault.kind in EARLY:
            status, kind, code, message = EARLY[fault.kind]
            retry = {"Stripe-Should-Retry": "true"} if "retry" in fault.kind else {}
            return status, _error(kind, code, message), retry
        return self._once(*match, query, fault)

    def _once(
        self, operation: Operation, holes: dict[str, str], query: str, fault: Any
    ) -> tuple[int, Row, dict[str, str]]:
        try:
            given = self._given(operation, query)
        except Bad as bad:
            body = _error("invalid_request_error", bad.code, str(bad), bad.param)
            return 400, body, {}
        where = urlsplit(self.path).path
        key = self.headers.get("Idempotency-Key", "")
        call = Call(holes, given, self.headers.get("Stripe-Account"), self.server.url)
        if operation.method != "post" or not key:
            status, body = self._do(operation, call, fault)
            if fault is not None and fault.kind == "after":
                raise Closed
            return status, body, {}
        try:
            saved = self.server.store.begin_key(key, f"{where}\n{self.raw!r}")
        except Refusal as no:
            return _refused(no, "idempotency_error")
        if saved is not None:
            return saved.status or 500, saved.body, {"Idempotent-Replayed": "true"}
        status, body = self._do(operation, call, fault)
        self.server.store.end_key(key, status, body)
        if fault is not None and fault.kind == "after":
            raise Closed
        return status, body, {}

    def _given(self, operation: Operation, query: str) -> Row:
        if operation.method == "post":
            schema = operation.body_schema()
            if "json" in self.headers.get("Content-Type", ""):
                given: Row = json.loads(self.raw or b"{}")
            else:
                given = decode(self.raw.decode(), schema)
            check_request(schema, given)
            return given
        schema = operation.query_schema()
        given = decode(query, schema)
        check_request(schema, given)
        return given

    def _do(
        self, operation: Operation, call: Call, fault: Fault | None
    ) -> tuple[int, Row]:
        kind = fault.kind if fault is not None else ""
        if fault is not None and kind == "slow":
            time.sleep(fault.seconds)
        if kind == "500none":
            return 500, _error("api_error", "", "An unknown error occurred")
        handler = HANDLERS[operation.method, operation.template]
        try:
            with self.server.store.lock:
                body = handler(self.server.store, self.server.hooks, call)
        except Refusal as no:
            return _refused(no)[:2]
        self._check(operation, body)
        if kind == "500saved":
            return 500, _error("api_error", "", "An unknown error occurred")
        return 200, body

    def _check(self, operation: Operation, body: Row) -> None:
        try:
            check_answer(operation, body)
        except Exception as error:
            self.server.drifted.append(f"{operation.name}: {error}"[:500])
            raise

    def _answer(self, status: int, body: Row, headers: dict[str, str]) -> None:
        self._send(status, "application/json", json.dumps(body).encode(), headers)

    def _send(
        self, status: int, kind: str, text: bytes, headers: dict[str, str]
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Request-Id", self.server.store.new_id("req"))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


def _refused(
    no: Refusal, kind: str = "invalid_request_error"
) -> tuple[int, Row, dict[str, str]]:
    return no.status, _error(kind, no.code, str(no), no.param), {}


def _error(kind: str, code: str, message: str, param: str = "") -> Row:
    error = {"type": kind, "message": message}
    error |= {"code": code} if code else {}
    return {"error": error | ({"param": param} if param else {})}
