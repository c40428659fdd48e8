"""The program refuses to start with what is missing or unsafe, in plain sentences."""

import base64
from pathlib import Path

import pytest

from engage.settings import NEEDED, Settings, SettingsError

KEY, OTHER = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
GOOD = {
    "DATABASE_URL": "postgresql+psycopg:///engage",
    "SECRET_KEY": "s" * 32,
    "MASTER_KEY": KEY,
    "LOOKUP_KEY": OTHER,
    "KEY_STORE": "keys.sqlite",
    "TRUSTED_HOSTS": "engage.example.org,www.example.org",
}


def problems(**changed: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**GOOD, **changed})
    return str(caught.value)


def test_good_settings_are_read_as_they_stand() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings.mode == "production"
    assert settings.payments_mode == "manual"
    assert settings.proxies == 1
    assert settings.trusted_hosts == ("engage.example.org", "www.example.org")
    assert settings.master_key == bytes([1]) * 32


def test_secrets_are_not_in_what_is_printed() -> None:
    shown = repr(Settings.from_environment(GOOD))
    for secret in ("s" * 32, "\\x01", "postgresql"):
        assert secret not in shown


def test_everything_missing_is_named_at_once_with_a_way_on() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({})
    for name in NEEDED:
        assert f"{name} is missing" in str(caught.value)
    assert "ENGAGE_MODE=demo" in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"SECRET_KEY": "1234"}, "SECRET_KEY is too short"),
        ({"MASTER_KEY": "AAAA"}, "MASTER_KEY is not 32 bytes"),
        ({"LOOKUP_KEY": "???"}, "LOOKUP_KEY is not 32 bytes"),
        ({"LOOKUP_KEY": KEY}, "must differ"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is on"),
        ({"NEUTRAL_SITE": "https://example.org"}, "NEUTRAL_SITE is not on the list"),
        ({"PAYMENTS_MODE": "live"}, "PAYMENTS_MODE"),
        ({"PROXIES": "many"}, "PROXIES is how many"),
    ],
)
def test_what_is_unsafe_is_refused(changed: dict[str, str], said: str) -> None:
    assert said in problems(**changed)


def test_demo_mode_needs_nothing_and_keeps_its_keys(tmp_path: Path) -> None:
    env = {"ENGAGE_MODE": "demo", "DEMO_FOLDER": str(tmp_path)}
    one, two = Settings.from_environment(env), Settings.from_environment(env)
    assert one == two
    assert one.is_demo
    assert set(one.trusted_hosts) == {"127.0.0.1", "localhost"}
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["MAIL_SERVER", "STRIPE_SECRET_KEY"])
def test_demo_mode_refuses_what_would_reach_the_world(
    tmp_path: Path, name: str
) -> None:
    env = {"ENGAGE_MODE": "demo", "DEMO_FOLDER": str(tmp_path), name: "x"}
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(env)


def test_safety_limits_of_payments_are_whole_dollars() -> None:
    settings = Settings.from_environment({**GOOD, "PAYMENT_MOST": "1200"})
    assert settings.payment_most_cents == 1200_00
    assert settings.day_most_cents == 50_000_00
    for wrong in ("0", "-5", "12.50", "much"):
        assert "DAY_MOST is not a whole number" in problems(DAY_MOST=wrong)
