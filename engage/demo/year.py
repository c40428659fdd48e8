from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from engage.demo.cast import Cast
from engage.demo.chains import Chains
from engage.demo.sizes import Size
from engage.engagements.models import Engagement


@dataclass
class Year:
    """What is known while a history is played."""

    cast: Cast
    size: Size
    chance: Random
    now: datetime
    chains: Chains = field(default_factory=Chains)
    engagements: list[Engagement] = field(default_factory=list)
    minutes: dict[tuple[int, date], int] = field(default_factory=dict)
    asks: dict[tuple[int, date], int] = field(default_factory=dict)
