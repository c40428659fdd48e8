"""Who may do what: one table. A role is held in the house, or in one organization."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    CONSULTANT = "consultant"
    COORDINATOR = "coordinator"
    FINANCE = "finance"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    ACCOUNT_OWN = "account.own"
    ACCOUNT_CLOSE = "account.close"
    STAFF_OWN = "staff.own"
    LIMITS_SET = "limits.set"
    OFFERS_ANSWER = "offers.answer"
    ENGAGEMENTS_OWN = "engagements.own"
    HOURS_LOG = "hours.log"
    STATEMENT_OWN = "statement.own"
    CODES_OWN = "codes.own"
    CONSENTS_OWN = "consents.own"
    VOICE_OWN = "voice.own"
    OPPORTUNITIES_RUN = "opportunities.run"
    PANELS_RUN = "panels.run"
    ASKS_MAKE = "asks.make"
    ENGAGEMENTS_RUN = "engagements.run"
    HOURS_DECIDE = "hours.decide"
    CODES_GIVE = "codes.give"
    CONSENTS_RUN = "consents.run"
    VOICE_READ = "voice.read"
    PAYOUTS_RUN = "payouts.run"
    FUNDING_SEE = "funding.see"
    FUNDING_RUN = "funding.run"
    INSTALLATION_RUN = "installation.run"
    LEGAL_RUN = "legal.run"
    EXCEPTIONS_RUN = "exceptions.run"


_EVERYONE = frozenset({Permission.ACCOUNT_OWN})
_STAFF = _EVERYONE | {Permission.STAFF_OWN, Permission.VOICE_READ}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CONSULTANT: _EVERYONE
    | {
        Permission.ACCOUNT_CLOSE,
        Permission.LIMITS_SET,
        Permission.OFFERS_ANSWER,
        Permission.ENGAGEMENTS_OWN,
        Permission.HOURS_LOG,
        Permission.STATEMENT_OWN,
        Permission.CODES_OWN,
        Permission.CONSENTS_OWN,
        Permission.VOICE_OWN,
    },
    Role.COORDINATOR: _STAFF
    | {
        Permission.OPPORTUNITIES_RUN,
        Permission.PANELS_RUN,
        Permission.ASKS_MAKE,
        Permission.ENGAGEMENTS_RUN,
        Permission.HOURS_DECIDE,
        Permission.CODES_GIVE,
        Permission.CONSENTS_RUN,
        Permission.FUNDING_SEE,
    },
    Role.FINANCE: _STAFF
    | {Permission.PAYOUTS_RUN, Permission.FUNDING_SEE, Permission.FUNDING_RUN},
    Role.ADMINISTRATOR: _STAFF
    | {
        Permission.INSTALLATION_RUN,
        Permission.LEGAL_RUN,
        Permission.EXCEPTIONS_RUN,
    },
}


@dataclass(frozen=True)
class Held:
    """A role and where: an organization's id, or None for the whole installation."""

    role: Role
    organization_id: int | None = None


def may(roles: Collection[Held], permission: Permission) -> bool:
    """Does any held role grant it, wherever? Scoped reads then narrow to theirs."""
    return any(permission in GRANTS[held.role] for held in roles)


def places(roles: Collection[Held], permission: Permission) -> frozenset[int]:
    """Ids of the organizations in which one of the held roles grants it."""
    return frozenset(
        held.organization_id
        for held in roles
        if held.organization_id is not None and permission in GRANTS[held.role]
    )
