"""The sample installation: organizations, lines of money and people."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from engage.core.db import db
from engage.demo import limits, words
from engage.demo.sizes import Size
from engage.funding.models import FundingLine, LineUse
from engage.funding.rules import CostCategory
from engage.ledger.models import Payee
from engage.organizations.models import Installation, Organization
from engage.people.models import Alias, Membership, Person, TrainingRecord
from engage.people.rules import PersonKind

NO_PASSWORD = "!"  # noqa: S105 - no password opens it, only the demo door


@dataclass
class Cast:
    """Everybody and every organization that the history is played with."""

    payers: list[Organization] = field(default_factory=list)
    organizations: list[Organization] = field(default_factory=list)
    lines: dict[int, list[FundingLine]] = field(default_factory=dict)
    coordinators: dict[int, list[Person]] = field(default_factory=dict)
    finance: dict[int, list[Person]] = field(default_factory=dict)
    consultants: list[Person] = field(default_factory=list)
    payees: dict[tuple[int, int], Payee] = field(default_factory=dict)
    aliases: dict[tuple[int, int], Alias] = field(default_factory=dict)


def people_it(size: Size, chance: Random, now: datetime) -> Cast:
    """Make the installation, its organizations, lines, staff and consultants."""
    cast = Cast()
    db.session.add(
        Installation(
            id=1,
            is_demo=True,
            help_name=words.HELP_NAME,
            help_contact=words.HELP_CONTACT,
            support_line=words.SUPPORT_LINE,
        )
    )
    _organizations(cast, size, chance)
    _lines(cast, chance, now.date())
    _staff(cast, size, chance, now.date())
    _consultants(cast, size, chance, now.date())
    return cast


def _organizations(cast: Cast, size: Size, chance: Random) -> None:
    names = [f"{place} {kind}" for kind in words.KINDS for place in words.PLACES]
    front, rest = names[: size.organizations], names[size.organizations :]
    for number in range(size.payers):
        place = words.PLACES[number % len(words.PLACES)]
        row = Organization(
            name=f"{place} Fiscal Agent", zone=words.ZONES[0], is_payer=True
        )
        cast.payers.append(row)
    for name in (front + rest)[: size.organizations]:
        row = Organization(
            name=name,
            zone=chance.choice(words.ZONES),
            pay_promise_days=chance.choice((5, 10, 10, 10)),
            minimum_voices=chance.choice((2, 2, 2, 3)),
        )
        cast.organizations.append(row)
    db.session.add_all([*cast.payers, *cast.organizations])
    db.session.flush()


def _lines(cast: Cast, chance: Random, today: date) -> None:
    for number, payer in enumerate(cast.payers):
        using = cast.organizations[number :: len(cast.payers)]
        rows = [
            _line(payer, today, "Federal award", 81_25, 650_00, None),
            _line(payer, today, "State workgroup fund", None, 400_00, 57_00),
            _line(payer, today, "Community foundation", None, None, None),
        ]
        db.session.add_all(rows)
        db.session.flush()
        for organization in using:
            cast.lines[organization.id] = rows
            db.session.add_all(
                LineUse(line_id=row.id, organization_id=organization.id) for row in rows
            )


def _line(
    payer: Organization,
    today: date,
    name: str,
    cap_hourly: int | None,
    cap_daily: int | None,
    floor: int | None,
) -> FundingLine:
    return FundingLine(
        payer_id=payer.id,
        name=name,
        award_reference=f"DEMO-{payer.id:02d}-{name[:2].upper()}",
        cost_category=CostCategory.CONSULTANT,
        starts_on=today - timedelta(days=500),
        ends_on=today + timedelta(days=300),
        balance_cents=0,
        floor_hourly_cents=floor,
        cap_hourly_cents=cap_hourly,
        cap_daily_cents=cap_daily,
    )


def _person(kind: PersonKind, name: str, today: date, zone: str) -> Person:
    row = Person(
        kind=kind,
        password_hash=NO_PASSWORD,
        zone=zone,
        created_on=today - timedelta(days=400),
    )
    row.sign_in_name = name
    return row


def _staff(cast: Cast, size: Size, chance: Random, today: date) -> None:
    names = [f"{first} {last}" for last in words.LAST for first in words.FIRST]
    chance.shuffle(names)
    for number in range(size.coordinators):
        person = _member_of_staff(names, number, today)
        places = cast.organizations[number :: size.coordinators]
        for organization in places:
            _join(person, organization, "coordinator")
            cast.coordinators.setdefault(organization.id, []).append(person)
        db.session.add(
            TrainingRecord(
                person_id=person.id,
                title="Trauma-informed practice, 6 hours",
                ends_on=today + timedelta(days=200),
            )
        )
    for number in range(size.finance):
        person = _member_of_staff(names, size.coordinators + number, today)
        payer = cast.payers[number % len(cast.payers)]
        _join(person, payer, "finance")
        cast.finance.setdefault(payer.id, []).append(person)
    administrator = _member_of_staff(names, size.coordinators + size.finance, today)
    administrator.is_administrator = True


def _member_of_staff(names: list[str], number: int, today: date) -> Person:
    name = names[number % len(names)]
    suffix = "" if number < len(names) else f" {number // len(names) + 1}"
    person = _person(PersonKind.STAFF, f"staff-{number + 1}", today, "America/New_York")
    person.staff_name = name + suffix
    db.session.add(person)
    db.session.flush()
    return person


def _join(person: Person, organization: Organization, role: str) -> None:
    db.session.add(
        Membership(person_id=person.id, organization_id=organization.id, role=role)
    )


def _consultants(cast: Cast, size: Size, chance: Random, today: date) -> None:
    for number in range(size.consultants):
        base = words.WORKING_NAMES[number % len(words.WORKING_NAMES)]
        again = number // len(words.WORKING_NAMES)
        name = f"{base}{again + 1 if again else ''}".lower()
        person = _person(PersonKind.CONSULTANT, name, today, chance.choice(words.ZONES))
        person.language = "es" if chance.random() < 0.2 else "en"
        person.counts_by_default = chance.random() < 0.7
        cast.consultants.append(person)
    db.session.add_all(cast.consultants)
    db.session.flush()
    for person in cast.consultants:
        limits.choose(person, chance, today)
