from collections.abc import Iterator

import pytest
from flask import Flask

from engage.payouts.rails.table import RAILS
from engage.payouts.rules import RailName
from tests.fakes.stripe.server import StandIn
from tests.payouts.at_stripe import standing_in


@pytest.fixture(autouse=True)
def _quick_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo rail answers at once."""
    monkeypatch.setattr(RAILS[RailName.DEMO], "delay", 0)


@pytest.fixture
def there(app: Flask) -> Iterator[StandIn]:
    with standing_in(app) as server:
        yield server
