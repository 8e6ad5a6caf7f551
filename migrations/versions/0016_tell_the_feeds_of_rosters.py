"""Tell the feeds of rosters.

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_lists",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "import_id"],
            ["imports.district_id", "imports.id"],
            name=op.f("fk_import_lists_district_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_import_lists_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_import_lists")),
        sa.UniqueConstraint(
            "district_id",
            "import_id",
            "name",
            "number",
            name=op.f("uq_import_lists_district_id_import_id_name_number"),
        ),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("feed", sa.String(length=40), nullable=False, server_default="roster")
        )
        batch_op.create_index(
            "ix_imports_district_id_feed_started_at_id",
            ["district_id", "feed", "started_at", "id"],
            unique=False,
        )
    with op.batch_alter_table("imports") as batch_op:
        batch_op.alter_column("feed", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index("ix_imports_district_id_feed_started_at_id")
        batch_op.drop_column("feed")

    op.drop_table("import_lists")
