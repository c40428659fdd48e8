"""Accounts that can sign in, for the tests of this folder."""

from typing import Any

from engage.organizations.models import Organization
from engage.people import passwords
from engage.people.models import Person
from tests import make

PASSWORD = "river copper tuesday onion"


def consultant(name: str = "paper-boat-lamp", **values: Any) -> Person:
    return make.consultant(name, password_hash=passwords.hashed(PASSWORD), **values)


def coordinator(place: Organization, **values: Any) -> Person:
    return make.coordinator(place, password_hash=passwords.hashed(PASSWORD), **values)
