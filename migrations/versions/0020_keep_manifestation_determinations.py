"""Keep manifestation determinations.

Revision 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("disciplinary_removals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change_decided_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("manifestation_determined_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("caused_by_disability", sa.Boolean(), nullable=True))
        batch_op.add_column(
            sa.Column("caused_by_failure_to_implement", sa.Boolean(), nullable=True)
        )
        batch_op.add_column(
            sa.Column("manifestation_participants", JSON, nullable=False, server_default="[]")
        )
        batch_op.add_column(sa.Column("services_since", sa.Date(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_disciplinary_removals_both_questions_answered"),
            "(manifestation_determined_on IS NULL) = (caused_by_disability IS NULL) "
            "AND (manifestation_determined_on IS NULL) = (caused_by_failure_to_implement IS NULL)",
        )
    with op.batch_alter_table("disciplinary_removals", schema=None) as batch_op:
        batch_op.alter_column("manifestation_participants", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("disciplinary_removals", schema=None) as batch_op:
        batch_op.drop_constraint(
            op.f("ck_disciplinary_removals_both_questions_answered"), type_="check"
        )
        batch_op.drop_column("services_since")
        batch_op.drop_column("manifestation_participants")
        batch_op.drop_column("caused_by_failure_to_implement")
        batch_op.drop_column("caused_by_disability")
        batch_op.drop_column("manifestation_determined_on")
        batch_op.drop_column("change_decided_on")
