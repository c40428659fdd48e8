"""States that the sample year does not reach by itself, made by the product's actions.

Each is something that a page has to show: returned hours, a yes on a condition, a run
with a payment by hand, a payer whose people may see nothing of all this.
"""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db
from engage.core.errors import Refused
from engage.demo.year import Year
from engage.hours import decisions as hours
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.offers import actions as offers
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.payouts import actions as payouts
from engage.payouts import manual
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rules import Caps, ManualKind, PayoutStatus, RailName
from engage.people.models import Person
from tests import make


def play(year: Year) -> None:
    """Add them to a freshly filled year, and somebody from elsewhere."""
    _return_hours(year)
    _wait_for_a_second(year)
    _record_by_hand(year)
    elsewhere()


def _return_hours(year: Year) -> None:
    entry = db.session.scalars(
        sa.select(HoursEntry)
        .where(HoursEntry.status == HoursStatus.SUBMITTED)
        .order_by(HoursEntry.id)
        .limit(1)
    ).one()
    by = year.cast.coordinators[entry.organization_id][0]
    hours.give_back(entry.id, ReturnCheck.MINUTES, by=by, now=year.now)


def _wait_for_a_second(year: Year) -> None:
    waiting = db.session.execute(
        sa.select(Offer.id, Person)
        .join(Person, Person.id == Offer.person_id)
        .join(Opportunity, Opportunity.id == Offer.opportunity_id)
        .where(Offer.status == OfferStatus.WAITING, Opportunity.panel_id.is_not(None))
        .order_by(Offer.id)
    ).all()
    for offer_id, person in waiting:
        try:
            offers.accept_if_second(
                offer_id, counted=True, raised=True, by=person, now=year.now
            )
        except Refused:
            continue
        return


def _record_by_hand(year: Year) -> None:
    """A released run: one payment by hand waits for its record, one to be confirmed."""
    payer = year.cast.payers[0]
    maker, checker = year.cast.finance[payer.id][:2]
    waiting = db.session.scalars(
        sa.select(Payable)
        .options(joinedload(Payable.payee))
        .where(Payable.payer_id == payer.id, Payable.status == PayableStatus.WAITING)
        .order_by(Payable.id)
        .limit(20)
    ).all()
    for payable in waiting:
        payable.payee.rail = RailName.MANUAL
    uids = [payable.uid for payable in waiting]
    batch = payouts.prepare(payer, uids, by=maker, now=year.now)
    _release(batch, checker, year)
    payout = db.session.scalars(
        sa.select(Payout)
        .where(Payout.batch_id == batch.id, Payout.status == PayoutStatus.QUEUED)
        .order_by(Payout.id)
    ).first()
    if payout is not None:
        manual.record(
            payout.id,
            kind=ManualKind.CHECK,
            reference="90210",
            paid_on=year.now.date(),
            today=year.now.date(),
            by=maker,
            now=year.now,
        )


def _release(batch: PayoutBatch, checker: Person, year: Year) -> None:
    payouts.release(
        batch.id,
        by=checker,
        now=year.now,
        caps=Caps(),
        no_interest=True,
        repeats_seen=True,
    )


def elsewhere() -> None:
    """A payer with a line and an organization of its own, each with its people."""
    payer, place = make.payer(), make.organization()
    make.staff(("finance", payer))
    make.coordinator(place)
    line = make.funding_line(place, payer=payer)
    make.opportunity(place, line=line)
