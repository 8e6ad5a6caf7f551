"""Find what is overdue or paused.

Revision 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadlines_district_id_due_on_id_not_done",
            ["district_id", "due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('open', 'running')"),
            postgresql_where=sa.text("state IN ('open', 'running')"),
        )

    with op.batch_alter_table("paused_spans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paused_spans_district_id_deadline_id"))
        batch_op.drop_index(batch_op.f("ix_paused_spans_district_id_last_on"))
        batch_op.create_index(
            "ix_paused_spans_district_id_deadline_id_last_on_first_on",
            ["district_id", "deadline_id", "last_on", "first_on"],
            unique=False,
        )
        batch_op.create_index(
            "ix_paused_spans_district_id_last_on_first_on_deadline_id",
            ["district_id", "last_on", "first_on", "deadline_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("paused_spans", schema=None) as batch_op:
        batch_op.drop_index("ix_paused_spans_district_id_last_on_first_on_deadline_id")
        batch_op.drop_index("ix_paused_spans_district_id_deadline_id_last_on_first_on")
        batch_op.create_index(
            batch_op.f("ix_paused_spans_district_id_last_on"),
            ["district_id", "last_on", "first_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_paused_spans_district_id_deadline_id"),
            ["district_id", "deadline_id", "last_on"],
            unique=False,
        )

    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deadlines_district_id_due_on_id_not_done",
            sqlite_where=sa.text("state IN ('open', 'running')"),
            postgresql_where=sa.text("state IN ('open', 'running')"),
        )
