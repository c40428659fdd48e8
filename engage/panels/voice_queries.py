"""The voice of every panel by one statement, and where its flag says otherwise."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.core.db import db
from engage.panels.models import CountChoice, Panel, Seat, VoiceFlag
from engage.panels.rules import (
    LEAST_MINIMUM,
    LEFT_OUT,
    FlagStatus,
    SeatStatus,
    VoiceState,
)


class Voiced(NamedTuple):
    """`state` is what the seats say, None where one person works alone; `flag` is
    what the open flag says, None without one."""

    panel_id: int
    state: VoiceState | None
    flag: VoiceState | None

    @property
    def differs(self) -> bool:
        return self.flag != (None if self.state is VoiceState.MET else self.state)


def all_voices() -> list[Voiced]:
    """Every panel whose work goes on."""
    return [_read(row) for row in db.session.execute(statement())]


def differing() -> list[Voiced]:
    """Panels whose flag is not the one that their seats ask for."""
    return [_read(row) for row in db.session.execute(differing_statement())]


def _read(row: Any) -> Voiced:
    panel_id, state, flag = row
    return Voiced(
        panel_id,
        None if state is None else VoiceState(state),
        None if flag is None else VoiceState(flag),
    )


def differing_statement() -> sa.Select[Any]:
    whole = statement().subquery()
    asked = sa.func.coalesce(sa.func.nullif(whole.c.state, "met"), "")
    return sa.select(whole).where(asked != sa.func.coalesce(whole.c.flag, ""))


def statement() -> sa.Select[Any]:
    """(panel, state, flag) of every panel that goes on, in one statement."""
    counted = _counted()
    voices = sa.func.coalesce(counted.c.voices, 0)
    least = sa.case(
        (Panel.minimum_voices < LEAST_MINIMUM, LEAST_MINIMUM),
        else_=Panel.minimum_voices,
    )
    state = sa.case(
        (~_has_two(), None),
        (voices >= least, "met"),
        (voices == 0, "not_known"),
        (voices == 1, "sole"),
        else_="low",
    )
    is_open = sa.and_(
        VoiceFlag.panel_id == Panel.id, VoiceFlag.status != FlagStatus.CLEARED
    )
    return (
        sa.select(
            Panel.id,
            sa.cast(state, sa.String(30)).label("state"),
            sa.cast(VoiceFlag.state, sa.String(30)).label("flag"),
        )
        .outerjoin(counted, counted.c.panel_id == Panel.id)
        .outerjoin(VoiceFlag, is_open)
        .where(Panel.ended_on.is_(None))
        .order_by(Panel.id)
    )


def _counted() -> sa.Subquery:
    """Distinct people who chose to count, by panel."""
    return (
        sa.select(
            CountChoice.panel_id,
            sa.func.count(sa.distinct(CountChoice.person_id)).label("voices"),
        )
        .join(
            Seat,
            sa.and_(
                Seat.panel_id == CountChoice.panel_id,
                Seat.person_id == CountChoice.person_id,
            ),
        )
        .where(
            CountChoice.is_counted,
            Seat.status == SeatStatus.HELD,
            Seat.role.not_in(LEFT_OUT),
        )
        .group_by(CountChoice.panel_id)
        .subquery()
    )


def _has_two() -> sa.Exists:
    """Has the panel, or had it, two seats? Fewer are somebody's work alone.

    OFFSET ends the look at the second seat, where a count would read them all.
    """
    second = sa.select(Seat.id).where(Seat.panel_id == Panel.id).limit(1).offset(1)
    return second.correlate(Panel).exists()
