"""A hundred thousand forms filled in at random: no 500, nothing lost, nothing told."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from engage.audit import queries as audit
from engage.core import clock
from engage.core.access import Role
from engage.payouts import books
from tests import bad_input, canaries, forms, pages, seeded
from tests.canaries import Canary, Watch
from tests.filled import Filled, browser_of, step_undone, undone
from tests.forms import Sending
from tests.seeded import AS_IT_IS, IN_A_ROW, OF_OTHERS, Maker, Try

LONG = pytest.mark.prove
EACH = 10_000  # of one part; five parts on each database are the hundred thousand
PARTS = [
    pytest.param("commit", 400, id="some"),
    *(pytest.param(name, EACH, id=name, marks=LONG) for name in "abcde"),
]
APART = {"people.sign_in", "people.sign_out", "people.demo_door"}
Record = Callable[[str, object], None]


@pytest.fixture
def app(filled: Filled, database: str) -> Flask:
    return filled("small", database)


@pytest.fixture
def owners(app: Flask) -> dict[int | None, list[Sending]]:
    return by_person(app)


@pytest.fixture
def planted(
    app: Flask, owners: dict[int | None, list[Sending]]
) -> Iterator[list[Canary]]:
    """Private words in every field of the sample data; all is undone at the end."""
    with undone(app):
        yield words()


def words() -> list[Canary]:
    return canaries.plant(pages.person_of(Role.CONSULTANT))


def by_person(app: Flask) -> dict[int | None, list[Sending]]:
    """Who has which forms."""
    found: dict[int | None, list[Sending]] = defaultdict(list)
    for each in forms.sendings(app).values():
        if each.endpoint not in APART:
            found[each.spot.person_id].append(each)
    return found


class Sitting:
    """One person's tries in a row; `wrong` says what should not have been."""

    def __init__(
        self, app: Flask, person_id: int | None, planted: list[Canary]
    ) -> None:
        self.person_id = person_id
        self.browser = browser_of(app, person_id)
        self.cages = Watch(each for each in planted if person_id not in each.readers)
        self.wrong: list[str] = []
        self.before = bad_input.rows()

    def send(self, one: Try) -> None:
        with bad_input.Writes().noted() as writes:
            answer = one.by(self.browser)
            # 200 is an answer to a form that was taken, as a file is.
            is_taken = answer.status_code == 200 and one.kind != OF_OTHERS
            known = "" if is_taken else bad_input.broke(answer, writes, self.before)
        if one.kind == OF_OTHERS and answer.status_code not in {400, 404, 413}:
            known = known or f"{answer.status_code} for what is another's"
        said = answer.get_data().decode("utf-8", "replace")  # a file may be no text
        told = [each.what for each in self.cages.met(said)]
        problem = known or ", ".join(f"tells a {what}" for what in told)
        if problem:
            self.wrong.append(f"{one.kind} {one.path} {one.sent!r}: {problem}"[:400])
        if writes.tables:
            self.before = bad_input.rows()


@pytest.mark.parametrize(("part", "number"), PARTS)
def test_forms_filled_in_at_random_break_nothing_and_tell_nothing(
    app: Flask,
    owners: dict[int | None, list[Sending]],
    planted: list[Canary],
    record_property: Record,
    part: str,
    number: int,
) -> None:
    seed = f"{os.environ.get('PROOF_SEED', '0')} {part}"
    dice = seeded.random.Random(seed)
    sent, answered, wrong = 0, 0, []
    while sent < number:
        person_id = dice.choice(sorted(owners, key=str))
        maker = Maker(app, owners[person_id], f"{seed} {sent}")
        with step_undone():
            sitting = Sitting(app, person_id, planted)
            for one in maker.row():
                sitting.send(one)
            if sent % 1000 == 0:
                assert books.problems(clock.now()) == []
                assert audit.broken_chains() == []
        wrong += sitting.wrong
        sent += IN_A_ROW
        answered += one.kind != AS_IT_IS
    record_property("forms", sent)
    record_property("seed", seed)
    assert wrong == []
    assert answered


def test_the_same_seed_makes_the_same_forms(
    app: Flask, owners: dict[int | None, list[Sending]], planted: list[Canary]
) -> None:
    mine = max(owners.values(), key=len)
    first, again, other = (list(Maker(app, mine, seed).row()) for seed in "aab")
    assert first == again
    assert first != other


def test_the_control_an_answer_that_tells_is_noticed(
    app: Flask,
    owners: dict[int | None, list[Sending]],
    planted: list[Canary],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sitting = Sitting(app, None, planted)
    word = next(text for text, _ in next(iter(sitting.cages.flocks.values())))
    maker = Maker(app, owners[None], "a")
    send = bad_input.send

    def telling(*given: object, **more: str) -> object:
        answer = send(*given, **more)  # type: ignore[arg-type]
        answer.set_data(answer.data + word.encode())
        return answer

    monkeypatch.setattr(bad_input, "send", telling)
    sitting.send(next(iter(maker.row())))
    assert len(sitting.wrong) == 1
