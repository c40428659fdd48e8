"""States that the sample year does not reach by itself, made by the product's actions.

Each is something that a page has to show: returned hours, a yes on a condition, a run
with a payment by hand, a payer whose people may see nothing of all this.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engage.core.access import Role
from engage.core.crypto import token_hash
from engage.core.db import db, new_uid, transaction
from engage.core.errors import Refused
from engage.demo.year import Year
from engage.funding import actions as funding
from engage.hours import actions as own_hours
from engage.hours import decisions as hours
from engage.hours.models import HoursEntry
from engage.hours.rules import HoursStatus, ReturnCheck
from engage.ledger.models import Payable, Payee
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
from engage.payouts import manual, recording, sending
from engage.payouts.models import Payout, PayoutBatch
from engage.payouts.rules import Caps, ManualKind, RailName, RepeatedAmount
from engage.people.models import Person, SignIn
from engage.workload.rules import Activity
from tests import (
    back_extras,
    board_extras,
    books_extras,
    consent_extras,
    cost_extras,
    factor_extras,
    guard_extras,
    log_extras,
    make,
    pages,
    promise_extras,
    setup_extras,
    talk_extras,
)


def play(year: Year) -> None:
    """Add them to a freshly filled year, and somebody from elsewhere."""
    _return_hours(year)
    _wait_for_a_second(year)
    _runs(year)
    _close_a_line(year)
    _draft_with_findings(year)
    _pay_unequally()
    _sign_in_elsewhere(year)
    talk_extras.play(year)
    promise_extras.play(year)
    guard_extras.play(year)
    board_extras.play(year)
    cost_extras.play(year)
    books_extras.play(year)
    back_extras.play(year)
    consent_extras.play(year)
    factor_extras.play(year)
    setup_extras.play(year)
    log_extras.play(year)
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


def _runs(year: Year) -> None:
    """A run with one payment by hand to record and one to confirm, a run that was
    declined, one that the usual finance person may release, and something to prepare.
    """
    payer = year.cast.payers[0]
    maker, checker = year.cast.finance[payer.id][:2]
    waiting = list(
        db.session.scalars(
            sa.select(Payable)
            .where(
                Payable.payer_id == payer.id, Payable.status == PayableStatus.WAITING
            )
            .order_by(Payable.id)
        )
    )
    first = waiting.pop(0)
    other = next(row for row in waiting if row.payee_id != first.payee_id)
    waiting.remove(other)
    _record_one(_released([first, other], RailName.MANUAL, maker, checker, year), year)
    _released([waiting.pop(0)], RailName.DEMO, maker, checker, year)
    for claimed in sending.claim_due(now=year.now):
        recording.decline(claimed.payout_id, "funds", now=year.now)
    # Of nobody who is paid in another way by now, or sets one up later.
    usual = pages.person_of(Role.CONSULTANT)
    theirs = sa.select(Payee.id).where(
        Payee.person_id != usual, Payee.rail == RailName.DEMO
    )
    others = set(db.session.scalars(theirs))
    free = next(row for row in waiting if row.payee_id in others)
    payouts.prepare(payer, [free.uid], by=checker, now=year.now)


def _released(
    payables: list[Payable], rail: RailName, maker: Person, checker: Person, year: Year
) -> PayoutBatch:
    for payable in payables:
        db.session.get_one(Payee, payable.payee_id).rail = rail
    payer, uids = year.cast.payers[0], [payable.uid for payable in payables]
    batch = payouts.prepare(payer, uids, by=maker, now=year.now)
    return payouts.release(
        batch.id,
        by=checker,
        now=year.now,
        caps=Caps(),
        no_interest=True,
        repeated=RepeatedAmount.SAME_PAY,
    )


def _record_one(batch: PayoutBatch, year: Year) -> None:
    payout_id = db.session.scalars(
        sa.select(Payout.id).where(Payout.batch_id == batch.id).order_by(Payout.id)
    ).first()
    assert payout_id is not None
    manual.record(
        payout_id,
        kind=ManualKind.CHECK,
        reference="90210",
        paid_on=year.now.date(),
        today=year.now.date(),
        by=db.session.get_one(Person, batch.released_by_id),
        now=year.now,
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


def _sign_in_elsewhere(year: Year) -> None:
    """Another device of each consultant, still in use whenever a test comes to it."""
    seen = year.now + timedelta(hours=6)
    with transaction() as session:
        session.add_all(
            SignIn(
                person_id=person.id,
                token_hash=token_hash(new_uid()),
                started_at=seen,
                proved_at=seen,
                seen_at=seen,
            )
            for person in year.cast.consultants
        )


def elsewhere() -> None:
    """A payer with a line and an organization of its own, each with its people."""
    payer, place = make.payer(), make.organization()
    make.staff(("finance", payer))
    make.coordinator(place)
    line = make.funding_line(place, payer=payer)
    make.opportunity(place, line=line)
