"""Limits on earnings in the sample data, and the pay that they count."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engage.core.db import db, new_uid
from engage.demo.runs import Owed
from engage.demo.year import Year
from engage.engagements.models import Engagement
from engage.engagements.terms import agreed_sessions, pay_by_session, terms_of
from engage.hours.rules import LOGGING_DAYS
from engage.workload import figures
from engage.workload.guard import Basis, GuardKind, GuardMode
from engage.workload.models_pay import EarningsGuard, ExpectedPay

MONTHS = (600_00, 900_00, 1_200_00, 1_500_00)
PAYMENTS = 12


def write(year: Year, owed: Owed) -> None:
    """A limit for every fourth consultant, one on payments for every tenth; all pay
    of the year; and the figures of benefits."""
    figures.keep()
    for number, person in enumerate(year.cast.consultants):
        if number % 4 == 3:
            db.session.add(
                EarningsGuard(
                    person_id=person.id,
                    kind=GuardKind.MONTH if number % 8 == 3 else GuardKind.YEAR,
                    basis=Basis.PAID if number % 3 else Basis.WORKED,
                    mode=GuardMode.DONT_ASK if number % 16 == 7 else GuardMode.WARN,
                    most=_most(number),
                )
            )
        if number % 10 == 1:
            db.session.add(
                EarningsGuard(
                    person_id=person.id,
                    kind=GuardKind.PAYMENTS,
                    basis=Basis.PAID,
                    mode=GuardMode.WARN,
                    most=PAYMENTS,
                )
            )
    rows = [*_agreed(year), *_actual(owed)]
    if rows:
        db.session.execute(sa.insert(ExpectedPay), rows)
    db.session.flush()


def _most(number: int) -> int:
    by_month = MONTHS[number % len(MONTHS)]
    return by_month if number % 8 == 3 else by_month * 12


def _agreed(year: Year) -> Iterator[dict[str, Any]]:
    """Agreed pay that can still be logged."""
    since = year.now.date() - timedelta(days=LOGGING_DAYS)
    for each in year.engagements:
        if each.ended_on is None or each.ended_on >= since:
            yield from _of(each)


def _of(engagement: Engagement) -> Iterator[dict[str, Any]]:
    group, terms = f"engagement:{engagement.uid}", engagement.terms
    for pay in pay_by_session(
        terms_of(engagement),
        [each.starts_at for each in agreed_sessions(engagement)],
        promise_days=terms["promise_days"],
        payer_id=engagement.line.payer_id,
    ):
        yield {
            "uid": new_uid(),
            "person_id": engagement.person_id,
            "group": group,
            "source": group,
            "payer_id": pay.payer_id,
            "worked_on": pay.day(engagement.person.zone),
            "due_on": pay.due_on,
            "cents": pay.cents,
            "paid_on": None,
            "not_before": None,
        }


def _actual(owed: Owed) -> Iterator[dict[str, Any]]:
    for payable, entry in owed:
        yield {
            "uid": new_uid(),
            "person_id": entry.person_id,
            "group": f"engagement:{entry.engagement.uid}",
            "source": payable.source,
            "payer_id": payable.payer_id,
            "worked_on": payable.worked_on,
            "due_on": payable.due_on,
            "cents": payable.cents,
            "paid_on": payable.paid_on,
            "not_before": None,
        }
