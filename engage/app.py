"""Everything that is plugged in, in order, on one screen."""

from functools import partial
from pathlib import Path

from flask import Flask, abort, request
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from engage import cli
from engage.consents import desk_views as permissions
from engage.consents import views as shown
from engage.core import crypto, events, formats, headers, limits, web
from engage.core.db import db, engine_options
from engage.deploy import start
from engage.engagements import days, talk
from engage.engagements import letter_views as letters
from engage.engagements import promise_views as promises
from engage.engagements import views as engagements
from engage.funding import views as funding
from engage.home import pages, reports
from engage.home import views as home
from engage.hours import clock_views as clock
from engage.hours import expense_desk_views as cost_desk
from engage.hours import expense_views as costs
from engage.hours import line_views as line_months
from engage.hours import views as hours
from engage.ledger import views as ledger
from engage.looks import opening_views
from engage.looks import views as looks
from engage.offers import change_views as changes
from engage.offers import views as offers
from engage.opportunities import hand_over, word_lists
from engage.opportunities import remedy_views as remedies
from engage.opportunities import views as opportunities
from engage.organizations import views as organizations
from engage.panels import board_views as boards
from engage.panels import views as panels
from engage.payouts import (
    account_views,
    asking_views,
    exports_views,
    paying,
    reconcile_views,
    webhooks,
    year_views,
)
from engage.payouts import views as payouts
from engage.people import (
    again,
    demo_door,
    door,
    factor_views,
    known,
    own,
    past_views,
    recovery_views,
    team,
)
from engage.people import views as people
from engage.records import legal_views as legal
from engage.records import views as records
from engage.settings import Settings
from engage.voice import views as voice
from engage.workload import guard_views as workload_guard
from engage.workload import part_views
from engage.workload import views as workload

ROOT = Path(__file__).parent.parent
BLUEPRINTS = (
    home.bp,
    organizations.bp,
    people.bp,
    own.bp,
    again.bp,
    factor_views.bp,
    recovery_views.bp,
    known.bp,
    team.bp,
    workload.bp,
    workload_guard.bp,
    part_views.bp,
    opportunities.bp,
    hand_over.bp,
    panels.bp,
    boards.bp,
    remedies.bp,
    offers.bp,
    changes.bp,
    engagements.bp,
    talk.bp,
    days.bp,
    letters.bp,
    promises.bp,
    hours.bp,
    costs.bp,
    cost_desk.bp,
    clock.bp,
    line_months.bp,
    ledger.bp,
    funding.bp,
    payouts.bp,
    paying.bp,
    asking_views.bp,
    account_views.bp,
    exports_views.bp,
    year_views.bp,
    reconcile_views.bp,
    webhooks.bp,
    records.bp,
    shown.bp,
    permissions.bp,
    voice.bp,
    legal.bp,
    reports.bp,
    looks.bp,
    opening_views.bp,
    past_views.bp,
)

csrf = CSRFProtect()
babel = Babel()
migrate = Migrate(directory=str(ROOT / "migrations"), render_as_batch=True)


def create_app(settings: Settings) -> Flask:
    """The web application; starting the worker is another process's business."""
    app = Flask(
        "engage", template_folder=ROOT / "templates", static_folder=ROOT / "static"
    )
    configure(app, settings)
    app.extensions["key_store"] = crypto.KeyStore(
        settings.key_store,
        settings.master_key,
        settings.lookup_key,
        old_master=settings.old_master_key,
        old_lookup=settings.old_lookup_key,
    )
    db.init_app(app)
    migrate.init_app(app, db)
    guard(app)
    babel.init_app(
        app,
        default_translation_directories=str(ROOT / "engage" / "translations"),
        locale_selector=door.language,
        timezone_selector=door.zone,
    )
    formats.init_app(app)
    login = LoginManager(app)
    login.session_protection = None
    door.init_app(app, login)
    again.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    demo_door.open_where_allowed(app, settings)
    pages.init_app(app)
    app.after_request(headers.strict_headers)
    app.after_request(web.name_place)
    cli.init_app(app)
    start.check(app)
    serve_files(app, settings)
    trust_proxies(app, settings.proxies)
    return app


def serve_files(app: Flask, settings: Settings) -> None:
    """Static files, which never pass through Flask and need their headers here."""
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(ROOT / "static"),
        prefix="static/",
        allow_all_origins=False,
        add_headers_function=partial(headers.static_headers, is_demo=settings.is_demo),
    )


def guard(app: Flask) -> None:
    """Refuse too many requests, and those that no page of ours sent; note each no."""
    events.init_app(app)
    limits.init_app(app)
    app.before_request(refuse_odd_addresses)
    app.before_request(web.refuse_foreign_requests)
    csrf.init_app(app)
    csrf.exempt(webhooks.bp)  # signed by its sender, who has no page of ours
    csrf.exempt(reports.bp)  # sent by the browser itself, and not read


def refuse_odd_addresses() -> None:
    """No address of ours has a NUL, which PostgreSQL takes in no text."""
    if any("\x00" in each for each in (request.path, *request.args.values())):
        abort(404)


def trust_proxies(app: Flask, number: int) -> None:
    """Read the visitor's address from so many proxies before us.

    Else everybody has the proxy's, and one stranger spends all sign-ins of everybody.
    """
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=number, x_proto=number, x_host=0
    )


def configure(app: Flask, settings: Settings) -> None:
    """Flask's own settings, each against a default that is unsafe or surprising."""
    word_lists.check(settings.words_folder)
    app.config.update(
        SETTINGS=settings,
        DEMO=settings.is_demo,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_NAME="id" if settings.is_demo else "__Host-id",
        SESSION_COOKIE_SECURE=not settings.is_demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="en_US",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
