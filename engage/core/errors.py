def N_(sentence: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return sentence


class Refused(Exception):
    """A rule said no; `sentence` is a gettext msgid, `values` fill its %(name)s.

    `field` names the form field the sentence belongs to, None means the whole form.
    """

    def __init__(
        self, sentence: str, *, field: str | None = None, **values: object
    ) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence = sentence
        self.field = field
        self.values = values


class NotFound(Exception):
    """Absent or not theirs: both are answered with the same 404."""
