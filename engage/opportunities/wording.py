import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from engage.core.errors import N_
from engage.opportunities.reading import guess_language as guess_language
from engage.opportunities.reading import reading_grade as reading_grade
from engage.opportunities.reading import word_count
from engage.opportunities.rules import Level, Story

HIGHEST_GRADE = 8
LEAST_WORDS_TO_GRADE = 25

_SEVERITY = (Level.ERROR, Level.WARNING, Level.NOTE)
_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\w)[^.!?\n]*)*")
_PLAIN = {"’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-", "‑": "-"}


class When(StrEnum):
    """Whether a word counts always, or only in a post that names no pay."""

    ALWAYS = "always"
    PAY_BLANK = "pay_blank"


class SkipReason(StrEnum):
    """Why a found word may stay."""

    QUOTATION = "quotation"
    LEGAL_NAME = "legal_name"


@dataclass(frozen=True, kw_only=True)
class Word:
    """One row of a list; a match that touches an exception is left alone."""

    key: str
    level: Level
    patterns: tuple[str, ...]
    suggestion: str
    source: str
    exceptions: tuple[str, ...] = ()
    when: When = When.ALWAYS
    level_without_story: Level | None = None
    may_skip: bool = True
    not_in: tuple[str, ...] = ()
    case_matters: bool = False


@dataclass(frozen=True, kw_only=True)
class Degree:
    """A degree whose sentence asks for it blocks posting; else it is a warning."""

    patterns: tuple[str, ...]
    equivalents: tuple[str, ...]
    asked: tuple[str, ...]
    suggestion: str
    source: str


@dataclass(frozen=True, kw_only=True)
class WordList:
    language: str
    version: str
    words: tuple[Word, ...]
    degree: Degree


@dataclass(frozen=True)
class Finding:
    """`start` counts signs of the text as written; `suggestion` is a msgid."""

    field: str
    level: Level
    found: str
    suggestion: str
    start: int
    key: str = ""
    may_skip: bool = True


def wording_findings(
    text_by_field: Mapping[str, str],
    words: WordList,
    story: Story,
    *,
    is_pay_blank: bool = False,
) -> list[Finding]:
    """What a post should say otherwise, by field and place; errors block posting."""
    active = [w for w in words.words if w.when is When.ALWAYS or is_pay_blank]
    findings: list[Finding] = []
    for field, text in text_by_field.items():
        plain = _Plain.of(text)
        own = [word for word in active if field not in word.not_in]
        found = [each for w in own for each in _of_word(field, plain, w, story)]
        found += _of_degree(field, plain, words.degree)
        findings += _strongest(found)
        findings += _of_grade(field, text, words.language)
    return findings


def left_after_skips(
    findings: Iterable[Finding],
    skipped: Mapping[tuple[str, str], SkipReason],
) -> list[Finding]:
    """Without those that the author keeps, by (field, found), where that is allowed."""
    return [
        each
        for each in findings
        if not (each.may_skip and (each.field, each.found) in skipped)
    ]


def degree_without_equivalent(text: str, degree: Degree) -> list[tuple[str, int]]:
    """(words, place) of degrees whose sentence names no equivalent experience."""
    plain = _Plain.of(text)
    return [
        (plain.written(*span), plain.places[span[0]])
        for span, _ in _bare(plain, degree)
    ]


@dataclass(frozen=True)
class _Plain:
    """Text as patterns see it: accents folded, hidden signs out, places kept."""

    text: str
    folded: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "_Plain":
        signs: list[str] = []
        places: list[int] = []
        for place, sign in enumerate(text):
            for part in unicodedata.normalize("NFKD", _PLAIN.get(sign, sign)):
                if unicodedata.category(part) not in ("Mn", "Cf"):
                    signs.append(part)
                    places.append(place)
        return cls(text, "".join(signs), tuple(places))

    def written(self, start: int, end: int) -> str:
        return self.text[self.places[start] : self.places[end - 1] + 1]


def _of_word(field: str, plain: _Plain, word: Word, story: Story) -> Iterator[Finding]:
    spans = list(_spans(word.patterns, plain.folded, word.case_matters))
    if not spans:
        return
    spared = list(_spans(word.exceptions, plain.folded, False))
    level = word.level
    if story is Story.NONE and word.level_without_story:
        level = word.level_without_story
    for span in spans:
        if not _touches(span, spared):
            yield Finding(
                field,
                level,
                plain.written(*span),
                word.suggestion,
                plain.places[span[0]],
                word.key,
                word.may_skip,
            )


def _of_degree(field: str, plain: _Plain, degree: Degree) -> Iterator[Finding]:
    for (start, end), is_asked in _bare(plain, degree):
        found, place = plain.written(start, end), plain.places[start]
        level = Level.ERROR if is_asked else Level.WARNING
        yield Finding(field, level, found, degree.suggestion, place, "degree", True)


def _bare(plain: _Plain, degree: Degree) -> Iterator[tuple[tuple[int, int], bool]]:
    """The first degree of each sentence without an equivalent, and whether it is
    asked for there."""
    for sentence in _SENTENCE.finditer(plain.folded):
        if any(_spans(degree.equivalents, sentence[0], False)):
            continue
        for start, end in _spans(degree.patterns, sentence[0], False):
            is_asked = any(_spans(degree.asked, sentence[0], False))
            yield (start + sentence.start(), end + sentence.start()), is_asked
            break


def _of_grade(field: str, text: str, language: str) -> Iterator[Finding]:
    if word_count(text) < LEAST_WORDS_TO_GRADE:
        return
    grade = reading_grade(text, language)
    if grade > HIGHEST_GRADE:
        sentence = N_("Use shorter sentences and shorter words: grade 8 or below.")
        yield Finding(field, Level.WARNING, f"{grade:.1f}", sentence, 0, "grade", True)


def _spans(
    patterns: Collection[str], text: str, case_matters: bool
) -> Iterator[tuple[int, int]]:
    for pattern in patterns:
        for match in _compiled(pattern, case_matters).finditer(text):
            if match.end() > match.start():
                yield match.span()


@lru_cache(maxsize=2048)
def _compiled(pattern: str, case_matters: bool) -> re.Pattern[str]:
    """Whole words only; a space also fits a hyphen or a line break, " ?" also none."""
    spaced = pattern.replace(" ?", r"[\s-]*").replace(" ", r"[\s-]+")
    flags = re.NOFLAG if case_matters else re.IGNORECASE
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)", flags)


def _touches(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _strongest(findings: list[Finding]) -> list[Finding]:
    """Of findings that overlap the most severe, then the longest, in order of place."""
    kept: list[Finding] = []
    taken: list[tuple[int, int]] = []
    ranked = sorted(
        findings, key=lambda f: (_SEVERITY.index(f.level), -len(f.found), f.start)
    )
    for each in ranked:
        span = (each.start, each.start + len(each.found))
        if not _touches(span, taken):
            kept.append(each)
            taken.append(span)
    return sorted(kept, key=lambda f: f.start)
