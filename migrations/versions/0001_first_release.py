"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

from engage.core.append_only import triggers

GROWS_ONLY = ("audit_entry", "posting")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("thing", sa.String(length=60), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=True),
        sa.Column("by_role", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('act', 'look')", name=op.f("ck_audit_entry_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint(
            "subject", "number", name=op.f("uq_audit_entry_subject_number")
        ),
    )
    op.create_table(
        "demo_transfer",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("transfer_group", sa.String(length=40), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("destination", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_transfer")),
        sa.UniqueConstraint("key", name=op.f("uq_demo_transfer_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_demo_transfer_uid")),
    )
    with op.batch_alter_table("demo_transfer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_demo_transfer_transfer_group"),
            ["transfer_group"],
            unique=False,
        )

    op.create_table(
        "installation",
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("help_name", sa.String(length=120), nullable=False),
        sa.Column("help_contact", sa.String(length=200), nullable=False),
        sa.Column("support_line", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
        sa.UniqueConstraint("uid", name=op.f("uq_installation_uid")),
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_run")),
    )
    op.create_table(
        "notice",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "mail",
            sa.Enum(
                "none",
                "waiting",
                "sending",
                "sent",
                "dropped",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("uid", name=op.f("uq_notice_uid")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notice_person_id_created_at", ["person_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_notice_waiting",
            ["next_try_at"],
            unique=False,
            postgresql_where=sa.text("mail IN ('waiting', 'sending')"),
            sqlite_where=sa.text("mail IN ('waiting', 'sending')"),
        )

    op.create_table(
        "organization",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "closed",
                name="organizationstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("pay_promise_days", sa.Integer(), nullable=False),
        sa.Column("minimum_voices", sa.Integer(), nullable=False),
        sa.Column("is_payer", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "minimum_voices >= 2", name=op.f("ck_organization_minimum_voices")
        ),
        sa.CheckConstraint(
            "pay_promise_days BETWEEN 1 AND 20",
            name=op.f("ck_organization_pay_promise_days"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("name", name=op.f("uq_organization_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_organization_uid")),
    )
    op.create_table(
        "person",
        sa.Column(
            "kind",
            sa.Enum(
                "consultant",
                "staff",
                name="personkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "closed",
                name="personstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("sign_in_hash", sa.String(length=64), nullable=False),
        sa.Column("sign_in_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "contact",
            sa.Enum(
                "none",
                "email",
                name="safecontact",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("staff_name", sa.String(length=80), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("week_start", sa.Integer(), nullable=False),
        sa.Column("counts_by_default", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "contact = 'none' OR email_sealed IS NOT NULL",
            name=op.f("ck_person_contact"),
        ),
        sa.CheckConstraint(
            "kind = 'staff' OR staff_name = ''", name=op.f("ck_person_staff_name")
        ),
        sa.CheckConstraint(
            "week_start BETWEEN 0 AND 6", name=op.f("ck_person_week_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("sign_in_hash", name=op.f("uq_person_sign_in_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_person_uid")),
    )
    op.create_table(
        "posting",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("debit", sa.String(length=60), nullable=False),
        sa.Column("credit", sa.String(length=60), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_posting_cents")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_posting_two_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("kind", "source", name=op.f("uq_posting_kind_source")),
        sa.UniqueConstraint("uid", name=op.f("uq_posting_uid")),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index("ix_posting_credit", ["credit"], unique=False)
        batch_op.create_index("ix_posting_debit", ["debit"], unique=False)

    op.create_table(
        "rail_switch",
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
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("rail", name=op.f("pk_rail_switch")),
    )
    op.create_table(
        "rate_count",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_count")),
    )
    op.create_table(
        "used_form",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_used_form")),
    )
    op.create_table(
        "worker_lease",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_lease")),
    )
    op.create_table(
        "alias",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("topics", sa.String(length=300), nullable=False),
        sa.Column("languages", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_alias_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_alias_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_alias_organization_id_name")
        ),
        sa.UniqueConstraint(
            "person_id",
            "organization_id",
            name=op.f("uq_alias_person_id_organization_id"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_alias_uid")),
    )
    op.create_table(
        "ask_count",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ask_count_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", "day", name=op.f("pk_ask_count")),
    )
    op.create_table(
        "availability_exception",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_availability_exception_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_exception")),
        sa.UniqueConstraint(
            "person_id", "day", name=op.f("uq_availability_exception_person_id_day")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_availability_exception_uid")),
    )
    op.create_table(
        "availability_window",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "start_minute >= 0 AND end_minute <= 1440 AND start_minute < end_minute",
            name=op.f("ck_availability_window_minutes"),
        ),
        sa.CheckConstraint(
            "weekday BETWEEN 0 AND 6", name=op.f("ck_availability_window_weekday")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_availability_window_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_window")),
        sa.UniqueConstraint("uid", name=op.f("uq_availability_window_uid")),
    )
    with op.batch_alter_table("availability_window", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_availability_window_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "entry_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "consultant",
                "staff",
                name="personkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "kind = 'consultant' OR (role = 'administrator' AND organization_id IS NULL) OR (role IN ('coordinator', 'finance') AND organization_id IS NOT NULL)",
            name=op.f("ck_entry_code_staff"),
        ),
        sa.CheckConstraint(
            "kind = 'staff' OR (role = '' AND organization_id IS NULL)",
            name=op.f("ck_entry_code_consultant"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_entry_code_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_entry_code_code_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_entry_code_uid")),
    )
    op.create_table(
        "funding_line",
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("award_reference", sa.String(length=60), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "closed",
                name="linestatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "cost_category",
            sa.Enum(
                "consultant",
                "participant_support",
                "travel",
                name="costcategory",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("balance_cents", sa.BigInteger(), nullable=False),
        sa.Column("floor_hourly_cents", sa.Integer(), nullable=True),
        sa.Column("cap_hourly_cents", sa.Integer(), nullable=True),
        sa.Column("cap_daily_cents", sa.Integer(), nullable=True),
        sa.Column("counts_preparation", sa.Boolean(), nullable=False),
        sa.Column("counts_travel", sa.Boolean(), nullable=False),
        sa.Column("prior_approval_reference", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "balance_cents >= 0", name=op.f("ck_funding_line_balance_cents")
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_funding_line_period")),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name=op.f("fk_funding_line_payer_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_line")),
        sa.UniqueConstraint(
            "payer_id", "name", name=op.f("uq_funding_line_payer_id_name")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_funding_line_uid")),
    )
    op.create_table(
        "kept_text",
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("fields_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_kept_text_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_text")),
        sa.UniqueConstraint("uid", name=op.f("uq_kept_text_uid")),
    )
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("is_second_approver", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "role IN ('coordinator', 'finance')", name=op.f("ck_membership_role")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_membership_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id",
            "organization_id",
            "role",
            name=op.f("uq_membership_person_id_organization_id_role"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_membership_uid")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_organization_id"),
            ["organization_id"],
            unique=False,
        )

    op.create_table(
        "panel",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.Column("minimum_voices", sa.Integer(), nullable=False),
        sa.Column("first_session_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("minimum_voices >= 2", name=op.f("ck_panel_minimum_voices")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_panel_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel")),
        sa.UniqueConstraint("uid", name=op.f("uq_panel_uid")),
    )
    with op.batch_alter_table("panel", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_panel_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "pause",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pause_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_pause")),
    )
    op.create_table(
        "payee",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.String(length=12), nullable=False),
        sa.Column("rail", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name=op.f("fk_payee_payer_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_payee_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee")),
        sa.UniqueConstraint("handle", name=op.f("uq_payee_handle")),
        sa.UniqueConstraint(
            "person_id", "payer_id", name=op.f("uq_payee_person_id_payer_id")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_payee_uid")),
    )
    op.create_table(
        "payout_batch",
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "approved",
                "cancelled",
                name="batchstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("prepared_by_id", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "status <> 'approved' OR (released_by_id IS NOT NULL AND released_at IS NOT NULL AND content_hash <> '')",
            name=op.f("ck_payout_batch_released"),
        ),
        sa.CheckConstraint(
            "released_by_id IS NULL OR released_by_id <> prepared_by_id",
            name=op.f("ck_payout_batch_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name=op.f("fk_payout_batch_payer_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"],
            ["person.id"],
            name=op.f("fk_payout_batch_prepared_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"],
            ["person.id"],
            name=op.f("fk_payout_batch_released_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batch")),
        sa.UniqueConstraint("uid", name=op.f("uq_payout_batch_uid")),
    )
    with op.batch_alter_table("payout_batch", schema=None) as batch_op:
        batch_op.create_index("ix_payout_batch_payer_id", ["payer_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_sign_in_uid")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "silent_filter",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "kind IN ('organization', 'law_enforcement', 'travel')",
            name=op.f("ck_silent_filter_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_silent_filter_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_silent_filter_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silent_filter")),
        sa.UniqueConstraint(
            "person_id",
            "kind",
            "organization_id",
            name=op.f("uq_silent_filter_person_id_kind_organization_id"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_silent_filter_uid")),
    )
    with op.batch_alter_table("silent_filter", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_silent_filter_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "training_record",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_training_record_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_record")),
        sa.UniqueConstraint("uid", name=op.f("uq_training_record_uid")),
    )
    with op.batch_alter_table("training_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_training_record_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "work_limits",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("week_minutes", sa.Integer(), nullable=True),
        sa.Column("month_minutes", sa.Integer(), nullable=True),
        sa.Column("at_once", sa.Integer(), nullable=True),
        sa.Column("invitations_30", sa.Integer(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("at_once >= 0", name=op.f("ck_work_limits_at_once")),
        sa.CheckConstraint(
            "invitations_30 >= 0", name=op.f("ck_work_limits_invitations_30")
        ),
        sa.CheckConstraint(
            "month_minutes >= 0", name=op.f("ck_work_limits_month_minutes")
        ),
        sa.CheckConstraint("notice_days >= 0", name=op.f("ck_work_limits_notice_days")),
        sa.CheckConstraint(
            "week_minutes >= 0", name=op.f("ck_work_limits_week_minutes")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_work_limits_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_work_limits")),
    )
    op.create_table(
        "work_minutes",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "activity",
            sa.Enum(
                "session",
                "preparation",
                "travel",
                "debrief",
                "review",
                name="activity",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_work_minutes_minutes")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_work_minutes_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_minutes")),
        sa.UniqueConstraint("uid", name=op.f("uq_work_minutes_uid")),
    )
    with op.batch_alter_table("work_minutes", schema=None) as batch_op:
        batch_op.create_index("ix_work_minutes_group", ["group"], unique=False)
        batch_op.create_index(
            "ix_work_minutes_person_id_day", ["person_id", "day"], unique=False
        )

    op.create_table(
        "count_choice",
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_count_choice_panel_id_panel")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_count_choice_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_choice")),
        sa.UniqueConstraint(
            "panel_id", "person_id", name=op.f("uq_count_choice_panel_id_person_id")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_count_choice_uid")),
    )
    op.create_table(
        "line_use",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["funding_line.id"],
            name=op.f("fk_line_use_line_id_funding_line"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_line_use_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("line_id", "organization_id", name=op.f("pk_line_use")),
    )
    op.create_table(
        "opportunity",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("panel_id", sa.Integer(), nullable=True),
        sa.Column("funding_line_id", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "posted",
                "filled",
                "under_way",
                "finished",
                "cancelled",
                name="opportunitystatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "consulting",
                "training",
                "advisory_board",
                name="opportunitykind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "activity",
            sa.Enum(
                "meeting",
                "facilitation",
                "document_review",
                "speaking",
                "peer_mentorship",
                "fellowship",
                "paid_learning",
                name="workactivity",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "development",
                "implementation",
                "evaluation",
                name="projectstage",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("seats_wanted", sa.Integer(), nullable=False),
        sa.Column(
            "seat_role",
            sa.Enum(
                "member",
                "chair",
                "presenter",
                "facilitator",
                "interpreter",
                "reviewer",
                name="seatrole",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("asks_pool", sa.Boolean(), nullable=False),
        sa.Column("kept_words", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("what_is_asked", sa.String(length=2000), nullable=False),
        sa.Column("who_is_in_the_room", sa.String(length=2000), nullable=False),
        sa.Column("has_law_enforcement", sa.Boolean(), nullable=True),
        sa.Column("recording", sa.String(length=2000), nullable=False),
        sa.Column(
            "story",
            sa.Enum(
                "none",
                "welcome",
                name="story",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("preparation_minutes", sa.Integer(), nullable=True),
        sa.Column("travel_minutes", sa.Integer(), nullable=True),
        sa.Column("debrief_minutes", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=2000), nullable=False),
        sa.Column("is_in_person", sa.Boolean(), nullable=False),
        sa.Column("access", sa.String(length=2000), nullable=False),
        sa.Column("languages", sa.String(length=200), nullable=False),
        sa.Column("interpretation", sa.String(length=2000), nullable=False),
        sa.Column(
            "pay_kind",
            sa.Enum(
                "hourly",
                "session_stipend",
                "month_stipend",
                "honorarium",
                name="paykind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("rate_cents", sa.Integer(), nullable=True),
        sa.Column("expenses", sa.String(length=2000), nullable=False),
        sa.Column("advances", sa.String(length=2000), nullable=False),
        sa.Column("if_we_cancel", sa.String(length=2000), nullable=False),
        sa.Column("support_person", sa.String(length=2000), nullable=False),
        sa.Column("how_input_is_used", sa.String(length=2000), nullable=False),
        sa.Column("not_expected", sa.String(length=2000), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "status = 'draft' OR (reply_by IS NOT NULL AND posted_at IS NOT NULL AND rate_cents IS NOT NULL AND funding_line_id IS NOT NULL) OR status = 'cancelled'",
            name=op.f("ck_opportunity_posted_is_whole"),
        ),
        sa.CheckConstraint("rate_cents > 0", name=op.f("ck_opportunity_rate_cents")),
        sa.CheckConstraint(
            "seats_wanted BETWEEN 1 AND 30", name=op.f("ck_opportunity_seats_wanted")
        ),
        sa.ForeignKeyConstraint(
            ["funding_line_id"],
            ["funding_line.id"],
            name=op.f("fk_opportunity_funding_line_id_funding_line"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_opportunity_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_opportunity_panel_id_panel")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint("uid", name=op.f("uq_opportunity_uid")),
    )
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.create_index(
            "ix_opportunity_organization_id_status",
            ["organization_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_opportunity_panel_id"), ["panel_id"], unique=False
        )
        batch_op.create_index(
            "ix_opportunity_status_reply_by", ["status", "reply_by"], unique=False
        )

    op.create_table(
        "parity_note",
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "member",
                "chair",
                "presenter",
                "facilitator",
                "interpreter",
                "reviewer",
                name="seatrole",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_parity_note_panel_id_panel")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parity_note")),
        sa.UniqueConstraint(
            "panel_id", "role", name=op.f("uq_parity_note_panel_id_role")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_parity_note_uid")),
    )
    op.create_table(
        "payable",
        sa.Column(
            "kind",
            sa.Enum(
                "hours",
                "stipend",
                "expense",
                "advance",
                name="payablekind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "in_payout",
                "paid",
                name="payablestatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("payee_id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("funding_line_id", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payable_cents")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"],
            ["person.id"],
            name=op.f("fk_payable_approved_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_payable_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["payee.id"], name=op.f("fk_payable_payee_id_payee")
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name=op.f("fk_payable_payer_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable")),
        sa.UniqueConstraint("source", name=op.f("uq_payable_source")),
        sa.UniqueConstraint("uid", name=op.f("uq_payable_uid")),
    )
    with op.batch_alter_table("payable", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payable_payee_id"), ["payee_id"], unique=False
        )
        batch_op.create_index(
            "ix_payable_payer_id_status", ["payer_id", "status"], unique=False
        )

    op.create_table(
        "payout",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.Integer(), nullable=False),
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
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("destination", sa.String(length=60), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "approved",
                "queued",
                "sending",
                "unknown",
                "sent",
                "paid",
                "blocked",
                "returned",
                "needs_person",
                "cancelled",
                name="payoutstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(length=60), nullable=True),
        sa.Column("blocked_reason", sa.String(length=30), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "status NOT IN ('sent', 'paid', 'returned') OR remote_id IS NOT NULL",
            name=op.f("ck_payout_remote_id"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payout_cents")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payout_currency")),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["payout_batch.id"],
            name=op.f("fk_payout_batch_id_payout_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["payee.id"], name=op.f("fk_payout_payee_id_payee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint("uid", name=op.f("uq_payout_uid")),
    )
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.create_index("ix_payout_batch_id", ["batch_id"], unique=False)
        batch_op.create_index("ix_payout_payee_id", ["payee_id"], unique=False)
        batch_op.create_index(
            "ix_payout_status_not_before", ["status", "not_before"], unique=False
        )
        batch_op.create_index(
            "uq_payout_remote",
            ["rail", "is_live", "remote_id"],
            unique=True,
            postgresql_where=sa.text("remote_id IS NOT NULL"),
            sqlite_where=sa.text("remote_id IS NOT NULL"),
        )

    op.create_table(
        "reservation",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "set_aside",
                "reserved",
                "approved",
                "paid",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_reservation_cents")),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["funding_line.id"],
            name=op.f("fk_reservation_line_id_funding_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint(
            "source", "stage", name=op.f("uq_reservation_source_stage")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_reservation_uid")),
    )
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reservation_line_id_stage", ["line_id", "stage"], unique=False
        )

    op.create_table(
        "seat",
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "survivor",
                "professional",
                name="seatkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "member",
                "chair",
                "presenter",
                "facilitator",
                "interpreter",
                "reviewer",
                name="seatrole",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "awaiting",
                "held",
                "ended",
                name="seatstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("hourly_cents", sa.Integer(), nullable=True),
        sa.Column("is_salaried_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'held' AND kind = 'survivor') = (person_id IS NOT NULL)",
            name=op.f("ck_seat_held"),
        ),
        sa.CheckConstraint("hourly_cents >= 0", name=op.f("ck_seat_hourly_cents")),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_seat_panel_id_panel")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_seat_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("uid", name=op.f("uq_seat_uid")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index("ix_seat_panel_id", ["panel_id"], unique=False)

    op.create_table(
        "voice_flag",
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "not_known",
                "sole",
                "low",
                "met",
                name="voicestate",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "raised",
                "answered",
                "cleared",
                name="flagstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plan_by", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'cleared') = (cleared_at IS NOT NULL)",
            name=op.f("ck_voice_flag_cleared"),
        ),
        sa.CheckConstraint("state <> 'met'", name=op.f("ck_voice_flag_not_met")),
        sa.CheckConstraint(
            "status <> 'answered' OR (plan_sealed IS NOT NULL AND plan_by IS NOT NULL)",
            name=op.f("ck_voice_flag_plan"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["person.id"],
            name=op.f("fk_voice_flag_answered_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_voice_flag_panel_id_panel")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_flag")),
        sa.UniqueConstraint("uid", name=op.f("uq_voice_flag_uid")),
    )
    with op.batch_alter_table("voice_flag", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_voice_flag_panel_id"), ["panel_id"], unique=False
        )
        batch_op.create_index(
            "uq_voice_flag_open",
            ["panel_id"],
            unique=True,
            postgresql_where=sa.text("status <> 'cleared'"),
            sqlite_where=sa.text("status <> 'cleared'"),
        )

    op.create_table(
        "ask_wave",
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_ask_wave_opportunity_id_opportunity"),
        ),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_ask_wave")),
    )
    op.create_table(
        "engagement",
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("funding_line_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "agreed",
                "under_way",
                "finished",
                "left",
                "cancelled",
                name="engagementstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status IN ('finished', 'left', 'cancelled')) = (ended_on IS NOT NULL)",
            name=op.f("ck_engagement_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["funding_line_id"],
            ["funding_line.id"],
            name=op.f("fk_engagement_funding_line_id_funding_line"),
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_engagement_opportunity_id_opportunity"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_engagement_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_engagement_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["seat.id"], name=op.f("fk_engagement_seat_id_seat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement")),
        sa.UniqueConstraint(
            "opportunity_id",
            "person_id",
            name=op.f("uq_engagement_opportunity_id_person_id"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_engagement_uid")),
    )
    with op.batch_alter_table("engagement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_engagement_organization_id_status",
            ["organization_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            "ix_engagement_person_id_status", ["person_id", "status"], unique=False
        )

    op.create_table(
        "manual_payment",
        sa.Column("payout_id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "check",
                "ach",
                "prepaid_card",
                "gift_card",
                "cash",
                name="manualkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> recorded_by_id",
            name=op.f("ck_manual_payment_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["person.id"],
            name=op.f("fk_manual_payment_confirmed_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name=op.f("fk_manual_payment_payer_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"],
            ["payout.id"],
            name=op.f("fk_manual_payment_payout_id_payout"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["person.id"],
            name=op.f("fk_manual_payment_recorded_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_payment")),
        sa.UniqueConstraint("payout_id", name=op.f("uq_manual_payment_payout_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_manual_payment_uid")),
    )
    with op.batch_alter_table("manual_payment", schema=None) as batch_op:
        batch_op.create_index(
            "uq_manual_payment_reference",
            ["payer_id", "kind", "reference"],
            unique=True,
            postgresql_where=sa.text("voided_at IS NULL"),
            sqlite_where=sa.text("voided_at IS NULL"),
        )

    op.create_table(
        "named_ask",
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("alias_id", sa.Integer(), nullable=False),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["alias_id"], ["alias.id"], name=op.f("fk_named_ask_alias_id_alias")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_named_ask_opportunity_id_opportunity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_ask")),
        sa.UniqueConstraint(
            "opportunity_id",
            "alias_id",
            name=op.f("uq_named_ask_opportunity_id_alias_id"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_named_ask_uid")),
    )
    op.create_table(
        "payout_attempt",
        sa.Column("payout_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("is_replayed", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["payout_id"],
            ["payout.id"],
            name=op.f("fk_payout_attempt_payout_id_payout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_attempt")),
        sa.UniqueConstraint("key", name=op.f("uq_payout_attempt_key")),
        sa.UniqueConstraint(
            "payout_id", "number", name=op.f("uq_payout_attempt_payout_id_number")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_payout_attempt_uid")),
    )
    with op.batch_alter_table("payout_attempt", schema=None) as batch_op:
        batch_op.create_index(
            "uq_payout_attempt_open",
            ["payout_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "payout_item",
        sa.Column("payout_id", sa.Integer(), nullable=False),
        sa.Column("payable_id", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payout_item_cents")),
        sa.ForeignKeyConstraint(
            ["payable_id"],
            ["payable.id"],
            name=op.f("fk_payout_item_payable_id_payable"),
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payout.id"], name=op.f("fk_payout_item_payout_id_payout")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_item")),
        sa.UniqueConstraint("uid", name=op.f("uq_payout_item_uid")),
    )
    with op.batch_alter_table("payout_item", schema=None) as batch_op:
        batch_op.create_index("ix_payout_item_payout_id", ["payout_id"], unique=False)
        batch_op.create_index(
            "uq_payout_item_active",
            ["payable_id"],
            unique=True,
            postgresql_where=sa.text("is_active"),
            sqlite_where=sa.text("is_active"),
        )

    op.create_table(
        "planned_seat",
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "member",
                "chair",
                "presenter",
                "facilitator",
                "interpreter",
                "reviewer",
                name="seatrole",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("hourly_cents", sa.Integer(), nullable=True),
        sa.Column("is_salaried_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "hourly_cents >= 0", name=op.f("ck_planned_seat_hourly_cents")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_planned_seat_opportunity_id_opportunity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_seat")),
        sa.UniqueConstraint("uid", name=op.f("uq_planned_seat_uid")),
    )
    with op.batch_alter_table("planned_seat", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_planned_seat_opportunity_id"),
            ["opportunity_id"],
            unique=False,
        )

    op.create_table(
        "work_session",
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "minutes BETWEEN 15 AND 720", name=op.f("ck_work_session_minutes")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_work_session_opportunity_id_opportunity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_session")),
        sa.UniqueConstraint("uid", name=op.f("uq_work_session_uid")),
    )
    with op.batch_alter_table("work_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_work_session_opportunity_id"),
            ["opportunity_id"],
            unique=False,
        )

    op.create_table(
        "engagement_session",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_engagement_session_minutes")),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_engagement_session_engagement_id_engagement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement_session")),
        sa.UniqueConstraint(
            "engagement_id",
            "starts_at",
            name=op.f("uq_engagement_session_engagement_id_starts_at"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_engagement_session_uid")),
    )
    op.create_table(
        "hours_entry",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "returned",
                "approved",
                "paid",
                "withdrawn",
                name="hoursstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "activity",
            sa.Enum(
                "session",
                "preparation",
                "travel",
                "debrief",
                "review",
                name="activity",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("session_number", sa.Integer(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decides_itself_on", sa.Date(), nullable=False),
        sa.Column(
            "return_check",
            sa.Enum(
                "date",
                "minutes",
                "activity",
                "duplicate",
                name="returncheck",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("is_attested", sa.Boolean(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'returned') <= (return_check IS NOT NULL)",
            name=op.f("ck_hours_entry_return_check"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'paid')) = (decided_at IS NOT NULL)",
            name=op.f("ck_hours_entry_decided_at"),
        ),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_hours_entry_cents")),
        sa.CheckConstraint(
            "decided_at IS NULL OR is_attested OR decided_by_id IS NOT NULL",
            name=op.f("ck_hours_entry_decided_by"),
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_hours_entry_minutes")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["person.id"],
            name=op.f("fk_hours_entry_decided_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_hours_entry_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_hours_entry_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_hours_entry_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_entry")),
        sa.UniqueConstraint("uid", name=op.f("uq_hours_entry_uid")),
    )
    with op.batch_alter_table("hours_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_hours_entry_engagement_id", ["engagement_id"], unique=False
        )
        batch_op.create_index(
            "ix_hours_entry_organization_id_status",
            ["organization_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            "ix_hours_entry_person_id_day", ["person_id", "day"], unique=False
        )
        batch_op.create_index(
            "ix_hours_entry_status_decides",
            ["status", "decides_itself_on"],
            unique=False,
        )

    op.create_table(
        "offer",
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "accepted",
                "conditional",
                "closed",
                name="offerstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("is_raised", sa.Boolean(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'accepted') = (engagement_id IS NOT NULL)",
            name=op.f("ck_offer_accepted"),
        ),
        sa.CheckConstraint(
            "status = 'conditional' OR seat_id IS NULL",
            name=op.f("ck_offer_conditional_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_offer_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_offer_opportunity_id_opportunity"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_offer_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["seat.id"], name=op.f("fk_offer_seat_id_seat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("engagement_id", name=op.f("uq_offer_engagement_id")),
        sa.UniqueConstraint(
            "opportunity_id",
            "person_id",
            name=op.f("uq_offer_opportunity_id_person_id"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_offer_uid")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_offer_person_id_status", ["person_id", "status"], unique=False
        )
        batch_op.create_index(
            "uq_offer_seat",
            ["seat_id"],
            unique=True,
            postgresql_where=sa.text("seat_id IS NOT NULL"),
            sqlite_where=sa.text("seat_id IS NOT NULL"),
        )

    dialect = op.get_context().dialect.name
    for table in GROWS_ONLY:
        for statement in triggers(table, dialect):
            op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_seat",
            postgresql_where=sa.text("seat_id IS NOT NULL"),
            sqlite_where=sa.text("seat_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_offer_person_id_status")

    op.drop_table("offer")
    with op.batch_alter_table("hours_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_hours_entry_status_decides")
        batch_op.drop_index("ix_hours_entry_person_id_day")
        batch_op.drop_index("ix_hours_entry_organization_id_status")
        batch_op.drop_index("ix_hours_entry_engagement_id")

    op.drop_table("hours_entry")
    op.drop_table("engagement_session")
    with op.batch_alter_table("work_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_session_opportunity_id"))

    op.drop_table("work_session")
    with op.batch_alter_table("planned_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_planned_seat_opportunity_id"))

    op.drop_table("planned_seat")
    with op.batch_alter_table("payout_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payout_item_active",
            postgresql_where=sa.text("is_active"),
            sqlite_where=sa.text("is_active"),
        )
        batch_op.drop_index("ix_payout_item_payout_id")

    op.drop_table("payout_item")
    with op.batch_alter_table("payout_attempt", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payout_attempt_open",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("payout_attempt")
    op.drop_table("named_ask")
    with op.batch_alter_table("manual_payment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_manual_payment_reference",
            postgresql_where=sa.text("voided_at IS NULL"),
            sqlite_where=sa.text("voided_at IS NULL"),
        )

    op.drop_table("manual_payment")
    with op.batch_alter_table("engagement", schema=None) as batch_op:
        batch_op.drop_index("ix_engagement_person_id_status")
        batch_op.drop_index("ix_engagement_organization_id_status")

    op.drop_table("engagement")
    op.drop_table("ask_wave")
    with op.batch_alter_table("voice_flag", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_voice_flag_open",
            postgresql_where=sa.text("status <> 'cleared'"),
            sqlite_where=sa.text("status <> 'cleared'"),
        )
        batch_op.drop_index(batch_op.f("ix_voice_flag_panel_id"))

    op.drop_table("voice_flag")
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index("ix_seat_panel_id")

    op.drop_table("seat")
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.drop_index("ix_reservation_line_id_stage")

    op.drop_table("reservation")
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payout_remote",
            postgresql_where=sa.text("remote_id IS NOT NULL"),
            sqlite_where=sa.text("remote_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_payout_status_not_before")
        batch_op.drop_index("ix_payout_payee_id")
        batch_op.drop_index("ix_payout_batch_id")

    op.drop_table("payout")
    with op.batch_alter_table("payable", schema=None) as batch_op:
        batch_op.drop_index("ix_payable_payer_id_status")
        batch_op.drop_index(batch_op.f("ix_payable_payee_id"))

    op.drop_table("payable")
    op.drop_table("parity_note")
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.drop_index("ix_opportunity_status_reply_by")
        batch_op.drop_index(batch_op.f("ix_opportunity_panel_id"))
        batch_op.drop_index("ix_opportunity_organization_id_status")

    op.drop_table("opportunity")
    op.drop_table("line_use")
    op.drop_table("count_choice")
    with op.batch_alter_table("work_minutes", schema=None) as batch_op:
        batch_op.drop_index("ix_work_minutes_person_id_day")
        batch_op.drop_index("ix_work_minutes_group")

    op.drop_table("work_minutes")
    op.drop_table("work_limits")
    with op.batch_alter_table("training_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_record_person_id"))

    op.drop_table("training_record")
    with op.batch_alter_table("silent_filter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_silent_filter_person_id"))

    op.drop_table("silent_filter")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("payout_batch", schema=None) as batch_op:
        batch_op.drop_index("ix_payout_batch_payer_id")

    op.drop_table("payout_batch")
    op.drop_table("payee")
    op.drop_table("pause")
    with op.batch_alter_table("panel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_organization_id"))

    op.drop_table("panel")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_organization_id"))

    op.drop_table("membership")
    op.drop_table("kept_text")
    op.drop_table("funding_line")
    op.drop_table("entry_code")
    with op.batch_alter_table("availability_window", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_availability_window_person_id"))

    op.drop_table("availability_window")
    op.drop_table("availability_exception")
    op.drop_table("ask_count")
    op.drop_table("alias")
    op.drop_table("worker_lease")
    op.drop_table("used_form")
    op.drop_table("rate_count")
    op.drop_table("rail_switch")
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_index("ix_posting_debit")
        batch_op.drop_index("ix_posting_credit")

    op.drop_table("posting")
    op.drop_table("person")
    op.drop_table("organization")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_waiting",
            postgresql_where=sa.text("mail IN ('waiting', 'sending')"),
            sqlite_where=sa.text("mail IN ('waiting', 'sending')"),
        )
        batch_op.drop_index("ix_notice_person_id_created_at")

    op.drop_table("notice")
    op.drop_table("job_run")
    op.drop_table("installation")
    with op.batch_alter_table("demo_transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demo_transfer_transfer_group"))

    op.drop_table("demo_transfer")
    op.drop_table("audit_entry")
    op.drop_table("audit_chain")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")
