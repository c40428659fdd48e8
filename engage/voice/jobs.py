from datetime import datetime

from engage.voice import actions


def forget(now: datetime) -> None:
    """What its writer ended long ago."""
    actions.forget(now)
