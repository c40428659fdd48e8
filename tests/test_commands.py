"""`flask check-audit`: a sentence for each chain that does not hold."""

import sqlalchemy as sa
from flask import Flask

from engage.audit.models import AuditChain
from engage.core.db import db, transaction
from tests import make
from tests.payouts.owing import released


def test_check_audit_finds_a_chain_that_was_cut(app: Flask) -> None:
    payer = make.payer()
    released(payer)
    done = app.test_cli_runner().invoke(args=["check-audit"])
    assert (done.exit_code, done.output) == (
        0,
        "Every chain of the audit log holds.\n",
    )
    with transaction():
        chain = db.session.scalars(
            sa.select(AuditChain).where(
                AuditChain.subject == f"organization:{payer.uid}"
            )
        ).one()
        chain.length += 1
    done = app.test_cli_runner().invoke(args=["check-audit"])
    assert done.exit_code == 1
    assert f"organization:{payer.uid}" in done.output
