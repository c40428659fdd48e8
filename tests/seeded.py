"""Forms filled in at random from a seed, several in a row by the same person.

Made from the forms as their pages show them: each field gets what it offers, what
breaks such a field elsewhere, or a wild mixture of both.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from flask import Flask

from tests import bad_input
from tests.bad_input import CHOSEN, TYPED, Sent
from tests.clients import Browser
from tests.forms import TOKENS, Field, Sending

IN_A_ROW = 20  # sendings of one person, each on what the ones before have left
AS_IT_IS, CHANGED, OF_OTHERS = "as it is", "changed", "of others"
KINDS = (AS_IT_IS, *(CHANGED,) * 5, *(OF_OTHERS,) * 2)
SIGNS = "09aZ-+.,:/%&=<>'\"{}$\\\x00\x07\u00a0\u202e\u0661\uff11\U0001f9d1 \n\r\t"
Value = str | bytes


@dataclass(frozen=True)
class Try:
    """What one person sends where; `kind` says what may come of it."""

    kind: str
    path: str
    sent: Sent
    token: str | None = None  # of a form that was sent before

    def by(self, browser: Browser) -> object:
        more = {} if self.token is None else {"once": self.token}
        return bad_input.send(browser, self.path, self.sent, **more)


class Maker:
    """Makes tries from the forms of one person; the same seed makes the same."""

    def __init__(self, app: Flask, mine: list[Sending], seed: str) -> None:
        self.app, self.mine = app, mine
        self.dice = random.Random(seed)
        self.seen: list[Value] = [
            value
            for each in mine
            for field in each.form.fields.values()
            for value in (*field.options, field.value)
            if field.name not in TOKENS and value
        ]

    def row(self) -> Iterator[Try]:
        """What one person does in one sitting."""
        for _ in range(IN_A_ROW):
            yield self._one()

    def _one(self) -> Try:
        sending = self.dice.choice(self.mine)
        kind, path = self.dice.choice(KINDS), sending.form.action
        if kind == OF_OTHERS:
            elsewhere = bad_input.elsewhere(self.app, sending)
            kind, path = (kind, elsewhere) if elsewhere else (CHANGED, path)
        sent = sending.form.values()
        if kind == AS_IT_IS:
            return Try(kind, path, sent)
        return self._twisted(Try(kind, path, self._changed(sending, sent)))

    def _twisted(self, made: Try) -> Try:
        """Now and then fields too many, or a token that is none."""
        if self.dice.random() < 0.1:
            extra = {self._sign_row(6): [self._any()] for _ in range(3)}
            made = replace(made, sent={**made.sent, **extra})  # type: ignore[dict-item]
        if self.dice.random() < 0.05:
            made = replace(made, token=self._sign_row(30))
        return made

    def _changed(self, sending: Sending, sent: Sent) -> Sent:
        fields = [each for each in sending.form.fields.values()]
        fields = [each for each in fields if each.name not in TOKENS]
        if not fields:
            return {**sent, "more": [self._sign_row(40)]}
        for each in self.dice.sample(fields, self.dice.randint(1, len(fields))):
            sent = {**sent, each.name: self._values(each)}  # type: ignore[dict-item]
            if self.dice.random() < 0.1:
                del sent[each.name]
        return sent

    def _values(self, field: Field) -> list[Value]:
        number = self.dice.choice((1, 1, 1, 1, 2, 5))
        return [self._value(field) for _ in range(number)]

    def _value(self, field: Field) -> Value:
        own = [*field.options, field.value] if field.options else [field.value]
        return self.dice.choice(
            (
                lambda: self.dice.choice(own),
                lambda: self.dice.choice(list(TYPED.values())),
                lambda: self.dice.choice(sum(CHOSEN.values(), [])),
                lambda: self._bent(str(self.dice.choice(own))),
                self._number,
                self._moment,
                self._any,
            )
        )()

    def _any(self) -> Value:
        if self.seen and self.dice.random() < 0.7:
            return self.dice.choice(self.seen)
        return self._sign_row(self.dice.choice((1, 10, 300)))

    def _bent(self, value: str) -> str:
        """Almost right: one sign of it left out, doubled, or another one."""
        at = self.dice.randrange(len(value) + 1)
        instead = self.dice.choice(("", value[at : at + 1] * 2, self._sign_row(1)))
        return value[:at] + instead + value[at + 1 :]

    def _number(self) -> str:
        digits = self.dice.choice((1, 2, 3, 9, 19, 40))
        number = self.dice.randrange(10**digits)
        sign = self.dice.choice(("", "", "-", "+", " "))
        return sign + self.dice.choice((f"{number}", f"{number}.5", f"{number:,}"))

    def _moment(self) -> str:
        year = self.dice.choice((0, 1, 1900, 2026, 2027, 9999, 10_000))
        month, day = self.dice.randint(0, 13), self.dice.randint(0, 32)
        hour = self.dice.choice(("", "T00:00", "T25:61", " 10:00"))
        return f"{year:04}-{month:02}-{day:02}{hour}"

    def _sign_row(self, length: int) -> str:
        return "".join(self.dice.choice(SIGNS) for _ in range(length))
