"""The books against the payment service, a day at a time, read by the worker.

Nothing is mended and nothing is taken over: what differs is written down, and keeps new
payments back until two people have looked.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engage.core.calendar import DAY, days, end_of_local_day_utc, local_day
from engage.core.calendar import local_midnight_utc as midnight
from engage.core.db import db, end_read, transaction
from engage.core.money import CURRENCY
from engage.notices import actions as notices
from engage.payouts import queries, restored
from engage.payouts import reconcile_queries as own
from engage.payouts import reconcile_rules as rules
from engage.payouts.rails.base import Order
from engage.payouts.rails.table import has_stripe, is_live, stripe_rail
from engage.payouts.reconcile_models import ReconciliationDay, ReconciliationDifference
from engage.payouts.reconcile_reading import known
from engage.payouts.reconcile_rules import BLOCKING, Compared, Difference, Found, Theirs
from engage.payouts.rules import RailName
from engage.payouts.switches import set_switch

LOOKED_BACK = 7 * DAY
READ_AGAIN = timedelta(hours=20)  # what was taken back later shows on its own day
AHEAD = timedelta(hours=1)  # their clock may be before ours
MOST_ASKED = 100
REASON = "reconcile"


@dataclass(frozen=True)
class Span:
    """One day of the payer, as moments, and the currency."""

    payer_id: int
    day: date
    start: datetime
    end: datetime
    currency: str = CURRENCY


@dataclass(frozen=True)
class Money:
    """What moved in a day by kind, and what was there when it began and ended."""

    movements: dict[str, int]
    start_cents: int
    end_cents: int


def due(now: datetime) -> list[Span]:
    """Whole days of the paying organization that are to be read, the oldest first."""
    if not has_stripe():
        return []
    payer, first = own.payer(is_live=is_live()), own.first_sent_at(is_live=is_live())
    if payer is None:
        return []
    today = local_day(now, payer.zone)
    since = restored.read_since(payer, first, today - LOOKED_BACK)
    if since is None:
        return []
    rows = {row.day: row for row in known(payer.id, since, is_live=is_live())}
    wanted = {each for each in days(since, today - DAY) if each not in rows}
    wanted |= {row.day for row in rows.values() if _is_due(row, now)}
    return [
        Span(
            payer.id,
            each,
            midnight(each, payer.zone),
            end_of_local_day_utc(each, payer.zone),
        )
        for each in sorted(wanted)
    ]


def _is_due(row: ReconciliationDay, now: datetime) -> bool:
    return row.is_wanted or row.read_at <= now - READ_AGAIN


def read(span: Span, *, now: datetime) -> None:
    """Read one day there, compare it, and write down what was found."""
    end_read()
    theirs = _theirs(span)
    money = _money(span, now)
    compared = _compared(span, theirs, now)
    with transaction():
        _write(span, money, compared, now=now)


def _theirs(span: Span) -> list[Theirs]:
    rows = [
        row
        for row in stripe_rail().transfers_between(span.start, span.end)
        if row.currency == span.currency
    ]
    names = own.destinations({row.account_id for row in rows}, is_live=is_live())
    end_read()
    return [
        Theirs(
            remote_id=row.remote_id,
            transfer_group=row.transfer_group,
            destination=names.get(row.account_id, ""),
            cents=row.cents,
            cents_back=row.cents_back,
            currency=row.currency,
        )
        for row in rows
    ]


def _money(span: Span, now: datetime) -> Money:
    """The day's movements; its two ends are counted back from what is there now."""
    rail = stripe_rail()
    there = rail.whole_balance(span.currency)
    moved, after = Counter[str](), 0
    for each in rail.movements_between(span.start, now + AHEAD):
        if each.currency != span.currency:
            continue
        if each.at < span.end:
            moved[each.kind] += each.cents
        else:
            after += each.cents
    if rail.whole_balance(span.currency) != there:
        raise RuntimeError("the balance moved while it was read; the next run reads it")
    end = there - after
    return Money(dict(moved), end - sum(moved.values()), end)


def _compared(span: Span, theirs: list[Theirs], now: datetime) -> Compared:
    uids = {each.payout_uid for each in theirs}
    compared = rules.compare(
        theirs,
        own.ours_of(uids, is_live=is_live()),
        own.open_uids(uids, is_live=is_live()),
    )
    compared.found += _not_there(span, {each.remote_id for each in theirs})
    unknown = own.unknown_since(span.start, span.end, now, is_live=is_live())
    clearing = own.in_clearing(span.start, span.end, now, is_live=is_live())
    compared.found += _waiting(Difference.UNKNOWN, unknown)
    compared.found += _waiting(Difference.CLEARING, clearing)
    return compared


def _not_there(span: Span, remote_ids: set[str]) -> list[Found]:
    """What we sent that day and no transfer of theirs is; each is asked for by itself,
    since one may have been made on the day before it was recorded."""
    mine = own.ours_between(span.start, span.end, is_live=is_live())
    end_read()
    rail, found = stripe_rail(), []
    for each in rules.missing(mine, remote_ids)[:MOST_ASKED]:
        order = Order(
            public_id=each.uid,
            destination=each.destination,
            cents=each.cents,
            currency=each.currency,
        )
        there = {remote.remote_id for remote in rail.find(order)}
        end_read()
        if each.remote_id not in there:
            found.append(
                Found(
                    kind=Difference.OURS,
                    thing=each.uid,
                    payout_uid=each.uid,
                    ours_cents=each.cents,
                )
            )
    return found


def _waiting(kind: Difference, rows: Iterable[tuple[str, int]]) -> list[Found]:
    return [
        Found(kind=kind, thing=uid, payout_uid=uid, ours_cents=cents)
        for uid, cents in rows
    ]


def _write(span: Span, money: Money, compared: Compared, *, now: datetime) -> None:
    """What was there at both ends stays as it was first read: counted back later from
    a balance that lost something without a movement, it would fit again."""
    row, before = _row(span), _row_of(span, span.day - DAY)
    if row.end_cents is None:
        row.start_cents, row.end_cents = money.start_cents, money.end_cents
    known_start = before.end_cents if before else None
    found = compared.found + rules.balance_found(known_start, row.start_cents)
    row.movements, row.read_at, row.is_wanted = money.movements, now, False
    row.matched, row.matched_cents = compared.matched, compared.matched_cents
    db.session.add(row)
    db.session.flush()
    if _note(row, found, now):
        _stop(span.payer_id, now)


def _row(span: Span) -> ReconciliationDay:
    return _row_of(span, span.day) or ReconciliationDay(
        payer_id=span.payer_id,
        rail=RailName.STRIPE,
        is_live=is_live(),
        day=span.day,
        currency=span.currency,
    )


def _row_of(span: Span, day: date) -> ReconciliationDay | None:
    return own.day_row(span.payer_id, day, is_live=is_live(), currency=span.currency)


def _note(row: ReconciliationDay, found: list[Found], now: datetime) -> bool:
    """Write down what is new, and what is gone; says whether something new blocks."""
    rows = {(each.kind, each.thing): each for each in own.differences_of(row.id)}
    is_new = False
    for one in found:
        each = rows.pop((one.kind, one.thing), None)
        if each is None:
            each = ReconciliationDifference(
                day_id=row.id, kind=one.kind, thing=one.thing, found_at=now
            )
            db.session.add(each)
        elif each.gone_at is None and _values(each) == _sums(one):
            continue
        _set(each, one)
        is_new = is_new or one.kind in BLOCKING
    for each in rows.values():
        each.gone_at = each.gone_at or now
    return is_new


def _values(row: ReconciliationDifference) -> tuple[int | None, int | None]:
    return row.ours_cents, row.theirs_cents


def _sums(one: Found) -> tuple[int | None, int | None]:
    return one.ours_cents, one.theirs_cents


def _set(row: ReconciliationDifference, one: Found) -> None:
    """As it is now: an earlier look was at something else."""
    row.payout_uid, row.gone_at = one.payout_uid, None
    row.ours_cents, row.theirs_cents = _sums(one)
    row.looked_by_id = row.looked_at = None


def _stop(payer_id: int, now: datetime) -> None:
    if set_switch(RailName.STRIPE, payer_id, is_stopped=True, reason=REASON):
        notices.queue_once(queries.finance(payer_id), "payout_problem", now=now)
