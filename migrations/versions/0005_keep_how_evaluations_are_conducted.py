"""Keep how evaluations are conducted.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

ORIGINS = "origin IN ('agency', 'outside', 'existing_data', 'given_to_all', 'screening')"
ORIGINS_BEFORE = "origin IN ('agency', 'outside', 'existing_data', 'screening')"


def upgrade() -> None:
    with op.batch_alter_table("assessments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("technically_sound", sa.Boolean(), nullable=True))
        batch_op.drop_constraint(op.f("ck_assessments_origin"), type_="check")
        batch_op.create_check_constraint(op.f("ck_assessments_origin"), ORIGINS)

    with op.batch_alter_table("evaluations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("existing_data", JSON, nullable=False, server_default=sa.text("'[]'"))
        )
        batch_op.add_column(sa.Column("existing_data_reviewed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("no_data_reasons", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("right_to_assessment_told", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("assessment_asked_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("other_needs", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("transferred_from", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("transfer_consent_received_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("transfer_enrolled_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("transfer_coordinated_on", sa.Date(), nullable=True))
    with op.batch_alter_table("evaluations", schema=None) as batch_op:
        batch_op.alter_column("existing_data", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("evaluations", schema=None) as batch_op:
        batch_op.drop_column("transfer_coordinated_on")
        batch_op.drop_column("transfer_enrolled_on")
        batch_op.drop_column("transfer_consent_received_on")
        batch_op.drop_column("transferred_from")
        batch_op.drop_column("other_needs")
        batch_op.drop_column("assessment_asked_on")
        batch_op.drop_column("right_to_assessment_told")
        batch_op.drop_column("no_data_reasons")
        batch_op.drop_column("existing_data_reviewed_on")
        batch_op.drop_column("existing_data")

    with op.batch_alter_table("assessments", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_assessments_origin"), type_="check")
        batch_op.create_check_constraint(op.f("ck_assessments_origin"), ORIGINS_BEFORE)
        batch_op.drop_column("technically_sound")
