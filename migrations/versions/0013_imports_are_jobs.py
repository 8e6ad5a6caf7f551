"""Imports are jobs.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


STATUSES = "'queued', 'running', 'succeeded', 'held', 'failed', 'cancelled'"


def upgrade() -> None:
    op.create_table(
        "import_jobs",
        sa.Column("force", sa.Boolean(), nullable=False),
        sa.Column("strict", sa.Boolean(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("acting_staff_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "id"],
            ["imports.district_id", "imports.id"],
            name=op.f("fk_import_jobs_district_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_import_jobs_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_import_jobs")),
    )
    op.create_table(
        "import_parts",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "import_id"],
            ["imports.district_id", "imports.id"],
            name=op.f("fk_import_parts_district_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_import_parts_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_import_parts")),
        sa.UniqueConstraint(
            "district_id",
            "import_id",
            "number",
            name=op.f("uq_import_parts_district_id_import_id_number"),
        ),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("error", JSON, nullable=True))
    op.execute("UPDATE imports SET status = 'succeeded' WHERE status = 'applied'")
    with op.batch_alter_table("imports") as batch_op:
        batch_op.create_check_constraint(op.f("ck_imports_status"), f"status IN ({STATUSES})")


def downgrade() -> None:
    with op.batch_alter_table("imports") as batch_op:
        batch_op.drop_constraint(op.f("ck_imports_status"), type_="check")
    op.execute("UPDATE imports SET status = 'applied' WHERE status = 'succeeded'")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_column("error")

    op.drop_table("import_parts")
    op.drop_table("import_jobs")
