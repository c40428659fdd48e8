"""Codes from an app on a telephone or computer: each counts once, also in parallel."""

from datetime import datetime
from hmac import compare_digest
from io import BytesIO

import pyotp
import segno

from engage.core.db import lock, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.people import factor_queries as queries
from engage.people import factor_rules as rules
from engage.people import having
from engage.people.factor_models import AppCode
from engage.people.models import Person

WRONG_CODE = N_("This code is not right, or it was used before. Wait for the next one.")
DIGITS = 6


def begin(*, by: Person, now: datetime) -> None:
    """A new seed to read into an app; it counts for nothing until a code was typed."""
    with transaction() as session:
        person = lock_one(Person, by.id)
        found = queries.app_code(person.id)
        if found is not None and found.is_on:
            raise Refused(N_("An app is set up already. Remove it first."))
        if found is not None:
            session.delete(found)
            session.flush()
        row = AppCode(person_id=person.id, added_at=now)
        row.keep_seed(person.subject, pyotp.random_base32())
        session.add(row)


def seed_of(person: Person) -> str | None:
    """The seed that waits to be read into an app; never that of one in use."""
    row = queries.app_code(person.id)
    return None if row is None or row.is_on else row.seed(person.subject)


def picture(seed: str, title: str) -> str:
    """The seed as a square for a camera, drawn here: an SVG of plain shapes."""
    address = pyotp.TOTP(seed).provisioning_uri(name="account", issuer_name=title)
    out = BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=5, border=4, dark="#000", light="#fff",
        xmldecl=False, svgns=False, nl=False, svgclass="square", lineclass=None,
        omitsize=True,
    )  # fmt: skip
    return out.getvalue().decode()


def switch_on(typed: str, *, by: Person, now: datetime) -> None:
    """The first right code says that the app has the seed."""
    with transaction():
        person = lock_one(Person, by.id)
        row = queries.app_code(person.id)
        if row is None or row.is_on:
            raise NotFound
        _spend(lock_one(AppCode, row.id), person, typed, now)
        row.is_on = True
        having.note(person, "app_code.added", f"app_code:{row.uid}", now=now)


def use(typed: str, *, person: Person, now: datetime) -> None:
    """Use a code up; refuses a wrong, an old and a used one in the same words."""
    with transaction():
        found = queries.app_code(person.id)
        rows = lock(AppCode, [found.id]) if found and found.is_on else []
        if not rows:
            raise Refused(WRONG_CODE, field="code")
        _spend(rows[0], person, typed, now)


def _spend(row: AppCode, person: Person, typed: str, now: datetime) -> None:
    """Take the step whose code it is; that step, and any before it, is over then."""
    digits = "".join(sign for sign in typed if sign.isdigit() and sign.isascii())
    totp = pyotp.TOTP(row.seed(person.subject), digits=DIGITS)
    fitting = [
        step
        for step in rules.app_steps(now)
        if compare_digest(totp.generate_otp(step), digits)
    ]
    if not fitting or fitting[0] <= row.last_step:
        raise Refused(WRONG_CODE, field="code")
    row.last_step, row.used_at = fitting[0], now


def remove(*, by: Person, now: datetime) -> None:
    """Take the app away; never the last factor that is asked for."""
    with transaction() as session:
        person = lock_one(Person, by.id)
        row = queries.app_code(person.id)
        if row is None:
            raise NotFound
        have = queries.factors_of(person.id)
        if row.is_on:
            rules.check_removal(person.kind, passkeys=have.passkeys, others=have.papers)
        session.delete(row)
        having.note(person, "app_code.removed", f"app_code:{row.uid}", now=now)
