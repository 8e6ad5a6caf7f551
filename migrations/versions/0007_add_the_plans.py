"""Add the plans.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("determination_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=16), nullable=False),
        sa.Column("original_id", sa.Uuid(), nullable=False),
        sa.Column("amends_id", sa.Uuid(), nullable=True),
        sa.Column("case_manager_staff_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("offered_on", sa.Date(), nullable=True),
        sa.Column("in_effect_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("reevaluation_on", sa.Date(), nullable=True),
        sa.Column("reevaluation_waived_on", sa.Date(), nullable=True),
        sa.Column("majority_notice_on", sa.Date(), nullable=True),
        sa.Column("summary_given_on", sa.Date(), nullable=True),
        sa.Column("meeting_held_on", sa.Date(), nullable=True),
        sa.Column("agreed_without_meeting_on", sa.Date(), nullable=True),
        sa.Column("attendees", JSON, nullable=False),
        sa.Column("excusals", JSON, nullable=False),
        sa.Column("parent_invited_on", sa.Date(), nullable=True),
        sa.Column("invitation_attempts", sa.Integer(), nullable=False),
        sa.Column("student_invited_on", sa.Date(), nullable=True),
        sa.Column("present_levels", sa.Text(), nullable=True),
        sa.Column("goals", JSON, nullable=False),
        sa.Column("progress_measured", sa.Text(), nullable=True),
        sa.Column("progress_reported", sa.Text(), nullable=True),
        sa.Column("services", JSON, nullable=False),
        sa.Column("related_services", JSON, nullable=False),
        sa.Column("supplementary_aids", JSON, nullable=False),
        sa.Column("accommodations", JSON, nullable=False),
        sa.Column("modifications", JSON, nullable=False),
        sa.Column("participation", sa.Text(), nullable=True),
        sa.Column("assessment_accommodations", JSON, nullable=False),
        sa.Column("alternate_assessment", sa.Boolean(), nullable=True),
        sa.Column("alternate_assessment_why", sa.Text(), nullable=True),
        sa.Column("transition_goals", JSON, nullable=False),
        sa.Column("transition_services", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "end_reason IS NULL OR end_reason IN ('regular_diploma', 'ged_or_certificate', 'aged_out', 'dismissed', 'consent_revoked', 'moved', 'dropped_out', 'died', 'other_plan', 'services_refused', 'no_plan_needed', 'other')",
            name=op.f("ck_plans_end_reason"),
        ),
        sa.CheckConstraint(
            "kind IN ('iep', 'section_504', 'services_plan')", name=op.f("ck_plans_kind")
        ),
        sa.CheckConstraint(
            "occasion IN ('initial', 'review', 'amendment')", name=op.f("ck_plans_occasion")
        ),
        sa.CheckConstraint(
            "status <> 'in_effect' OR in_effect_on IS NOT NULL", name=op.f("ck_plans_in_effect_on")
        ),
        sa.CheckConstraint(
            "status NOT IN ('ended', 'withdrawn') OR end_reason IS NOT NULL",
            name=op.f("ck_plans_reason_of_end"),
        ),
        sa.CheckConstraint("(amends_id IS NULL) = (number = 1)", name=op.f("ck_plans_number")),
        sa.ForeignKeyConstraint(
            ["district_id", "amends_id"],
            ["plans.district_id", "plans.id"],
            name=op.f("fk_plans_district_id_amends_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_plans_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_manager_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_plans_district_id_case_manager_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "determination_id"],
            ["eligibility_determinations.district_id", "eligibility_determinations.id"],
            name=op.f("fk_plans_district_id_determination_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "original_id"],
            ["plans.district_id", "plans.id"],
            name=op.f("fk_plans_district_id_original_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_plans_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_plans_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_plans_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_plans")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(
            "ix_plans_district_id_case_id_id", ["district_id", "case_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_plans_district_id_case_manager_staff_id_next_review_on_id",
            ["district_id", "case_manager_staff_id", "next_review_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_plans_district_id_next_review_on_id",
            ["district_id", "next_review_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_plans_district_id_original_id_id",
            ["district_id", "original_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_plans_district_id_school_id_next_review_on_id",
            ["district_id", "school_id", "next_review_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_plans_district_id_status_next_review_on_id",
            ["district_id", "status", "next_review_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_plans_district_id_student_id_id", ["district_id", "student_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_plans_district_id_updated_at_id", ["district_id", "updated_at", "id"], unique=False
        )
        batch_op.create_index(
            "uq_plans_one_in_effect_of_a_kind",
            ["district_id", "student_id", "kind"],
            unique=True,
            sqlite_where=sa.text("status = 'in_effect'"),
            postgresql_where=sa.text("status = 'in_effect'"),
        )

    op.create_table(
        "plan_acknowledgements",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("duties", sa.Text(), nullable=True),
        sa.Column("informed_on", sa.Date(), nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["plans.district_id", "plans.id"],
            name=op.f("fk_plan_acknowledgements_district_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_plan_acknowledgements_district_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_plan_acknowledgements_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_plan_acknowledgements")),
    )
    with op.batch_alter_table("plan_acknowledgements", schema=None) as batch_op:
        batch_op.create_index(
            "ix_plan_acknowledgements_district_id_plan_id_id",
            ["district_id", "plan_id", "id"],
            unique=False,
        )

    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revocation_form", sa.String(length=16), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_consents_revocation_form"),
            "revocation_form IS NULL OR revocation_form IN ('written', 'electronic', 'oral')",
        )


def downgrade() -> None:
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_consents_revocation_form"), type_="check")
        batch_op.drop_column("revocation_form")

    op.drop_table("plan_acknowledgements")
    op.drop_table("plans")
