from datetime import datetime, timedelta

import sqlalchemy as sa

from engage.consents import rules
from engage.consents.models import Consent, Material, MaterialUse, MaterialVersion
from engage.core.db import db, transaction


def forget(*, now: datetime) -> int:
    """Delete what is past its time, with all that was made of it; how many."""
    unanswered = sa.and_(
        Consent.status.in_(rules.UNGIVEN),
        Consent.answer_by <= now - timedelta(days=rules.KEPT_UNGIVEN_DAYS),
    )
    last = now.date() - timedelta(days=365 * rules.KEPT_YEARS + 1)
    over = sa.and_(Consent.status.in_(rules.GIVEN), Consent.ended_on <= last)
    with transaction():
        due = list(
            db.session.scalars(sa.select(Consent.id).where(sa.or_(unanswered, over)))
        )
        if due:
            _delete(due)
    return len(due)


def _delete(consent_ids: list[int]) -> None:
    made = sa.select(Material.id).where(Material.consent_id.in_(consent_ids))
    for gone in (
        sa.delete(MaterialUse).where(MaterialUse.consent_id.in_(consent_ids)),
        sa.delete(MaterialVersion).where(MaterialVersion.material_id.in_(made)),
        sa.delete(Material).where(Material.consent_id.in_(consent_ids)),
        sa.delete(Consent).where(Consent.id.in_(consent_ids)),
    ):
        db.session.execute(gone.execution_options(synchronize_session=False))
