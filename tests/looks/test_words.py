"""Whatever stands in a person's log has words for them."""

import ast
from collections.abc import Iterator

import sqlalchemy as sa

from engage.audit.models import AuditEntry
from engage.core.db import db
from engage.looks import words
from tests.filled import Filled
from tests.house import ROOT


def calls() -> Iterator[tuple[str, str]]:
    """(function, verb) of every call that writes a plain verb into a log."""
    for file in (ROOT / "engage").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            verb = node.args[0]
            if isinstance(verb, ast.Constant) and isinstance(verb.value, str):
                yield name, verb.value


def test_every_verb_of_the_sample_year_has_words(filled: Filled) -> None:
    app = filled("small")
    with app.app_context():
        query = sa.select(AuditEntry.verb).where(
            AuditEntry.subject.like("person:%"), AuditEntry.kind == "act"
        )
        acts = set(db.session.scalars(query))
    assert acts
    assert {verb for verb in acts if words.OTHER in words.of_act(verb)} == set()


def test_every_act_on_what_a_log_names_has_words() -> None:
    acts = {
        verb
        for name, verb in calls()
        if name in {"record", "record_all", "_record", "_note"} and "." in verb
    }
    things = {verb.partition(".")[0] for verb in acts}
    assert things & set(words.THINGS)
    unsaid = {
        verb
        for verb in acts
        if verb.partition(".")[0] in words.THINGS
        and verb.rpartition(".")[2] not in words.DEEDS
    }
    assert unsaid == set()
