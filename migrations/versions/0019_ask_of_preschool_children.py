"""Ask of preschool children.

Revision 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preschool", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.drop_column("preschool")
