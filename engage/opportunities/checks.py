"""Everything that stands between a draft and its posting, for the page and the post."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from engage.core.calendar import local_day
from engage.core.errors import N_, Refused
from engage.funding import queries as lines
from engage.funding import rules as funding
from engage.funding.models import FundingLine
from engage.opportunities import card as cards
from engage.opportunities import claims, cost_checks, queries, rules, wording
from engage.opportunities.models import Opportunity
from engage.opportunities.rules import Level
from engage.opportunities.word_lists import load_words
from engage.panels import queries as panels
from engage.panels import rules as voices
from engage.panels.models import Seat
from engage.panels.parity import ParityGap, SeatPay, parity_gaps
from engage.panels.rules import SeatKind


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What is missing, refused, worded badly or worth a thought, for one draft."""

    card: Mapping[str, Any]
    missing: list[tuple[str, str]]
    refusals: list[Refused]
    findings: list[wording.Finding]
    voice: voices.VoiceState
    survivor_seats: int
    gaps: list[ParityGap]
    other_money: cost_checks.OtherMoney | None
    costs_cents: int
    needed_cents: int
    hourly_cents: int | None
    grade: float
    trained_until: date | None
    today: date

    def at(self, level: Level) -> list[wording.Finding]:
        return [each for each in self.findings if each.level == level]

    @property
    def is_trained(self) -> bool:
        return self.trained_until is not None and self.trained_until >= self.today

    @property
    def asks_to_read(self) -> bool:
        """Is there a warning that the author has to say they have read?"""
        is_met = self.voice is voices.VoiceState.MET
        return bool(self.at(Level.WARNING) or self.other_money or not is_met)

    @property
    def may_post(self) -> bool:
        blocks = self.missing or self.refusals or self.at(Level.ERROR)
        return self.is_trained and not blocks

    def refuse(self, status: rules.OpportunityStatus, warnings_seen: bool) -> None:
        """Raise the first reason why this cannot be posted now."""
        rules.check_post(
            self.card,
            [each.level for each in self.findings],
            status=status,
            trained_until=self.trained_until,
            today=self.today,
        )
        for field, sentence in self.missing:
            raise Refused(sentence, field=field)
        for refused in self.refusals:
            raise refused
        if self.asks_to_read and not warnings_seen:
            raise Refused(
                N_("Read what is worth a second look, then tick that you have."),
                field="warnings_seen",
            )


def of(opportunity: Opportunity, *, author_id: int, now: datetime) -> Checks:
    """The checks of a draft whose organization, line and rows are loaded."""
    card = queries.card(opportunity)
    terms = queries.terms(opportunity)
    hourly = hourly_cents(opportunity.line, terms)
    survivors, voice = _voice(opportunity)
    findings, grade = _words(opportunity, card)
    whole = terms.sessions and terms.rate_cents
    return Checks(
        card=card,
        missing=_missing(opportunity, card),
        refusals=list(_refusals(opportunity, terms, now)),
        findings=findings,
        voice=voice,
        survivor_seats=survivors,
        gaps=_gaps(opportunity, hourly),
        other_money=cost_checks.other_money(opportunity),
        costs_cents=queries.costs_cents(opportunity),
        needed_cents=funding.full_cents(terms) if whole else 0,
        hourly_cents=hourly,
        grade=grade,
        trained_until=queries.trained_until(author_id),
        today=local_day(now, opportunity.organization.zone),
    )


def _missing(
    opportunity: Opportunity, card: Mapping[str, Any]
) -> list[tuple[str, str]]:
    missing = [each for each in rules.missing_lines(card) if each[0] != "pay_by"]
    if opportunity.funding_line_id is None:
        missing.append(
            ("funding_line", N_("Choose the funding line that pays for this."))
        )
    if opportunity.reply_by is None:
        missing.append(("reply_by", N_("Choose the last day to answer.")))
    return missing


def _refusals(
    opportunity: Opportunity, terms: funding.Terms, now: datetime
) -> Iterator[Refused]:
    """Every rule's no, so that an author sees them all at once."""
    spans = cards.spans(queries.sessions(opportunity))
    if spans:
        yield from _caught(partial(rules.check_sessions, spans, now))
    reply_by = opportunity.reply_by
    if spans and reply_by:
        first = min(spans)[0]
        wave = queries.next_wave(now, queries.organization(opportunity).zone)
        yield from _caught(partial(rules.check_reply_by, reply_by, first, wave))
    if opportunity.panel is not None and opportunity.panel.ended_on is not None:
        yield Refused(
            N_("The board you chose has ended. Choose another one."), field="panel"
        )
    pay = funding.full_cents(terms) if terms.sessions and terms.rate_cents else 0
    yield from cost_checks.refusals(opportunity, pay)
    if opportunity.line is not None:
        yield from _of_line(opportunity, opportunity.line, terms)


def _of_line(
    opportunity: Opportunity, line: FundingLine, terms: funding.Terms
) -> Iterator[Refused]:
    if not lines.may_use(line.id, opportunity.organization_id):
        yield Refused(
            N_("Choose a funding line that you may use."), field="funding_line"
        )
    values = lines.line_values(line)
    yield from _caught(partial(funding.check_open, values))
    outside = [
        refused
        for day in terms.session_days
        for refused in _caught(partial(funding.check_day, values, day))
    ]
    yield from outside[:1]
    if not terms.sessions or not terms.rate_cents:
        return
    for check in (funding.check_floor, funding.check_cap, funding.check_daily_cap):
        yield from _caught(partial(check, values, terms))
    left, whole = lines.left_cents(line.id), funding.full_cents(terms)
    yield from _caught(partial(funding.check_left, left, whole))


def _caught(check: Callable[[], object]) -> Iterator[Refused]:
    try:
        check()
    except Refused as refused:
        yield refused


def _voice(opportunity: Opportunity) -> tuple[int, voices.VoiceState]:
    """Survivor seats, and the best voice that the panel can come to with them.

    Of the seats that are there, those count that may still be a voice when the work
    begins; whoever holds two terms is one person.
    """
    here = panels.live_seats(opportunity.panel_id) if opportunity.panel_id else []
    own = [seat for seat in here if seat.kind is SeatKind.SURVIVOR]
    more = claims.to_open(opportunity, here)
    seats = len(here) + more + len(opportunity.planned_seats)
    if not voices.is_panel(seats) and opportunity.seats_wanted > 0:
        return len(own) + more, voices.VoiceState.SOLE
    counted = 0 if opportunity.seat_role in voices.LEFT_OUT else more
    minimum = opportunity.organization.minimum_voices
    if opportunity.panel is not None:
        minimum = opportunity.panel.minimum_voices
    counted += _may_count(own, queries.terms(opportunity).session_days)
    return len(own) + more, voices.state_of(counted, minimum)


def _may_count(seats: list[Seat], days: Sequence[date]) -> int:
    first = min(days, default=date.min)
    lasting = [
        seat.person_id
        for seat in seats
        if seat.role not in voices.LEFT_OUT
        and (seat.ends_on is None or seat.ends_on >= first)
    ]
    people = {person_id for person_id in lasting if person_id is not None}
    return len(people) + lasting.count(None)


def hourly_cents(line: FundingLine | None, terms: funding.Terms) -> int | None:
    """What an hour pays, for parity; None while it is not known."""
    if not terms.rate_cents or not terms.sessions:
        return None
    if terms.pay is funding.PayKind.HOURLY:
        return terms.rate_cents
    every = funding.Line(starts_on=date.min, ends_on=date.max)
    minutes = funding.counted_minutes(lines.line_values(line) if line else every, terms)
    return funding.effective_hourly_cents(funding.seat_cents(terms), minutes)


def _gaps(opportunity: Opportunity, hourly: int | None) -> list[ParityGap]:
    professionals = [
        SeatPay(
            seat.id,
            SeatKind.PROFESSIONAL,
            seat.role,
            seat.hourly_cents,
            seat.is_salaried_elsewhere,
        )
        for seat in opportunity.planned_seats
    ]
    survivor = SeatPay(0, SeatKind.SURVIVOR, opportunity.seat_role, hourly)
    return parity_gaps([survivor, *professionals])


def _words(
    opportunity: Opportunity, card: Mapping[str, Any]
) -> tuple[list[wording.Finding], float]:
    texts = cards.texts(card)
    whole = "\n".join(text for text in texts.values() if text)
    language = wording.guess_language(whole)
    found = wording.wording_findings(
        texts,
        load_words(language),
        opportunity.story,
        is_pay_blank=opportunity.rate_cents is None,
    )
    kept = {
        (field, word): wording.SkipReason(reason)
        for field, word, reason in opportunity.kept_words
    }
    return wording.left_after_skips(found, kept), wording.reading_grade(whole, language)
