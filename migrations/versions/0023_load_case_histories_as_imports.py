"""Load case histories as imports.

Revision 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "history_findings",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("source_id", sa.String(length=255), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.String(length=80), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "severity IN ('error', 'warning', 'info')", name=op.f("ck_history_findings_severity")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "import_id"],
            ["imports.district_id", "imports.id"],
            name=op.f("fk_history_findings_district_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_history_findings_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_history_findings")),
    )
    with op.batch_alter_table("history_findings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_history_findings_district_id_import_id_line_id",
            ["district_id", "import_id", "line", "id"],
            unique=False,
        )

    op.create_table(
        "history_owed",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_source_id", sa.String(length=255), nullable=True),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('late', 'undatable')", name=op.f("ck_history_owed_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "import_id"],
            ["imports.district_id", "imports.id"],
            name=op.f("fk_history_owed_district_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_history_owed_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_history_owed")),
    )
    with op.batch_alter_table("history_owed", schema=None) as batch_op:
        batch_op.create_index(
            "ix_history_owed_district_id_import_id_due_on_id",
            ["district_id", "import_id", "due_on", "id"],
            unique=False,
        )

    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("after", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("so_far", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.drop_column("so_far")
        batch_op.drop_column("after")

    with op.batch_alter_table("history_owed", schema=None) as batch_op:
        batch_op.drop_index("ix_history_owed_district_id_import_id_due_on_id")

    op.drop_table("history_owed")
    with op.batch_alter_table("history_findings", schema=None) as batch_op:
        batch_op.drop_index("ix_history_findings_district_id_import_id_line_id")

    op.drop_table("history_findings")
