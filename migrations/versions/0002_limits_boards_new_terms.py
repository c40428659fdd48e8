"""Limits, boards, new terms, letters, messages, calendars, the guard on pay."""

from datetime import date
from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "benefit_figure",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=False),
        sa.Column("is_checked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(cents IS NULL) <> (count IS NULL)",
            name=op.f("ck_benefit_figure_one_value"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_figure")),
        sa.UniqueConstraint(
            "kind", "from_day", name=op.f("uq_benefit_figure_kind_from_day")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_benefit_figure_uid")),
    )
    op.create_table(
        "avoided_topics",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("topics_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_avoided_topics_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_avoided_topics")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("has_reply_days", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_feed_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_calendar_feed_uid")),
    )
    op.create_table(
        "earnings_guard",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "month",
                "year",
                "payments",
                name="guardkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "worked",
                "paid",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "warn",
                "dont_ask",
                name="guardmode",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("most >= 0", name=op.f("ck_earnings_guard_most")),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_earnings_guard_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_earnings_guard")),
    )
    op.create_table(
        "expected_pay",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=True),
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_expected_pay_cents")),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["organization.id"],
            name=op.f("fk_expected_pay_payer_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_expected_pay_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_pay")),
        sa.UniqueConstraint("uid", name=op.f("uq_expected_pay_uid")),
    )
    with op.batch_alter_table("expected_pay", schema=None) as batch_op:
        batch_op.create_index("ix_expected_pay_group", ["group"], unique=False)
        batch_op.create_index(
            "ix_expected_pay_person_id_worked_on",
            ["person_id", "worked_on"],
            unique=False,
        )
        batch_op.create_index("ix_expected_pay_source", ["source"], unique=False)

    op.create_table(
        "lead",
        sa.Column("thing", sa.String(length=60), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stand_in_id", sa.Integer(), nullable=True),
        sa.Column("stands_from", sa.Date(), nullable=True),
        sa.Column("stands_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(stand_in_id IS NULL) = (stands_from IS NULL) AND (stand_in_id IS NULL) = (stands_until IS NULL)",
            name=op.f("ck_lead_stand_in"),
        ),
        sa.CheckConstraint("stands_from <= stands_until", name=op.f("ck_lead_stands")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_lead_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_lead_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["person.id"], name=op.f("fk_lead_stand_in_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("thing", name=op.f("uq_lead_thing")),
        sa.UniqueConstraint("uid", name=op.f("uq_lead_uid")),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lead_organization_id"), ["organization_id"], unique=False
        )
        batch_op.create_index("ix_lead_person_id", ["person_id"], unique=False)

    op.create_table(
        "story_mark",
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_story_mark_person_id_person")
        ),
        sa.PrimaryKeyConstraint("group", name=op.f("pk_story_mark")),
    )
    with op.batch_alter_table("story_mark", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_story_mark_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "seat_term",
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_seat_term_panel_id_panel")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_seat_term_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["seat.id"], name=op.f("fk_seat_term_seat_id_seat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_term")),
        sa.UniqueConstraint("uid", name=op.f("uq_seat_term_uid")),
    )
    with op.batch_alter_table("seat_term", schema=None) as batch_op:
        batch_op.create_index(
            "ix_seat_term_panel_id", ["panel_id", "person_id"], unique=False
        )

    op.create_table(
        "message",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "consultant",
                "organization",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint(
            "(side = 'organization') = (staff_id IS NOT NULL)",
            name=op.f("ck_message_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_message_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["person.id"], name=op.f("fk_message_staff_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("uid", name=op.f("uq_message_uid")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_engagement_id", ["engagement_id"], unique=False
        )

    op.create_table(
        "promise_answer",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column(
            "line",
            sa.Enum(
                "support_person",
                "recording",
                "story",
                "costs",
                "input",
                name="promise",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_promise_answer_engagement_id_engagement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_answer")),
        sa.UniqueConstraint(
            "engagement_id", "line", name=op.f("uq_promise_answer_engagement_id_line")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_promise_answer_uid")),
    )
    op.create_table(
        "terms_change",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "new_dates",
                "more_time",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
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
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_delivered", sa.Boolean(), nullable=False),
        sa.Column("is_reminded", sa.Boolean(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("old_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_terms_change_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_terms_change_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_change")),
        sa.UniqueConstraint("uid", name=op.f("uq_terms_change_uid")),
    )
    with op.batch_alter_table("terms_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_terms_change_engagement_id"), ["engagement_id"], unique=False
        )
        batch_op.create_index(
            "ix_terms_change_is_done_reply_by", ["is_done", "reply_by"], unique=False
        )
        batch_op.create_index(
            "ix_terms_change_person_id_status", ["person_id", "status"], unique=False
        )
        batch_op.create_index(
            "uq_terms_change_open",
            ["engagement_id"],
            unique=True,
            postgresql_where=sa.text("NOT is_done"),
            sqlite_where=sa.text("NOT is_done"),
        )

    op.create_table(
        "terms_version",
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_terms_version_version")),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_terms_version_engagement_id_engagement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_version")),
        sa.UniqueConstraint(
            "engagement_id",
            "version",
            name=op.f("uq_terms_version_engagement_id_version"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_terms_version_uid")),
    )
    with op.batch_alter_table("engagement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("takes_messages", sa.Boolean(), nullable=True))

    with op.batch_alter_table("engagement_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.true()))

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("is_reminded", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topics", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))

    with op.batch_alter_table("panel", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quorum", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("term_months", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("most_terms", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_panel_quorum"), "quorum >= 2")
        batch_op.create_check_constraint(batch_op.f("ck_panel_term_months"), "term_months BETWEEN 1 AND 60")
        batch_op.create_check_constraint(batch_op.f("ck_panel_most_terms"), "most_terms >= 1")

    with op.batch_alter_table("payable", schema=None) as batch_op:
        batch_op.add_column(sa.Column("not_before", sa.Date(), nullable=True))

    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("import_key", sa.LargeBinary(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_seat_panel_id"))
        batch_op.create_index("ix_seat_ends_on", ["ends_on"], unique=False)
        batch_op.create_index(
            "ix_seat_panel_id_person_id", ["panel_id", "person_id"], unique=False
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_seat_panel_id_import_key"), ["panel_id", "import_key"]
        )

    with op.batch_alter_table("work_limits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("story_90", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rest_days", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch_op.create_check_constraint(batch_op.f("ck_work_limits_story_90"), "story_90 >= 0")
        batch_op.create_check_constraint(batch_op.f("ck_work_limits_rest_days"), "rest_days >= 0")
    keep_versions()
    mark_speaking()
    expect_pay()


def keep_versions() -> None:
    """Every yes there was is the first version of its terms."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    uid = "lower(hex(randomblob(10)))" if on_sqlite else "left(md5(random()::text), 20)"
    op.execute(
        "INSERT INTO terms_version"
        " (uid, engagement_id, version, terms, terms_hash, agreed_at)"
        f" SELECT {uid}, id, 1, terms, terms_hash, agreed_at FROM engagement"  # noqa: S608
    )


def mark_speaking() -> None:
    """Agreed work and held yeses whose card says speaking, or that story is welcome."""
    for table, statuses in (
        ("engagement", "'agreed', 'under_way', 'finished'"),
        ("offer", "'conditional'"),
    ):
        op.execute(
            'INSERT INTO story_mark ("group", person_id, is_own)'
            f" SELECT '{table}:' || held.uid, held.person_id, false"  # noqa: S608
            f" FROM {table} AS held"
            " JOIN opportunity ON opportunity.id = held.opportunity_id"
            f" WHERE held.status IN ({statuses}) AND"
            " (opportunity.activity = 'speaking' OR opportunity.story = 'welcome')"
        )


def expect_pay() -> None:
    """What agreed work will pay, by session: its whole pay in even shares."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            "SELECT engagement.uid, engagement.person_id, engagement.terms,"
            " funding_line.payer_id FROM engagement"
            " JOIN funding_line ON funding_line.id = engagement.funding_line_id"
            " WHERE engagement.status IN ('agreed', 'under_way')"
        ).columns(terms=sa.JSON())
    ).all()
    pay = sa.table(
        "expected_pay",
        *(sa.column(name) for name in ("uid", "person_id", "group", "source")),
        *(sa.column(name, sa.Date()) for name in ("worked_on", "due_on")),
        *(sa.column(name) for name in ("payer_id", "cents")),
    )
    for uid, person_id, terms, payer_id in rows:
        sessions, due = terms.get("sessions", []), terms.get("pay_days", [])
        for number, session in enumerate(sessions):
            cents, rest = divmod(terms["seat_cents"], len(sessions))
            worked_on = date.fromisoformat(session["starts_at"][:10])
            values = {
                "uid": token_hex(10),
                "person_id": person_id,
                "group": f"engagement:{uid}",
                "source": f"engagement:{uid}",
                "worked_on": worked_on,
                "due_on": date.fromisoformat(due[number]) if number < len(due) else worked_on,
                "payer_id": payer_id,
                "cents": cents + (number < rest),
            }
            if values["cents"]:
                bind.execute(pay.insert().values(values))


def downgrade() -> None:
    with op.batch_alter_table("work_limits", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_work_limits_story_90"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_work_limits_rest_days"), type_="check")
        batch_op.drop_column("rest_days")
        batch_op.drop_column("story_90")

    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_seat_panel_id_import_key"), type_="unique"
        )
        batch_op.drop_index("ix_seat_panel_id_person_id")
        batch_op.drop_index("ix_seat_ends_on")
        batch_op.create_index(
            batch_op.f("ix_seat_panel_id"), ["panel_id"], unique=False
        )
        batch_op.drop_column("import_key")

    with op.batch_alter_table("payable", schema=None) as batch_op:
        batch_op.drop_column("not_before")

    with op.batch_alter_table("panel", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_panel_quorum"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_panel_term_months"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_panel_most_terms"), type_="check")
        batch_op.drop_column("most_terms")
        batch_op.drop_column("term_months")
        batch_op.drop_column("quorum")

    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.drop_column("topics")

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_column("is_reminded")
        batch_op.drop_column("version")

    with op.batch_alter_table("engagement_session", schema=None) as batch_op:
        batch_op.drop_column("is_held")

    with op.batch_alter_table("engagement", schema=None) as batch_op:
        batch_op.drop_column("takes_messages")

    op.drop_table("terms_version")
    with op.batch_alter_table("terms_change", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_terms_change_open",
            postgresql_where=sa.text("NOT is_done"),
            sqlite_where=sa.text("NOT is_done"),
        )
        batch_op.drop_index("ix_terms_change_person_id_status")
        batch_op.drop_index("ix_terms_change_is_done_reply_by")
        batch_op.drop_index(batch_op.f("ix_terms_change_engagement_id"))

    op.drop_table("terms_change")
    op.drop_table("promise_answer")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_engagement_id")

    op.drop_table("message")
    with op.batch_alter_table("seat_term", schema=None) as batch_op:
        batch_op.drop_index("ix_seat_term_panel_id")

    op.drop_table("seat_term")
    with op.batch_alter_table("story_mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_mark_person_id"))

    op.drop_table("story_mark")
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_index("ix_lead_person_id")
        batch_op.drop_index(batch_op.f("ix_lead_organization_id"))

    op.drop_table("lead")
    with op.batch_alter_table("expected_pay", schema=None) as batch_op:
        batch_op.drop_index("ix_expected_pay_source")
        batch_op.drop_index("ix_expected_pay_person_id_worked_on")
        batch_op.drop_index("ix_expected_pay_group")

    op.drop_table("expected_pay")
    op.drop_table("earnings_guard")
    op.drop_table("calendar_feed")
    op.drop_table("avoided_topics")
    op.drop_table("benefit_figure")
