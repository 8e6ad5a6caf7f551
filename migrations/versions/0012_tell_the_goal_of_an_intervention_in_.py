"""Tell the goal of an intervention in figures.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("interventions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("goal_measure", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("baseline_value", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("goal_value", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("goal_on", sa.Date(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_interventions_goal_ahead"), "goal_on IS NULL OR started_on <= goal_on"
        )


def downgrade() -> None:
    with op.batch_alter_table("interventions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_interventions_goal_ahead"), type_="check")
        batch_op.drop_column("goal_on")
        batch_op.drop_column("goal_value")
        batch_op.drop_column("baseline_value")
        batch_op.drop_column("goal_measure")
