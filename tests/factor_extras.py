"""Ways to sign in that crawlers see: a passkey, a sheet, a marked device of each."""

from datetime import timedelta

from engage.core.crypto import token_hash
from engage.core.db import new_uid, transaction
from engage.demo.year import Year
from engage.people import app_codes, papers
from engage.people.factor_models import OwnDevice, Passkey
from engage.people.factor_rules import PaperKind


def play(year: Year) -> None:
    """Of two consultants, one of whom is also asked whether to open anew."""
    for person in year.cast.consultants[:2]:
        with transaction() as session:
            session.add(
                Passkey(
                    person_id=person.id,
                    credential_id=new_uid().encode(),
                    public_key=b"none",
                    sign_count=0,
                    host="localhost",
                    is_synced=True,
                    added_at=year.now,
                    used_at=year.now,
                )
            )
            session.add(
                OwnDevice(
                    person_id=person.id,
                    token_hash=token_hash(new_uid()),
                    marked_on=year.now.date(),
                )
            )
        papers.print_anew(PaperKind.SIGN_IN, by=person, now=year.now)
        app_codes.begin(by=person, now=year.now)
    with transaction():
        asked = year.cast.consultants[0]
        asked.recovery_at = year.now + timedelta(hours=60)
