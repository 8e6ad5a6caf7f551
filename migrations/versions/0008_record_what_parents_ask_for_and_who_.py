"""Record what parents ask for and who comes from elsewhere.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disciplinary_removals",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("behavior_on", sa.Date(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changes_placement", sa.Boolean(), nullable=True),
        sa.Column("written_concern_on", sa.Date(), nullable=True),
        sa.Column("staff_concern_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "behavior_on <= began_on AND (ended_on IS NULL OR began_on <= ended_on)",
            name=op.f("ck_disciplinary_removals_days_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_disciplinary_removals_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_disciplinary_removals_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_disciplinary_removals")),
    )
    with op.batch_alter_table("disciplinary_removals", schema=None) as batch_op:
        batch_op.create_index(
            "ix_disciplinary_removals_district_id_student_id_id",
            ["district_id", "student_id", "id"],
            unique=False,
        )

    op.create_table(
        "disputes",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("filed_by", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "about IN ('consent_to_evaluate', 'identification', 'evaluation', 'independent_evaluation', 'placement', 'fape', 'discipline', 'other')",
            name=op.f("ck_disputes_about"),
        ),
        sa.CheckConstraint(
            "filed_by IN ('parent', 'district', 'other')", name=op.f("ck_disputes_filed_by")
        ),
        sa.CheckConstraint(
            "kind IN ('due_process_complaint', 'mediation', 'state_complaint')",
            name=op.f("ck_disputes_kind"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('hearing_order', 'mediation_agreement', 'settled', 'withdrawn', 'dismissed', 'decided')",
            name=op.f("ck_disputes_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (ended_on IS NULL)", name=op.f("ck_disputes_outcome_when_ended")
        ),
        sa.CheckConstraint(
            "ended_on IS NULL OR filed_on <= ended_on", name=op.f("ck_disputes_days_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_disputes_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_disputes_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_disputes_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_disputes")),
    )
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_disputes_district_id_case_id_id", ["district_id", "case_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_disputes_district_id_student_id_id",
            ["district_id", "student_id", "id"],
            unique=False,
        )

    op.create_table(
        "part_c_transitions",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("found_eligible_on", sa.Date(), nullable=True),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("conference_on", sa.Date(), nullable=True),
        sa.Column("district_took_part", sa.Boolean(), nullable=True),
        sa.Column("services_start_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_part_c_transitions_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_part_c_transitions_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_part_c_transitions_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_part_c_transitions")),
    )
    with op.batch_alter_table("part_c_transitions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_part_c_transitions_district_id_case_id_id",
            ["district_id", "case_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_part_c_transitions_district_id_student_id_id",
            ["district_id", "student_id", "id"],
            unique=False,
        )

    op.create_table(
        "records_requests",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("records", sa.Text(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "given_on IS NULL OR requested_on <= given_on",
            name=op.f("ck_records_requests_days_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_records_requests_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "guardian_id"],
            ["guardians.district_id", "guardians.id"],
            name=op.f("fk_records_requests_district_id_guardian_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_records_requests_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_records_requests_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_records_requests")),
    )
    with op.batch_alter_table("records_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_records_requests_district_id_case_id_id",
            ["district_id", "case_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_records_requests_district_id_student_id_id",
            ["district_id", "student_id", "id"],
            unique=False,
        )

    op.create_table(
        "transferred_ieps",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("from_agency", sa.Text(), nullable=True),
        sa.Column("from_state", sa.String(length=2), nullable=False),
        sa.Column("within_state", sa.Boolean(), nullable=False),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("comparable_services_on", sa.Date(), nullable=True),
        sa.Column("adopted_on", sa.Date(), nullable=True),
        sa.Column("evaluation_needed", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(from_state) = 2", name=op.f("ck_transferred_ieps_from_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_transferred_ieps_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_transferred_ieps_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_transferred_ieps_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_transferred_ieps")),
    )
    with op.batch_alter_table("transferred_ieps", schema=None) as batch_op:
        batch_op.create_index(
            "ix_transferred_ieps_district_id_case_id_id",
            ["district_id", "case_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_transferred_ieps_district_id_student_id_id",
            ["district_id", "student_id", "id"],
            unique=False,
        )

    op.create_table(
        "independent_evaluation_requests",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("evaluation_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("disagreement", sa.Text(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(status = 'requested') = (answered_on IS NULL)",
            name=op.f("ck_independent_evaluation_requests_answered_when_not_open"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_independent_evaluation_requests_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "evaluation_id"],
            ["evaluations.district_id", "evaluations.id"],
            name=op.f("fk_independent_evaluation_requests_district_id_evaluation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "guardian_id"],
            ["guardians.district_id", "guardians.id"],
            name=op.f("fk_independent_evaluation_requests_district_id_guardian_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["districts.id"],
            name=op.f("fk_independent_evaluation_requests_district_id"),
        ),
        sa.PrimaryKeyConstraint(
            "district_id", "id", name=op.f("pk_independent_evaluation_requests")
        ),
    )
    with op.batch_alter_table("independent_evaluation_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_independent_evaluation_requests_district_id_case_id_id",
            ["district_id", "case_id", "id"],
            unique=False,
        )

    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stands_in", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("authenticated_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("approval_shown", sa.Boolean(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_consents_stands_in"),
            "stands_in IS NULL OR stands_in IN ('hearing_order', 'mediation_agreement', "
            "'parent_not_found', 'rights_terminated')",
        )

    with op.batch_alter_table("guardians", schema=None) as batch_op:
        batch_op.add_column(sa.Column("appointed_on", sa.Date(), nullable=True))

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("translated_orally_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("translation_evidence", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("not_feasible_because", sa.Text(), nullable=True))

    with op.batch_alter_table("students", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ward_of_state", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("lives_with_parent", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("unaccompanied_homeless_youth", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("surrogate_needed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("students", schema=None) as batch_op:
        batch_op.drop_column("surrogate_needed_on")
        batch_op.drop_column("unaccompanied_homeless_youth")
        batch_op.drop_column("lives_with_parent")
        batch_op.drop_column("ward_of_state")

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("not_feasible_because")
        batch_op.drop_column("translation_evidence")
        batch_op.drop_column("translated_orally_on")

    with op.batch_alter_table("guardians", schema=None) as batch_op:
        batch_op.drop_column("appointed_on")

    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_consents_stands_in"), type_="check")
        batch_op.drop_column("approval_shown")
        batch_op.drop_column("authenticated_by")
        batch_op.drop_column("stands_in")

    with op.batch_alter_table("independent_evaluation_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_independent_evaluation_requests_district_id_case_id_id")

    op.drop_table("independent_evaluation_requests")
    with op.batch_alter_table("transferred_ieps", schema=None) as batch_op:
        batch_op.drop_index("ix_transferred_ieps_district_id_student_id_id")
        batch_op.drop_index("ix_transferred_ieps_district_id_case_id_id")

    op.drop_table("transferred_ieps")
    with op.batch_alter_table("records_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_records_requests_district_id_student_id_id")
        batch_op.drop_index("ix_records_requests_district_id_case_id_id")

    op.drop_table("records_requests")
    with op.batch_alter_table("part_c_transitions", schema=None) as batch_op:
        batch_op.drop_index("ix_part_c_transitions_district_id_student_id_id")
        batch_op.drop_index("ix_part_c_transitions_district_id_case_id_id")

    op.drop_table("part_c_transitions")
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.drop_index("ix_disputes_district_id_student_id_id")
        batch_op.drop_index("ix_disputes_district_id_case_id_id")

    op.drop_table("disputes")
    with op.batch_alter_table("disciplinary_removals", schema=None) as batch_op:
        batch_op.drop_index("ix_disciplinary_removals_district_id_student_id_id")

    op.drop_table("disciplinary_removals")
