import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|\n+")
_ABBREVIATION = re.compile(
    r"\b(?:[ap]\.\s?m|U\.S|e\.g|i\.e|etc|Dr|Mr|Mrs|Ms|Sr|Sra|EE\.\s?UU)\.", re.I
)
_EN_VOWELS = re.compile(r"[aeiouy]+")
_EN_SILENT = re.compile(r"(?:[^laeiouyszxcgh]es|[^aeioutdy]ed|[^laeiouy]e|[aeiouy]le)$")
_EN_EXTRA = re.compile(r"ia(?!l|n$|r)|io(?!n|us)|iu|eos?$|ual|uit[yi]|ying|[aeio]ing")
_ES_STRONG, _ES_WEAK, _ES_ACCENTED = "aeoáéó", "iuü", "íú"
# Fernandez-Huerta score and the school grade where its band begins.
_GRADES = ((100.0, 4.0), (90.0, 5.0), (80.0, 6.0), (70.0, 7.0), (60.0, 8.0))
_HARDER = ((50.0, 12.0), (30.0, 16.0), (0.0, 20.0))
_COMMON = {
    "en": " the and of to in is you for with that are will be on we ",
    "es": " el la los las de que y en un una para con se su es por ",
}


def reading_grade(text: str, language: str) -> float:
    """School grade: Flesch-Kincaid, in Spanish Fernandez-Huerta brought to grades."""
    words = _WORD.findall(text)
    if not words:
        return 0.0
    parts = _SENTENCE_END.split(_ABBREVIATION.sub("abbr", text))
    sentences = sum(1 for part in parts if _WORD.search(part)) or 1
    each = len(words) / sentences
    count = spanish_syllables if language == "es" else english_syllables
    syllables = sum(count(word) for word in words) / len(words)
    if language == "es":
        return _grade_of_score(206.84 - 60 * syllables - 1.02 * each)
    return max(0.0, 0.39 * each + 11.8 * syllables - 15.59)


def _grade_of_score(score: float) -> float:
    steps = _GRADES + _HARDER
    if score >= steps[0][0]:
        return max(0.0, steps[0][1] - (score - steps[0][0]) / 10)
    for (above, easy), (below, hard) in zip(steps, steps[1:], strict=False):
        if score >= below:
            return easy + (above - score) / (above - below) * (hard - easy)
    return steps[-1][1]


def word_count(text: str) -> int:
    return len(_WORD.findall(text))


def guess_language(text: str) -> str:
    """Spanish or English by the small words, English when they are even."""
    words = [f" {word.lower()} " for word in _WORD.findall(text)]
    spanish = sum(word in _COMMON["es"] for word in words)
    return "es" if spanish > sum(word in _COMMON["en"] for word in words) else "en"


def english_syllables(word: str) -> int:
    """By groups of vowels, with silent endings taken off: right for most words."""
    total = 0
    for part in re.split(r"['’-]", word.lower()):
        plain = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
        groups = len(_EN_VOWELS.findall(plain))
        groups += len(_EN_EXTRA.findall(plain))
        if groups > 1 and _EN_SILENT.search(plain):
            groups -= 1
        total += groups
    return max(1, total)


def spanish_syllables(word: str) -> int:
    """By nuclei: two strong vowels part, a weak one joins unless it has an accent."""
    letters = unicodedata.normalize("NFC", word.lower())
    letters = re.sub(r"qu(?=[eiéí])", "q", letters)
    letters = re.sub(r"gu(?=[eiéí])", "g", letters)
    letters = re.sub(r"y(?![aeiouáéíóúü])", "i", letters)
    count, before = 0, ""
    for letter in letters:
        kind = _kind(letter)
        if kind and _begins(before, kind):
            count += 1
        if letter != "h":  # silent, it parts no vowels: ahijado
            before = kind
    return max(1, count)


def _kind(letter: str) -> str:
    kinds = (("strong", _ES_STRONG), ("weak", _ES_WEAK), ("accented", _ES_ACCENTED))
    return next((name for name, letters in kinds if letter in letters), "")


def _begins(before: str, kind: str) -> bool:
    if not before or kind == "accented":
        return True
    return before != "weak" and kind == "strong"
