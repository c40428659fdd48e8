"""Passkeys: made and checked with the person verified by their device, never without.

A challenge is signed, says what it is for and for whom, lasts a quarter of an hour and
is taken once: no row is written for a page that only asks.
"""

import json
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from engage.core import once
from engage.core.db import Conflict, lock, lock_one, transaction
from engage.core.errors import N_, NotFound, Refused
from engage.people import factor_queries as queries
from engage.people import factor_rules as rules
from engage.people import having, taken_back
from engage.people.factor_models import Passkey
from engage.people.models import Person
from engage.people.rules import PersonStatus

LASTS = 15 * 60
MOST_SENT = 20_000  # signs of an answer of a browser
NOT_GOOD = N_(
    "This passkey did not work here. Please try again, or choose another way."
)
REQUIRED = UserVerificationRequirement.REQUIRED


class Site(NamedTuple):
    """Where a passkey is asked for: the host it is bound to, and the whole origin."""

    host: str
    origin: str
    title: str
    secret: str  # that signs our challenges

    def challenge(self, purpose: str, whose: str) -> bytes:
        return str(self.signer.dumps([purpose, whose, token_urlsafe(16)])).encode()

    @property
    def signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="passkey")


def options_to_add(person: Person, site: Site) -> str:
    """What a browser needs to make one that can sign in by itself."""
    return options_to_json(
        generate_registration_options(
            rp_id=site.host,
            rp_name=site.title,
            # Shown by the device's own list: it says nothing about who this is.
            user_name="account",
            user_id=person.uid.encode(),
            challenge=site.challenge("add", person.uid),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=REQUIRED,
            ),
            exclude_credentials=_described(person.id),
        )
    )


def options_to_prove(purpose: str, site: Site, person: Person | None = None) -> str:
    """What a browser needs to show a passkey: any of this site, or one of a person."""
    return options_to_json(
        generate_authentication_options(
            rp_id=site.host,
            challenge=site.challenge(purpose, person.uid if person else ""),
            allow_credentials=_described(person.id) if person else None,
            user_verification=REQUIRED,
        )
    )


def _described(person_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=each.credential_id)
        for each in queries.passkeys(person_id)
    ]


def add(sent: str, *, site: Site, by: Person, now: datetime) -> None:
    """Keep the public half of a new passkey; every sign-in is told of it."""
    response, asked = _opened(sent, "add", by.uid, site)
    try:
        made = verify_registration_response(
            credential=response,
            expected_challenge=asked,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused(NOT_GOOD) from error
    many = made.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    with transaction() as session:
        _take(asked, now)
        person = lock_one(Person, by.id)
        row = Passkey(
            person_id=person.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            host=site.host,
            is_synced=many or made.credential_backed_up,
            added_at=now,
        )
        try:
            with transaction():
                session.add(row)
                session.flush()
        except Conflict:
            raise Refused(NOT_GOOD) from None
        having.note(person, "passkey.added", f"passkey:{row.uid}", now=now)


def prove(
    sent: str,
    purpose: str,
    *,
    site: Site,
    whose: str = "",
    of: PersonStatus = PersonStatus.ACTIVE,
    now: datetime,
) -> int:
    """Whose passkey answered (their person's id); refuses anything that is not right.

    `whose` is the uid of the person it was asked of, or empty where anybody's counts;
    `of` says whether open accounts or closed ones do.
    """
    response, asked = _opened(sent, purpose, whose, site)
    found = queries.passkey(_credential_id(response), of)
    if found is None or (whose and whose != queries.uid_of(found.person_id)):
        raise Refused(NOT_GOOD)
    with transaction():
        _take(asked, now)
        row = lock_one(Passkey, found.id)
        try:
            checked = verify_authentication_response(
                credential=response,
                expected_challenge=asked,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise Refused(NOT_GOOD) from error
        row.sign_count, row.used_at = checked.new_sign_count, now
        row.is_synced = row.is_synced or checked.credential_backed_up
        return row.person_id


def _opened(
    sent: str, purpose: str, whose: str, site: Site
) -> tuple[dict[str, Any], bytes]:
    """The browser's answer and our challenge in it, which must be for just this."""
    try:
        if len(sent) > MOST_SENT:
            raise ValueError
        response = json.loads(sent)
        client = json.loads(base64url_to_bytes(response["response"]["clientDataJSON"]))
        asked = base64url_to_bytes(client["challenge"])
        told = site.signer.loads(asked, max_age=LASTS)
    except (BadData, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(NOT_GOOD) from error
    if told[:2] != [purpose, whose]:
        raise Refused(NOT_GOOD)
    return response, asked


def _credential_id(response: dict[str, Any]) -> bytes:
    try:
        return bytes(base64url_to_bytes(response["rawId"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(NOT_GOOD) from error


def _take(asked: bytes, now: datetime) -> None:
    """A challenge is answered once, also by two at the same time."""
    try:
        with transaction():
            once.use(asked.decode(), now)
    except Conflict:
        raise Refused(NOT_GOOD) from None


def remove(uid: str, *, by: Person, now: datetime) -> None:
    """Take one of one's own passkeys away; never the last that is asked for."""
    with transaction() as session:
        person = lock_one(Person, by.id)
        found = queries.own_passkey(by.id, uid)
        rows = lock(Passkey, [found.id]) if found else []
        if not rows:
            raise NotFound
        have = queries.factors_of(person.id)
        rules.check_removal(person.kind, passkeys=have.passkeys - 1, others=have.others)
        session.delete(rows[0])
        taken_back.note_thing(taken_back.PASSKEY, uid, now=now)
        having.note(person, "passkey.removed", f"passkey:{rows[0].uid}", now=now)
