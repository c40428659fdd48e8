from datetime import datetime
from typing import Any

from engage.audit.actions import Actor, record
from engage.core.db import (
    Conflict,
    db,
    insert_missing,
    lock_one,
    new_uid,
    transaction,
)
from engage.core.errors import N_, Refused
from engage.organizations import rules
from engage.organizations.models import Installation, Organization

TAKEN = N_("There is an organization with this name already.")


def add(*, by: Actor | None, now: datetime, **values: Any) -> Organization:
    """A new organization, open at once; its people come by printed codes."""
    rules.check_organization(values["pay_promise_days"], values["minimum_voices"])
    with transaction():
        row = Organization(**values)
        _save(row)
        _note(row, "organization.added", by, now)
    return row


def change(
    organization_id: int, *, by: Actor | None, now: datetime, **values: Any
) -> None:
    """New values for what is promised from now on; what was agreed keeps its terms."""
    rules.check_organization(values["pay_promise_days"], values["minimum_voices"])
    with transaction():
        row = lock_one(Organization, organization_id)
        for name, value in values.items():
            setattr(row, name, value)
        _save(row)
        _note(row, "organization.changed", by, now)


def close(organization_id: int, *, by: Actor | None, now: datetime) -> None:
    """Nothing new begins there; what was agreed goes on and is paid."""
    with transaction():
        row = lock_one(Organization, organization_id)
        row.status = rules.after(row.status, "close")
        _note(row, "organization.closed", by, now)


def set_up(*, is_demo: bool = False, **lines: str) -> None:
    """Make the one row about this installation when it is missing."""
    empty = {"help_name": "", "help_contact": "", "support_line": ""}
    with transaction():
        insert_missing(
            Installation, id=1, uid=new_uid(), is_demo=is_demo, **{**empty, **lines}
        )


def change_installation(*, by: Actor, now: datetime, **lines: str) -> None:
    """The help person and the support line that stand on every consultant page."""
    set_up()
    with transaction():
        row = lock_one(Installation, 1)
        for name, value in lines.items():
            setattr(row, name, value)
        record(
            "installation.changed",
            subject=f"installation:{row.uid}",
            thing=f"installation:{row.uid}",
            by=by,
            now=now,
        )


def _save(row: Organization) -> None:
    try:
        with transaction():
            db.session.add(row)
            db.session.flush()
    except Conflict:
        raise Refused(TAKEN, field="name") from None


def _note(row: Organization, verb: str, by: Actor | None, now: datetime) -> None:
    subject = f"organization:{row.uid}"
    record(verb, subject=subject, thing=subject, by=by, now=now, organization_id=row.id)
