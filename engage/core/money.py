import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from engage.core.errors import N_, Refused

MOST_CENTS = 10_000_000_00
CURRENCY = "usd"  # everything is owed and paid in it
_SHAPE = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d*))?\Z", re.ASCII)


@dataclass(frozen=True)
class Money:
    """US dollars as whole cents, for a sentence or a page to format by locale."""

    cents: int

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        return f"{sign}${abs(self.cents) // 100:,}.{abs(self.cents) % 100:02d}"


@dataclass(frozen=True)
class Minutes:
    """A length of time in whole minutes, for a sentence or a page to write out."""

    minutes: int

    def __str__(self) -> str:
        hours, rest = divmod(abs(self.minutes), 60)
        parts = [f"{hours} h"] if hours else []
        parts += [f"{rest} min"] if rest or not hours else []
        return ("-" if self.minutes < 0 else "") + " ".join(parts)


def parse_money(text: str) -> int:
    """Cents from what a person typed; refuses signs, letters and parts of a cent."""
    match = _SHAPE.match(text.strip())
    if not match:
        raise Refused(N_("Write an amount in dollars, such as 81.25."))
    if len(match[2] or "") > 2:
        raise Refused(N_("Use at most two digits after the point."))
    cents = int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))
    if cents > MOST_CENTS:
        raise Refused(N_("Write an amount up to %(most)s."), most=Money(MOST_CENTS))
    return cents


def rate_times_minutes(rate_cents: int, minutes: int) -> int:
    """Cents earned at an hourly rate, rounded half-even once: call it once per line."""
    exact = Decimal(rate_cents) * Decimal(minutes) / Decimal(60)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def split(cents: int, parts: int) -> list[int]:
    """Whole-cent parts that add up to `cents`; the first ones carry the remainder."""
    each, rest = divmod(cents, parts)
    return [each + (1 if place < rest else 0) for place in range(parts)]


_LENGTH = re.compile(
    r"(?:(?P<h>\d{1,3})\s*(?:h|hours?|horas?))?"
    r"\s*(?:(?P<m>\d{1,4})\s*(?:m|min|minutes?|minutos?))?\Z",
    re.ASCII,
)


def parse_minutes(text: str) -> int:
    """Minutes from 1:30, 1.5 (hours) or 1 h 30 min; refuses parts of a minute."""
    plain = text.strip().lower()
    wrong = Refused(N_("Write a length of time, such as 1:30 or 1.5 hours."))
    clock = re.fullmatch(r"(\d{1,3}):([0-5]\d)", plain, re.ASCII)
    if clock:
        return int(clock[1]) * 60 + int(clock[2])
    number = re.fullmatch(r"(\d{1,3})(?:[.,](\d{1,2}))?", plain, re.ASCII)
    if number:
        hundredths = int(number[1]) * 100 + int((number[2] or "").ljust(2, "0"))
        if hundredths * 60 % 100:
            raise wrong
        return hundredths * 60 // 100
    words = _LENGTH.match(plain)
    if not plain or not words:
        raise wrong
    return int(words["h"] or 0) * 60 + int(words["m"] or 0)
