"""Which rows of each table are one person's: what they are given, and what goes."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from engage.audit.models import AuditChain, AuditEntry
from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.core.db import Base
from engage.engagements.models import (
    CalendarFeed,
    Engagement,
    EngagementSession,
    Message,
    PromiseAnswer,
    TermsVersion,
)
from engage.hours.expense_models import Expense, GivenBack
from engage.hours.models import HoursEntry
from engage.ledger.models import Payable, Payee, Posting
from engage.looks.models import Opening
from engage.notices.models import Notice
from engage.offers.models import NamedAsk, Offer, TermsChange
from engage.panels.models import CountChoice, Seat, Term
from engage.payouts.models import ManualPayment, Payout, PayoutAttempt, PayoutItem
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.models_after import PayeeDetail, Reversal
from engage.people.factor_models import AppCode, OwnDevice, PaperCode, Passkey
from engage.people.lead_models import Lead
from engage.people.models import (
    Alias,
    KeptText,
    Membership,
    Person,
    SignIn,
    TrainingRecord,
)
from engage.people.past_models import PastSignIn
from engage.people.recovery_models import Recovery
from engage.records.legal_models import LegalRequest
from engage.records.models import Closure
from engage.voice.models import Grievance
from engage.workload.models import (
    AskCount,
    AvailabilityException,
    AvailabilityWindow,
    AvoidedTopics,
    Pause,
    SilentFilter,
    StoryMark,
    WorkLimits,
    WorkMinutes,
)
from engage.workload.models_pay import EarningsGuard, ExpectedPay

Whose = Callable[[Person], sa.ColumnElement[bool]]


def _by(column: Any) -> Whose:
    return lambda person: column == person.id


def _within(column: Any, of: Any) -> Whose:
    """Rows that hang on a row of the person's own, by its number."""
    return lambda person: column.in_(sa.select(of.id).where(OWN[of](person)))


def _accounts(person: Person) -> sa.Select[str]:
    handles = sa.select(sa.literal("payable:") + Payee.handle)
    return handles.where(Payee.person_id == person.id)


OWN: dict[type[Base], Whose] = {
    Person: lambda person: Person.id == person.id,
    Alias: _by(Alias.person_id),
    WorkLimits: _by(WorkLimits.person_id),
    AvailabilityWindow: _by(AvailabilityWindow.person_id),
    AvailabilityException: _by(AvailabilityException.person_id),
    Pause: _by(Pause.person_id),
    SilentFilter: _by(SilentFilter.person_id),
    AvoidedTopics: _by(AvoidedTopics.person_id),
    EarningsGuard: _by(EarningsGuard.person_id),
    Offer: _by(Offer.person_id),
    NamedAsk: _within(NamedAsk.alias_id, Alias),
    AskCount: _by(AskCount.person_id),
    Engagement: _by(Engagement.person_id),
    EngagementSession: _within(EngagementSession.engagement_id, Engagement),
    TermsVersion: _within(TermsVersion.engagement_id, Engagement),
    TermsChange: _by(TermsChange.person_id),
    PromiseAnswer: _within(PromiseAnswer.engagement_id, Engagement),
    Message: _within(Message.engagement_id, Engagement),
    Seat: _by(Seat.person_id),
    Term: _by(Term.person_id),
    CountChoice: _by(CountChoice.person_id),
    StoryMark: _by(StoryMark.person_id),
    WorkMinutes: _by(WorkMinutes.person_id),
    HoursEntry: _by(HoursEntry.person_id),
    Expense: _by(Expense.person_id),
    GivenBack: _within(GivenBack.expense_id, Expense),
    ExpectedPay: _by(ExpectedPay.person_id),
    Payee: _by(Payee.person_id),
    Payable: _within(Payable.payee_id, Payee),
    Posting: lambda person: sa.or_(
        Posting.debit.in_(_accounts(person)), Posting.credit.in_(_accounts(person))
    ),
    PayeeAccount: _within(PayeeAccount.payee_id, Payee),
    Payout: _within(Payout.payee_id, Payee),
    PayoutItem: _within(PayoutItem.payout_id, Payout),
    PayoutAttempt: _within(PayoutAttempt.payout_id, Payout),
    ManualPayment: _within(ManualPayment.payout_id, Payout),
    Reversal: _within(Reversal.payout_id, Payout),
    PayeeDetail: _by(PayeeDetail.person_id),
    Membership: _by(Membership.person_id),
    TrainingRecord: _by(TrainingRecord.person_id),
    Lead: lambda person: sa.or_(
        Lead.person_id == person.id, Lead.stand_in_id == person.id
    ),
    Notice: _by(Notice.person_id),
    SignIn: _by(SignIn.person_id),
    Recovery: _by(Recovery.person_id),
    Passkey: _by(Passkey.person_id),
    AppCode: _by(AppCode.person_id),
    PaperCode: _by(PaperCode.person_id),
    PastSignIn: _by(PastSignIn.person_id),
    OwnDevice: _by(OwnDevice.person_id),
    KeptText: _by(KeptText.person_id),
    CalendarFeed: _by(CalendarFeed.person_id),
    Closure: _by(Closure.person_id),
    Consent: _by(Consent.person_id),
    Material: _within(Material.consent_id, Consent),
    MaterialVersion: _within(MaterialVersion.material_id, Material),
    MaterialUse: _within(MaterialUse.consent_id, Consent),
    Grievance: _by(Grievance.person_id),
    # Not before they may be told of it: a hold delays the copy as it does the notice.
    LegalRequest: lambda person: sa.and_(
        LegalRequest.person_id == person.id, LegalRequest.told_at.is_not(None)
    ),
    Opening: _by(Opening.person_id),
    AuditEntry: lambda person: AuditEntry.subject == person.subject,
    AuditChain: lambda person: AuditChain.subject == person.subject,
}

# Tables that speak of a person and have no row that is one person's own.
OF_NOBODY: Mapping[str, str] = {
    "audit_mark": "the heads of all chains on a day: hashes",
    "demo_transfer": "what the stand-in for a bank remembers, in demo mode alone",
    "payout_batch": "who prepared and released a run: the payer's record",
    "rail_event": "that something changed at the payment service, for some days",
    "reconciliation_difference": "who explained a difference: the payer's record",
    "voice_flag": "what an organization plans for a panel, and who wrote it",
}


def unsaid(mappers: list[Mapper[Any]]) -> list[str]:
    """Tables about a person of which neither list speaks, and names that are gone."""
    about = {
        str(each.local_table.key)  # type: ignore[attr-defined]
        for each in mappers
        if each.class_.__dict__.get("ABOUT_A_PERSON")
    }
    said = {model.__tablename__ for model in OWN} | set(OF_NOBODY)
    return sorted(about ^ said)
