from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass
class Filters:
    """What a consultant silently keeps away: organization ids, topics, two settings."""

    organizations: set[int] = field(default_factory=set)
    law_enforcement: bool = False
    travel: bool = False
    topics: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        lists = len(self.organizations) + len(self.topics)
        return lists + self.law_enforcement + self.travel

    def keeps_away(
        self,
        organization_id: int,
        *,
        law_enforcement: bool,
        travel: bool,
        topics: Collection[str] = (),
    ) -> bool:
        """Whether work never reaches them; one avoided topic of several is enough."""
        return (
            organization_id in self.organizations
            or (law_enforcement and self.law_enforcement)
            or (travel and self.travel)
            or not self.topics.isdisjoint(topics)
        )
