"""Watch over children.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("deadline_id", sa.Uuid(), nullable=False),
        sa.Column("deadline_key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("about_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("term_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("emailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('due_in_30', 'due_in_7', 'due_today', 'late')", name=op.f("ck_alerts_kind")
        ),
        sa.CheckConstraint("role IN ('owner', 'supervisor')", name=op.f("ck_alerts_role")),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_alerts_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_alerts_district_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_alerts_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_alerts_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "district_id", "deadline_key", "kind", "about_on", "staff_id", name="uq_alerts_once"
        ),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_alerts_district_id_case_id_sent_at_id",
            ["district_id", "case_id", "sent_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_alerts_district_id_emailed_at_sent_at_id",
            ["district_id", "emailed_at", "sent_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_alerts_district_id_kind_sent_at_id",
            ["district_id", "kind", "sent_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_alerts_district_id_school_id_sent_at_id",
            ["district_id", "school_id", "sent_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_alerts_district_id_sent_at_id", ["district_id", "sent_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_alerts_district_id_staff_id_sent_at_id",
            ["district_id", "staff_id", "sent_at", "id"],
            unique=False,
        )

    op.create_table(
        "child_find_flags",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("owner_staff_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("dismissed_on", sa.Date(), nullable=True),
        sa.Column("dismissed_because", sa.Text(), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('inadequate_progress', 'repeated_tiers', 'medical_document', 'parent_concern', 'refused_504_failing')",
            name=op.f("ck_child_find_flags_kind"),
        ),
        sa.CheckConstraint(
            "status <> 'dismissed' OR (dismissed_on IS NOT NULL AND look_again_on IS NOT NULL)",
            name=op.f("ck_child_find_flags_dismissed_until"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'dismissed', 'cleared')", name=op.f("ck_child_find_flags_status")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_child_find_flags_district_id_owner_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_child_find_flags_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_child_find_flags_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_child_find_flags_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_child_find_flags")),
    )
    with op.batch_alter_table("child_find_flags", schema=None) as batch_op:
        batch_op.create_index(
            "ix_child_find_flags_district_id_kind_raised_on_id",
            ["district_id", "kind", "raised_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_child_find_flags_district_id_owner_staff_id_raised_on_id",
            ["district_id", "owner_staff_id", "raised_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_child_find_flags_district_id_raised_on_id",
            ["district_id", "raised_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_child_find_flags_district_id_school_id_raised_on_id",
            ["district_id", "school_id", "raised_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_child_find_flags_district_id_status_raised_on_id",
            ["district_id", "status", "raised_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_child_find_flags_district_id_student_id_raised_on_id",
            ["district_id", "student_id", "raised_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_child_find_flags_district_id_updated_at_id",
            ["district_id", "updated_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_child_find_flags_one_of_a_kind_per_student",
            ["district_id", "student_id", "kind"],
            unique=True,
            sqlite_where=sa.text("status <> 'cleared'"),
            postgresql_where=sa.text("status <> 'cleared'"),
        )

    with op.batch_alter_table("case_steps", schema=None) as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.create_index(
            "ix_case_steps_district_id_step_taken_on_id",
            ["district_id", "step", "taken_on", "id"],
            unique=False,
        )

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("champion_accepted_on", sa.Date(), nullable=True))
        batch_op.create_index(
            "ix_cases_district_id_champion_accepted_on_opened_on_id",
            ["district_id", "champion_accepted_on", "opened_on", "id"],
            unique=False,
        )

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=35), nullable=True))
        batch_op.add_column(sa.Column("follows_up_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("suggests_request", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_index(
            "ix_contacts_district_id_occurred_on_id",
            ["district_id", "occurred_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_contacts_district_id_suggests_request_occurred_on_id",
            ["district_id", "suggests_request", "occurred_on", "id"],
            unique=False,
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_contacts_district_id_follows_up_id"),
            "contacts",
            ["district_id", "follows_up_id"],
            ["district_id", "id"],
        )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.alter_column("suggests_request", server_default=None)

    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.create_check_constraint(
            batch_op.f("ck_deadlines_whose"), "case_id IS NOT NULL OR student_id IS NOT NULL"
        )
        batch_op.create_index(
            "uq_deadlines_district_id_student_id_key",
            ["district_id", "student_id", "key"],
            unique=True,
            sqlite_where=sa.text("case_id IS NULL"),
            postgresql_where=sa.text("case_id IS NULL"),
        )


def downgrade() -> None:
    op.execute("DELETE FROM deadlines WHERE case_id IS NULL")
    op.execute("DELETE FROM case_steps WHERE case_id IS NULL")
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_deadlines_whose"), type_="check")
        batch_op.drop_index(
            "uq_deadlines_district_id_student_id_key",
            sqlite_where=sa.text("case_id IS NULL"),
            postgresql_where=sa.text("case_id IS NULL"),
        )
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=False)

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_contacts_district_id_follows_up_id"), type_="foreignkey"
        )
        batch_op.drop_index("ix_contacts_district_id_suggests_request_occurred_on_id")
        batch_op.drop_index("ix_contacts_district_id_occurred_on_id")
        batch_op.drop_column("suggests_request")
        batch_op.drop_column("follows_up_id")
        batch_op.drop_column("language")

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_district_id_champion_accepted_on_opened_on_id")
        batch_op.drop_column("champion_accepted_on")

    with op.batch_alter_table("case_steps", schema=None) as batch_op:
        batch_op.drop_index("ix_case_steps_district_id_step_taken_on_id")
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=False)

    with op.batch_alter_table("child_find_flags", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_child_find_flags_one_of_a_kind_per_student",
            sqlite_where=sa.text("status <> 'cleared'"),
            postgresql_where=sa.text("status <> 'cleared'"),
        )
        batch_op.drop_index("ix_child_find_flags_district_id_updated_at_id")
        batch_op.drop_index("ix_child_find_flags_district_id_student_id_raised_on_id")
        batch_op.drop_index("ix_child_find_flags_district_id_status_raised_on_id")
        batch_op.drop_index("ix_child_find_flags_district_id_school_id_raised_on_id")
        batch_op.drop_index("ix_child_find_flags_district_id_raised_on_id")
        batch_op.drop_index("ix_child_find_flags_district_id_owner_staff_id_raised_on_id")
        batch_op.drop_index("ix_child_find_flags_district_id_kind_raised_on_id")

    op.drop_table("child_find_flags")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index("ix_alerts_district_id_staff_id_sent_at_id")
        batch_op.drop_index("ix_alerts_district_id_sent_at_id")
        batch_op.drop_index("ix_alerts_district_id_school_id_sent_at_id")
        batch_op.drop_index("ix_alerts_district_id_kind_sent_at_id")
        batch_op.drop_index("ix_alerts_district_id_emailed_at_sent_at_id")
        batch_op.drop_index("ix_alerts_district_id_case_id_sent_at_id")

    op.drop_table("alerts")
