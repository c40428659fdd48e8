"""Pages that look different by what they show: a name for each look, and its rows."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from engage.consents.models import Consent, Material, MaterialVersion
from engage.consents.rules import ConsentStatus
from engage.core.access import Role
from engage.core.db import db
from engage.engagements.models import Engagement, Message
from engage.funding.models import FundingLine
from engage.funding.rules import LineStatus
from engage.hours.expense_models import Expense
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payee
from engage.looks.models import Opening
from engage.offers.models import Offer, TermsChange
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels.models import Panel, Seat, Term, VoiceFlag
from engage.panels.rules import FlagStatus
from engage.payouts.models import ManualPayment, Payout, PayoutBatch
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.models_after import PayeeDetail
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.rules import PayoutStatus, RailName
from engage.people.factor_models import AppCode
from engage.people.models import Membership, Person
from engage.people.rules import PersonKind, SafeContact
from engage.records.legal_models import LegalRequest

GIVEN_STATES = (ConsentStatus.ASKED, ConsentStatus.LIVE, ConsentStatus.WITHDRAWN)
LOOKER = aliased(Person)  # the administrator who looks at what all of them may
ASKED_BY_THEM = Opening.asked_by_id == LOOKER.id
OPENED = sa.and_(Opening.agreed_by_id.is_not(None), ASKED_BY_THEM)
DRAFT = Opportunity.status == OpportunityStatus.DRAFT
UNEQUAL = Panel.id.in_(sa.select(Seat.panel_id).where(Seat.hourly_cents == 95_00))
FLAGGED = Panel.id.in_(
    sa.select(VoiceFlag.panel_id).where(VoiceFlag.status != FlagStatus.CLEARED)
)
RECORDED = sa.and_(Payout.rail == RailName.MANUAL, Payout.status == PayoutStatus.SENT)
RECORDED_BY = (
    sa.select(ManualPayment.recorded_by_id)
    .where(ManualPayment.payout_id == Payout.id)
    .scalar_subquery()
)
TALKED = Engagement.id.in_(sa.select(Message.engagement_id))
LAST_WORD = (
    sa.select(Message.engagement_id)
    .where(
        Message.id.in_(
            sa.select(sa.func.max(Message.id)).group_by(Message.engagement_id)
        )
    )
    .where(Message.side == "consultant")
)
POSTED = Opportunity.status == OpportunityStatus.POSTED
CHANGING = sa.select(TermsChange.engagement_id).where(sa.not_(TermsChange.is_done))
ASKED = sa.and_(TermsChange.is_delivered, TermsChange.status == OfferStatus.WAITING)
BOARD = sa.and_(Panel.is_standing, Panel.ended_on.is_(None))
LASTING = sa.select(Seat.id).where(Seat.ends_on.is_not(None), Seat.status == "held")
OPEN_DAYS = sa.select(ReconciliationDifference.day_id).where(
    ReconciliationDifference.gone_at.is_(None)
)
SET_UP = sa.select(PayeeAccount.payee_id)
AT_STRIPE = Payee.payer_id.in_(
    sa.select(Payee.payer_id).where(Payee.id.in_(SET_UP)).correlate(None)
)
GIVEN = sa.select(PayeeDetail.payout_id).where(PayeeDetail.text_sealed.is_not(None))
HELD = Consent.status == ConsentStatus.LIVE
MADE = sa.select(Material.id).join(Material.consent).where(HELD)
VARIANTS: dict[str, dict[str, Any]] = {
    **{f"openings.{part}": {"": OPENED} for part in ("names", "plans", "time", "pay")},
    "openings.show": {
        "": OPENED,
        "waiting": sa.and_(Opening.agreed_by_id.is_(None), ASKED_BY_THEM),
        "to agree": sa.and_(Opening.agreed_by_id.is_(None), sa.not_(ASKED_BY_THEM)),
    },
    "shown.show": {str(each): Consent.status == each for each in GIVEN_STATES},
    "shown.give": {"": Consent.status == ConsentStatus.ASKED},
    "permissions.show": {str(each): Consent.status == each for each in GIVEN_STATES},
    "permissions.make": {"": HELD},
    "permissions.propose": {"": Material.id.in_(MADE)},
    "permissions.use": {
        "": sa.and_(
            MaterialVersion.material_id.in_(MADE),
            MaterialVersion.approved_at.is_not(None),
        )
    },
    "permissions.ask": {"": Engagement.status == "under_way"},
    "legal.show": {
        **{each: LegalRequest.status == each for each in ("open", "agreed", "ended")},
        "held": LegalRequest.held_by_id != LOOKER.id,
    },
    "boards.change": {"": BOARD},
    "cost_desk.decide": {
        "": Expense.status == HoursStatus.SUBMITTED,
        "returned": Expense.status == HoursStatus.RETURNED,
    },
    "boards.give_up": {
        "": sa.and_(Engagement.status == "finished", Engagement.seat_id.in_(LASTING))
    },
    "hours.decide": {"": HoursEntry.status == HoursStatus.SUBMITTED},
    "hours.mend": {
        "": HoursEntry.status == HoursStatus.RETURNED,
        "submitted": HoursEntry.status == HoursStatus.SUBMITTED,
        "paid": HoursEntry.status == HoursStatus.PAID,
    },
    "funding.show": {
        "": FundingLine.status == LineStatus.OPEN,
        "closed": FundingLine.status == LineStatus.CLOSED,
        "reported": FundingLine.final_report_on.is_not(None),
    },
    "hours.new": {
        "": Engagement.status == "under_way",
        "unlogged": Engagement.id.in_(
            sa.select(HoursEntry.engagement_id).where(
                HoursEntry.status == HoursStatus.WITHDRAWN
            )
        ),
    },
    "talk.own": {
        "": sa.and_(TALKED, Engagement.takes_messages.is_(None)),
        "closed": sa.and_(TALKED, Engagement.takes_messages.is_(False)),
        "ended": Engagement.status == "finished",
    },
    "talk.shared": {
        "": sa.and_(TALKED, Engagement.takes_messages.is_(None)),
        "new": Engagement.id.in_(LAST_WORD),
        "closed": sa.and_(TALKED, Engagement.takes_messages.is_(False)),
    },
    "engagements.show": {
        "": Engagement.status == "under_way",
        "finished": Engagement.status == "finished",
    },
    "changes.dates": {"": POSTED, "under way": Opportunity.status == "under_way"},
    "changes.show": {
        "": sa.and_(ASKED, TermsChange.kind == "new_dates"),
        "more": sa.and_(ASKED, TermsChange.kind == "more_time"),
    },
    "changes.terms": {
        "": sa.and_(Engagement.status == "under_way", Engagement.id.not_in(CHANGING)),
        "asked": Engagement.id.in_(CHANGING),
    },
    "offers.name_one": {"": POSTED},
    "offers.people": {"": POSTED},
    "offers.show": {
        "": Offer.status == OfferStatus.WAITING,
        "conditional": Offer.status == OfferStatus.CONDITIONAL,
    },
    "opportunities.ask_again": {"": POSTED},
    "opportunities.edit": {"": DRAFT},
    "panels.pay": {"": UNEQUAL},
    "panels.plan": {"": UNEQUAL},
    "panels.show": {
        "": sa.and_(sa.not_(UNEQUAL), FLAGGED),
        "unequal": UNEQUAL,
        "board": sa.and_(
            BOARD, sa.not_(UNEQUAL), Panel.id.in_(sa.select(Term.panel_id))
        ),
        "brought in": Panel.id.in_(
            sa.select(Seat.panel_id).where(Seat.import_key.is_not(None))
        ),
    },
    "opportunities.show": {
        "with findings": sa.and_(DRAFT, Opportunity.seats_wanted == 1),
        "": DRAFT,
        "posted": POSTED,
        "finished": Opportunity.status == OpportunityStatus.FINISHED,
    },
    "compare.day": {
        "": ReconciliationDay.id.in_(OPEN_DAYS),
        "fits": ReconciliationDay.id.not_in(OPEN_DAYS),
    },
    "compare.difference": {
        str(kind): ReconciliationDifference.kind == kind
        for kind in ("theirs", "differs", "clearing", "reversed", "balance")
    },
    "payouts.show": {
        "": PayoutBatch.status == "draft",
        "to release": PayoutBatch.id
        == sa.select(sa.func.max(PayoutBatch.id))
        .where(PayoutBatch.status == "draft")
        .scalar_subquery(),
        "on hold": PayoutBatch.id.in_(
            sa.select(Payout.batch_id).where(Payout.status == PayoutStatus.BLOCKED)
        ),
        "released": PayoutBatch.status == "approved",
    },
    "asking.ask": {
        "": sa.and_(Payout.status == PayoutStatus.PAID, Payout.rail != RailName.MANUAL),
    },
    "ledger.rail": {
        "": Payee.rail_next.is_(None),
        "another way": Payee.rail_next.is_not(None),
    },
    "payment_setup.show": {
        "": sa.and_(AT_STRIPE, Payee.id.not_in(SET_UP)),
        "ready": Payee.id.in_(SET_UP.where(PayeeAccount.readiness == "ready")),
        "more": Payee.id.in_(SET_UP.where(PayeeAccount.readiness == "restricted")),
    },
    "payments.given": {"": Payout.id.in_(GIVEN)},
    "payments.record": {
        "": sa.and_(
            Payout.rail == RailName.MANUAL, Payout.status == PayoutStatus.QUEUED
        ),
        "recorded": sa.and_(RECORDED, Membership.person_id == RECORDED_BY),
        "to confirm": sa.and_(RECORDED, Membership.person_id != RECORDED_BY),
        "paid by hand": sa.and_(
            Payout.rail == RailName.MANUAL, Payout.status == PayoutStatus.PAID
        ),
    },
}
# Pages whose look hangs on which consultant opens them, where no address says it.
STATES: dict[str, dict[str, Any]] = {
    "factors.index": {
        "app": sa.exists().where(AppCode.person_id == Person.id, AppCode.is_on)
    },
    "home.index": {"anew": Person.recovery_at.is_not(None)},
    "own.mail": {"mail": Person.contact != SafeContact.NONE},
}


def in_states(endpoint: str, role: Role | None) -> Iterator[tuple[str, int | None]]:
    """(name of the look, somebody who has it) of a page; needs an app context."""
    for variant, state in STATES.get(endpoint, {}).items():
        query = sa.select(Person.id).where(Person.kind == PersonKind.CONSULTANT, state)
        found = db.session.scalars(query.order_by(Person.id)).first()
        if role is Role.CONSULTANT and found:
            yield variant, found
