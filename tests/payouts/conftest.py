import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask

from engage.payouts.rails.table import RAILS
from engage.payouts.rules import RailName
from tests.fakes.stripe.server import StandIn

HOOK_SECRET = "whsec_" + "a" * 24


@pytest.fixture(autouse=True)
def _quick_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo rail answers at once."""
    monkeypatch.setattr(RAILS[RailName.DEMO], "delay", 0)


@contextmanager
def against_stand_in(app: Flask) -> Iterator[StandIn]:
    """The application in test mode against a stand-in of its own, with money in it."""
    server = StandIn()
    server.store.available_cents = 1_000_00
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app.extensions.pop("stripe_rail", None)
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before,
        payments_mode="test",
        stripe_key="sk_test_standin",
        stripe_base=server.url,
        stripe_webhook_secrets=(HOOK_SECRET,),
    )
    try:
        yield server
    finally:
        app.config["SETTINGS"] = before
        app.extensions.pop("stripe_rail", None)
        server.shutdown()
        server.server_close()
    assert server.drifted == []


@pytest.fixture
def there(app: Flask) -> Iterator[StandIn]:
    with against_stand_in(app) as server:
        yield server
