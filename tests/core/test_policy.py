"""The policy covers every column and route, contradicts nothing, and is asked."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from engage.core import policy, policy_check, policy_page, web
from engage.core.access import Permission
from engage.core.db import Base
from engage.core.policy import Rules
from tests import private

RULES = policy.read()
MODELS = dict(
    (table.name, model) for model, table in private.tables(Base.registry.mappers)
)


def about_a_person() -> set[str]:
    return {
        f"{table}.{column}"
        for table, model in MODELS.items()
        for column in model.__dict__.get("ABOUT_A_PERSON", ())
    }


def test_every_column_about_a_person_is_of_one_kind() -> None:
    kinds = {column for kind in RULES.kinds.values() for column in kind.columns}
    wrong = [
        f"{column}: write it into the columns of its kind in engage/core/"
        "policy_kinds.csv, or add a kind"
        for column in sorted(about_a_person() - kinds)
    ] + [
        f"{column} is in policy_kinds.csv and in no model's ABOUT_A_PERSON"
        for column in sorted(kinds - about_a_person())
    ]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


PEOPLE = {"person", "reader"}


def end_of(table: sa.Table, way: str) -> str:
    """The table to which the last key of a way leads."""
    here = table
    for step in way.split("."):
        column = here.c[step]
        if not column.foreign_keys:  # a lower floor knows a person as a plain id
            return step.removesuffix("_id")
        (key,) = column.foreign_keys
        here = key.column.table
    return str(here.name)


def test_every_way_of_a_table_leads_somewhere() -> None:
    tables = Base.metadata.tables
    for table in RULES.tables.values():
        assert table.name in tables, f"policy_tables.csv: {table.name} is gone"
        assert table.is_walled or table.wall.startswith("no: "), table.name
        here = tables[table.name]
        for way in table.own.split():
            assert way in {"*", "id"} or end_of(here, way) in PEOPLE, table.name
        for way in f"{table.place} {table.payer}".split():
            assert end_of(here, way) == "organization", table.name


def test_every_line_is_of_a_route(bare_app: Flask) -> None:
    there = {rule.endpoint for rule in bare_app.url_map.iter_rules()}
    sometimes = {"people.demo_door"}  # where one-press sign-in is allowed
    assert set(RULES.routes) - there - sometimes == set()


def test_every_object_of_an_address_has_a_table(bare_app: Flask) -> None:
    nameless = [
        rule.endpoint
        for rule in bare_app.url_map.iter_rules()
        if "uid" in rule.arguments and not RULES.routes[rule.endpoint].table
    ]
    assert nameless == [], "write into policy_routes.csv which table the <uid> names"


def test_the_policy_contradicts_nothing() -> None:
    assert policy_check.problems(RULES) == []


def test_the_page_is_what_the_tables_say() -> None:
    assert policy_page.PAGE.read_text() == policy_page.render(RULES), (
        "run `python -m engage.core.policy_page` and commit docs/access.md"
    )


def changed_kind(name: str, **rights: str) -> Rules:
    kind = RULES.kinds[name]
    new = replace(kind, rights={**kind.rights, **rights})
    return RULES._replace(kinds={**RULES.kinds, name: new})


@pytest.mark.parametrize(
    ("kind", "rights", "told"),
    [
        ("pause", {"C1": "r"}, "pause has no way 'place'"),
        ("pause", {"S": "q"}, "says 'q' for S"),
        ("payout_ready", {"Ad": "r*"}, "a star and no note"),
        ("messages", {"C0": "-", "C1": "-", "C2": "-"}, "talk.shared is open to"),
        ("panel", {"F": "r"}, "no route shows or changes it"),
    ],
)
def test_a_planted_right_is_refused(
    kind: str, rights: dict[str, str], told: str
) -> None:
    assert told in "\n".join(policy_check.problems(changed_kind(kind, **rights)))


def test_a_route_without_a_line_or_with_another_does_not_start(
    bare_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_app._got_first_request = False
    view = web.requires(Permission.HOURS_LOG)(lambda: "")
    bare_app.add_url_rule("/new", "planted.new", view, methods=["GET"])
    with pytest.raises(RuntimeError, match="begins planted.new,GET,hours.log, then"):
        web.check_every_route(bare_app)
    other = replace(
        RULES.routes["hours.index"],
        endpoint="planted.new",
        permissions=frozenset({Permission.HOURS_DECIDE}),
    )
    routes = {**RULES.routes, "planted.new": other}
    monkeypatch.setattr(policy.book, "rules", RULES._replace(routes=routes))
    with pytest.raises(RuntimeError, match="planted.new"):
        web.check_every_route(bare_app)
