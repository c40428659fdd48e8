"""The table in words: always called a simulation, never a fact about the field."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from engage.simulate.assumptions import Assumptions, sentences
from engage.simulate.measures import Measure
from engage.simulate.running import Line, Pair, Spread

TITLE = "A simulation of one year, without and with Engage's rules"
NO_CLAIM = (
    "This is a simulation. Its people and figures are made up; it shows what the rules"
    " do under the assumptions below, and claims nothing about the field."
)
# What a rise of each measure means, said to somebody who would like it to be better.
WORSE = {
    "asks_share": "The busiest tenth receive a larger share of the asks.",
    "hours_share": "The busiest tenth do a larger share of the hours.",
    "asks_median": "A person in the middle is asked more often, since everybody is.",
    "asks_most": "The most asked person is asked more often.",
    "no_work": "More people get no work at all.",
    "weeks_over": "More weeks are over somebody's own limit.",
    "too_many": "More asks come past a limit, filter, time or pause.",
    "sole": "More panels begin with a sole survivor voice.",
    "not_known": "More panels begin with no survivor voice known.",
    "fill_median": "A seat takes longer to fill.",
    "fill_p90": "The slowest seats take longer to fill.",
    "known_median": "The asker learns a name later: it shows at the reply-by date.",
    "unfilled": "More seats are still open when work begins.",
    "waiting": "Some waves find nobody who may be asked (who asks by name has none).",
    "asks": "There are more asks in all.",
}
WORDS = 52


def shown(measure: Measure, value: float) -> str:
    return f"{value:,.{measure.digits}f}{measure.unit}"


def spread(measure: Measure, figure: Spread) -> str:
    least, most = shown(measure, figure.least), shown(measure, figure.most)
    return f"{shown(measure, figure.mean)} ({least} to {most})"


def table(lines: Sequence[Line], many: int) -> Iterator[str]:
    yield f"{TITLE}: mean of {many} seeds (least to most)."
    yield ""
    yield f"{'':{WORDS}}  {'without':>24}  {'with':>24}"
    for line in lines:
        without = spread(line.measure, line.without)
        with_rules = spread(line.measure, line.with_rules)
        yield f"{line.measure.words:{WORDS}}  {without:>24}  {with_rules:>24}"
    yield ""
    yield "What gets worse:"
    yield from (f"- {sentence}" for sentence in what_gets_worse(lines))


def what_gets_worse(lines: Sequence[Line]) -> list[str]:
    """A sentence with two figures for each measure that rises with the rules."""
    return [
        f"{WORSE[each.key]} {shown(each, line.with_rules.mean)} instead of"
        f" {shown(each, line.without.mean)}."
        for line in lines
        if line.is_worse and (each := line.measure)
    ]


def assumptions(given: Assumptions) -> Iterator[str]:
    yield NO_CLAIM
    yield ""
    yield "What it takes for granted:"
    yield from (f"- {sentence}" for sentence in sentences(given))


def as_json(found: Sequence[Pair], lines: Sequence[Line]) -> dict[str, Any]:
    """Every figure of every seed, for whoever wants to look closer."""
    return {
        "what": TITLE,
        "no_claim": NO_CLAIM,
        "assumptions": list(sentences(Assumptions())),
        "seeds": [
            {
                "seed": one.seed,
                "without": one.without.by_key(),
                "with": one.with_rules.by_key(),
            }
            for one in found
        ],
        "measures": {
            line.measure.key: {
                "words": line.measure.words,
                "unit": line.measure.unit,
                "without": asdict(line.without),
                "with": asdict(line.with_rules),
            }
            for line in lines
        },
        "what_gets_worse": what_gets_worse(lines),
    }
