"""Pass rights to the student.

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_as", sa.String(length=40), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_consents_signed_as"),
            "signed_as IS NULL OR signed_as IN ('parent', 'adult_student')",
        )

    with op.batch_alter_table("students", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rights_transfer_told_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("rights_stay_with_guardian", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("students", schema=None) as batch_op:
        batch_op.drop_column("rights_stay_with_guardian")
        batch_op.drop_column("rights_transfer_told_on")

    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_consents_signed_as"), type_="check")
        batch_op.drop_column("signed_as")
