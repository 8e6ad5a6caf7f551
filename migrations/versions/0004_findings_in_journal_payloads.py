"""Findings in journal payloads.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("journal_payloads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("findings", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("journal_payloads", schema=None) as batch_op:
        batch_op.drop_column("findings")
