"""Every cell of the matrix: who may not meets a missing page and changes nothing."""

import hashlib
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import time_machine

from engage.core import clock, policy
from engage.core.db import Base, db
from tests import loosening, matrix
from tests.filled import Filled, undone
from tests.loosening import Loose
from tests.matrix import Cell, Crawl, Sample

RULES = policy.read()
Record = Callable[[str, object], None]


@pytest.fixture
def sample(filled: Filled, database: str) -> Iterator[Sample]:
    app = filled("small", database)
    # The clock stands still: a slow crawl would be asked again who is there.
    with undone(app), time_machine.travel(clock.now(), tick=False):
        yield matrix.take(app)


def checksum() -> str:
    """Of all rows of all tables, looks and what a request counts left out."""
    found = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        if table.name not in matrix.UNTOUCHED:
            rows = sorted(map(repr, db.session.execute(sa.select(table))))
            found.update("\n".join([table.name, *rows]).encode())
    db.session.rollback()
    return found.hexdigest()


def crawl(sample: Sample, *, whole: bool) -> Crawl:
    """Send every cell; fail with all that answered otherwise than the policy says."""
    run, wrong = Crawl(sample, RULES), {}
    before = checksum()
    for cell in list(matrix.cells(sample, whole=whole)):
        problem = run.wrong(cell)
        if problem:
            wrong[cell.name] = problem
    assert checksum() == before
    crawled = {cell.route.endpoint for cell in run.answers}
    assert set(RULES.routes) - crawled <= {"people.demo_door"}
    if wrong:
        listed = [f"{name}: {problem}" for name, problem in sorted(wrong.items())]
        pytest.fail("\n".join(listed), pytrace=False)
    return run


def uncaught(answers: dict[Cell, int]) -> Iterator[Loose]:
    """Lines that could be made wider without a refusal to start or a cell telling."""
    for loose in loosening.lines(RULES):
        if loosening.refused_at_start(loose, RULES):
            continue
        here = loosening.about(loose, answers)
        kept = loosening.unkept(RULES, here)
        if not loosening.seen_by_cells(loose, here) - kept:
            yield loose


@pytest.mark.parametrize("database", ["sqlite"])
def test_every_cell_answers_as_the_policy_says(
    sample: Sample, record_property: Record
) -> None:
    """And a line made wider, but for those that no page is of, would show here."""
    run = crawl(sample, whole=False)
    left = [loose.what for loose in uncaught(run.answers)]
    record_property("cells", len(run.answers))
    print(f"{len(run.answers)} cells")  # noqa: T201 - a count
    # What a job may do is no page's business; a state alone is told by some kinds.
    assert [each for each in left if not _is_of_no_page(each)] == []


def _is_of_no_page(what: str) -> bool:
    return what.split(": ")[-1].startswith(("J ", "C0 ", "C1 ", "C2 "))


def test_a_line_made_wider_is_refused_at_start() -> None:
    """All but those about a state, a job, or whose a thing is, which cells tell."""
    lines = list(loosening.lines(RULES))
    left = [
        each.what
        for each in lines
        if not loosening.refused_at_start(each, RULES)
        and not each.what.endswith(": of all")
        and not _is_of_no_page(each.what)
    ]
    assert len(lines) > 1_500
    assert left == []


@pytest.mark.prove
def test_every_cell_of_all(sample: Sample, record_property: Record) -> None:
    """Also for who has no permission, each thing in each state; on both databases."""
    record_property("cells", len(crawl(sample, whole=True).answers))


@pytest.mark.prove
@pytest.mark.parametrize("database", ["sqlite"])
def test_a_wider_line_in_force_is_met(sample: Sample, record_property: Record) -> None:
    """The program asks a wider table, as if nothing had kept it from starting."""
    cells = list(matrix.cells(sample, whole=False))
    lines = [each for each in loosening.lines(RULES) if ": also " in each.what]
    met = 0
    for loose in lines:
        policy.book.put(loose.rules)
        run = Crawl(sample, RULES)
        try:
            of = [each for each in cells if each.route.endpoint == loose.endpoint]
            met += any(run.wrong(cell) for cell in of)
        finally:
            policy.book.put(RULES)
    record_property("lines", len(lines))
    record_property("met", met)
    assert met > 0
