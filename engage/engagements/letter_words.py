"""Every word of the offer letter in the reader's language, for the page and the PDF."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from engage.core.calendar import local_day
from engage.core.formats import day, hours, moment, money
from engage.core.paper import section
from engage.engagements.letter import Letter
from engage.engagements.letter_pay import PayFor, pay_lines
from engage.funding.rules import PayKind
from engage.opportunities import card as cards
from engage.opportunities.labels import ACTIVITIES, STAGES
from engage.opportunities.rules import pay_by

Line = tuple[str, str]


def content(letter: Letter, alias: str) -> dict[str, Any]:
    """Text alone, in the order in which it is read; `alias` is the only name in it."""
    terms = letter.terms
    return {
        "language": get_locale().language,
        "title": _("Letter"),
        "heading": terms["title"],
        "lead": _(
            "Offer letter from %(organization)s for %(name)s.",
            organization=terms["organization"],
            name=alias,
        ),
        "footer": _(
            "Version %(version)s, agreed on %(day)s",
            version=letter.version,
            day=day(letter.agreed_at),
        ),
        "sections": [
            section(_("What was agreed"), lines=_card(terms)),
            _sessions(letter),
            _pay(letter),
            section(
                _("If plans change"),
                lines=[(_("If we cancel"), terms["if_we_cancel"])],
                sentences=_changes(),
            ),
            _check(letter),
        ],
    }


def _card(terms: Mapping[str, Any]) -> list[Line]:
    """The lines of the card with the labels that it has on the page."""
    activity, stage = ACTIVITIES[terms["activity"]], STAGES[terms["stage"]]
    return [
        (_("What is asked"), terms["what_is_asked"]),
        (_("Kind of work"), _(activity)),
        (_("Where the project is"), _(stage)),
        (_("Where"), f"{_way(terms)} {terms['place']}"),
        (_("Access"), terms["access"]),
        (_("Who is in the room"), terms["who_is_in_the_room"]),
        (_("Law enforcement"), _law(terms)),
        (_("Recording or photographs"), terms["recording"]),
        (_("Personal story"), _story(terms)),
        (_("What will not be expected"), terms["not_expected"]),
        (_("Languages"), terms["languages"]),
        (_("Interpretation"), terms["interpretation"]),
        (_("Support person"), terms["support_person"]),
        (_("How your input is used"), terms["how_input_is_used"]),
        (_("Expenses"), terms["expenses"]),
        *_kept_for_costs(terms),
        (_("Costs paid ahead"), terms["advances"]),
    ]


def _kept_for_costs(terms: Mapping[str, Any]) -> list[Line]:
    """Terms agreed before this was asked have no such line."""
    cents = terms.get("costs_cents")
    if not cents:
        return []
    words = _("up to %(amount)s for one person, beside the pay", amount=money(cents))
    return [(_("Kept for costs"), words)]


def _way(terms: Mapping[str, Any]) -> str:
    return _("In person.") if terms["is_in_person"] else _("By link or telephone.")


def _law(terms: Mapping[str, Any]) -> str:
    is_there = terms["has_law_enforcement"]
    return _("Will be there") if is_there else _("Will not be there")


def _story(terms: Mapping[str, Any]) -> str:
    is_welcome = terms["story"] == "welcome"
    return _("Welcome, never required") if is_welcome else _("Not part of this")


def _sessions(letter: Letter) -> dict[str, Any]:
    rows = []
    left = Counter(letter.terms["pay_days"])
    for number, (starts_at, minutes) in enumerate(
        sorted(cards.moments(letter.terms)), 1
    ):
        worked_on = local_day(starts_at, letter.terms["zone"])
        by = pay_by(worked_on, letter.terms["promise_days"])
        paid = day(by) if left[by.isoformat()] else _("called off before")
        left[by.isoformat()] -= 1
        rows.append([str(number), moment(starts_at), hours(minutes), paid])
    return section(
        _("Sessions"),
        headers=[_("Session"), _("When"), _("Length"), _("Paid no later than")],
        rows=rows,
    )


def _pay(letter: Letter) -> dict[str, Any]:
    terms = letter.terms
    names = {
        PayFor.SESSION: _("Sessions"),
        PayFor.PREPARATION: _("Preparation"),
        PayFor.TRAVEL: _("Travel"),
        PayFor.DEBRIEF: _("Debrief"),
        PayFor.EACH_SESSION: _("For each session"),
        PayFor.EACH_MONTH: _("For each month"),
        PayFor.ALL_OF_IT: _("For all of it"),
    }
    lines = pay_lines(letter.money)
    rows = [
        [
            names[line.what],
            str(line.count),
            hours(line.minutes) if line.minutes else money(terms["rate_cents"]),
            money(line.cents),
        ]
        for line in lines
    ]
    before = terms["seat_cents"] - sum(line.cents for line in lines)
    if before:
        rows.append([_("Called off before this version"), "", "", money(before)])
    rows.append([_("In all"), "", "", money(terms["seat_cents"])])
    return section(
        _("Pay"),
        sentences=[_rate(letter)],
        headers=[_("For what"), _("How many"), _("Each"), _("Amount")],
        rows=rows,
    )


def _rate(letter: Letter) -> str:
    terms = letter.terms
    if letter.money.pay is PayKind.HOURLY:
        return _("%(amount)s an hour.", amount=money(terms["rate_cents"]))
    return _(
        "A fixed amount. It covers all the time named here: %(time)s.",
        time=hours(cards.whole_minutes(terms)),
    )


def _changes() -> list[str]:
    return [
        _(
            "A session that is called off less than 3 business days before is paid in "
            "full. Preparation you have done, and costs, are always paid."
        ),
        _(
            "You may leave at any time, without a reason. A session that has begun is "
            "paid in full."
        ),
        _("A new date or any other change needs a new yes from you."),
    ]


def _check(letter: Letter) -> dict[str, Any]:
    return section(
        _("How to check this letter"),
        sentences=[
            _(
                "What was agreed is kept as one file. The signs below are made from it "
                "(SHA-256). If one word of the file were changed, they would not fit."
            ),
            _(
                "To check, open this letter in Engage, save the file of the terms, and "
                "have its SHA-256 made by any program. It has to give the same signs."
            ),
        ],
        lines=[
            (_("Version"), str(letter.version)),
            (_("Agreed on"), moment(letter.agreed_at)),
            (_("Signs"), letter.terms_hash),
        ],
    )
