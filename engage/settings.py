import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps, loads
from pathlib import Path

from engage.core.backup_settings import backup_problems, backup_values
from engage.core.crypto import decode_key
from engage.core.database_settings import database_problems
from engage.core.mail_settings import mail_problems, mail_values
from engage.core.payment_settings import stripe_problems, stripe_values

NEUTRAL_SITES = (
    "https://www.weather.gov/",
    "https://www.usa.gov/",
    "https://www.loc.gov/",
)


class SettingsError(Exception):
    """What keeps the program from starting, one sentence a line."""


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides, read once; secrets stay out of repr."""

    mode: str
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    master_key: bytes = field(repr=False)
    lookup_key: bytes = field(repr=False)
    key_store: Path
    trusted_hosts: tuple[str, ...]
    neutral_site: str = NEUTRAL_SITES[0]
    site_title: str = "Engage"
    mail_server: str = ""
    mail_sender: str = ""
    mark_keepers: tuple[str, ...] = ()  # who is mailed the log's hash, daily
    payments_mode: str = "demo"
    stripe_key: str = field(default="", repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    stripe_payer: str = ""  # whose account it is, by name; empty: the only payer's
    stripe_at_once: int = 1  # payments that are called at a time
    stripe_per_second: int = 20  # and that begin in a second
    stripe_base: str = ""  # of a stand-in on this machine, else Stripe itself
    # A local board's own word lists, en.toml and es.toml, on top of those of Engage.
    words_folder: Path | None = None
    # Keys before the present ones, while what they closed is closed again.
    old_master_key: bytes | None = field(default=None, repr=False)
    old_lookup_key: bytes | None = field(default=None, repr=False)
    backup_public_key: bytes | None = None  # whose private half is kept offline
    backup_folder: Path | None = None
    key_backup_folder: Path | None = None
    erasure_list: Path | None = None  # only grows; else beside the key store
    books_years: int = 3  # that records of an award are kept after its final report
    proxies: int = 0  # before us; each adds the address it was asked from
    # Safety limits of one payment, of one payee's month and of one payer's day.
    payment_most_cents: int = 5_000_00
    payee_month_most_cents: int = 10_000_00
    day_most_cents: int = 50_000_00

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"

    @property
    def has_stripe(self) -> bool:
        """Can payees be paid through Stripe here, or through its stand-in?"""
        return self.payments_mode in {"test", "live"}

    @property
    def is_stand_in(self) -> bool:
        """Is Stripe here a stand-in on this machine?"""
        return self.payments_mode == "test" and bool(self.stripe_base)

    @property
    def is_live(self) -> bool:
        """Does real money move through Stripe?"""
        return self.payments_mode == "live"

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Settings":
        """Demo settings, or production ones; refuses what is missing or unsafe."""
        if env.get("ENGAGE_MODE") == "demo":
            return _demo(env)
        problems = _problems(env)
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(
            mode="production",
            database_url=env["DATABASE_URL"],
            secret_key=env["SECRET_KEY"],
            master_key=decode_key(env["MASTER_KEY"]),
            lookup_key=decode_key(env["LOOKUP_KEY"]),
            key_store=Path(env["KEY_STORE"]),
            trusted_hosts=tuple(env["TRUSTED_HOSTS"].split(",")),
            neutral_site=env.get("NEUTRAL_SITE", NEUTRAL_SITES[0]),
            site_title=env.get("SITE_TITLE", "Engage"),
            payments_mode=env.get("PAYMENTS_MODE", "manual"),
            **mail_values(env),
            **stripe_values(env),
            **backup_values(env),
            words_folder=_folder(env),
            proxies=int(env.get("PROXIES") or "1"),
            books_years=int(env.get("BOOKS_YEARS") or "3"),
            **_limits(env),
        )


NEEDED = {
    "DATABASE_URL": "where the data is, such as postgresql+psycopg:///engage",
    "SECRET_KEY": "at least 32 random signs that sign the cookie",
    "MASTER_KEY": "32 random bytes in base64 that wrap every sealing key",
    "LOOKUP_KEY": "32 other random bytes in base64, for exact look-ups",
    "KEY_STORE": "the file that holds the wrapped keys, outside database backups",
    "TRUSTED_HOSTS": "the names this site answers to, with commas between",
}

# Safety limits of payments, in whole dollars; each may be left out.
LIMITS = {
    "PAYMENT_MOST": "payment_most_cents",
    "PAYEE_MONTH_MOST": "payee_month_most_cents",
    "DAY_MOST": "day_most_cents",
}


def _problems(env: Mapping[str, str]) -> list[str]:
    found = [
        f"{name} is missing: {what}."
        for name, what in NEEDED.items()
        if not env.get(name)
    ]
    if env.get("SECRET_KEY") and len(env["SECRET_KEY"]) < 32:
        found.append("SECRET_KEY is too short: use at least 32 random signs.")
    for name in ("MASTER_KEY", "LOOKUP_KEY"):
        found += _key_problem(name, env.get(name, ""))
    if env.get("MASTER_KEY") and env.get("MASTER_KEY") == env.get("LOOKUP_KEY"):
        found.append("MASTER_KEY and LOOKUP_KEY must differ.")
    if env.get("FLASK_DEBUG", "0") not in {"", "0"}:
        found.append("FLASK_DEBUG is on: switch it off, it shows traces to visitors.")
    if env.get("NEUTRAL_SITE", NEUTRAL_SITES[0]) not in NEUTRAL_SITES:
        found.append("NEUTRAL_SITE is not on the list: " + ", ".join(NEUTRAL_SITES))
    found += database_problems(env.get("DATABASE_URL", ""))
    found += mail_problems(env)
    found += _number_problems(env)
    found += backup_problems(env)
    found += _folder_problems(_folder(env))
    found += _proxy_problems(env.get("PROXIES") or "1")
    found += stripe_problems(env, env.get("PAYMENTS_MODE", "manual"))
    if env.get("PAYMENTS_MODE") == "demo":
        found.append("PAYMENTS_MODE=demo is for demo mode: say manual, test or live.")
    if found:
        found.append("To try it with sample data instead, set ENGAGE_MODE=demo.")
    return found


def _number_problems(env: Mapping[str, str]) -> list[str]:
    found = [
        f"{name} is not a whole number of dollars above zero."
        for name in LIMITS
        if env.get(name) and not _dollars(env[name])
    ]
    if (env.get("BOOKS_YEARS") or "3") not in {str(each) for each in range(3, 100)}:
        found.append("BOOKS_YEARS is a whole number of years, 3 or more.")
    return found


def _folder(env: Mapping[str, str]) -> Path | None:
    return Path(env["WORDS_FOLDER"]) if env.get("WORDS_FOLDER") else None


def _folder_problems(folder: Path | None) -> list[str]:
    if folder is None or folder.is_dir():
        return []
    return ["WORDS_FOLDER is not a folder: leave it out, or make it."]


def _proxy_problems(number: str) -> list[str]:
    if number in {"0", "1", "2", "3"}:
        return []
    return ["PROXIES is how many proxies stand before it: 0, 1, 2 or 3."]


def _dollars(text: str) -> int:
    """Whole dollars, or 0 for anything that is not."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _limits(env: Mapping[str, str]) -> dict[str, int]:
    return {
        field_name: _dollars(env[name]) * 100
        for name, field_name in LIMITS.items()
        if env.get(name)
    }


def _key_problem(name: str, value: str) -> list[str]:
    if not value:
        return []
    try:
        decode_key(value)
    except ValueError:
        return [f"{name} is not 32 bytes in base64."]
    return []


def _demo(env: Mapping[str, str]) -> Settings:
    """Everything in one folder, keys made on the first start, loopback only."""
    payments_mode = env.get("PAYMENTS_MODE", "demo")
    problems = stripe_problems(env, payments_mode) + backup_problems(env)
    if env.get("MAIL_SERVER"):
        problems.append("Demo mode has no mail server: unset MAIL_SERVER.")
    if payments_mode != "demo" and not env.get("STRIPE_API_BASE"):
        problems.append(
            "Demo mode pays nobody: set STRIPE_API_BASE to a stand-in on this machine."
        )
    if problems:
        raise SettingsError("\n".join([*problems, "Or leave demo mode."]))
    folder = Path(env.get("DEMO_FOLDER", "instance/demo")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    keys = _demo_keys(folder / "keys.json")
    return Settings(
        mode="demo",
        database_url=env.get("DATABASE_URL", f"sqlite:///{folder / 'demo.sqlite'}"),
        secret_key=keys["secret"],
        master_key=bytes.fromhex(keys["master"]),
        lookup_key=bytes.fromhex(keys["lookup"]),
        key_store=folder / "keystore.sqlite",
        trusted_hosts=("127.0.0.1", "localhost"),
        words_folder=_folder(env),
        payments_mode=payments_mode,
        **stripe_values(env),
        **backup_values(env),
    )


def _demo_keys(path: Path) -> dict[str, str]:
    if not path.exists():
        names = ("secret", "master", "lookup")
        path.write_text(dumps({name: secrets.token_hex(32) for name in names}))
        path.chmod(0o600)
    keys: dict[str, str] = loads(path.read_text())
    return keys
