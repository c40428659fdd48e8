from dataclasses import dataclass, field


@dataclass
class Filters:
    """What a consultant silently keeps away: organization ids and two settings."""

    organizations: set[int] = field(default_factory=set)
    law_enforcement: bool = False
    travel: bool = False

    @property
    def count(self) -> int:
        return len(self.organizations) + self.law_enforcement + self.travel

    def keeps_away(
        self, organization_id: int, *, law_enforcement: bool, travel: bool
    ) -> bool:
        return (
            organization_id in self.organizations
            or (law_enforcement and self.law_enforcement)
            or (travel and self.travel)
        )
