from datetime import datetime

from engage.voice import actions


def follow(now: datetime) -> None:
    """What nobody can read any more."""
    actions.follow(now)


def forget(now: datetime) -> None:
    """What its writer ended long ago."""
    actions.forget(now)
