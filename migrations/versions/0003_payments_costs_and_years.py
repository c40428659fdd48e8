"""Payments with Stripe, money taken back, costs, the books of a year."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ONE_OF_ITS_KIND = sa.text("voided_at IS NULL AND repeated = 'none'")
NOT_VOIDED = sa.text("voided_at IS NULL")
# What a line may pay beside pay: until now nothing said what it may not.
EVERY_KIND = '\'["travel", "childcare", "interpretation", "access", "per_diem"]\''


def upgrade() -> None:
    op.create_table(
        "per_diem_rate",
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=False),
        sa.Column("is_checked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_per_diem_rate_cents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_per_diem_rate")),
        sa.UniqueConstraint("from_day", name=op.f("uq_per_diem_rate_from_day")),
        sa.UniqueConstraint("uid", name=op.f("uq_per_diem_rate_uid")),
    )
    op.create_table(
        "rail_cursor",
        sa.Column("rail", sa.String(length=10), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("funds_cents", sa.BigInteger(), nullable=True),
        sa.Column("funds_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rail", name=op.f("pk_rail_cursor")),
    )
    op.create_table(
        "rail_event",
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=200), nullable=False),
        sa.Column("account_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_rail_event")),
    )
    with op.batch_alter_table("rail_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_rail_event_waiting",
            ["next_try_at"],
            unique=False,
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "tax_threshold",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_tax_threshold_cents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_threshold")),
        sa.UniqueConstraint("uid", name=op.f("uq_tax_threshold_uid")),
        sa.UniqueConstraint("year", "form", name=op.f("uq_tax_threshold_year_form")),
    )
    op.create_table(
        "reconciliation_day",
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column(
            "rail",
            sa.Enum(
                "demo",
                "manual",
                "stripe",
                name="railname",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("start_cents", sa.BigInteger(), nullable=False),
        sa.Column("end_cents", sa.BigInteger(), nullable=False),
        sa.Column("movements", sa.JSON(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("matched_cents", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "matched >= 0 AND matched_cents >= 0",
            name=op.f("ck_reconciliation_day_matched"),
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name=op.f("fk_reconciliation_day_payer_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_day")),
        sa.UniqueConstraint(
            "payer_id",
            "rail",
            "is_live",
            "day",
            "currency",
            name=op.f("uq_reconciliation_day_payer_id_rail_is_live_day_currency"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_reconciliation_day_uid")),
    )
    op.create_table(
        "payee_account",
        sa.Column("payee_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("account_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "readiness",
            sa.Enum(
                "none",
                "pending",
                "ready",
                "restricted",
                "closed",
                name="readiness",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("needs_details", sa.Boolean(), nullable=False),
        sa.Column("bank_text", sa.String(length=10), nullable=False),
        sa.Column("is_text_there", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usable_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "bank_leg",
            sa.Enum(
                "none",
                "arrived",
                "sent_back",
                name="bankleg",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("bank_leg_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(account_sealed IS NULL) = (account_hash IS NULL)",
            name=op.f("ck_payee_account_sealed_and_hashed"),
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["payee.id"], name=op.f("fk_payee_account_payee_id_payee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_account")),
        sa.UniqueConstraint("account_hash", name=op.f("uq_payee_account_account_hash")),
        sa.UniqueConstraint(
            "payee_id", "number", name=op.f("uq_payee_account_payee_id_number")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_payee_account_uid")),
    )
    with op.batch_alter_table("payee_account", schema=None) as batch_op:
        batch_op.create_index("ix_payee_account_look_at", ["look_at"], unique=False)
        batch_op.create_index(
            "uq_payee_account_open",
            ["payee_id", "is_live"],
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "reconciliation_difference",
        sa.Column("day_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ours",
                "theirs",
                "differs",
                "reversed",
                "unknown",
                "clearing",
                "balance",
                name="difference",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("thing", sa.String(length=60), nullable=False),
        sa.Column("payout_uid", sa.String(length=26), nullable=False),
        sa.Column("ours_cents", sa.BigInteger(), nullable=True),
        sa.Column("theirs_cents", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("explanation", sa.String(length=200), nullable=False),
        sa.Column("explained_by_id", sa.Integer(), nullable=True),
        sa.Column("explained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_by_id", sa.Integer(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(explained_by_id IS NULL) = (explained_at IS NULL) AND (explained_by_id IS NULL) = (explanation = '')",
            name=op.f("ck_reconciliation_difference_explained"),
        ),
        sa.CheckConstraint(
            "looked_by_id IS NULL OR looked_by_id <> explained_by_id",
            name=op.f("ck_reconciliation_difference_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["day_id"],
            ["reconciliation_day.id"],
            name=op.f("fk_reconciliation_difference_day_id_reconciliation_day"),
        ),
        sa.ForeignKeyConstraint(
            ["explained_by_id"],
            ["person.id"],
            name=op.f("fk_reconciliation_difference_explained_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["looked_by_id"],
            ["person.id"],
            name=op.f("fk_reconciliation_difference_looked_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_difference")),
        sa.UniqueConstraint(
            "day_id",
            "kind",
            "thing",
            name=op.f("uq_reconciliation_difference_day_id_kind_thing"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_reconciliation_difference_uid")),
    )
    op.create_table(
        "payee_detail",
        sa.Column("payout_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payout.id"], name=op.f("fk_payee_detail_payout_id_payout")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_payee_detail_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_detail")),
        sa.UniqueConstraint("payout_id", name=op.f("uq_payee_detail_payout_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_payee_detail_uid")),
    )
    with op.batch_alter_table("payee_detail", schema=None) as batch_op:
        batch_op.create_index("ix_payee_detail_erased_at", ["erased_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_payee_detail_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "reversal",
        sa.Column("payout_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "wrong_payee",
                "wrong_amount",
                "double",
                name="reversalreason",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "told",
                "agreed",
                "objected",
                "going",
                "done",
                "dropped",
                "refused",
                name="reversalstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_until", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("base_cents", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_reversal_cents")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id",
            name=op.f("ck_reversal_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_reversal_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["person.id"],
            name=op.f("fk_reversal_decided_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payout.id"], name=op.f("fk_reversal_payout_id_payout")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversal")),
        sa.UniqueConstraint(
            "payout_id", "number", name=op.f("uq_reversal_payout_id_number")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_reversal_uid")),
    )
    with op.batch_alter_table("reversal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reversal_status_not_before", ["status", "not_before"], unique=False
        )
        batch_op.create_index(
            "uq_reversal_open",
            ["payout_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "expense",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("is_advance", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "returned",
                "approved",
                "paid",
                "withdrawn",
                name="expensestatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "travel",
                "childcare",
                "interpretation",
                "access",
                "per_diem",
                name="costkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("receipt_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "return_check",
            sa.Enum(
                "date",
                "amount",
                "kind",
                "receipt",
                "duplicate",
                name="expensecheck",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("covered_cents", sa.BigInteger(), nullable=False),
        sa.Column("settled_cents", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'returned') <= (return_check IS NOT NULL)",
            name=op.f("ck_expense_return_check"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'paid')) = (decided_by_id IS NOT NULL)",
            name=op.f("ck_expense_decided_by"),
        ),
        sa.CheckConstraint(
            "NOT is_advance OR covered_cents = 0",
            name=op.f("ck_expense_advance_owed_whole"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_expense_cents")),
        sa.CheckConstraint(
            "covered_cents BETWEEN 0 AND cents", name=op.f("ck_expense_covered_cents")
        ),
        sa.CheckConstraint(
            "is_advance OR settled_cents = 0",
            name=op.f("ck_expense_only_advances_settle"),
        ),
        sa.CheckConstraint(
            "settled_cents BETWEEN 0 AND cents", name=op.f("ck_expense_settled_cents")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["person.id"],
            name=op.f("fk_expense_decided_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_expense_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_expense_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_expense_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
        sa.UniqueConstraint("uid", name=op.f("uq_expense_uid")),
    )
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.create_index(
            "ix_expense_engagement_id", ["engagement_id"], unique=False
        )
        batch_op.create_index(
            "ix_expense_organization_id_status",
            ["organization_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            "ix_expense_person_id_day", ["person_id", "day"], unique=False
        )

    op.create_table(
        "given_back",
        sa.Column("expense_id", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)",
            name=op.f("ck_given_back_confirmed"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_given_back_cents")),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> noted_by_id",
            name=op.f("ck_given_back_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["person.id"],
            name=op.f("fk_given_back_confirmed_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["expense_id"],
            ["expense.id"],
            name=op.f("fk_given_back_expense_id_expense"),
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"],
            ["person.id"],
            name=op.f("fk_given_back_noted_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_given_back")),
        sa.UniqueConstraint("uid", name=op.f("uq_given_back_uid")),
    )
    with op.batch_alter_table("given_back", schema=None) as batch_op:
        batch_op.create_index("ix_given_back_expense_id", ["expense_id"], unique=False)
        batch_op.create_index(
            "uq_given_back_open",
            ["expense_id"],
            unique=True,
            postgresql_where=sa.text("confirmed_at IS NULL AND dropped_at IS NULL"),
            sqlite_where=sa.text("confirmed_at IS NULL AND dropped_at IS NULL"),
        )

    with op.batch_alter_table("demo_transfer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("back", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )

    with op.batch_alter_table("funding_line", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "category_policy",
                sa.String(length=600),
                nullable=False,
                server_default=sa.text("''"),
            )
        )
        batch_op.add_column(sa.Column("category_policy_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "allowed_costs",
                sa.JSON(),
                nullable=False,
                server_default=sa.text(EVERY_KIND),
            )
        )

    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "tries", sa.Integer(), nullable=False, server_default=sa.text("0")
            )
        )

    with op.batch_alter_table("manual_payment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "repeated",
                sa.Enum(
                    "none",
                    "one_order",
                    "new_series",
                    name="repeatedreference",
                    native_enum=False,
                    create_constraint=True,
                    length=30,
                ),
                nullable=False,
                server_default=sa.text("'none'"),
            )
        )
        batch_op.add_column(sa.Column("void_asked_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("voided_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_manual_payment_void_asked_by_id_person"),
            "person",
            ["void_asked_by_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_manual_payment_voided_by_id_person"),
            "person",
            ["voided_by_id"],
            ["id"],
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_manual_payment_two_to_void"),
            "voided_by_id IS NULL OR voided_by_id <> void_asked_by_id",
        )
        batch_op.drop_index("uq_manual_payment_reference")
        batch_op.create_index(
            "uq_manual_payment_reference",
            ["payer_id", "kind", "reference"],
            unique=True,
            postgresql_where=ONE_OF_ITS_KIND,
            sqlite_where=ONE_OF_ITS_KIND,
        )

    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("costs_cents", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "category_reason",
                sa.String(length=300),
                nullable=False,
                server_default=sa.text("''"),
            )
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_opportunity_costs_cents"), "costs_cents >= 0"
        )

    with op.batch_alter_table("payable", schema=None) as batch_op:
        batch_op.add_column(sa.Column("take_cents", sa.BigInteger(), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_payable_take_cents"),
            "take_cents >= 0 AND take_cents < cents",
        )

    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "cents_back",
                sa.BigInteger(),
                nullable=False,
                server_default=sa.text("0"),
            )
        )
        batch_op.add_column(
            sa.Column(
                "failures", sa.Integer(), nullable=False, server_default=sa.text("0")
            )
        )
        batch_op.add_column(
            sa.Column(
                "is_end_asked", sa.Boolean(), nullable=False, server_default=sa.false()
            )
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_payout_cents_back"), "cents_back BETWEEN 0 AND cents"
        )

    with op.batch_alter_table("payout_batch", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "repeated",
                sa.Enum(
                    "none",
                    "same_pay",
                    "other_work",
                    "came_back",
                    name="repeatedamount",
                    native_enum=False,
                    create_constraint=True,
                    length=30,
                ),
                nullable=False,
                server_default=sa.text("'none'"),
            )
        )

    stop_by_payer()
    op.execute(
        "UPDATE opportunity SET costs_cents = 0 WHERE is_in_person AND status <> 'draft'"
    )


RAILS = sa.Enum(
    "demo",
    "manual",
    "stripe",
    name="railname",
    native_enum=False,
    create_constraint=True,
    length=30,
)


def switches(*key: sa.Column[object]) -> None:
    op.create_table(
        "rail_switch",
        sa.Column("rail", RAILS, nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        *key,
    )


def stop_by_payer() -> None:
    """What was stopped for all payers is stopped for each of them."""
    op.rename_table("rail_switch", "rail_switch_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE rail_switch_before DROP CONSTRAINT pk_rail_switch")
        op.execute(
            "ALTER TABLE rail_switch_before DROP CONSTRAINT ck_rail_switch_railname"
        )
    switches(
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name="fk_rail_switch_payer_id_organization",
        ),
        sa.PrimaryKeyConstraint("rail", "payer_id", name="pk_rail_switch"),
    )
    op.execute(
        "INSERT INTO rail_switch (rail, payer_id, is_stopped, reason)"
        " SELECT before.rail, organization.id, before.is_stopped, before.reason"
        " FROM rail_switch_before AS before, organization WHERE organization.is_payer"
    )
    op.drop_table("rail_switch_before")


def stop_for_all() -> None:
    """A rail that was stopped for any payer is stopped for all."""
    op.rename_table("rail_switch", "rail_switch_after")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE rail_switch_after DROP CONSTRAINT pk_rail_switch")
        op.execute(
            "ALTER TABLE rail_switch_after DROP CONSTRAINT ck_rail_switch_railname"
        )
    switches(sa.PrimaryKeyConstraint("rail", name="pk_rail_switch"))
    op.execute(
        "INSERT INTO rail_switch (rail, is_stopped, reason)"
        " SELECT rail, true, max(reason) FROM rail_switch_after"
        " WHERE is_stopped GROUP BY rail"
    )
    op.drop_table("rail_switch_after")


def downgrade() -> None:
    stop_for_all()
    with op.batch_alter_table("payout_batch", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("ck_payout_batch_repeatedamount"), type_="check"
        )
        batch_op.drop_column("repeated")

    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_payout_cents_back"), type_="check")
        batch_op.drop_column("is_end_asked")
        batch_op.drop_column("failures")
        batch_op.drop_column("cents_back")

    with op.batch_alter_table("payable", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_payable_take_cents"), type_="check")
        batch_op.drop_column("take_cents")

    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("ck_opportunity_costs_cents"), type_="check"
        )
        batch_op.drop_column("category_reason")
        batch_op.drop_column("costs_cents")

    with op.batch_alter_table("manual_payment", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("ck_manual_payment_repeatedreference"), type_="check"
        )
        batch_op.drop_index("uq_manual_payment_reference")
        batch_op.create_index(
            "uq_manual_payment_reference",
            ["payer_id", "kind", "reference"],
            unique=True,
            postgresql_where=NOT_VOIDED,
            sqlite_where=NOT_VOIDED,
        )
        batch_op.drop_constraint(
            batch_op.f("ck_manual_payment_two_to_void"), type_="check"
        )
        batch_op.drop_constraint(
            batch_op.f("fk_manual_payment_voided_by_id_person"), type_="foreignkey"
        )
        batch_op.drop_constraint(
            batch_op.f("fk_manual_payment_void_asked_by_id_person"), type_="foreignkey"
        )
        batch_op.drop_column("voided_by_id")
        batch_op.drop_column("void_asked_by_id")
        batch_op.drop_column("repeated")

    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.drop_column("tries")

    with op.batch_alter_table("funding_line", schema=None) as batch_op:
        batch_op.drop_column("allowed_costs")
        batch_op.drop_column("category_policy_on")
        batch_op.drop_column("category_policy")

    with op.batch_alter_table("demo_transfer", schema=None) as batch_op:
        batch_op.drop_column("back")

    with op.batch_alter_table("given_back", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_given_back_open",
            postgresql_where=sa.text("confirmed_at IS NULL AND dropped_at IS NULL"),
            sqlite_where=sa.text("confirmed_at IS NULL AND dropped_at IS NULL"),
        )
        batch_op.drop_index("ix_given_back_expense_id")

    op.drop_table("given_back")
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.drop_index("ix_expense_person_id_day")
        batch_op.drop_index("ix_expense_organization_id_status")
        batch_op.drop_index("ix_expense_engagement_id")

    op.drop_table("expense")
    with op.batch_alter_table("reversal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_reversal_open",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_reversal_status_not_before")

    op.drop_table("reversal")
    with op.batch_alter_table("payee_detail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payee_detail_person_id"))
        batch_op.drop_index("ix_payee_detail_erased_at")

    op.drop_table("payee_detail")
    op.drop_table("reconciliation_difference")
    with op.batch_alter_table("payee_account", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payee_account_open",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index("ix_payee_account_look_at")

    op.drop_table("payee_account")
    op.drop_table("reconciliation_day")
    op.drop_table("tax_threshold")
    with op.batch_alter_table("rail_event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_rail_event_waiting",
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        )

    op.drop_table("rail_event")
    op.drop_table("rail_cursor")
    op.drop_table("per_diem_rate")
