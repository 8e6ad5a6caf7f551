"""Keep the day of the copy.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("copy_given_to_parent_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.drop_column("copy_given_to_parent_on")
