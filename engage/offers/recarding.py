"""Writing other dates or lines on a posted card, and what has to hold of them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from engage.core.calendar import local_day
from engage.core.errors import N_, Refused
from engage.funding import actions as funding
from engage.funding import queries as funds
from engage.funding import rules as money
from engage.funding.rules import Stage
from engage.offers import terms_rules
from engage.opportunities import checks
from engage.opportunities import queries as opportunities
from engage.opportunities.models import Opportunity, WorkSession
from engage.opportunities.rules import Level, OpportunityStatus
from engage.people.models import Person


def set_dates(
    post: Opportunity,
    which: str | None,
    starts_at: datetime | None,
    reply_by: datetime,
    now: datetime,
) -> datetime | None:
    """Move the session; the moment at which it was, None when none is moved."""
    if not which or starts_at is None:
        return None
    session = _session(post, which)
    old = session.starts_at
    terms_rules.check_new_start(old, starts_at, reply_by, now)
    asked_until = post.reply_by if post.status is OpportunityStatus.POSTED else None
    if asked_until is not None and starts_at <= asked_until:
        raise Refused(
            N_("People are being asked until %(when)s. Choose a later day than that."),
            field="starts_at",
            when=asked_until,
        )
    if post.reply_by is not None and starts_at <= post.reply_by:
        raise Refused(
            N_("Who said yes is named after %(when)s. Choose a later day than that."),
            field="starts_at",
            when=post.reply_by,
        )
    session.starts_at = starts_at
    terms_rules.check_apart([(each.starts_at, each.minutes) for each in post.sessions])
    return old


def _session(post: Opportunity, uid: str) -> WorkSession:
    for each in post.sessions:
        if each.uid == uid:
            return each
    raise Refused(N_("Choose a session from the list."), field="which")


def set_lines(post: Opportunity, lines: Mapping[str, str]) -> dict[str, str]:
    """Write other words on the card; those that differ from what stood there."""
    new = {
        name: words
        for name, words in lines.items()
        if name in terms_rules.LINES and words != getattr(post, name)
    }
    for name, words in new.items():
        setattr(post, name, words)
    return new


def check_card(
    post: Opportunity, names: Collection[str], by: Person, now: datetime
) -> None:
    """The changed lines are whole and well worded, and the money reaches the day."""
    found = checks.of(post, author_id=by.id, now=now)
    for field, sentence in found.missing:
        if field in names:
            raise Refused(sentence, field=field)
    for each in (one for one in found.at(Level.ERROR) if one.field in names):
        raise Refused(
            N_("Write this in other words: %(words)s"),
            field=each.field,
            words=each.found,
        )
    if post.line is None:
        return
    values, terms = funds.line_values(post.line), opportunities.terms(post)
    for day in terms.session_days:
        if day >= local_day(now, post.organization.zone):
            money.check_day(values, day)
    money.check_daily_cap(values, terms)


def price_of(post: Opportunity) -> int:
    return money.seat_cents(opportunities.terms(post))


def fit_aside(post: Opportunity, before: int, by: Person, now: datetime) -> None:
    """What is kept for places that nobody has taken follows the price of one."""
    price = price_of(post)
    if post.line is None or price == before:
        return
    source = opportunities.source(post)
    aside = funds.held_cents(post.line.id, source, Stage.SET_ASIDE)
    more = -(-aside * price // before) - aside
    if more > 0:
        funding.set_aside(post.line, source, more, by=by, now=now)
    elif more < 0:
        funding.release(
            post.line, source=source, stage=Stage.SET_ASIDE, cents=-more, now=now
        )
