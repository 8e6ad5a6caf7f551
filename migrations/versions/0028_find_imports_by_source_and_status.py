"""Find imports by source and status.

Revision 0028, after 0027.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(
            "ix_imports_district_id_roster_source_id_started_at_id",
            ["district_id", "roster_source_id", "started_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_imports_district_id_source_started_at_id",
            ["district_id", "source", "started_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_imports_district_id_status_started_at_id",
            ["district_id", "status", "started_at", "id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index("ix_imports_district_id_status_started_at_id")
        batch_op.drop_index("ix_imports_district_id_source_started_at_id")
        batch_op.drop_index("ix_imports_district_id_roster_source_id_started_at_id")
