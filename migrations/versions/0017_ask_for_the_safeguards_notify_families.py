"""Ask for the safeguards, notify families.

Revision 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "child_find_notices",
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("owner_staff_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_child_find_notices_district_id_owner_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_child_find_notices_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_child_find_notices")),
    )
    with op.batch_alter_table("child_find_notices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_child_find_notices_district_id_given_on_id",
            ["district_id", "given_on", "id"],
            unique=False,
        )

    with op.batch_alter_table("records_requests", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("asks_for", sa.String(length=40), nullable=False, server_default="records")
        )
        batch_op.create_check_constraint(
            op.f("ck_records_requests_asks_for"),
            "asks_for IN ('records', 'procedural_safeguards')",
        )
    with op.batch_alter_table("records_requests", schema=None) as batch_op:
        batch_op.alter_column("asks_for", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("records_requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_records_requests_asks_for"), type_="check")
        batch_op.drop_column("asks_for")

    with op.batch_alter_table("child_find_notices", schema=None) as batch_op:
        batch_op.drop_index("ix_child_find_notices_district_id_given_on_id")

    op.drop_table("child_find_notices")
