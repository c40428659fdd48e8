from datetime import datetime
from typing import Any

from engage.audit import rules
from engage.audit.models import AuditChain, AuditEntry
from engage.core.db import db
from engage.people.models import Person


class Chains:
    """Audit entries of a played history, chained in memory and written at the end."""

    def __init__(self) -> None:
        self._acts: list[dict[str, Any]] = []

    def add(
        self,
        verb: str,
        subject: str,
        thing: str,
        *,
        by: Person | None,
        at: datetime,
        role: str = "",
        organization_id: int | None = None,
    ) -> None:
        """Remember one act; the order of time is made when it is written."""
        self._acts.append(
            {
                "subject": subject,
                "kind": "act",
                "verb": verb,
                "thing": thing,
                "by_person_id": by.id if by else None,
                "by_role": role or (str(by.kind) if by else "worker"),
                "organization_id": organization_id,
                "at": at,
            }
        )

    def write(self) -> None:
        heads: dict[str, tuple[int, str]] = {}
        for body in sorted(self._acts, key=lambda act: act["at"]):
            number, previous = heads.get(body["subject"], (0, rules.START))
            body["number"] = number + 1
            body["hash"] = rules.link(previous, body)
            body["previous"] = previous
            heads[body["subject"]] = (number + 1, body["hash"])
        db.session.add_all(AuditEntry(**body) for body in self._acts)
        db.session.add_all(
            AuditChain(subject=subject, length=length, head=head)
            for subject, (length, head) in heads.items()
        )
        db.session.flush()
