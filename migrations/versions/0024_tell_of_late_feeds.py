"""Tell of late feeds.

Revision 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BEFORE = "'due_in_30', 'due_in_7', 'due_today', 'late'"


def _instead(name: str, *, of: str) -> None:
    """A column in place of another: renamed, PostgreSQL would keep the name of its NOT NULL."""
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.execute(f"UPDATE alerts SET {name} = {of}")  # noqa: S608 - two names of ours
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.alter_column(name, server_default=None)
        batch_op.drop_column(of)


def upgrade() -> None:
    op.create_table(
        "roster_feeds",
        sa.Column("feed", sa.String(length=40), nullable=False),
        sa.Column("expected", sa.Boolean(), nullable=False),
        sa.Column("expected_every_hours", sa.Integer(), nullable=True),
        sa.Column("late_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_roster_feeds_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_roster_feeds")),
        sa.UniqueConstraint("district_id", "feed", name=op.f("uq_roster_feeds_district_id_feed")),
    )
    with op.batch_alter_table("roster_feeds", schema=None) as batch_op:
        batch_op.create_index(
            "ix_roster_feeds_district_id_created_at_id",
            ["district_id", "created_at", "id"],
            unique=False,
        )

    with op.batch_alter_table("alerts") as batch_op:
        batch_op.drop_constraint("uq_alerts_once", type_="unique")
        batch_op.drop_constraint(op.f("ck_alerts_kind"), type_="check")
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.alter_column("deadline_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.alter_column("term_id", existing_type=sa.String(length=64), nullable=True)
        batch_op.add_column(sa.Column("feed_id", sa.Uuid(), nullable=True))
    _instead("about", of="deadline_key")
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.create_unique_constraint(
            "uq_alerts_once", ["district_id", "about", "kind", "about_on", "staff_id"]
        )
        batch_op.create_check_constraint(op.f("ck_alerts_kind"), f"kind IN ({BEFORE}, 'feed_late')")
        batch_op.create_check_constraint(
            op.f("ck_alerts_what"), "(deadline_id IS NULL) <> (feed_id IS NULL)"
        )


def downgrade() -> None:
    op.execute("DELETE FROM alerts WHERE deadline_id IS NULL")
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.drop_constraint("uq_alerts_once", type_="unique")
        batch_op.drop_constraint(op.f("ck_alerts_kind"), type_="check")
        batch_op.drop_constraint(op.f("ck_alerts_what"), type_="check")
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.drop_column("feed_id")
        batch_op.alter_column("term_id", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("deadline_id", existing_type=sa.Uuid(), nullable=False)
    _instead("deadline_key", of="about")
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.create_unique_constraint(
            "uq_alerts_once", ["district_id", "deadline_key", "kind", "about_on", "staff_id"]
        )
        batch_op.create_check_constraint(op.f("ck_alerts_kind"), f"kind IN ({BEFORE})")

    with op.batch_alter_table("roster_feeds", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_feeds_district_id_created_at_id")

    op.drop_table("roster_feeds")
