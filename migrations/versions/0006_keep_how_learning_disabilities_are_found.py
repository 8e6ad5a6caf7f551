"""Keep how learning disabilities are found.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sld", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("eligibility_determinations", schema=None) as batch_op:
        batch_op.drop_column("sld")
