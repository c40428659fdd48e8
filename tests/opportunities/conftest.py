import pytest

from engage.opportunities import actions
from engage.opportunities.rules import (
    OpportunityStatus,
)
from tests import make


@pytest.fixture
def place(app, july):
    return make.organization()


@pytest.fixture
def author(place):
    return make.coordinator(place)


@pytest.fixture
def line(place):
    return make.funding_line(place, balance_cents=1_000_00)


@pytest.fixture
def draft(place, line):
    """A whole draft that costs $525.00."""
    return make.opportunity(
        place, line=line, status=OpportunityStatus.DRAFT, posted_at=None
    )


@pytest.fixture
def post(author, july):
    def post(draft, by=author, now=july, **options):
        return actions.post(
            draft.id, by=by, now=now, **{"warnings_seen": False, **options}
        )

    return post
