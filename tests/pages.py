"""Every page of the program, from its own map, with a sample for whoever may open it.

An address with `<uid>` is filled from OBJECTS by what stands before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.consents.rules import ConsentStatus
from engage.core.access import GRANTS, Role
from engage.core.crypto import token_hash
from engage.core.db import db
from engage.engagements.models import CalendarFeed, Engagement
from engage.funding.models import FundingLine, LineUse
from engage.hours.expense_models import Expense
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payable, Payee
from engage.looks.models import Opening
from engage.notices.models import Notice
from engage.offers.models import Offer, TermsChange
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.organizations.models import Organization
from engage.panels.models import Panel
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.models_after import Reversal
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.factor_models import OwnDevice, Passkey
from engage.people.models import Alias, Membership, Person, SignIn, TrainingRecord
from engage.people.rules import PersonKind, PersonStatus
from engage.records.legal_models import LegalRequest
from engage.voice.models import Grievance
from tests.page_variants import LOOKER, VARIANTS, in_states
from tests.talk_extras import SECRET

Query = sa.Select[Any]  # of (uid, person_id, role): who may open it, in which role
ADMIN = sa.select(Person.id).where(Person.is_administrator)


def staff(model: Any, place: Any, role: Role) -> Query:
    """Rows of an organization, for its people with that role."""
    return (
        sa.select(model.uid, Membership.person_id, sa.literal(str(role)))
        .join(Membership, Membership.organization_id == place)
        .where(Membership.role == role, Membership.ended_on.is_(None))
        .order_by(model.id, Membership.id)
    )


def own(model: Any, owner: Any, role: Role = Role.CONSULTANT) -> Query:
    """Rows of a person, for that person alone."""
    return sa.select(model.uid, owner, sa.literal(str(role))).order_by(model.id)


def admin(model: Any) -> Query:
    """Rows that every administrator may open."""
    return (
        sa.select(model.uid, LOOKER.id, sa.literal(str(Role.ADMINISTRATOR)))
        .join_from(model, LOOKER, LOOKER.is_administrator.is_(True))
        .order_by(model.id, LOOKER.id)
    )


def of_payer(model: Any, payer: Any) -> Query:
    return staff(model, payer, Role.FINANCE)


def _account(model: Any) -> Query:
    kind = sa.case((Person.kind == PersonKind.CONSULTANT, "consultant"), else_="staff")
    query = sa.select(model.uid, model.person_id, kind)
    return query.join(Person, Person.id == model.person_id).order_by(model.id)


USED = (
    sa.select(FundingLine.uid, Membership.person_id, sa.literal(str(Role.COORDINATOR)))
    .join(LineUse, LineUse.line_id == FundingLine.id)
    .join(Membership, Membership.organization_id == LineUse.organization_id)
    .where(Membership.role == Role.COORDINATOR, Membership.ended_on.is_(None))
    .order_by(FundingLine.id, Membership.id)
)
NAMES = (
    sa.select(Organization.uid, Alias.person_id, sa.literal(str(Role.CONSULTANT)))
    .join(Alias, Alias.organization_id == Organization.id)
    .order_by(Alias.id)
)
BATCH_PAYER = (
    sa.select(PayoutBatch.payer_id)
    .where(PayoutBatch.id == Payout.batch_id)
    .scalar_subquery()
)

DAY_PAYER = (
    sa.select(ReconciliationDay.payer_id)
    .where(ReconciliationDay.id == ReconciliationDifference.day_id)
    .scalar_subquery()
)

PAYOUT_PERSON = (
    sa.select(Payee.person_id).where(Payee.id == Payout.payee_id).scalar_subquery()
)
PAYABLE_PERSON = (
    sa.select(Payee.person_id).where(Payee.id == Payable.payee_id).scalar_subquery()
)
BACK_PERSON = (
    sa.select(Payee.person_id)
    .join(Payout, Payout.payee_id == Payee.id)
    .where(Payout.id == Reversal.payout_id)
    .scalar_subquery()
)
BACK_PAYER = (
    sa.select(Payee.payer_id)
    .join(Payout, Payout.payee_id == Payee.id)
    .where(Payout.id == Reversal.payout_id)
    .scalar_subquery()
)

EXPENSE_PAYER = (
    sa.select(FundingLine.payer_id)
    .join(Engagement, Engagement.funding_line_id == FundingLine.id)
    .where(Engagement.id == Expense.engagement_id)
    .scalar_subquery()
)
SHOWN_PERSON = (
    sa.select(Consent.person_id)
    .join(Material, Material.consent_id == Consent.id)
    .where(Material.id == MaterialVersion.material_id)
    .scalar_subquery()
)


def _made(model: Any) -> Query:
    """What is made under a consent, for the organization that asked for it."""
    made = sa.orm.aliased(Material)
    key = Material.id if model is Material else MaterialVersion.material_id
    place = (
        sa.select(Consent.organization_id)
        .join(made, made.consent_id == Consent.id)
        .where(made.id == key)
        .scalar_subquery()
    )
    return staff(model, place, Role.COORDINATOR)


# The secret of the sample's calendar: whoever has it may read, signed in or not.
FEEDS = sa.select(sa.literal(SECRET), sa.null(), sa.null()).where(
    sa.exists().where(CalendarFeed.token_hash == token_hash(SECRET))
)

# What stands before a uid in an address: who may open which rows.
OBJECTS: dict[str, tuple[Query, ...]] = {
    "/account/names": (NAMES,),
    "/account/sign-ins": (_account(SignIn),),
    "/account/training": (_account(TrainingRecord),),
    "/account/own": (_account(OwnDevice),),
    "/account/ways/keys": (_account(Passkey),),
    "/agreed": (staff(Engagement, Engagement.organization_id, Role.COORDINATOR),),
    "/asks": (own(Offer, Offer.person_id),),
    "/asks/changes": (own(TermsChange, TermsChange.person_id),),
    "/costs": (own(Expense, Expense.person_id),),
    "/costs/ahead": (
        of_payer(Expense, EXPENSE_PAYER).where(
            Expense.is_advance,
            Expense.status == HoursStatus.PAID,
            Expense.settled_cents < Expense.cents,
        ),
    ),
    "/costs/waiting": (staff(Expense, Expense.organization_id, Role.COORDINATOR),),
    "/days": (FEEDS,),
    "/exceptions": (admin(Opening),),
    "/groups": (staff(Panel, Panel.organization_id, Role.COORDINATOR),),
    "/lines": (of_payer(FundingLine, FundingLine.payer_id), USED),
    "/names": (staff(Alias, Alias.organization_id, Role.COORDINATOR),),
    "/news": (_account(Notice),),
    "/places": (admin(Organization),),
    "/plans": (own(Engagement, Engagement.person_id),),
    "/record/how": (own(Payee, Payee.person_id),),
    "/runs": (of_payer(PayoutBatch, PayoutBatch.payer_id),),
    "/runs/books/days": (of_payer(ReconciliationDay, ReconciliationDay.payer_id),),
    "/runs/books/differences": (of_payer(ReconciliationDifference, DAY_PAYER),),
    "/runs/pay": (of_payer(Payout, BATCH_PAYER),),
    "/runs/again": (of_payer(Reversal, BACK_PAYER),),
    "/record/again": (own(Reversal, BACK_PERSON),),
    "/record/by-hand": (
        own(Payout, PAYOUT_PERSON).where(
            Payout.rail == RailName.MANUAL,
            Payout.status.in_([PayoutStatus.QUEUED, PayoutStatus.SENT]),
        ),
    ),
    "/record/part": (
        own(Payable, PAYABLE_PERSON).where(Payable.kind.in_(["hours", "stipend"])),
    ),
    "/staff": (admin(Person),),
    "/staff/roles": (admin(Membership),),
    "/time": (own(HoursEntry, HoursEntry.person_id),),
    "/time/waiting": (staff(HoursEntry, HoursEntry.organization_id, Role.COORDINATOR),),
    "/work": (staff(Opportunity, Opportunity.organization_id, Role.COORDINATOR),),
}

OBJECTS |= {
    "/concerns": (own(Grievance, Grievance.person_id),),
    "/concerns/about": (NAMES,),
    "/concerns/here": (
        own(Grievance, Grievance.reader_id).with_only_columns(
            Grievance.uid, Grievance.reader_id, sa.literal("staff")
        ),
    ),
    "/permissions": (staff(Consent, Consent.organization_id, Role.COORDINATOR),),
    "/permissions/made": (_made(Material),),
    "/permissions/uses": (
        staff(MaterialUse, MaterialUse.organization_id, Role.COORDINATOR),
    ),
    "/permissions/versions": (_made(MaterialVersion),),
    "/register": (admin(LegalRequest),),
    "/shown": (
        own(Consent, Consent.person_id).where(
            sa.or_(Consent.is_delivered, Consent.given_at.is_not(None)),
            Consent.status != ConsentStatus.CLOSED,
        ),
    ),
    "/shown/versions": (own(MaterialVersion, SHOWN_PERSON),),
}

# Pages that answer a GET in another way than by a page of ours.
# Every consultant may open any of these, so that none is somebody else's.
FOR_ALL = {"/account/names"}
NO_PAGE = {
    "people.leave",
    "ledger.download",
    "ledger.paper_file",
    "books.moves_file",
    "books.lines_file",
    "years.file",
    "years.accounts_file",
    "compare.file",
    "panels.download",
    "days.fetch",
    "own.left",
    "days.all_panels",
}
NO_PAGE |= {"days.panel", "looks.log", "looks.check"}
NO_PAGE |= {
    f"letters.{who}_{kind}" for who in ("own", "of_place") for kind in ("pdf", "terms")
}
NOT_FOUND = "no-such-uid-0000000000"


@dataclass(frozen=True)
class Spot:
    """One page as one person opens it; `role` None is somebody signed out."""

    endpoint: str
    role: Role | None
    variant: str
    path: str
    person_id: int | None

    @property
    def name(self) -> str:
        who = str(self.role) if self.role else "signed out"
        return f"{self.endpoint}{'+' if self.variant else ''}{self.variant} as {who}"


def rules(app: Flask, method: str = "GET") -> list[Rule]:
    """The map's addresses for a method, static files and the demo door left out."""
    return sorted(
        (
            rule
            for rule in app.url_map.iter_rules()
            if method in (rule.methods or ())
            and rule.endpoint not in {"static", "people.demo_door"}
        ),
        key=lambda rule: rule.endpoint,
    )


def roles_of(app: Flask, rule: Rule) -> list[Role | None]:
    """Who may open it; signed out for a public page."""
    access = app.view_functions[rule.endpoint].access
    if access == "public":
        return [None]
    return [role for role in Role if GRANTS[role] & set(access)]


def prefix(rule: Rule) -> str:
    """What stands before the uid of an address: "/work/<uid>/edit" is "/work"."""
    return rule.rule.partition("/<")[0]


def spots(app: Flask, *, pages_only: bool = True) -> list[Spot]:
    """Every page x role x variant with a sample; needs an app context."""
    people = {role: person_of(role) for role in Role}
    return [
        spot
        for rule in rules(app)
        if not (pages_only and rule.endpoint in NO_PAGE)
        for role in roles_of(app, rule)
        for spot in _spots_of(rule, role, people)
    ]


def _spots_of(rule: Rule, role: Role | None, people: dict[Role, int]) -> Iterator[Spot]:
    if not rule.arguments:
        usual = people[role] if role else None
        for variant, who in [("", usual), *in_states(rule.endpoint, role)]:
            yield Spot(rule.endpoint, role, variant, rule.rule, who)
        return
    for variant, condition in VARIANTS.get(rule.endpoint, {"": sa.true()}).items():
        found = sample(prefix(rule), role, condition, people)
        if found is not None:
            path = re.sub("<uid>|<token>", found[0], rule.rule)
            yield Spot(rule.endpoint, role, variant, path, found[1])


def sample(
    where: str, role: Role | None, condition: Any, people: dict[Role, int]
) -> tuple[str, int] | None:
    """A uid and who may open it: the role's usual person if they have one."""
    rows = [row for row in candidates(where, condition) if fits(row[2], role)]
    usual = people.get(role) if role else None
    mine = [row for row in rows if row[1] == usual]
    return tuple((mine or rows)[0][:2]) if rows else None


def candidates(where: str, condition: Any = None) -> list[tuple[str, int, str]]:
    return [
        tuple(row)
        for query in OBJECTS[where]
        for row in db.session.execute(
            query if condition is None else query.where(condition)
        )
    ]


def fits(held: str, role: Role | None) -> bool:
    return held == role or (held == "staff" and role not in {None, Role.CONSULTANT})


def foreign(where: str, person_id: int) -> str | None:
    """A uid of the same kind that this person may not see, or None."""
    rows = candidates(where) if where not in FOR_ALL else []
    seen = {uid for uid, person, _ in rows if person == person_id}
    return next((uid for uid, _, _ in rows if uid not in seen), None)


def person_of(role: Role) -> int:
    """The person with the most to see in a role."""
    if role is Role.CONSULTANT:
        query = _busiest_consultant()
    elif role is Role.COORDINATOR:
        query = _staff(role).join(
            Opportunity, Opportunity.organization_id == Membership.organization_id
        )
        waiting = sa.select(HoursEntry.organization_id).where(
            HoursEntry.status == HoursStatus.SUBMITTED
        )
        has_hours = sa.case((Membership.organization_id.in_(waiting), 1), else_=0)
        query = query.order_by(
            sa.func.max(has_hours).desc(),
            sa.func.count(Opportunity.id).desc(),
            Person.id,
        )
    elif role is Role.FINANCE:
        query = _staff(role).order_by(Person.id)
    else:
        query = ADMIN.order_by(Person.id)
    found = db.session.scalars(query.limit(1)).one()
    return int(found)


def _staff(role: Role) -> Any:
    return (
        sa.select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.role == role, Person.status == PersonStatus.ACTIVE)
        .group_by(Person.id)
    )


def _busiest_consultant() -> Any:
    asked = sa.select(Offer.person_id).where(Offer.status == OfferStatus.WAITING)
    return (
        sa.select(Person.id)
        .join(Engagement, Engagement.person_id == Person.id)
        .group_by(Person.id)
        .order_by(
            Person.id.in_(asked).desc(),
            sa.func.count(Engagement.id).desc(),
            Person.id,
        )
    )
