"""Ways to sign in, recovery, consents, concerns, requests by law, keys and copies."""

import sqlalchemy as sa
from alembic import op

from engage.core.append_only import triggers

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


START = "0" * 64  # what a chain of the log begins from


def guard(table: str, years: int | None) -> None:
    """Rows that only grow may go once they are so old, and no earlier."""
    dialect = op.get_bind().dialect.name
    for name in TRIGGERS[dialect]:
        on = "" if dialect == "sqlite" else f" ON {table}"
        op.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{on}")
    for statement in triggers(table, dialect, years):
        op.execute(sa.DDL(statement.replace("%", "%%")))


TRIGGERS = {
    "sqlite": ("no_update", "no_delete"),
    "postgresql": ("only_grows", "stays"),
}


def upgrade() -> None:
    op.create_table(
        "audit_mark",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_mark")),
    )
    op.create_table(
        "guess_count",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("newcomers", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guess_count")),
    )
    op.create_table(
        "app_code",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seed_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_app_code_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_code")),
        sa.UniqueConstraint("person_id", name=op.f("uq_app_code_person_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_app_code_uid")),
    )
    op.create_table(
        "closure",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_closure_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("person_id", name=op.f("uq_closure_person_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_closure_uid")),
    )
    op.create_table(
        "grievance",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "sent",
                "taken_up",
                "answered",
                "ended",
                name="grievancestatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("lost_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'ended') = (ended_on IS NOT NULL)",
            name=op.f("ck_grievance_ended_on"),
        ),
        sa.CheckConstraint(
            "about_id IS NOT NULL OR organization_id IS NOT NULL",
            name=op.f("ck_grievance_about"),
        ),
        sa.CheckConstraint(
            "about_id IS NULL OR about_id <> reader_id",
            name=op.f("ck_grievance_reader"),
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["person.id"], name=op.f("fk_grievance_about_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_grievance_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_grievance_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["person.id"], name=op.f("fk_grievance_reader_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grievance")),
        sa.UniqueConstraint("uid", name=op.f("uq_grievance_uid")),
    )
    with op.batch_alter_table("grievance", schema=None) as batch_op:
        batch_op.create_index("ix_grievance_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_grievance_reader_id", ["reader_id"], unique=False)

    op.create_table(
        "legal_request",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "court_order",
                "subpoena",
                "records",
                "other",
                name="legalkind",
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
                "agreed",
                "given",
                "ended",
                name="legalstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("asker_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_until", sa.Date(), nullable=True),
        sa.Column("held_by_id", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'given') = (given_at IS NOT NULL) AND (status IN ('agreed', 'given')) <= (second_id IS NOT NULL)",
            name=op.f("ck_legal_request_given"),
        ),
        sa.CheckConstraint(
            "second_id IS NULL OR second_id <> recorded_by_id",
            name=op.f("ck_legal_request_second"),
        ),
        sa.ForeignKeyConstraint(
            ["held_by_id"],
            ["person.id"],
            name=op.f("fk_legal_request_held_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_legal_request_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["person.id"],
            name=op.f("fk_legal_request_recorded_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["person.id"], name=op.f("fk_legal_request_second_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_request")),
        sa.UniqueConstraint("uid", name=op.f("uq_legal_request_uid")),
    )
    with op.batch_alter_table("legal_request", schema=None) as batch_op:
        batch_op.create_index("ix_legal_request_person_id", ["person_id"], unique=False)
        batch_op.create_index(
            "ix_legal_request_told_at_hold_until",
            ["told_at", "hold_until"],
            unique=False,
        )

    op.create_table(
        "opening",
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "open",
                "ended",
                name="openingstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "danger",
                "law",
                "asked",
                "mistake",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by_id", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "status <> 'open' OR ends_at IS NOT NULL", name=op.f("ck_opening_open")
        ),
        sa.CheckConstraint(
            "(agreed_by_id IS NULL) = (person_id IS NULL) AND (agreed_by_id IS NULL) = (ends_at IS NULL)",
            name=op.f("ck_opening_agreed"),
        ),
        sa.CheckConstraint("agreed_by_id <> asked_by_id", name=op.f("ck_opening_two")),
        sa.ForeignKeyConstraint(
            ["agreed_by_id"], ["person.id"], name=op.f("fk_opening_agreed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_opening_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_opening_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
        sa.UniqueConstraint("uid", name=op.f("uq_opening_uid")),
    )
    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_opening_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "own_device",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("marked_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_own_device_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_own_device_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_own_device_uid")),
    )
    with op.batch_alter_table("own_device", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_own_device_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "paper_code",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sign_in",
                "recovery",
                "helper",
                name="paperkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("printed_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_paper_code_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_paper_code_code_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_paper_code_uid")),
    )
    with op.batch_alter_table("paper_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_code_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "passkey",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("is_synced", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_passkey_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_passkey_uid")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_passkey_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "past_sign_in",
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "in",
                "wrong",
                name="pastkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "device",
            sa.Enum(
                "phone",
                "tablet",
                "computer",
                "unknown",
                name="device",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_past_sign_in_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_sign_in")),
        sa.UniqueConstraint("uid", name=op.f("uq_past_sign_in_uid")),
    )
    with op.batch_alter_table("past_sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_sign_in_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_past_sign_in_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "recovery",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "helper",
                "in_person",
                name="recoveryway",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "started",
                "waiting",
                "cancelled",
                "done",
                name="recoverystatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("first_hash", sa.String(length=64), nullable=False),
        sa.Column("second_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("vouched_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(way = 'helper') = (started_by_id IS NULL)",
            name=op.f("ck_recovery_started_by"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('waiting', 'done') OR ready_at IS NOT NULL",
            name=op.f("ck_recovery_ready_at"),
        ),
        sa.CheckConstraint(
            "vouched_by_id IS NULL OR vouched_by_id <> started_by_id",
            name=op.f("ck_recovery_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_recovery_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"],
            ["person.id"],
            name=op.f("fk_recovery_started_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["vouched_by_id"],
            ["person.id"],
            name=op.f("fk_recovery_vouched_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("uid", name=op.f("uq_recovery_uid")),
    )
    with op.batch_alter_table("recovery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recovery_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "consent",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "photo",
                "recording",
                "quote",
                name="consentkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "live",
                "closed",
                "withdrawn",
                "expired",
                name="consentstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recipient_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("described_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("most_uses", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_delivered", sa.Boolean(), nullable=True),
        sa.Column("wording", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status IN ('live', 'withdrawn', 'expired')) = (given_at IS NOT NULL) AND (given_at IS NULL) = (until IS NULL)",
            name=op.f("ck_consent_given"),
        ),
        sa.CheckConstraint(
            "(status IN ('withdrawn', 'expired')) = (ended_on IS NOT NULL)",
            name=op.f("ck_consent_ended"),
        ),
        sa.CheckConstraint("months BETWEEN 1 AND 36", name=op.f("ck_consent_months")),
        sa.CheckConstraint(
            "most_uses BETWEEN 1 AND 20", name=op.f("ck_consent_most_uses")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_consent_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_consent_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_consent_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["person.id"],
            name=op.f("fk_consent_recorded_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("uid", name=op.f("uq_consent_uid")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_engagement_id"), ["engagement_id"], unique=False
        )
        batch_op.create_index(
            "ix_consent_organization_id_status",
            ["organization_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            "ix_consent_person_id_status", ["person_id", "status"], unique=False
        )
        batch_op.create_index(
            "ix_consent_status_answer_by", ["status", "answer_by"], unique=False
        )

    op.create_table(
        "material",
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_material_consent_id_consent")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("uid", name=op.f("uq_material_uid")),
    )
    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_material_consent_id"), ["consent_id"], unique=False
        )

    op.create_table(
        "material_version",
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "approved",
                "published",
                "out",
                name="versionstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_hash", sa.String(length=64), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'published') OR approved_at IS NOT NULL",
            name=op.f("ck_material_version_approved_at"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_material_version_number")),
        sa.ForeignKeyConstraint(
            ["material_id"],
            ["material.id"],
            name=op.f("fk_material_version_material_id_material"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_version")),
        sa.UniqueConstraint(
            "material_id", "number", name=op.f("uq_material_version_material_id_number")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_material_version_uid")),
    )
    op.create_table(
        "material_use",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "standing",
                "to_take_down",
                "asked",
                "done",
                name="usestatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(status = 'done') = (done_on IS NOT NULL)",
            name=op.f("ck_material_use_done_on"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["consent.id"],
            name=op.f("fk_material_use_consent_id_consent"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_material_use_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["person.id"],
            name=op.f("fk_material_use_recorded_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["material_version.id"],
            name=op.f("fk_material_use_version_id_material_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_use")),
        sa.UniqueConstraint("uid", name=op.f("uq_material_use_uid")),
    )
    with op.batch_alter_table("material_use", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_material_use_consent_id"), ["consent_id"], unique=False
        )
        batch_op.create_index(
            "ix_material_use_status_reminded_on",
            ["status", "reminded_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_material_use_version_id"), ["version_id"], unique=False
        )

    with op.batch_alter_table("audit_chain", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forgotten", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("anchor", sa.String(length=64), nullable=False, server_default=sa.text(f"'{START}'")))

    with op.batch_alter_table("funding_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("final_report_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("final_report_noted_on", sa.Date(), nullable=True)
        )
        batch_op.add_column(sa.Column("records_gone_on", sa.Date(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_funding_line_final_report"), '(final_report_on IS NULL) = (final_report_noted_on IS NULL) AND (records_gone_on IS NULL OR final_report_on IS NOT NULL)')

    with op.batch_alter_table("payee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rail_next", sa.String(length=10), nullable=True))
        batch_op.add_column(
            sa.Column("rail_from", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.create_check_constraint(batch_op.f("ck_payee_rail_next"), '(rail_next IS NULL) = (rail_from IS NULL)')

    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_restored", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_person_contact"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_person_safecontact"), type_="check")
        batch_op.add_column(
            sa.Column("advocate_sealed", sa.LargeBinary(), nullable=True)
        )
        batch_op.add_column(sa.Column("mail_from", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("mail_until", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("leaves_no_trail", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("asks_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("in_person_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(
            sa.Column("recovery_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.create_check_constraint(batch_op.f("ck_person_contact"), "contact = 'none' OR email_sealed IS NOT NULL AND (contact = 'email' OR advocate_sealed IS NOT NULL)")
        batch_op.create_check_constraint(batch_op.f("ck_person_mail_hours"), '(mail_from IS NULL) = (mail_until IS NULL) AND mail_from != mail_until AND mail_from BETWEEN 0 AND 23 AND mail_until BETWEEN 0 AND 23')
        batch_op.create_check_constraint(batch_op.f("ck_person_safecontact"), "contact IN ('none', 'email', 'advocate')")

    with op.batch_alter_table("rail_switch", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("copied_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True)
        )

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column(
                "device",
                sa.Enum(
                    "phone",
                    "tablet",
                    "computer",
                    "unknown",
                    name="device",
                    native_enum=False,
                    create_constraint=True,
                    length=30,
                ),
                nullable=False, server_default=sa.text("'unknown'"))
        )
        batch_op.add_column(sa.Column("is_shared", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("lacks_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Nobody was asked again before: each sign-in was proved when it began.
    op.execute("UPDATE sign_in SET proved_at = started_at")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.alter_column(
            "proved_at",
            existing_type=sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),  # for sign-ins of the release before
        )
    guard("audit_mark", None)
    guard("audit_entry", years=2)
    guard("posting", years=3)


def downgrade() -> None:
    guard("audit_entry", None)
    guard("posting", None)
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sign_in_device"), type_="check")
        batch_op.drop_column("lacks_factor")
        batch_op.drop_column("is_shared")
        batch_op.drop_column("device")
        batch_op.drop_column("proved_at")

    with op.batch_alter_table("rail_switch", schema=None) as batch_op:
        batch_op.drop_column("restored_at")
        batch_op.drop_column("copied_at")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_person_contact"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_person_mail_hours"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_person_safecontact"), type_="check")
        batch_op.drop_column("recovered_at")
        batch_op.drop_column("recovery_at")
        batch_op.drop_column("in_person_only")
        batch_op.drop_column("asks_factor")
        batch_op.drop_column("leaves_no_trail")
        batch_op.drop_column("mail_until")
        batch_op.drop_column("mail_from")
        batch_op.drop_column("advocate_sealed")
        batch_op.create_check_constraint(batch_op.f("ck_person_contact"), "contact = 'none' OR email_sealed IS NOT NULL")
        batch_op.create_check_constraint(batch_op.f("ck_person_safecontact"), "contact IN ('none', 'email')")

    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.drop_column("is_restored")

    with op.batch_alter_table("payee", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_payee_rail_next"), type_="check")
        batch_op.drop_column("rail_from")
        batch_op.drop_column("rail_next")

    with op.batch_alter_table("funding_line", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_funding_line_final_report"), type_="check")
        batch_op.drop_column("records_gone_on")
        batch_op.drop_column("final_report_noted_on")
        batch_op.drop_column("final_report_on")

    with op.batch_alter_table("audit_chain", schema=None) as batch_op:
        batch_op.drop_column("anchor")
        batch_op.drop_column("forgotten")

    with op.batch_alter_table("material_use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_material_use_version_id"))
        batch_op.drop_index("ix_material_use_status_reminded_on")
        batch_op.drop_index(batch_op.f("ix_material_use_consent_id"))

    op.drop_table("material_use")
    op.drop_table("material_version")
    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_material_consent_id"))

    op.drop_table("material")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_status_answer_by")
        batch_op.drop_index("ix_consent_person_id_status")
        batch_op.drop_index("ix_consent_organization_id_status")
        batch_op.drop_index(batch_op.f("ix_consent_engagement_id"))

    op.drop_table("consent")
    with op.batch_alter_table("recovery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_person_id"))

    op.drop_table("recovery")
    with op.batch_alter_table("past_sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_past_sign_in_person_id"))
        batch_op.drop_index(batch_op.f("ix_past_sign_in_at"))

    op.drop_table("past_sign_in")
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passkey_person_id"))

    op.drop_table("passkey")
    with op.batch_alter_table("paper_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_code_person_id"))

    op.drop_table("paper_code")
    with op.batch_alter_table("own_device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_own_device_person_id"))

    op.drop_table("own_device")
    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opening_person_id"))

    op.drop_table("opening")
    with op.batch_alter_table("legal_request", schema=None) as batch_op:
        batch_op.drop_index("ix_legal_request_told_at_hold_until")
        batch_op.drop_index("ix_legal_request_person_id")

    op.drop_table("legal_request")
    with op.batch_alter_table("grievance", schema=None) as batch_op:
        batch_op.drop_index("ix_grievance_reader_id")
        batch_op.drop_index("ix_grievance_person_id")

    op.drop_table("grievance")
    op.drop_table("closure")
    op.drop_table("app_code")
    op.drop_table("guess_count")
    op.drop_table("audit_mark")
