"""What becomes of each table's rows when an account is erased."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from engage.consents.models import Consent, Material, MaterialVersion
from engage.core.db import Base
from engage.engagements.models import (
    CalendarFeed,
    Engagement,
    Message,
    PromiseAnswer,
)
from engage.hours.expense_models import Expense
from engage.hours.models import HoursEntry
from engage.looks.models import Opening
from engage.notices.models import Notice
from engage.offers.models import NamedAsk, Offer, TermsChange
from engage.offers.rules import OfferStatus
from engage.panels.models import CountChoice, Term
from engage.payouts.models_after import PayeeDetail
from engage.people.factor_models import AppCode, OwnDevice, PaperCode, Passkey
from engage.people.models import Alias, KeptText, Person, SignIn
from engage.people.passwords import NO_HASH
from engage.people.past_models import PastSignIn
from engage.people.recovery_models import Recovery
from engage.people.rules import SafeContact
from engage.records.legal_models import LegalRequest
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

# The person's own alone, or only for what was still to come: rows that go.
GO: tuple[type[Base], ...] = (
    WorkLimits, AvailabilityWindow, AvailabilityException, Pause, SilentFilter,
    AvoidedTopics, EarningsGuard, ExpectedPay, StoryMark, WorkMinutes, AskCount,
    CountChoice, Term, PromiseAnswer, Message, NamedAsk, Notice, SignIn, KeptText,
    CalendarFeed, Passkey, AppCode, PaperCode, OwnDevice, PastSignIn,
    Recovery, Grievance,
)  # fmt: skip

# Rows that go unless they stand for work that was agreed.
GO_UNLESS_AGREED: Mapping[type[Base], Any] = {
    Offer: Offer.status != OfferStatus.ACCEPTED,
    TermsChange: TermsChange.status != OfferStatus.ACCEPTED,
}

# What is taken out of those of them that stay.
LEFT_OF_AGREED: Mapping[type[Base], Mapping[str, Any]] = {
    Offer: {"is_counted": False, "is_raised": False},
}

# What is taken out of rows that stay for the books.
EMPTIED: Mapping[type[Base], Mapping[str, Any]] = {
    HoursEntry: {"note_sealed": None},
    Expense: {"receipt_sealed": None},
    Engagement: {"takes_messages": None},
    PayeeDetail: {"text_sealed": None},  # but for payments still to be made
    Consent: {
        "what_sealed": None,
        "place_sealed": None,
        "recipient_sealed": None,
        "purpose_sealed": None,
        "described_sealed": None,
    },
    Material: {"name_sealed": None},
    MaterialVersion: {"text_sealed": None, "address_sealed": None},
    LegalRequest: {"asker_sealed": None, "asked_sealed": None, "given_sealed": None},
    Alias: {"topics": "", "languages": "", "is_open": False, "is_listed": False},
    Opening: {"name_sealed": None},
    Person: {
        "sign_in_sealed": b"",
        "email_sealed": None,
        "contact": SafeContact.NONE,
        "advocate_sealed": None,
        "mail_from": None,
        "mail_until": None,
        "leaves_no_trail": False,
        "password_hash": NO_HASH,
        "language": "en",
        "zone": "UTC",
        "week_start": 6,
        "counts_by_default": False,
        "asks_factor": False,
        "in_person_only": False,
        "recovery_at": None,
        "recovered_at": None,
        "created_on": date(1970, 1, 1),
    },
}

# Rows that stay as they are: money, and what it was paid for, under a random label.
STAY: Mapping[str, str] = {
    "audit_chain": "hashes that hold the log together",
    "audit_entry": "who did what, by numbers; nothing of it opens a text",
    "engagement_session": "the time that was paid",
    "terms_version": "the organization's card, by which it was paid",
    "given_back": "money",
    "payable": "money",
    "payee": "a random handle in the books of one payer",
    "payee_account": "until every payment has ended; then its key goes",
    "posting": "money",
    "payout": "money",
    "payout_item": "money",
    "payout_attempt": "money",
    "manual_payment": "money",
    "reversal": "money",
    "seat": "freed when the account was closed; on groups that are over, a label",
    "membership": "of staff, whose accounts an administrator ends",
    "training_record": "of staff",
    "lead": "of staff",
    "material_use": "what an organization has to take down, and where",
    "closure": "goes last, when the key is gone",
}


def undecided(about: set[str]) -> list[str]:
    """Tables with rows of a person that have no fate here, or more than one."""
    said = [
        *(model.__tablename__ for model in (*GO, *GO_UNLESS_AGREED, *EMPTIED)),
        *STAY,
    ]
    twice = {name for name in said if said.count(name) > 1}
    return sorted((about ^ set(said)) | twice)


def silently(
    statement: sa.Delete | sa.Update, which: sa.ColumnElement[bool]
) -> sa.Executable:
    """For many rows at once, without looking at what the session has of them."""
    return statement.where(which).execution_options(synchronize_session=False)
