from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from engage.core.fields import OneOf
from engage.core.forms import BaseForm


class BoardForm(BaseForm):
    """Which board is asked for advice."""

    board = OneOf(_l("Which board"))

    def offer(self, boards: Sequence[Any]) -> None:
        self.boards = {board.uid: board for board in boards}
        self.board.offer((board.uid, board.name) for board in boards)

    @property
    def chosen(self) -> Any:
        return self.boards[str(self.board.data)]
