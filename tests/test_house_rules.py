"""The house keeps its own rules; each check is shown to catch a planted fault."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import web
from engage.core.db import Base
from tests import house, private
from tests.house import Checker, File

FILES = house.house()
KINDS = house.kinds(FILES)
TESTS = [
    File(path.relative_to(house.ROOT).as_posix(), path.read_text())
    for path in sorted((house.ROOT / "tests").rglob("*.py"))
]


def nothing_in(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def nothing_wrong(check: Checker, files: list[File]) -> None:
    nothing_in([complaint for file in files for complaint in check(file)])


def test_imports_go_down_and_keep_to_their_kind() -> None:
    nothing_wrong(lambda file: house.misplaced(file, KINDS), FILES)


def test_only_one_file_commits() -> None:
    nothing_wrong(house.commits, FILES)


def test_only_one_file_reads_the_clock() -> None:
    nothing_wrong(house.clock_reads, FILES)


def test_files_and_functions_are_short_and_well_named() -> None:
    nothing_wrong(house.names, FILES)
    nothing_wrong(house.sizes, FILES)
    nothing_wrong(lambda file: house.sizes(file, house.LONGEST_TEST), TESTS)


def test_every_exception_is_still_needed() -> None:
    by_path = {file.path: file for file in FILES}
    for path, name in house.EXCEPTIONS:
        if path not in by_path:
            continue
        used = {root for root, _ in house.libraries(by_path[path])}
        for feature, inner, _ in house.own_imports(by_path[path]):
            used |= {feature, f"{feature}.{inner}"}
        assert name in used, f"{path} no longer needs {name}"


PLANTS = [
    ("hours/rules.py", "from flask import request\n"),
    ("hours/rules.py", "from flask_babel import gettext\n"),
    ("hours/rules.py", "from engage.core.db import db\n"),
    ("hours/rules.py", "from engage.hours.models import HoursEntry\n"),
    ("hours/rules.py", "def late():\n    import sqlalchemy.orm\n"),
    ("ledger/actions.py", "from engage.hours import queries\n"),
    ("ledger/models.py", "from engage.funding.models import FundingLine\n"),
    ("hours/actions.py", "from engage.hours.views import bp\n"),
    ("hours/actions.py", "from engage.core.web import me\n"),
    ("hours/views.py", "from sqlalchemy import select\n"),
    ("hours/forms.py", "from engage.hours.actions import log\n"),
    ("hours/views.py", "from engage.payouts import actions\n"),
    ("hours/views.py", "from engage.offers.forms import OfferForm\n"),
    ("hours/queries.py", "from engage.hours import actions\n"),
    ("payouts/actions.py", "import stripe\n"),
    ("hours/models.py", "from wtforms import Form\n"),
    ("core/money.py", "from engage.hours.rules import check_entry\n"),
    ("hours/actions.py", "from engage.app import create_app\n"),
]


@pytest.mark.parametrize(("path", "text"), PLANTS)
def test_a_planted_import_is_caught(path: str, text: str) -> None:
    assert house.misplaced(File(path, text), KINDS)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("payouts/views.py", "from engage.records import queries\n"),
        ("hours/actions.py", "from engage.ledger import actions as ledger\n"),
        ("hours/rules.py", "from engage.workload.minutes import Activity\n"),
        ("hours/jobs.py", "from engage.payouts import queries\n"),
    ],
)
def test_an_import_that_is_allowed_passes(path: str, text: str) -> None:
    assert house.misplaced(File(path, text), KINDS) == []


@pytest.mark.parametrize(
    "text",
    [
        "db.session.commit()\n",
        "session.rollback()\n",
        "select(Seat).with_for_update()\n",
        "db.session.get(Seat, 1, with_for_update=True)\n",
        "Seat.query.all()\n",
        "db.session.query(Seat)\n",
    ],
)
def test_a_planted_commit_is_caught(text: str) -> None:
    assert house.commits(File("hours/actions.py", text))


@pytest.mark.parametrize(
    "text", ["datetime.now(UTC)\n", "date.today()\n", "x = time.time()\n"]
)
def test_a_planted_clock_is_caught(text: str) -> None:
    assert house.clock_reads(File("hours/actions.py", text))


def test_planted_lengths_and_names_are_caught() -> None:
    view = '@bp.route("/x")\ndef x():\n' + "    y = 1\n" * 15
    assert house.sizes(File("hours/views.py", view))
    assert house.sizes(File("hours/actions.py", "def x():\n" + "    y = 1\n" * 40))
    assert house.sizes(File("hours/actions.py", "x = 1\n" * 251))
    assert house.names(File("hours/utils.py", ""))
    assert house.names(File("hours/__init__.py", "import os\n"))


LOADED = (
    "import importlib, sys\n"
    "for name in sys.argv[1:]: importlib.import_module(name)\n"
    "print(*{'flask', 'sqlalchemy', 'wtforms', 'stripe'} & set(sys.modules))\n"
)


def loaded(*modules: str) -> str:
    """Which of the four libraries a fresh process has after importing the modules."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *modules],
        cwd=house.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_rules_load_neither_flask_nor_the_database() -> None:
    excepted = {path.removesuffix(".py") for path, _ in house.EXCEPTIONS}
    keys = [key for key in KINDS if KINDS[key] == "rules" and key not in excepted]
    pure = [f"engage.{key.replace('/', '.')}" for key in keys]
    assert len(pure) > 10
    assert loaded(*pure, "engage.core.access", "engage.core.money") == ""
    assert "sqlalchemy" in loaded("engage.hours.models")


def test_foreign_keys_point_down() -> None:
    nothing_in(private.upward_keys(Base.registry.mappers))


def test_every_column_about_a_person_is_listed() -> None:
    nothing_in(private.unlisted(Base.registry.mappers))


def test_private_text_is_sealed() -> None:
    nothing_in(private.plain_texts(Base.registry.mappers))


def test_planted_tables_are_caught() -> None:
    registry = sa.orm.registry()

    @registry.mapped
    class Person:
        __module__ = "engage.people.models"
        __table__ = sa.Table(
            "person",
            registry.metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("entry_id", sa.ForeignKey("entry.id")),
        )

    @registry.mapped
    class Entry:
        __module__ = "engage.hours.models"
        __table__ = sa.Table(
            "entry",
            registry.metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("person_id", sa.ForeignKey("person.id")),
            sa.Column("note", sa.String(200)),
            sa.Column("half_sealed", sa.String(200)),
        )
        ABOUT_A_PERSON = frozenset({"person_id", "gone"})

    found = registry.mappers
    assert private.upward_keys(found) == ["person.entry_id points up to entry"]
    assert private.unlisted(found) == [
        "entry.gone is listed and does not exist",
        "entry.half_sealed is not listed",
        "entry.note is not listed",
        "person says nothing in ABOUT_A_PERSON",
    ]
    assert private.plain_texts(found) == [
        "entry.half_sealed is sealed and not bytes",
        "entry.note can be read",
    ]


def test_every_route_says_who_may_use_it(bare_app: Flask) -> None:
    web.check_every_route(bare_app)


def test_a_planted_route_is_caught(bare_app: Flask) -> None:
    bare_app._got_first_request = False
    bare_app.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(RuntimeError, match="open"):
        web.check_every_route(bare_app)


def test_addresses_tell_a_bystander_nothing(bare_app: Flask) -> None:
    for rule in bare_app.url_map.iter_rules():
        nothing_in(house.telling(rule.rule))
    assert house.telling("/survivors/7")
