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
        (
            {"DATABASE_URL": "postgresql+psycopg://a@db.example.org/engage"},
            "The database is elsewhere",
        ),
        (
            {"DATABASE_URL": "postgresql+psycopg:///engage?host=db.example.org"},
            "The database is elsewhere",
        ),
        ({"DATABASE_URL": "engage"}, "DATABASE_URL is no address"),
    ],
)
def test_what_is_unsafe_is_refused(changed: dict[str, str], said: str) -> None:
    assert said in problems(**changed)


@pytest.mark.parametrize(
    ("data", "keys"), [("all", "all"), ("all", "all/keys"), ("all/data", "all")]
)
def test_copies_of_keys_do_not_go_where_copies_of_the_data_go(
    tmp_path: Path, data: str, keys: str
) -> None:
    for each in (data, keys):
        (tmp_path / each).mkdir(parents=True, exist_ok=True)
    said = problems(
        BACKUP_FOLDER=str(tmp_path / data),
        KEY_BACKUP_FOLDER=str(tmp_path / keys),
        BACKUP_PUBLIC_KEY=KEY,
    )
    assert "keep keys apart" in said


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


def test_an_operator_may_keep_the_books_longer_and_never_shorter() -> None:
    assert Settings.from_environment(GOOD).books_years == 3
    assert Settings.from_environment({**GOOD, "BOOKS_YEARS": "7"}).books_years == 7
    for wrong in ("2", "0", "-5", "3.5", "for ever"):
        assert "BOOKS_YEARS is a whole number of years" in problems(BOOKS_YEARS=wrong)


TEST = {"PAYMENTS_MODE": "test", "STRIPE_SECRET_KEY": "sk_test_1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (4, 5)),
        ({"STRIPE_CALLS_AT_ONCE": "1"}, (1, 5)),
        ({"STRIPE_CALLS_AT_ONCE": "6", "STRIPE_CALLS_PER_SECOND": "20"}, (6, 20)),
    ],
)
def test_payments_go_out_at_the_pace_that_is_set(
    given: dict[str, str], expected: tuple[int, int]
) -> None:
    settings = Settings.from_environment({**GOOD, **TEST, **given})
    assert (settings.stripe_at_once, settings.stripe_per_second) == expected


@pytest.mark.parametrize("wrong", ["0", "7", "-1", "2.5", "many", "1000"])
def test_a_pace_that_is_too_fast_is_refused(wrong: str) -> None:
    said = problems(**TEST, STRIPE_CALLS_AT_ONCE=wrong)
    assert "STRIPE_CALLS_AT_ONCE is a whole number from 1 to 6." in said


# --- F34: a key in the wrong mode refuses to start

LIVE = {"PAYMENTS_MODE": "live", "STRIPE_SECRET_KEY": "rk_live_1"}
STAND_IN = {"STRIPE_API_BASE": "http://127.0.0.1:4000"}
SIGNED = {"STRIPE_WEBHOOK_SECRET": "whsec_" + "a" * 20 + ", whsec_" + "b" * 20}


@pytest.mark.parametrize(
    ("given", "has", "live"),
    [
        ({}, False, False),
        ({"PAYMENTS_MODE": "manual"}, False, False),
        (TEST, True, False),
        ({**TEST, "STRIPE_SECRET_KEY": "rk_test_1", **STAND_IN, **SIGNED}, True, False),
        ({**LIVE, **SIGNED}, True, True),
        ({**LIVE, "STRIPE_SECRET_KEY": "sk_live_1"}, True, True),
    ],
)
def test_f34_a_key_that_fits_its_mode_starts(
    given: dict[str, str], has: bool, live: bool
) -> None:
    settings = Settings.from_environment({**GOOD, **given})
    assert (settings.has_stripe, settings.is_live) == (has, live)
    for secret in (given.get("STRIPE_SECRET_KEY", "sk_"), "whsec_"):
        assert secret not in repr(settings)
    if "STRIPE_WEBHOOK_SECRET" in given:
        assert len(settings.stripe_webhook_secrets) == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**TEST, "STRIPE_SECRET_KEY": "sk_live_1"}, "does not fit PAYMENTS_MODE=test"),
        ({**LIVE, "STRIPE_SECRET_KEY": "sk_test_1"}, "does not fit PAYMENTS_MODE=live"),
        ({**LIVE, "STRIPE_SECRET_KEY": ""}, "does not fit PAYMENTS_MODE=live"),
        ({**TEST, "STRIPE_SECRET_KEY": "pk_test_1"}, "sk_test_ or rk_test_"),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "do nothing in PAYMENTS_MODE=manual"),
        ({"PAYMENTS_MODE": "manual", **STAND_IN}, "unset them"),
        ({"PAYMENTS_MODE": "demo"}, "PAYMENTS_MODE=demo is for demo mode"),
        ({"PAYMENTS_MODE": "Live"}, "PAYMENTS_MODE is manual, test or live"),
        ({**LIVE, **STAND_IN}, "STRIPE_API_BASE is for a stand-in"),
        ({**TEST, "STRIPE_API_BASE": "https://stripe.example"}, "on this machine"),
        ({**TEST, "STRIPE_API_BASE": "http://127.0.0.1.x.org"}, "on this machine"),
        ({**TEST, "STRIPE_WEBHOOK_SECRET": "secret"}, "begin with whsec_"),
        ({**TEST, "STRIPE_WEBHOOK_SECRET": "whsec_"}, "begin with whsec_"),
    ],
)
def test_f34_a_key_that_does_not_fit_its_mode_refuses_to_start(
    given: dict[str, str], said: str
) -> None:
    shown = problems(**given)
    assert said in shown
    assert given.get("STRIPE_SECRET_KEY") not in shown.split()


@pytest.mark.parametrize("given", [LIVE, TEST, {**LIVE, **STAND_IN}])
def test_f34_the_demo_pays_through_a_stand_in_or_not_at_all(
    tmp_path: Path, given: dict[str, str]
) -> None:
    env = {"ENGAGE_MODE": "demo", "DEMO_FOLDER": str(tmp_path), **given}
    with pytest.raises(SettingsError, match="STRIPE_API_BASE"):
        Settings.from_environment(env)
    settings = Settings.from_environment({**env, **TEST, **STAND_IN})
    assert settings.is_stand_in
    assert not settings.is_live
