"""Every sealed column: whose key closed it, and to which row it is bound."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.core import crypto
from engage.core.db import db
from engage.core.key_store import SealBroken
from engage.engagements.models import Engagement, Message
from engage.hours.expense_models import Expense
from engage.hours.models import HoursEntry
from engage.looks.models import Opening
from engage.panels.models import ParityNote, VoiceFlag
from engage.payouts.models import Payout
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.models_after import PayeeDetail
from engage.people.factor_models import AppCode
from engage.people.kept import SUBJECT as KEPT
from engage.people.models import KeptText, Person
from engage.records.legal_models import LegalRequest
from engage.voice.models import Grievance
from engage.workload.models import AvoidedTopics


class Seal(NamedTuple):
    """A column; the name it is bound by; whose key; the uid it is bound to."""

    column: Any
    name: str
    subject: Any
    uid: Any

    @property
    def table(self) -> str:
        return str(self.column.class_.__tablename__)

    @property
    def key(self) -> Any:
        """The row's own number: every table with a seal has one."""
        return sa.inspect(self.column.class_).primary_key[0]


def _person(person_id: Any) -> Any:
    """The key of whoever a row belongs to."""
    return (
        sa.select(sa.literal("person:") + Person.uid)
        .where(Person.id == person_id)
        .scalar_subquery()
    )


def _numbered(kind: str, column: Any) -> Any:
    return sa.literal(f"{kind}:") + sa.cast(column, sa.String)


_WRITER = (
    sa.select(sa.literal("person:") + Person.uid)
    .join(Engagement, Engagement.person_id == Person.id)
    .where(Engagement.id == Message.engagement_id)
    .scalar_subquery()
)
_SHOWN = (
    sa.select(sa.literal("person:") + Person.uid)
    .join(Consent, Consent.person_id == Person.id)
    .where(Consent.id == Material.consent_id)
    .scalar_subquery()
)
_SHOWN_THERE = (
    sa.select(sa.literal("person:") + Person.uid)
    .join(Consent, Consent.person_id == Person.id)
    .join(Material, Material.consent_id == Consent.id)
    .where(Material.id == MaterialVersion.material_id)
    .scalar_subquery()
)
# Closed by the person's key, and once they are erased by the payee's.
_GIVER = (
    sa.select(
        sa.case(
            (Person.sign_in_sealed == b"", _numbered("payee", Payout.payee_id)),
            else_=sa.literal("person:") + Person.uid,
        )
    )
    .select_from(Payout)
    .join(Person, Person.id == PayeeDetail.person_id)
    .where(Payout.id == PayeeDetail.payout_id)
    .scalar_subquery()
)
_ME = sa.literal("person:") + Person.uid

SEALS = (
    Seal(Person.sign_in_sealed, "sign_in_sealed", _ME, Person.uid),
    Seal(Person.email_sealed, "email_sealed", _ME, Person.uid),
    Seal(Person.advocate_sealed, "advocate_sealed", _ME, Person.uid),
    Seal(AppCode.seed_sealed, "seed", _person(AppCode.person_id), AppCode.uid),
    Seal(KeptText.fields_sealed, "fields", sa.literal(KEPT), KeptText.uid),
    Seal(
        AvoidedTopics.topics_sealed,
        "topics_sealed",
        _person(AvoidedTopics.person_id),
        sa.cast(AvoidedTopics.person_id, sa.String),
    ),
    Seal(
        VoiceFlag.plan_sealed,
        "plan",
        _numbered("panel", VoiceFlag.panel_id),
        VoiceFlag.uid,
    ),
    Seal(
        ParityNote.reason_sealed,
        "reason",
        _numbered("panel", ParityNote.panel_id),
        ParityNote.uid,
    ),
    Seal(Message.text_sealed, "text", _WRITER, Message.uid),
    Seal(HoursEntry.note_sealed, "note", _person(HoursEntry.person_id), HoursEntry.uid),
    Seal(Expense.receipt_sealed, "receipt", _person(Expense.person_id), Expense.uid),
    Seal(
        PayeeAccount.account_sealed,
        "account",
        _numbered("payee", PayeeAccount.payee_id),
        PayeeAccount.uid,
    ),
    Seal(PayeeDetail.text_sealed, "text", _GIVER, PayeeDetail.uid),
    *(
        Seal(column, column.key.removesuffix("_sealed"), subject, column.class_.uid)
        for column, subject in (
            (Consent.what_sealed, _person(Consent.person_id)),
            (Consent.place_sealed, _person(Consent.person_id)),
            (Consent.recipient_sealed, _person(Consent.person_id)),
            (Consent.purpose_sealed, _person(Consent.person_id)),
            (Consent.described_sealed, _person(Consent.person_id)),
            (Material.name_sealed, _SHOWN),
            (MaterialVersion.text_sealed, _SHOWN_THERE),
            (MaterialVersion.address_sealed, _SHOWN_THERE),
            (
                MaterialUse.place_sealed,
                _numbered("organization", MaterialUse.organization_id),
            ),
            (Grievance.text_sealed, _person(Grievance.person_id)),
            (Grievance.answer_sealed, _person(Grievance.person_id)),
            (Opening.name_sealed, _person(Opening.asked_by_id)),
            (LegalRequest.asker_sealed, _person(LegalRequest.person_id)),
            (LegalRequest.asked_sealed, _person(LegalRequest.person_id)),
            (LegalRequest.given_sealed, _person(LegalRequest.person_id)),
        )
    ),
)
BY_COLUMN = {(each.table, each.column.key): each for each in SEALS}


def rows(seal: Seal, after: int, most: int) -> list[Any]:
    """(number, subject, uid, sealed) of rows that have something sealed, in order."""
    return list(
        db.session.execute(
            sa.select(*_asked(seal))
            .where(seal.key > after, seal.column.is_not(None))
            .order_by(seal.key)
            .limit(most)
        )
    )


def _asked(seal: Seal) -> tuple[Any, ...]:
    subject, uid = sa.label("subject", seal.subject), sa.label("bound", seal.uid)
    return sa.label("key", seal.key), subject, uid, sa.label("sealed", seal.column)


def text_of(seal: Seal, row_key: int) -> str | None:
    """What is sealed there, opened; None where nothing is, or its key is gone."""
    found = db.session.execute(
        sa.select(*_asked(seal)).where(seal.key == row_key)
    ).one()
    _, subject, uid, sealed = found
    if not sealed:
        return None
    try:
        return crypto.open_sealed(subject, seal.table, seal.name, uid, sealed)
    except SealBroken:
        return None
