"""The table as bars: an SVG of its own, readable in light and in dark."""

from collections.abc import Iterator, Sequence
from html import escape

from engage.simulate.report import TITLE, shown
from engage.simulate.running import Line, Spread

WIDTH, LEFT, BAR, TOP, ROW, FOOT = 860, 372, 330, 76, 46, 64
HIDDEN = frozenset({"asks_most", "asks", "too_many"})
STYLE = """
  svg { color-scheme: light dark }
  .paper { fill: #ffffff } .ink { fill: #1f2733 } .soft { fill: #566070 }
  .without { fill: #a8651b } .with { fill: #1d6b72 }
  .whisker { stroke: #1f2733; stroke-width: 1.5 } .rule { stroke: #d5dae1 }
  text { font: 14px system-ui, sans-serif } .title { font-size: 19px }
  .title, .strong { font-weight: 600 } .figure { font-size: 13px }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #14181f } .ink { fill: #e8ecf2 } .soft { fill: #a9b3c1 }
    .without { fill: #e0a05a } .with { fill: #5fb8c0 }
    .whisker { stroke: #e8ecf2 } .rule { stroke: #333c49 }
  }
"""


def draw(lines: Sequence[Line], many: int) -> str:
    """One row for each measure, on a scale of its own; thin lines are least to most."""
    rows = [line for line in lines if line.measure.key not in HIDDEN]
    better = [line for line in rows if not line.is_worse]
    worse = [line for line in rows if line.is_worse]
    height = TOP + ROW * len(rows) + 2 * 34 + FOOT
    parts = [*_head(height, many)]
    down = TOP
    for words, group in (("Lower with the rules", better), ("Higher", worse)):
        if group:
            parts.append(_text(24, down + 20, words, "strong soft"))
            down += 34
        for line in group:
            parts += _row(line, down)
            down += ROW
    parts.append(_text(24, height - 34, FOOTNOTE[0], "soft figure"))
    parts.append(_text(24, height - 16, FOOTNOTE[1], "soft figure"))
    return "\n".join([*parts, "</svg>", ""])


FOOTNOTE = (
    "A simulation with made-up people and figures: it claims nothing about the field.",
    "Each row has a scale of its own. For every row, lower would be better.",
)


def _head(height: int, many: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" height="{height}" role="img" aria-labelledby="name what">'
    )
    yield f'<title id="name">{escape(TITLE)}</title>'
    yield f'<desc id="what">{escape(" ".join(FOOTNOTE))}</desc>'
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{height}"/>'
    yield _text(24, 34, TITLE, "ink title")
    yield '<rect class="without" x="24" y="48" width="14" height="14"/>'
    yield _text(44, 60, "without", "ink")
    yield '<rect class="with" x="118" y="48" width="14" height="14"/>'
    yield _text(138, 60, f"with the rules (means of {many} seeds)", "ink")


def _row(line: Line, down: int) -> Iterator[str]:
    most = max(line.without.most, line.with_rules.most) or 1
    yield f'<path class="rule" d="M24 {down}H{WIDTH - 24}"/>'
    yield _text(24, down + 27, line.measure.words, "ink")
    both = (("without", line.without), ("with", line.with_rules))
    for place, (name, figure) in enumerate(both):
        y = down + 7 + 17 * place
        yield _bar(name, figure, most, y)
        words = shown(line.measure, figure.mean)
        end = LEFT + BAR * max(figure.mean, figure.most) / most + 8
        yield _text(round(end), y + 12, words, "ink figure")


def _bar(name: str, figure: Spread, most: float, y: int) -> str:
    def along(value: float) -> str:
        return f"{BAR * value / most:.1f}"

    least, end = LEFT + BAR * figure.least / most, LEFT + BAR * figure.most / most
    return (
        f'<rect class="{name}" x="{LEFT}" y="{y}" width="{along(figure.mean)}"'
        f' height="14"/><path class="whisker" d="M{least:.1f} {y + 7}H{end:.1f}"/>'
    )


def _text(x: int, y: int, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>'
