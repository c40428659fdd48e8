"""The address of the database: what may not be in it anywhere but on this machine."""

import sqlalchemy as sa

from engage.core.mailer import is_loopback

PLAIN = "The database is elsewhere: add ?sslmode=verify-full to DATABASE_URL."


def database_problems(address: str) -> list[str]:
    """Encrypted and verified, unless it does not leave the machine."""
    if not address:
        return []
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        return ["DATABASE_URL is no address, such as postgresql+psycopg:///engage."]
    if url.get_backend_name() != "postgresql":
        return []
    hosts = [url.host or "", *_listed(url.query.get("host", ""))]
    hosts += _listed(url.query.get("hostaddr", ""))
    is_here = all(_is_here(each) for each in hosts)
    return [] if is_here or url.query.get("sslmode") == "verify-full" else [PLAIN]


def _listed(given: str | tuple[str, ...]) -> list[str]:
    every = (given,) if isinstance(given, str) else given
    return [one for each in every for one in each.split(",")]


def _is_here(host: str) -> bool:
    return not host or host.startswith("/") or is_loopback(host)
