"""Let a student have a case for a re-evaluation.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_on IS NULL AND student_id IS NOT NULL")
OPEN_INITIAL = sa.text("path = 'initial' AND closed_on IS NULL AND student_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("uq_cases_one_open_initial_case_per_student")
        batch_op.drop_constraint(op.f("ck_cases_path"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_cases_path"), "path IN ('initial', 'reevaluation')"
        )
        batch_op.create_index(
            "uq_cases_one_open_case_per_student_and_path",
            ["district_id", "student_id", "path"],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )


def downgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("uq_cases_one_open_case_per_student_and_path")
        batch_op.drop_constraint(op.f("ck_cases_path"), type_="check")
        batch_op.create_check_constraint(op.f("ck_cases_path"), "path IN ('initial')")
        batch_op.create_index(
            "uq_cases_one_open_initial_case_per_student",
            ["district_id", "student_id"],
            unique=True,
            sqlite_where=OPEN_INITIAL,
            postgresql_where=OPEN_INITIAL,
        )
