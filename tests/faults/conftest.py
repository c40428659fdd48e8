"""The stand-in as the tests of payouts have it."""

from tests.payouts.conftest import there  # noqa: F401 - fixture
