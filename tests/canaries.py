"""Unmistakable words in every private field, and who may meet each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from engage.core import clock
from engage.core.db import db, transaction
from engage.engagements.models import Message
from engage.funding.models import FundingLine, LineUse
from engage.hours.expense_models import Expense
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus
from engage.ledger.models import Payee
from engage.looks.models import Opening
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import OpportunityStatus
from engage.panels.models import Panel, ParityNote, Seat, VoiceFlag
from engage.panels.rules import FlagStatus, SeatRole
from engage.payouts.models import ManualPayment, Payout
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.models_after import PayeeDetail
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.people.models import Alias, Membership, Person
from engage.people.rules import PersonKind, SafeContact
from engage.workload.guard import Basis, GuardKind
from engage.workload.models import (
    AvailabilityException,
    AvoidedTopics,
    Pause,
    WorkLimits,
)
from engage.workload.models_pay import EarningsGuard, ExpectedPay
from tests import consent_canaries, late_canaries

WORDS = (
    "quokka", "zyzzyva", "axolotl", "tatterdemalion", "kumquat", "borborygmus",
    "xylograph", "wyvern", "ocelot", "jabberwock", "gamboge", "vellichor",
)  # fmt: skip
PAUSED_UNTIL, FREE_ON = date(2061, 3, 17), date(2062, 5, 19)
ODD_MINUTES = 1_237
ODD_LIMIT, ODD_CENTS = 12_357_91, 8_642_13


@dataclass(frozen=True)
class Canary:
    """Some text, how a page could write it, and the ids of those who may read it."""

    what: str
    texts: tuple[str, ...]
    readers: frozenset[int]

    def is_in(self, answer: str) -> bool:
        return any(text in answer for text in self.texts)


class Watch:
    """Looks for many canaries at once, since most of them begin alike."""

    def __init__(self, planted: Iterable[Canary]) -> None:
        self.flocks: dict[str, list[tuple[str, Canary]]] = {}
        for each in planted:
            for text in each.texts:
                self.flocks.setdefault(text[:5], []).append((text, each))

    def met(self, answer: str) -> list[Canary]:
        """Those in an answer, each as often as it could be written."""
        return [
            each
            for start, flock in self.flocks.items()
            if start in answer
            for text, each in flock
            if text in answer
        ]


def plant(consultant_id: int) -> list[Canary]:
    """Put them into what is there, mostly about one consultant; in a transaction."""
    person = db.session.get_one(Person, consultant_id)
    with transaction():
        return [
            *_account(person),
            *_limits(person),
            *_earnings(person),
            *_names(person),
            *_notes(),
            *_messages(),
            *consent_canaries.plant(),
            *_panels(),
            *_money(),
            *_drafts(),
            *_details(),
            *_at_stripe(),
            *_written_about_money(),
            *_late(person),
        ]


def _late(person: Person) -> list[Canary]:
    return [
        Canary(what, (text,), readers)
        for what, text, readers in late_canaries.plant(person)
    ]


def _canary(what: str, number: int, readers: Iterable[int]) -> tuple[str, Canary]:
    text = f"{WORDS[number % len(WORDS)]}-{number}-{WORDS[-1 - number % 6]}"
    return text, Canary(what, (text,), frozenset(readers))


def _account(person: Person) -> list[Canary]:
    name, first = _canary("sign-in name", 1, [person.id])
    mail, second = _canary("e-mail", 2, [person.id])
    person.sign_in_name = name
    person.email, person.contact = f"{mail}@example.org", SafeContact.EMAIL
    person.password_hash, third = _canary("password hash", 3, [])
    return [first, second, third]


def _limits(person: Person) -> list[Canary]:
    """Lengths and days that nobody else has, as they are written on pages."""
    session, mine = db.session, frozenset({person.id})
    for model in (WorkLimits, Pause, AvailabilityException, AvoidedTopics):
        session.execute(sa.delete(model).where(model.person_id == person.id))
    avoided, topic = _canary("topic to avoid", 7, [])
    topics = AvoidedTopics(person_id=person.id)
    topics.write(person.subject, [avoided])
    session.add_all(
        [
            WorkLimits(person_id=person.id, week_minutes=ODD_MINUTES),
            Pause(
                person_id=person.id,
                starts_on=clock.today(person.zone),
                ends_on=PAUSED_UNTIL,
            ),
            AvailabilityException(person_id=person.id, day=FREE_ON),
            topics,
        ]
    )
    return [
        topic,
        Canary("hours a week", ("20 h 37 min", "20:37"), mine),
        # Four digits alone would also be met in a token, once in a long while.
        Canary("pause", ("17, 2061", "17 de marzo de 2061", "2061-03-17"), mine),
        Canary("day off", ("19, 2062", "19 de mayo de 2062", "2062-05-19"), mine),
    ]


def _earnings(person: Person) -> list[Canary]:
    """A limit on pay, and pay that is expected and known to no organization yet."""
    db.session.execute(
        sa.delete(EarningsGuard).where(EarningsGuard.person_id == person.id)
    )
    today = clock.today(person.zone)
    group = "engagement:canary"
    db.session.add_all(
        [
            EarningsGuard(
                person_id=person.id,
                kind=GuardKind.MONTH,
                basis=Basis.PAID,
                most=ODD_LIMIT,
            ),
            ExpectedPay(
                person_id=person.id,
                group=group,
                source=group,
                worked_on=today + timedelta(days=40),
                due_on=today + timedelta(days=54),
                cents=ODD_CENTS,
            ),
        ]
    )
    mine = frozenset({person.id})
    return [
        Canary("limit on pay", ("12,357.91", "12.357,91", "1235791"), mine),
        Canary("pay that is expected", ("8,642.13", "8.642,13", "864213"), mine),
    ]


def _names(person: Person) -> list[Canary]:
    """Each organization's name for somebody is for its own staff alone."""
    aliases = db.session.scalars(
        sa.select(Alias).where(Alias.person_id == person.id).order_by(Alias.id)
    )
    # What two administrators opened as an exception, whoever of them asked for it.
    openers = set(
        db.session.scalars(
            sa.select(Opening.asked_by_id).where(Opening.person_id == person.id)
        )
    )
    found = []
    for number, alias in enumerate(aliases, 10):
        text, canary = _canary(
            "name for an organization",
            number,
            {person.id, *_staff("coordinator", alias.organization_id), *openers},
        )
        alias.name = text
        found.append(canary)
    return found


def _notes() -> list[Canary]:
    entry = db.session.scalars(
        sa.select(HoursEntry)
        .options(sa.orm.joinedload(HoursEntry.person))
        .where(HoursEntry.status == HoursStatus.SUBMITTED)
        .order_by(HoursEntry.id)
        .limit(1)
    ).one()
    readers = {entry.person_id, *_staff("coordinator", entry.organization_id)}
    text, canary = _canary("note on hours", 4, readers)
    entry.write_note(entry.person.subject, text)
    return [canary]


def _messages() -> list[Canary]:
    """What two sides wrote is for them; what was ended, for its consultant alone."""
    rows = db.session.scalars(
        sa.select(Message)
        .options(sa.orm.joinedload(Message.engagement, innerjoin=True))
        .order_by(Message.id)
    ).all()
    found = []
    for number, row in enumerate(rows, 80):
        of = row.engagement
        readers = {of.person_id}
        if of.takes_messages is not False:
            readers |= _staff("coordinator", of.organization_id)
        text, canary = _canary("message", number, readers)
        row.write(db.session.get_one(Person, of.person_id).subject, text)
        found.append(canary)
    return found


def _panels() -> list[Canary]:
    flag = db.session.scalars(
        sa.select(VoiceFlag)
        .options(sa.orm.joinedload(VoiceFlag.panel))
        .where(VoiceFlag.status != FlagStatus.CLEARED)
        .order_by(VoiceFlag.id)
        .limit(1)
    ).one()
    readers = _staff("coordinator", flag.panel.organization_id)
    flag.plan, plan = _canary("plan for a panel", 5, readers)
    flag.plan_by, flag.status = clock.today("UTC"), FlagStatus.ANSWERED
    return [plan, _reason()]


def _reason() -> Canary:
    """On the panel whose seats are paid unequally; see the extras of the data."""
    panel = db.session.scalars(
        sa.select(Panel).join(Seat).where(Seat.hourly_cents == 95_00).limit(1)
    ).one()
    readers = _staff("coordinator", panel.organization_id)
    text, canary = _canary("reason for a gap in pay", 6, readers)
    note = ParityNote(
        panel_id=panel.id, role=SeatRole.MEMBER, noted_on=clock.today("UTC")
    )
    note.reason = text
    db.session.add(note)
    return canary


def _money() -> list[Canary]:
    payees = db.session.scalars(sa.select(Payee).order_by(Payee.id)).all()
    found = [
        Canary(
            "payee handle",
            (payee.handle,),
            frozenset({*_staff("finance", payee.payer_id)}),
        )
        for payee in payees
    ]
    for number, line in enumerate(
        db.session.scalars(sa.select(FundingLine).order_by(FundingLine.id)), 30
    ):
        using = db.session.scalars(
            sa.select(LineUse.organization_id).where(LineUse.line_id == line.id)
        )
        readers = {*_staff("finance", line.payer_id)}
        for organization_id in using:
            readers |= _staff("coordinator", organization_id)
        line.award_reference, canary = _canary("award number", number, readers)
        found.append(canary)
    return found


def _drafts() -> list[Canary]:
    found = []
    drafts = sa.select(Opportunity).where(Opportunity.status == OpportunityStatus.DRAFT)
    for number, draft in enumerate(
        db.session.scalars(drafts.order_by(Opportunity.id)), 60
    ):
        readers = _staff("coordinator", draft.organization_id)
        draft.what_is_asked, canary = _canary("draft", number, readers)
        found.append(canary)
    return found


def _details() -> list[Canary]:
    """For who pays that payer's people by hand, until the payment is confirmed."""
    rows = db.session.execute(
        sa.select(PayeeDetail, Payee.payer_id)
        .join(PayeeDetail.payout)
        .join(Payout.payee)
        .where(PayeeDetail.text_sealed.is_not(None))
        .order_by(PayeeDetail.id)
    )
    found = []
    for number, (row, payer_id) in enumerate(rows, 140):
        readers = {row.person_id, *_staff("finance", payer_id)}
        text, canary = _canary("details of a payee", number, readers)
        row.write(db.session.get_one(Person, row.person_id).subject, text)
        found.append(canary)
    return found


def _at_stripe() -> list[Canary]:
    """The account is for the filer of the payer's forms, its text for its owner."""
    rows = db.session.execute(
        sa.select(PayeeAccount, Payee)
        .join(PayeeAccount.payee)
        .order_by(PayeeAccount.id)
    )
    found = []
    for number, (row, payee) in enumerate(rows, 160):
        readers = _staff("finance", payee.payer_id)
        text, canary = _canary("account at Stripe", number, readers)
        row.account_id, row.bank_text = text, f"KUMQUAT{number}"
        found += [
            canary,
            Canary("text at a bank", (row.bank_text,), frozenset({payee.person_id})),
        ]
    return found


def _written_about_money() -> list[Canary]:
    """What stands on receipts, on payments by hand, and what explains a difference."""
    session, found = db.session, []
    receipts = sa.select(Expense).where(Expense.receipt_sealed.is_not(None))
    for number, cost in enumerate(session.scalars(receipts.order_by(Expense.id)), 180):
        readers = {cost.person_id, *_staff("coordinator", cost.organization_id)}
        text, canary = _canary("receipt", number, readers)
        subject = session.get_one(Person, cost.person_id).subject
        cost.write_receipt(subject, text, text)
        found.append(canary)
    by_hand = sa.select(ManualPayment).order_by(ManualPayment.id)
    for number, paid in enumerate(session.scalars(by_hand), 300):
        readers = _staff("finance", paid.payer_id)
        paid.reference, canary = _canary("reference", number, readers)
        found.append(canary)
    differences = sa.select(ReconciliationDifference, ReconciliationDay.payer_id).join(
        ReconciliationDifference.of
    )
    explained = differences.where(ReconciliationDifference.explanation != "")
    for number, (row, payer_id) in enumerate(session.execute(explained), 600):
        readers = _staff("finance", payer_id)
        row.explanation, canary = _canary("explanation", number, readers)
        found.append(canary)
    return found


def _staff(role: str, organization_id: int) -> set[int]:
    return set(
        db.session.scalars(
            sa.select(Membership.person_id).where(
                Membership.role == role,
                Membership.organization_id == organization_id,
                Membership.ended_on.is_(None),
            )
        )
    )


def viewers(consultant_id: int) -> list[int | None]:
    """That consultant, three of each role from different organizations, and nobody."""
    consultants = db.session.scalars(
        sa.select(Person.id)
        .where(Person.kind == PersonKind.CONSULTANT)
        .order_by(Person.id)
        .limit(3)
    ).all()
    found: list[Any] = [None, consultant_id, *consultants]
    for role in ("coordinator", "finance"):
        people = sorted(set(db.session.scalars(_holders(role))))
        found += [*people[:2], people[-1]]
    admin = sa.select(Person.id).where(Person.is_administrator)
    return [*dict.fromkeys(found), *db.session.scalars(admin)]


def _holders(role: str) -> Any:
    return sa.select(Membership.person_id).where(Membership.role == role)
