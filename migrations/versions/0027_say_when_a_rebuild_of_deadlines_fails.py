"""Say when a rebuild of deadlines fails.

Revision 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deadline_rebuilds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("deadline_rebuilds", schema=None) as batch_op:
        batch_op.alter_column("failures", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("deadline_rebuilds", schema=None) as batch_op:
        batch_op.drop_column("next_try_at")
        batch_op.drop_column("failed_at")
        batch_op.drop_column("failures")
