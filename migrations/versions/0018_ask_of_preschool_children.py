"""Ask of preschool children.

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preschool", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.drop_column("preschool")
