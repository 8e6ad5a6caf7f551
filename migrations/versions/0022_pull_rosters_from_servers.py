"""Pull rosters from servers.

Revision 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster_sources",
        sa.Column("feed", sa.String(length=40), nullable=False),
        sa.Column("oneroster_version", sa.String(length=8), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("token_url", sa.Text(), nullable=False),
        sa.Column("oauth_client_id", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("daily_hour", sa.Integer(), nullable=True),
        sa.Column("every_hours", sa.Integer(), nullable=True),
        sa.Column("full_every_days", sa.Integer(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("addressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "oneroster_version IN ('1.1', '1.2')", name=op.f("ck_roster_sources_oneroster_version")
        ),
        sa.CheckConstraint(
            "daily_hour IS NULL OR every_hours IS NULL", name=op.f("ck_roster_sources_schedule")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_roster_sources_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_roster_sources")),
        sa.UniqueConstraint("district_id", "feed", name=op.f("uq_roster_sources_district_id_feed")),
    )
    with op.batch_alter_table("roster_sources", schema=None) as batch_op:
        batch_op.create_index(
            "ix_roster_sources_district_id_created_at_id",
            ["district_id", "created_at", "id"],
            unique=False,
        )

    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("pulls", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("compare_only", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("import_jobs") as batch_op:
        batch_op.alter_column("pulls", server_default=None)
        batch_op.alter_column("compare_only", server_default=None)

    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("roster_source_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("pulled_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_column("pulled_since")
        batch_op.drop_column("roster_source_id")

    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.drop_column("compare_only")
        batch_op.drop_column("pulls")

    with op.batch_alter_table("roster_sources", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_sources_district_id_created_at_id")

    op.drop_table("roster_sources")
