"""An answer that points elsewhere is not followed: nothing of ours goes to others."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe as package

from engage.payouts.rails import stripe
from engage.payouts.rails.base import NoOutcome, Order
from engage.payouts.resend import Outcome
from tests.answering import answering

ORDER = Order(public_id="9Q2M9Q2M9Q", destination="ours", cents=2500, currency="usd")


class Place(ThreadingHTTPServer):
    """Notes who asks; answers with the way to somewhere else, or with a yes."""

    def __init__(self, leads_to: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.leads_to, self.asked = leads_to, list[str]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    def answer(self) -> None:
        place: Any = self.server
        place.asked.append(str(self.headers.get("Authorization")))
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(307 if place.leads_to else 200)
        if place.leads_to:
            self.send_header("Location", place.leads_to + self.path)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def places() -> Iterator[tuple[Place, Place]]:
    with answering(Place()) as elsewhere, answering(Place(elsewhere.url)) as asked:
        yield asked, elsewhere


def test_a_call_that_is_sent_elsewhere_ends_there(
    places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engage.payouts.rails.stripe.check_alone", lambda: None)
    asked, elsewhere = places
    rail = stripe.StripeRail(
        "sk_test_standin",
        account_of={"ours": "acct_standin00000001"}.get,
        base=asked.url,
        read_seconds=1,
        retries=0,
    )
    assert rail.send(ORDER, "payout-9Q2M9Q2M9Q-1") == NoOutcome(Outcome.NO_ANSWER)
    assert len(asked.asked) == 1
    assert elsewhere.asked == []


def test_the_control_the_package_by_itself_goes_there(
    places: tuple[Place, Place],
) -> None:
    asked, elsewhere = places
    client = package.RequestsClient(timeout=1)
    _, status, _ = client.request("post", f"{asked.url}/v1/transfers", {}, "amount=1")
    assert (status, len(elsewhere.asked)) == (200, 1)
