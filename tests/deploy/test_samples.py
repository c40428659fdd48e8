"""The sample files of docs/deploy are what they say, and hold on a real database."""

import configparser
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Connection

from engage.core.db import db
from engage.deploy import database_checks as checks
from engage.people import passwords
from engage.settings import NEEDED, Settings, SettingsError
from tests.conftest import Databases
from tests.house import ROOT

FOLDER = ROOT / "docs" / "deploy"
SAMPLES = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".md")
UNITS = [name for name in SAMPLES if name.endswith(".service")]
WEIGHED = ("/in", "/in/help", "/in/help/new", "/start/account", "/back")
CAGE = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallFilter": "@system-service",
    "User": "engage",
}


def test_the_guide_explains_every_sample() -> None:
    words = (FOLDER / "README.md").read_text()
    assert len(SAMPLES) >= 7
    assert [name for name in SAMPLES if f"[{name}]({name})" not in words] == []


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_in_a_narrow_cage(name: str) -> None:
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((FOLDER / name).read_text())
    service = dict(unit["Service"])
    assert {key: service.get(key) for key in CAGE} == CAGE
    assert "access-log" not in service["ExecStart"]
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_the_units_are_the_door_the_web_and_the_worker() -> None:
    names = ["engage-door.service", "engage-web.service", "engage-worker.service"]
    assert names == UNITS
    door, web, worker = ((FOLDER / name).read_text() for name in UNITS)
    assert "gunicorn wsgi:app" in web
    assert "flask --app wsgi worker" in worker
    assert "Nice=10\nCPUWeight=20\n" in door
    assert f"--workers 1 --threads {passwords.AT_ONCE + passwords.WAITING} " in door


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """(name of the block, directive) of an nginx file; refuses what is not closed."""
    plain = re.sub(r"#.*", "", text)
    names: list[str] = []
    for words, end in re.findall(r"([^;{}]*)([;{}])", plain):
        said = " ".join(words.split())
        if end == "{":
            names.append(said)
        elif end == "}":
            assert names, "closes more than it opens"
            assert not said, f"not ended: {said}"
            names.pop()
        else:
            yield "/".join(names), said
    assert not names, f"not closed: {names}"


def test_the_proxy_keeps_no_log_and_offers_nothing_old() -> None:
    lines = list(_blocks((FOLDER / "nginx.conf").read_text()))
    said = {line for block, line in lines if block.startswith("server")}
    assert "ssl_protocols TLSv1.2 TLSv1.3" in said
    assert "ssl_reject_handshake on" in said
    assert [line for line in said if line.startswith("access_log")] == [
        "access_log off"
    ]
    assert {line for line in said if line.startswith("error_log")} == {
        "error_log /var/log/nginx/engage.log emerg"
    }
    located = {line for block, line in lines if block == "server/location /"}
    assert "proxy_set_header X-Forwarded-For $remote_addr" in located
    assert "proxy_pass http://$engage_process" in located
    assert ("server/location //limit_except GET POST", "deny all") in lines


def _sockets(lines: list[tuple[str, str]], process: str) -> list[str]:
    block = f"upstream {process}"
    return [line.removeprefix("server ") for name, line in lines if name == block]


def test_the_proxy_sends_the_passwords_of_strangers_to_the_door(app: Flask) -> None:
    lines = list(_blocks((FOLDER / "nginx.conf").read_text()))
    block = 'map "$request_method $uri" $engage_process'
    usual, (sent, process) = (
        line.rsplit(" ", 1) for name, line in lines if name == block
    )
    assert usual == ["default", "engage_web"]
    chosen = re.compile(sent.strip('"~'))
    asks = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    doors = {ask for ask in asks if chosen.match(ask)}
    assert doors == {f"POST {path}" for path in WEIGHED}
    for ask in ("GET /in", "POST /in/key", "POST /", "GET /safety"):
        assert not chosen.match(ask)
    own, instead = _sockets(lines, process)
    unit = (FOLDER / "engage-door.service").read_text()
    assert f"--bind {own.removesuffix(' max_fails=0')} " in unit
    (web,) = _sockets(lines, "engage_web")
    assert f"--bind {web} " in (FOLDER / "engage-web.service").read_text()
    assert instead == f"{web} backup"


def test_plain_http_leads_to_the_first_page_and_carries_nothing() -> None:
    text = (FOLDER / "nginx.conf").read_text()
    (plain,) = (part for part in text.split("\nserver {") if "listen 80;" in part)
    assert "return 301 https://engage.example.org/;" in plain
    assert "proxy_pass" not in plain
    assert "$request_uri" not in text


def test_each_shared_memory_has_a_name_of_its_own() -> None:
    text = (FOLDER / "nginx.conf").read_text()
    names = re.findall(r"(?:zone=|shared:)(\w+):\d", text)
    assert len(names) == len(set(names)) == 2


def test_ciphers_have_forward_secrecy() -> None:
    text = (FOLDER / "nginx.conf").read_text()
    (named,) = re.findall(r"ssl_ciphers (\S+);", text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(named)
    ciphers = [each["description"] for each in context.get_ciphers()]
    assert len(ciphers) >= 4
    for each in ciphers:
        assert "Kx=ECDH" in each or "TLSv1.3" in each
        assert "Mac=AEAD" in each


def test_an_nginx_file_that_does_not_close_is_found() -> None:
    with pytest.raises(AssertionError, match="not closed"):
        list(_blocks("server { listen 80;"))


def test_the_settings_of_the_database_are_those_that_are_checked() -> None:
    text = (FOLDER / "postgresql.conf").read_text()
    said = dict(re.findall(r"(?m)^(\w+) = (\S+)$", text))
    assert {**checks.QUIET, **checks.KEPT}.items() <= said.items()


def test_the_sample_settings_start_nothing() -> None:
    text = (FOLDER / "engage.env.sample").read_text()
    sample = dict(re.findall(r"(?m)^([A-Z_]+)=(.*)$", text))
    assert set(NEEDED) <= set(sample)
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(sample)
    for name in ("SECRET_KEY", "MASTER_KEY", "LOOKUP_KEY", "TRUSTED_HOSTS"):
        assert f"{name} is missing" in str(refused.value)


@pytest.fixture
def prepared(databases: Databases, tmp_path: Path) -> Iterator[Connection]:
    """A database of PostgreSQL with no tables yet, in which `roles.sql` was run."""
    engine = sa.create_engine(databases.make("postgres", tmp_path, "template0"))
    with engine.connect() as connection:
        _run_roles(connection)
        yield connection
        connection.rollback()
    engine.dispose()


def _run_roles(connection: Connection) -> None:
    # The driver itself takes many statements at once, where it is given no values.
    cursor = connection.connection.cursor()
    cursor.execute((FOLDER / "roles.sql").read_text())


@pytest.mark.postgres
def test_the_account_of_the_web_may_not_rewrite_what_only_grows(
    prepared: Connection,
) -> None:
    prepared.execute(sa.text("SET ROLE engage_owner"))
    db.metadata.create_all(prepared)
    prepared.execute(sa.text("SET ROLE engage_app"))
    assert len(list(checks.rights(prepared))) >= 4, "not before it was run again"
    prepared.execute(sa.text("RESET ROLE"))
    _run_roles(prepared)
    prepared.execute(sa.text("SET ROLE engage_app"))
    assert list(checks.rights(prepared)) == []
    added = sa.text(
        "INSERT INTO audit_chain (subject, length, head, forgotten, anchor)"
        " VALUES ('a', 1, '', 0, '')"
    )
    prepared.execute(added)
    for table in checks.only_grow():
        rows = db.metadata.tables[table]
        (key,) = rows.primary_key.columns
        prepared.execute(sa.select(key))
        for right in checks.forbidden(table):
            change = {
                "UPDATE": sa.update(rows).values({key: key}),
                "DELETE": sa.delete(rows),
            }
            statement = change.get(right, sa.text(f"TRUNCATE {table}"))
            _refused(prepared, statement, "permission denied")
    for wide in ("DROP TABLE audit_chain", "CREATE TABLE mine (id int)"):
        _refused(prepared, sa.text(wide), "must be owner|permission")


def _refused(connection: Connection, statement: sa.Executable, words: str) -> None:
    with (
        pytest.raises(sa.exc.DatabaseError, match=words),
        connection.begin_nested(),
    ):
        connection.execute(statement)
