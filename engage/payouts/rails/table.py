from engage.payouts.rails.base import Rail
from engage.payouts.rails.demo import DemoRail
from engage.payouts.rails.manual import ManualRail
from engage.payouts.rules import RailName

RAILS: dict[RailName, Rail] = {
    RailName.DEMO: DemoRail(),
    RailName.MANUAL: ManualRail(),
}


def rail_of(name: RailName) -> Rail:
    """The rail, or the manual one where a chosen rail is not part of this release."""
    return RAILS.get(name, RAILS[RailName.MANUAL])
