"""States that the sample year does not reach by itself, made by the product's actions.

Each is something that a page has to show: returned hours, a yes on a condition, a run
with a payment by hand, a payer whose people may see nothing of all this.
"""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.db import db, transaction
from engage.core.errors import Refused
from engage.demo.year import Year
from engage.funding import actions as funding
from engage.hours import actions as own_hours
from engage.hours import decisions as hours
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.ledger.models import Payable
from engage.ledger.rules import PayableStatus
from engage.offers import actions as offers
from engage.offers.models import Offer
from engage.offers.rules import OfferStatus
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import (
    OpportunityKind,
    OpportunityStatus,
    WorkActivity,
)
from engage.panels.models import Seat
from engage.panels.rules import SeatKind, SeatRole, SeatStatus
from engage.payouts import actions as payouts
from engage.payouts import manual
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rules import Caps, ManualKind, PayoutStatus, RailName
from engage.people.models import Person
from engage.workload.rules import Activity
from tests import make


def play(year: Year) -> None:
    """Add them to a freshly filled year, and somebody from elsewhere."""
    _return_hours(year)
    _wait_for_a_second(year)
    _record_by_hand(year)
    _close_a_line(year)
    _draft_with_findings(year)
    _pay_unequally()
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
    session = db.session.scalars(
        sa.select(HoursEntry)
        .options(joinedload(HoursEntry.person))
        .where(
            HoursEntry.status == HoursStatus.SUBMITTED,
            HoursEntry.activity == Activity.SESSION,
        )
        .order_by(HoursEntry.id)
        .limit(1)
    ).one()
    own_hours.withdraw(session.id, by=session.person, now=year.now)


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


def _close_a_line(year: Year) -> None:
    payer = year.cast.payers[0]
    line = make.funding_line(payer=payer, name="Last year's award")
    funding.close(line.id, by=year.cast.finance[payer.id][0], now=year.now)


def _draft_with_findings(year: Year) -> None:
    """A draft that its author is asked about: words to mend, one seat alone."""
    place = year.cast.organizations[0]
    make.opportunity(
        place,
        line=year.cast.lines[place.id][2],
        status=OpportunityStatus.DRAFT,
        activity=WorkActivity.MEETING,
        kind=OpportunityKind.ADVISORY_BOARD,
        title="Talk with rescued youth",
        seats_wanted=1,
        seat_role=SeatRole.MEMBER,
        posted_at=None,
        what_is_asked="Share your story. Be a voice for the voiceless.",
    )


def _pay_unequally() -> None:
    """A professional seat that pays more than a survivor seat of the same role."""
    survivor = db.session.scalars(
        sa.select(Seat)
        .where(Seat.kind == SeatKind.SURVIVOR, Seat.status == SeatStatus.HELD)
        .order_by(Seat.id)
        .limit(1)
    ).one()
    other = db.session.scalars(
        sa.select(Seat)
        .where(Seat.panel_id == survivor.panel_id, Seat.kind == SeatKind.PROFESSIONAL)
        .order_by(Seat.id)
        .limit(1)
    ).one()
    with transaction():
        survivor.hourly_cents, other.hourly_cents = 60_00, 95_00
        other.role, other.is_salaried_elsewhere = survivor.role, False


def elsewhere() -> None:
    """A payer with a line and an organization of its own, each with its people."""
    payer, place = make.payer(), make.organization()
    make.staff(("finance", payer))
    make.coordinator(place)
    line = make.funding_line(place, payer=payer)
    make.opportunity(place, line=line)
