"""Keep in the row when it stands still.

Revision 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

OF_ONE = "FROM paused_spans s WHERE s.district_id = d.district_id AND s.deadline_id = d.id"


def upgrade() -> None:
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("still_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("still_until", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("still_in_parts", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute(
        f"UPDATE deadlines AS d SET still_from = (SELECT min(s.first_on) {OF_ONE}),"  # noqa: S608
        f" still_until = (SELECT max(s.last_on) {OF_ONE}),"
        f" still_in_parts = (SELECT count(*) > 1 {OF_ONE})"
    )
    op.execute(
        "DELETE FROM paused_spans WHERE deadline_id IN"
        " (SELECT d.id FROM deadlines d WHERE NOT d.still_in_parts)"
    )
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.alter_column("still_in_parts", server_default=None)
        batch_op.create_index(
            "ix_deadlines_district_id_due_on_id_still",
            ["district_id", "due_on", "id", "still_from", "still_until"],
            unique=False,
            sqlite_where=sa.text("still_from IS NOT NULL"),
            postgresql_where=sa.text("still_from IS NOT NULL"),
        )

    with op.batch_alter_table("paused_spans", schema=None) as batch_op:
        batch_op.drop_index("ix_paused_spans_district_id_last_on_first_on_deadline_id")


def downgrade() -> None:
    with op.batch_alter_table("paused_spans", schema=None) as batch_op:
        batch_op.create_index(
            "ix_paused_spans_district_id_last_on_first_on_deadline_id",
            ["district_id", "last_on", "first_on", "deadline_id"],
            unique=False,
        )
    op.execute(
        "INSERT INTO paused_spans (district_id, id, deadline_id, first_on, last_on)"
        " SELECT district_id, id, id, still_from, still_until FROM deadlines"
        " WHERE still_from IS NOT NULL AND NOT still_in_parts"
    )

    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deadlines_district_id_due_on_id_still",
            sqlite_where=sa.text("still_from IS NOT NULL"),
            postgresql_where=sa.text("still_from IS NOT NULL"),
        )
        batch_op.drop_column("still_in_parts")
        batch_op.drop_column("still_until")
        batch_op.drop_column("still_from")
