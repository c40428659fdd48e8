import pytest

from engage.payouts.rails.table import RAILS
from engage.payouts.rules import RailName


@pytest.fixture(autouse=True)
def _quick_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo rail answers at once."""
    monkeypatch.setattr(RAILS[RailName.DEMO], "delay", 0)
