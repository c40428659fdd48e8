"""Who of the staff opened a page about a consultant: for that consultant alone."""

import sqlalchemy as sa

from engage.audit.models import AuditEntry
from engage.core.errors import N_
from engage.organizations.models import Organization
from engage.people.models import Person

# The verb of each look, as the consultant reads it.
PAGES = {
    "name.open": N_("Your name and what you offer"),
    "engagement.open": N_("One of your plans"),
    "consent.open": N_("What you allow to be shown"),
    "concern.open": N_("What you raised"),
    "message.open": N_("Messages about one of your plans"),
    "hours.open": N_("Some of your hours"),
    "expense.open": N_("One of your costs"),
    "payout.open": N_("One of your payments"),
    "payee_detail.open": N_("What you gave for a payment by hand"),
    "account.open": N_("The number of your account at Stripe, for a tax form"),
}
ROLES = {
    "coordinator": N_("Coordinator"),
    "finance": N_("Finance"),
    "administrator": N_("Administrator of this site"),
}


def looks_at(person: Person) -> sa.Select[AuditEntry, str, str]:
    """(entry, staff name, organization) of every look at them, the newest first."""
    return (
        sa.select(AuditEntry, Person.staff_name, Organization.name)
        .outerjoin(Person, Person.id == AuditEntry.by_person_id)
        .outerjoin(Organization, Organization.id == AuditEntry.organization_id)
        .where(AuditEntry.subject == person.subject, AuditEntry.kind == "look")
        .order_by(AuditEntry.number.desc())
    )
