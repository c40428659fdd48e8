"""Which payment keys fit which mode: a wrong pair refuses to start."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

MODES = ("demo", "manual", "test", "live")
PREFIXES = {"test": ("sk_test_", "rk_test_"), "live": ("sk_live_", "rk_live_")}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# How many calls may be under way, and begin in a second: Stripe takes far more, and the
# worker's own connections to the database do not.
PACE = {"STRIPE_CALLS_AT_ONCE": (4, 6), "STRIPE_CALLS_PER_SECOND": (5, 20)}
MOST_SECRETS = 6  # of up to three endpoints, and while each is changed for another


def stripe_values(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings as they are kept; empty where none was given."""
    secrets = env.get("STRIPE_WEBHOOK_SECRET", "").split(",")
    return {
        "stripe_key": env.get("STRIPE_SECRET_KEY", ""),
        "stripe_webhook_secrets": tuple(each.strip() for each in secrets if each),
        "stripe_base": env.get("STRIPE_API_BASE", ""),
        "stripe_payer": env.get("STRIPE_PAYER", "").strip(),
        "stripe_at_once": _paced(env, "STRIPE_CALLS_AT_ONCE"),
        "stripe_per_second": _paced(env, "STRIPE_CALLS_PER_SECOND"),
    }


def _paced(env: Mapping[str, str], name: str) -> int:
    """The number that is set, or the usual one; 0 for what is no such number."""
    usual, most = PACE[name]
    text = env.get(name) or str(usual)
    is_number = text.isascii() and text.isdigit() and len(text) < 4
    return int(text) if is_number and int(text) <= most else 0


def stripe_problems(env: Mapping[str, str], mode: str) -> list[str]:
    """What is wrong or unsafe, one sentence each."""
    values = stripe_values(env)
    key, base = values["stripe_key"], values["stripe_base"]
    if mode not in MODES:
        return ["PAYMENTS_MODE is manual, test or live."]
    if mode not in PREFIXES:
        return _unused(mode, key, base)
    found = [
        f"{name} is a whole number from 1 to {most}."
        for name, (_, most) in PACE.items()
        if not _paced(env, name)
    ]
    if not key.startswith(PREFIXES[mode]):
        found.append(
            f"STRIPE_SECRET_KEY does not fit PAYMENTS_MODE={mode}: its key begins with "
            + " or ".join(PREFIXES[mode])
            + "."
        )
    if base and (mode == "live" or urlsplit(base).hostname not in LOOPBACK):
        found.append(
            "STRIPE_API_BASE is for a stand-in on this machine, in test mode alone."
        )
    return found + _secret_problems(values["stripe_webhook_secrets"])


def _unused(mode: str, key: str, base: str) -> list[str]:
    if key or base:
        return [
            f"STRIPE_SECRET_KEY and STRIPE_API_BASE do nothing in PAYMENTS_MODE={mode}:"
            " unset them, or say PAYMENTS_MODE=test or live."
        ]
    return []


def _secret_problems(secrets: tuple[str, ...]) -> list[str]:
    if len(secrets) > MOST_SECRETS or any(
        not each.startswith("whsec_") or len(each) < 20 for each in secrets
    ):
        return [
            "STRIPE_WEBHOOK_SECRET holds secrets that begin with whsec_, with commas"
            " between; two of one endpoint while it is changed."
        ]
    return []
