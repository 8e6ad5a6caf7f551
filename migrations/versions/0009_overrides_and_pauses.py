"""Overrides and pauses.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overrides",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('override', 'bypass')", name=op.f("ck_overrides_kind")),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_overrides_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_overrides_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_overrides_district_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "step_id"],
            ["case_steps.district_id", "case_steps.id"],
            name=op.f("fk_overrides_district_id_step_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_overrides_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_overrides_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_overrides")),
    )
    with op.batch_alter_table("overrides", schema=None) as batch_op:
        batch_op.create_index(
            "ix_overrides_district_id_case_id_recorded_on_id",
            ["district_id", "case_id", "recorded_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_overrides_district_id_recorded_on_id",
            ["district_id", "recorded_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_overrides_district_id_rule_id_recorded_on_id",
            ["district_id", "rule_id", "recorded_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_overrides_district_id_school_id_recorded_on_id",
            ["district_id", "school_id", "recorded_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_overrides_district_id_staff_id_recorded_on_id",
            ["district_id", "staff_id", "recorded_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_overrides_district_id_student_id_recorded_on_id",
            ["district_id", "student_id", "recorded_on", "id"],
            unique=False,
        )

    op.create_table(
        "paused_spans",
        sa.Column("deadline_id", sa.Uuid(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "deadline_id"],
            ["deadlines.district_id", "deadlines.id"],
            name=op.f("fk_paused_spans_district_id_deadline_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_paused_spans_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_paused_spans")),
    )
    with op.batch_alter_table("paused_spans", schema=None) as batch_op:
        batch_op.create_index(
            "ix_paused_spans_district_id_deadline_id",
            ["district_id", "deadline_id", "last_on"],
            unique=False,
        )
        batch_op.create_index(
            "ix_paused_spans_district_id_last_on",
            ["district_id", "last_on", "first_on"],
            unique=False,
        )

    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadlines_district_id_kind_due_on_id",
            ["district_id", "kind", "due_on", "id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_index("ix_deadlines_district_id_kind_due_on_id")

    with op.batch_alter_table("paused_spans", schema=None) as batch_op:
        batch_op.drop_index("ix_paused_spans_district_id_last_on")
        batch_op.drop_index("ix_paused_spans_district_id_deadline_id")

    op.drop_table("paused_spans")
    with op.batch_alter_table("overrides", schema=None) as batch_op:
        batch_op.drop_index("ix_overrides_district_id_student_id_recorded_on_id")
        batch_op.drop_index("ix_overrides_district_id_staff_id_recorded_on_id")
        batch_op.drop_index("ix_overrides_district_id_school_id_recorded_on_id")
        batch_op.drop_index("ix_overrides_district_id_rule_id_recorded_on_id")
        batch_op.drop_index("ix_overrides_district_id_recorded_on_id")
        batch_op.drop_index("ix_overrides_district_id_case_id_recorded_on_id")

    op.drop_table("overrides")
