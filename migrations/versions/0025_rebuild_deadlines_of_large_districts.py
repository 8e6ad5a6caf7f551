"""Rebuild deadlines of large districts.

Revision 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deadline_rebuilds",
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_through", sa.Uuid(), nullable=True),
        sa.Column("watched_through", sa.Uuid(), nullable=True),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_deadline_rebuilds_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_deadline_rebuilds")),
        sa.UniqueConstraint("district_id", name=op.f("uq_deadline_rebuilds_district_id")),
    )


def downgrade() -> None:
    op.drop_table("deadline_rebuilds")
