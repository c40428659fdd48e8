"""The dated amounts for tax forms, and opening account ids for the filer."""

import tomllib
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files

from engage.audit import actions as audit
from engage.core.db import insert_missing, new_uid, transaction
from engage.notices import actions as notices
from engage.organizations.models import Organization
from engage.payouts import year_people, year_queries
from engage.payouts.models import PayoutBatch
from engage.payouts.models_accounts import PayeeAccount
from engage.payouts.rails.table import is_live
from engage.payouts.year_models import TaxThreshold
from engage.people.models import Person

OPENED = "account.open"  # the payee reads in their own log that their id was given out


def keep() -> None:
    """Put the rows of the data file in; one of the same year stays as it is, so that
    this may run at any time and an installation may mend its own."""
    text = files("engage.payouts").joinpath("year_thresholds.toml").read_text("utf-8")
    with transaction():
        for row in tomllib.loads(text)["threshold"]:
            insert_missing(TaxThreshold, uid=new_uid(), **row)


def tell_of_forms(batch: PayoutBatch, payer: Organization, *, now: datetime) -> None:
    """Tell payees, before it is paid, that a run brings them to the year's figure."""
    _figure, reaching = year_queries.crossing(batch, payer, now, is_live=is_live())
    if reaching:
        people = year_people.people_of(reaching)
        notices.queue_once(people, "tax_form", now=now)


def open_accounts(
    rows: Iterable[tuple[PayeeAccount, Person]],
    payer_id: int,
    *,
    by: Person,
    now: datetime,
) -> dict[int, str]:
    """Account ids at the payment service by payee, each opening in its owner's log."""
    with transaction():
        opened = {account.payee_id: account.account_id or "" for account, _ in rows}
        audit.look_all(
            OPENED,
            [
                (person.subject, f"payee_account:{row.uid}", payer_id)
                for row, person in rows
            ],
            by=by,
            now=now,
            role="finance",
        )
    return {key: text for key, text in opened.items() if text}
