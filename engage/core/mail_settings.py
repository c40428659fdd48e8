"""Mail in the environment: the server, the sender, who keeps the log's hash."""

from collections.abc import Mapping
from typing import Any


def mail_values(env: Mapping[str, str]) -> dict[str, Any]:
    return {
        "mail_server": env.get("MAIL_SERVER", ""),
        "mail_sender": env.get("MAIL_SENDER", ""),
        "mark_keepers": _keepers(env),
    }


def mail_problems(env: Mapping[str, str]) -> list[str]:
    server, sender = env.get("MAIL_SERVER", ""), env.get("MAIL_SENDER", "")
    found = []
    if server and "@" not in sender:
        found.append("MAIL_SENDER is missing: the address that mail comes from.")
    if "://" in server and server.partition("://")[0] not in {"smtp", "smtps"}:
        found.append("MAIL_SERVER begins with smtp:// or smtps://, or is host:port.")
    keepers = _keepers(env)
    if keepers and (len(keepers) < 2 or not all("@" in each for each in keepers)):
        found.append("MARK_KEEPERS is two addresses or more, with commas between.")
    if keepers and not server:
        found.append("MARK_KEEPERS needs MAIL_SERVER.")
    return found


def _keepers(env: Mapping[str, str]) -> tuple[str, ...]:
    found = env.get("MARK_KEEPERS", "").split(",")
    return tuple(address.strip() for address in found if address.strip())
