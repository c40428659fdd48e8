"""What every page shows around its content, and the pages for what went wrong."""

from typing import Any

from flask import Flask, current_app, g, render_template, request, url_for
from flask_babel import get_locale, gettext, lazy_gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from engage.core import clock, headers, once, web
from engage.core.access import Permission, may
from engage.core.errors import NotFound, Refused
from engage.core.forms import say
from engage.home import away
from engage.organizations import queries
from engage.people import door

# (words, endpoint, the permission that shows it)
NAVIGATION = (
    (lazy_gettext("Home"), "home.index", Permission.ACCOUNT_OWN),
    (lazy_gettext("Requests"), "offers.index", Permission.OFFERS_ANSWER),
    (lazy_gettext("My plans"), "engagements.index", Permission.ENGAGEMENTS_OWN),
    (lazy_gettext("My time"), "hours.index", Permission.HOURS_LOG),
    (lazy_gettext("My limits"), "workload.limits", Permission.LIMITS_SET),
    (lazy_gettext("My record"), "ledger.statement", Permission.STATEMENT_OWN),
    (lazy_gettext("Work"), "opportunities.index", Permission.OPPORTUNITIES_RUN),
    (lazy_gettext("Panels"), "panels.index", Permission.PANELS_RUN),
    (lazy_gettext("Agreed"), "engagements.agreed", Permission.ENGAGEMENTS_RUN),
    (lazy_gettext("Hours to check"), "hours.waiting", Permission.HOURS_DECIDE),
    (lazy_gettext("Payment runs"), "payouts.index", Permission.PAYOUTS_RUN),
    (lazy_gettext("Funding lines"), "funding.index", Permission.FUNDING_SEE),
    (lazy_gettext("Printed codes"), "team.code", Permission.CODES_GIVE),
    (lazy_gettext("Organizations"), "organizations.index", Permission.INSTALLATION_RUN),
    (lazy_gettext("Staff"), "team.index", Permission.INSTALLATION_RUN),
    (lazy_gettext("Account"), "people.account", Permission.ACCOUNT_OWN),
)
KNOWN = {400, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}
NOBODY: dict[str, Any] = {
    "signed_in": False,
    "is_consultant": False,
    "navigation": [],
    "help_line": None,
    "ends_in": None,
    "recovery_at": None,
    "leaves_no_trail": False,
}


def init_app(app: Flask) -> None:
    app.context_processor(around)
    # Globals, since what a context processor gives does not reach imported macros.
    app.jinja_env.globals.update(csp_nonce=headers.csp_nonce, once_token=once.fresh)
    app.register_error_handler(NotFound, lambda _: problem(404))
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(Refused, refused)
    away.init_app(app, problem)
    app.register_error_handler(SecurityError, unknown_name)
    # Whatever nobody foresaw comes here too, as a 500; its trace goes to the log.
    app.register_error_handler(HTTPException, lambda error: problem(error.code or 500))


def unknown_name(_: SecurityError) -> tuple[str, int]:
    """Asked for under another name than ours: no page, since no link could be made."""
    return gettext("This site is not here under that name."), 400


def around() -> dict[str, Any]:
    """Values that base.html shows on every page."""
    settings = web.settings()
    page = {
        "site_title": settings.site_title,
        "neutral_site": settings.neutral_site,
        "demo": settings.is_demo,
        "pays_in_test": settings.payments_mode == "test",
        "pays_stand_in": settings.is_stand_in,
        "language_links": language_links(),
    }
    return {**page, **(NOBODY if door.is_shut() else reader())}


def reader() -> dict[str, Any]:
    """Values about whoever reads the page."""
    signed_in = current_user.is_authenticated
    consultant = signed_in and current_user.is_consultant
    g.hides_amounts = consultant and request.args.get("show") != "1"
    return {
        "signed_in": signed_in,
        "is_consultant": consultant,
        "navigation": navigation() if signed_in else [],
        "help_line": help_line() if consultant else None,
        "ends_in": ends_in() if signed_in else None,
        "recovery_at": current_user.recovery_at if signed_in else None,
        "leaves_no_trail": signed_in and current_user.leaves_no_trail,
    }


def ends_in() -> int:
    """Seconds until this sign-in ends by itself."""
    return max(0, int((current_user.ends_at - clock.now()).total_seconds()))


def navigation() -> list[tuple[Any, str, bool]]:
    """(words, address, is it this page) for what the signed-in roles may open."""
    here = request.endpoint or ""
    exact = here in {endpoint for _, endpoint, _ in NAVIGATION}
    roles = current_user.roles
    return [
        (words, url_for(endpoint), is_here(here, endpoint, exact))
        for words, endpoint, permission in NAVIGATION
        if may(roles, permission)
    ]


# Pages of a blueprint whose subject has another one's place in the navigation.
UNDER = {
    "own": {"people.account"},
    "looks": {"people.account"},
    "openings": {"home.index"},
    "past": {"people.account"},
    "again": {"people.account"},
    "factors": {"people.account"},
    "help": {"people.account", "team.index"},
    "hand_over": {"people.account"},
    "days": {"people.account"},
    "shown": {"people.account"},
    "permissions": {"engagements.agreed"},
    "voice": {"people.account"},
    "legal": {"organizations.index"},
    "talk": {"engagements.index", "engagements.agreed"},
    "known": {"opportunities.index"},
    "boards": {"panels.index"},
    "remedies": {"panels.index"},
    "costs": {"hours.index", "hours.waiting", "payouts.index"},
    "cost_desk": {"hours.index", "hours.waiting", "payouts.index"},
    "clock": {"hours.index", "hours.waiting", "payouts.index"},
    "line_months": {"funding.index"},
    "payments": {"payouts.index"},
    "asking": {"payouts.index", "ledger.statement"},
    "books": {"payouts.index"},
    "years": {"payouts.index"},
    "compare": {"payouts.index"},
    "parts": {"ledger.statement"},
    "payment_setup": {"ledger.statement"},
}


def is_here(here: str, endpoint: str, exact: bool) -> bool:
    """Is it the open page, or the one its subject has in the navigation?"""
    if exact:
        return here == endpoint
    own = here.partition(".")[0]
    if own in UNDER:
        return endpoint in UNDER[own]
    return own == endpoint.partition(".")[0]


def language_links() -> list[tuple[str, str, str, bool]]:
    """(name, code, address, is it chosen) of this page in each language."""
    now = get_locale().language
    return [
        (name, code, web.same_page(lang=code), code == now)
        for code, name in door.LANGUAGES.items()
    ]


def help_line() -> dict[str, str] | None:
    """The installation's help person and support line, on every consultant page."""
    row = queries.installation()
    if row is None or not (row.help_name or row.support_line):
        return None
    return {
        "name": row.help_name,
        "contact": row.help_contact,
        "support": row.support_line,
    }


def problem(code: int, sentence: str | None = None) -> tuple[str, int]:
    """A page for an HTTP error: one sentence and one way on.

    From 500 on it asks the database nothing: that may be what failed.
    """
    page = code if code in KNOWN else (400 if code < 500 else 500)
    if code >= 500:
        door.shut()
    return render_template(f"errors/{page}.html", words=sentence), code


def refused(error: Refused) -> tuple[str, int]:
    return problem(409, say(error))


def expired(error: CSRFError) -> Any:
    """A form from an ended sign-in: sign in again, nothing typed is lost."""
    view = current_app.view_functions.get(request.endpoint or "")
    is_public = getattr(view, "access", "public") == "public"
    if not current_user.is_authenticated and not is_public:
        return door.ask_to_sign_in()
    return problem(
        400, gettext("This page was open for a long time. Go back and send it again.")
    )
