"""Create the tables.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_secret_hash", sa.String(length=64), nullable=True),
        sa.Column("previous_valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("may_assert_people", sa.Boolean(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_table(
        "districts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=8), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('live', 'demonstration')", name=op.f("ck_districts_kind")),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_districts_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
    )
    op.create_table(
        "refused_access",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "reason", "minute", name=op.f("pk_refused_access")),
    )
    op.create_table(
        "client_districts",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_districts_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_client_districts_district_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "district_id", name=op.f("pk_client_districts")),
    )
    op.create_table(
        "corrections",
        sa.Column("record_type", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("old_value", JSON, nullable=False),
        sa.Column("new_value", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("flagged", sa.Text(), nullable=True),
        sa.Column("corrected_on", sa.Date(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("acting_staff_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_corrections_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_corrections")),
    )
    op.create_index(
        "ix_corrections_district_id_record_id_id",
        "corrections",
        ["district_id", "record_id", "id"],
        unique=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_idempotency_keys_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_idempotency_keys_district_id")
        ),
        sa.PrimaryKeyConstraint(
            "district_id", "client_id", "key", name=op.f("pk_idempotency_keys")
        ),
    )
    op.create_index(
        "ix_idempotency_keys_stored_at", "idempotency_keys", ["stored_at"], unique=False
    )
    op.create_table(
        "imports",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_imports_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_imports")),
    )
    op.create_index(
        "ix_imports_district_id_started_at_id",
        "imports",
        ["district_id", "started_at", "id"],
        unique=False,
    )
    op.create_table(
        "journal",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("subject_type", sa.String(length=48), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("acting_staff_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("findings", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_journal_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "seq", name=op.f("pk_journal")),
    )
    op.create_index(
        "ix_journal_district_id_case_id_seq",
        "journal",
        ["district_id", "case_id", "seq"],
        unique=False,
    )
    op.create_index(
        "ix_journal_district_id_event_seq", "journal", ["district_id", "event", "seq"], unique=False
    )
    op.create_index(
        "ix_journal_district_id_subject_id_seq",
        "journal",
        ["district_id", "subject_id", "seq"],
        unique=False,
    )
    op.create_table(
        "journal_heads",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_journal_heads_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_journal_heads")),
    )
    op.create_table(
        "schools",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sourced_id", sa.Text(), nullable=True),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.Column("org_type", sa.String(length=40), nullable=False),
        sa.Column("parent_sourced_id", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_schools_name")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_schools_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_schools")),
        sa.UniqueConstraint(
            "district_id", "sourced_id", name=op.f("uq_schools_district_id_sourced_id")
        ),
    )
    op.create_index(
        "ix_schools_district_id_name_id", "schools", ["district_id", "name", "id"], unique=False
    )
    op.create_index(
        "ix_schools_district_id_updated_at_id",
        "schools",
        ["district_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "journal_payloads",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "seq"],
            ["journal.district_id", "journal.seq"],
            name=op.f("fk_journal_payloads_district_id_seq"),
        ),
        sa.PrimaryKeyConstraint("district_id", "seq", name=op.f("pk_journal_payloads")),
    )
    op.create_table(
        "school_calendars",
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("days_off", JSON, nullable=False),
        sa.Column("half_days", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("first_day < last_day", name=op.f("ck_school_calendars_days_in_order")),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_school_calendars_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_school_calendars_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_school_calendars")),
    )
    op.create_index(
        "uq_school_calendars_district_year",
        "school_calendars",
        ["district_id", "school_year"],
        unique=True,
        sqlite_where=sa.text("school_id IS NULL"),
        postgresql_where=sa.text("school_id IS NULL"),
    )
    op.create_index(
        "uq_school_calendars_school_year",
        "school_calendars",
        ["district_id", "school_id", "school_year"],
        unique=True,
        sqlite_where=sa.text("school_id IS NOT NULL"),
        postgresql_where=sa.text("school_id IS NOT NULL"),
    )
    op.create_table(
        "staff",
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("sourced_id", sa.Text(), nullable=True),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("credentials", sa.Text(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_staff_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_staff_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_staff")),
        sa.UniqueConstraint(
            "district_id", "sourced_id", name=op.f("uq_staff_district_id_sourced_id")
        ),
    )
    op.create_index(
        "ix_staff_district_id_family_name_id",
        "staff",
        ["district_id", "family_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_staff_district_id_school_id_family_name_id",
        "staff",
        ["district_id", "school_id", "family_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_staff_district_id_updated_at_id",
        "staff",
        ["district_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "students",
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("preferred_given_name", sa.Text(), nullable=True),
        sa.Column("preferred_family_name", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("grade", sa.String(length=8), nullable=True),
        sa.Column("sex", sa.String(length=16), nullable=True),
        sa.Column("hispanic", sa.Boolean(), nullable=True),
        sa.Column("races", JSON, nullable=False),
        sa.Column("home_language", sa.String(length=35), nullable=True),
        sa.Column("english_learner", sa.Boolean(), nullable=True),
        sa.Column("placement", sa.String(length=40), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "birth_date IS NULL OR birth_date >= '1900-01-01'", name=op.f("ck_students_birth_date")
        ),
        sa.CheckConstraint(
            "placement IN ('public', 'parentally_placed_private', 'home_schooled', 'preschool', 'other')",
            name=op.f("ck_students_placement"),
        ),
        sa.CheckConstraint(
            "sex IS NULL OR sex IN ('female', 'male', 'other', 'unspecified')",
            name=op.f("ck_students_sex"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_students_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_students_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_students")),
    )
    op.create_index(
        "ix_students_district_id_family_name_id",
        "students",
        ["district_id", "family_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_students_district_id_grade_family_name_id",
        "students",
        ["district_id", "grade", "family_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_students_district_id_school_id_family_name_id",
        "students",
        ["district_id", "school_id", "family_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_students_district_id_school_id_grade_family_name_id",
        "students",
        ["district_id", "school_id", "grade", "family_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_students_district_id_updated_at_id",
        "students",
        ["district_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "cases",
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("frameworks", JSON, nullable=False),
        sa.Column("champion_staff_id", sa.Uuid(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("joined_to_case_id", sa.Uuid(), nullable=True),
        sa.Column("jurisdiction", sa.String(length=8), nullable=False),
        sa.Column("law_on", sa.Date(), nullable=False),
        sa.Column("absences", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("path IN ('initial')", name=op.f("ck_cases_path")),
        sa.CheckConstraint(
            "closed_on IS NULL OR opened_on <= closed_on", name=op.f("ck_cases_days_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "champion_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_cases_district_id_champion_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "joined_to_case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_cases_district_id_joined_to_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_cases_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_cases_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cases")),
    )
    op.create_index(
        "ix_cases_district_id_champion_staff_id_opened_on_id",
        "cases",
        ["district_id", "champion_staff_id", "opened_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cases_district_id_opened_on_id",
        "cases",
        ["district_id", "opened_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cases_district_id_status_opened_on_id",
        "cases",
        ["district_id", "status", "opened_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cases_district_id_student_id_id",
        "cases",
        ["district_id", "student_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cases_district_id_updated_at_id",
        "cases",
        ["district_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_cases_one_open_initial_case_per_student",
        "cases",
        ["district_id", "student_id"],
        unique=True,
        sqlite_where=sa.text("path = 'initial' AND closed_on IS NULL AND student_id IS NOT NULL"),
        postgresql_where=sa.text(
            "path = 'initial' AND closed_on IS NULL AND student_id IS NOT NULL"
        ),
    )
    op.create_table(
        "guardians",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("relationship", sa.String(length=40), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("educational_rights", sa.String(length=16), nullable=False),
        sa.Column("rights_note", sa.Text(), nullable=True),
        sa.Column("sourced_id", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "educational_rights IN ('unknown', 'confirmed', 'restricted')",
            name=op.f("ck_guardians_educational_rights"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_guardians_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_guardians_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_guardians")),
        sa.UniqueConstraint(
            "district_id",
            "student_id",
            "sourced_id",
            name=op.f("uq_guardians_district_id_student_id_sourced_id"),
        ),
    )
    op.create_index(
        "ix_guardians_district_id_sourced_id",
        "guardians",
        ["district_id", "sourced_id"],
        unique=False,
    )
    op.create_index(
        "ix_guardians_district_id_student_id_id",
        "guardians",
        ["district_id", "student_id", "id"],
        unique=False,
    )
    op.create_table(
        "interventions",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("concern", sa.Text(), nullable=True),
        sa.Column("baseline", sa.Text(), nullable=True),
        sa.Column("goal", sa.Text(), nullable=True),
        sa.Column("planned_minutes_per_week", sa.Integer(), nullable=True),
        sa.Column("provider_staff_id", sa.Uuid(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("fidelity_percent", sa.Float(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("outcome_note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('adequate_progress', 'some_progress', 'inadequate_progress', 'inconclusive', 'discontinued')",
            name=op.f("ck_interventions_outcome"),
        ),
        sa.CheckConstraint(
            "ended_on IS NULL OR started_on <= ended_on",
            name=op.f("ck_interventions_days_in_order"),
        ),
        sa.CheckConstraint(
            "fidelity_percent IS NULL OR (fidelity_percent >= 0 AND fidelity_percent <= 100)",
            name=op.f("ck_interventions_fidelity_percent"),
        ),
        sa.CheckConstraint(
            "tier IS NULL OR (tier >= 1 AND tier <= 4)", name=op.f("ck_interventions_tier")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "provider_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_interventions_district_id_provider_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_interventions_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_interventions_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_interventions")),
    )
    op.create_index(
        "ix_interventions_district_id_started_on_id",
        "interventions",
        ["district_id", "started_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_interventions_district_id_student_id_id",
        "interventions",
        ["district_id", "student_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_interventions_district_id_updated_at_id",
        "interventions",
        ["district_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "student_identifiers",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(value) > 0", name=op.f("ck_student_identifiers_value")),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_student_identifiers_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_student_identifiers_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_student_identifiers")),
        sa.UniqueConstraint(
            "district_id",
            "student_id",
            "system",
            name=op.f("uq_student_identifiers_district_id_student_id_system"),
        ),
        sa.UniqueConstraint(
            "district_id",
            "system",
            "value",
            name=op.f("uq_student_identifiers_district_id_system_value"),
        ),
    )
    op.create_table(
        "case_steps",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("from_status", sa.String(length=40), nullable=False),
        sa.Column("to_status", sa.String(length=40), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("acting_staff_id", sa.Uuid(), nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.Column("decision", JSON, nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_case_steps_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_case_steps_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_case_steps")),
    )
    op.create_index(
        "ix_case_steps_district_id_case_id_id",
        "case_steps",
        ["district_id", "case_id", "id"],
        unique=False,
    )
    op.create_table(
        "child_find_reviews",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("owner_staff_id", sa.Uuid(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_child_find_reviews_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_child_find_reviews_district_id_owner_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_child_find_reviews_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_child_find_reviews")),
    )
    op.create_index(
        "uq_child_find_reviews_one_open_per_case",
        "child_find_reviews",
        ["district_id", "case_id"],
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "consents",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("activity", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("form", sa.String(length=16), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "answer IS NULL OR answer IN ('granted', 'refused')", name=op.f("ck_consents_answer")
        ),
        sa.CheckConstraint(
            "form IS NULL OR form IN ('written', 'electronic', 'oral')",
            name=op.f("ck_consents_form"),
        ),
        sa.CheckConstraint(
            "purpose IN ('initial_evaluation', 'initial_services', 'reevaluation')",
            name=op.f("ck_consents_purpose"),
        ),
        sa.CheckConstraint(
            "answer IS NULL OR received_on IS NOT NULL", name=op.f("ck_consents_answer_received")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_consents_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "guardian_id"],
            ["guardians.district_id", "guardians.id"],
            name=op.f("fk_consents_district_id_guardian_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_consents_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_consents")),
    )
    op.create_index(
        "ix_consents_district_id_case_id_id",
        "consents",
        ["district_id", "case_id", "id"],
        unique=False,
    )
    op.create_table(
        "deadlines",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("owner_staff_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("term_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("verification", sa.String(length=8), nullable=True),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_deadlines_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_deadlines_district_id_owner_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["schools.district_id", "schools.id"],
            name=op.f("fk_deadlines_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_deadlines_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_deadlines_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_deadlines")),
    )
    op.create_index(
        "ix_deadlines_district_id_due_on_id",
        "deadlines",
        ["district_id", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_deadlines_district_id_owner_staff_id_due_on_id",
        "deadlines",
        ["district_id", "owner_staff_id", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_deadlines_district_id_school_id_due_on_id",
        "deadlines",
        ["district_id", "school_id", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_deadlines_district_id_state_due_on_id",
        "deadlines",
        ["district_id", "state", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_deadlines_district_id_student_id_due_on_id",
        "deadlines",
        ["district_id", "student_id", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_deadlines_district_id_term_id_due_on_id",
        "deadlines",
        ["district_id", "term_id", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "uq_deadlines_district_id_case_id_key",
        "deadlines",
        ["district_id", "case_id", "key"],
        unique=True,
    )
    op.create_table(
        "eligibility_determinations",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("framework", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("members", JSON, nullable=False),
        sa.Column("parent_participated", sa.Boolean(), nullable=True),
        sa.Column("parent_invited_on", sa.Date(), nullable=True),
        sa.Column("invitation_attempts", sa.Integer(), nullable=False),
        sa.Column("sources", JSON, nullable=False),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("reason_codes", JSON, nullable=False),
        sa.Column("disability_present", sa.Boolean(), nullable=True),
        sa.Column("category", sa.String(length=16), nullable=True),
        sa.Column("needs_special_education", sa.Boolean(), nullable=True),
        sa.Column("related_service_only", sa.Boolean(), nullable=True),
        sa.Column("related_services", JSON, nullable=False),
        sa.Column("needs", JSON, nullable=False),
        sa.Column("determinants", JSON, nullable=False),
        sa.Column("services_start_on", sa.Date(), nullable=True),
        sa.Column("impairment", sa.Text(), nullable=True),
        sa.Column("major_life_activities", JSON, nullable=False),
        sa.Column("substantially_limits", sa.Boolean(), nullable=True),
        sa.Column("mitigating_measures", JSON, nullable=False),
        sa.Column("limitation_judged_without_mitigation", sa.Boolean(), nullable=True),
        sa.Column("episodic", sa.Boolean(), nullable=True),
        sa.Column("judged_when_active", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "framework IN ('idea', 'section_504')",
            name=op.f("ck_eligibility_determinations_framework"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('eligible', 'not_eligible')",
            name=op.f("ck_eligibility_determinations_outcome"),
        ),
        sa.CheckConstraint(
            "status <> 'final' OR decided_on IS NOT NULL",
            name=op.f("ck_eligibility_determinations_decided_on"),
        ),
        sa.CheckConstraint(
            "status <> 'final' OR outcome IS NOT NULL",
            name=op.f("ck_eligibility_determinations_final_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_eligibility_determinations_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "supersedes_id"],
            ["eligibility_determinations.district_id", "eligibility_determinations.id"],
            name=op.f("fk_eligibility_determinations_district_id_supersedes_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["districts.id"],
            name=op.f("fk_eligibility_determinations_district_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_eligibility_determinations")),
    )
    op.create_index(
        "ix_eligibility_determinations_district_id_case_id_id",
        "eligibility_determinations",
        ["district_id", "case_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_eligibility_determinations_district_id_decided_on_id",
        "eligibility_determinations",
        ["district_id", "decided_on", "id"],
        unique=False,
    )
    op.create_table(
        "evaluations",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("coordinator_staff_id", sa.Uuid(), nullable=True),
        sa.Column("suspected_areas", JSON, nullable=False),
        sa.Column("suspected_categories", JSON, nullable=False),
        sa.Column("areas_not_assessed", JSON, nullable=False),
        sa.Column("parent_input", sa.Text(), nullable=True),
        sa.Column("no_data_needed_on", sa.Date(), nullable=True),
        sa.Column("report_completed_on", sa.Date(), nullable=True),
        sa.Column("report_given_to_parent_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_evaluations_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "coordinator_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_evaluations_district_id_coordinator_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_evaluations_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_evaluations")),
    )
    op.create_index(
        "ix_evaluations_district_id_case_id_id",
        "evaluations",
        ["district_id", "case_id", "id"],
        unique=False,
    )
    op.create_table(
        "intervention_sessions",
        sa.Column("intervention_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "minutes IS NULL OR (minutes >= 0 AND minutes <= 1440)",
            name=op.f("ck_intervention_sessions_minutes"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "intervention_id"],
            ["interventions.district_id", "interventions.id"],
            name=op.f("fk_intervention_sessions_district_id_intervention_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_intervention_sessions_district_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_intervention_sessions_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_intervention_sessions")),
    )
    op.create_index(
        "ix_intervention_sessions_district_id_intervention_id_held_on_id",
        "intervention_sessions",
        ["district_id", "intervention_id", "held_on", "id"],
        unique=False,
    )
    op.create_table(
        "notices",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("concerning", sa.String(length=16), nullable=True),
        sa.Column("contents", JSON, nullable=False),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("delivery", sa.String(length=40), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(status = 'issued') = (issued_on IS NOT NULL)", name=op.f("ck_notices_issued_on")
        ),
        sa.CheckConstraint(
            "concerning IS NULL OR concerning IN ('identification', 'evaluation', 'placement', 'fape')",
            name=op.f("ck_notices_concerning"),
        ),
        sa.CheckConstraint(
            "decision IS NULL OR decision IN ('propose', 'refuse')",
            name=op.f("ck_notices_decision"),
        ),
        sa.CheckConstraint(
            "kind IN ('prior_written_notice', 'procedural_safeguards', 'section_504_rights')",
            name=op.f("ck_notices_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_notices_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "guardian_id"],
            ["guardians.district_id", "guardians.id"],
            name=op.f("fk_notices_district_id_guardian_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_notices_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_notices")),
    )
    op.create_index(
        "ix_notices_district_id_case_id_id",
        "notices",
        ["district_id", "case_id", "id"],
        unique=False,
    )
    op.create_table(
        "progress_measures",
        sa.Column("intervention_id", sa.Uuid(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "intervention_id"],
            ["interventions.district_id", "interventions.id"],
            name=op.f("fk_progress_measures_district_id_intervention_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_progress_measures_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_progress_measures")),
    )
    op.create_index(
        "ix_progress_measures_district_id_intervention_id_measured_on_id",
        "progress_measures",
        ["district_id", "intervention_id", "measured_on", "id"],
        unique=False,
    )
    op.create_table(
        "referrals",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("requester", sa.String(length=40), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=True),
        sa.Column("requester_guardian_id", sa.Uuid(), nullable=True),
        sa.Column("requester_staff_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_by_staff_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("documented_on", sa.Date(), nullable=True),
        sa.Column("suspected_areas", JSON, nullable=False),
        sa.Column("frameworks", JSON, nullable=False),
        sa.Column("from_screening", sa.Boolean(), nullable=False),
        sa.Column("parent_informed", sa.Boolean(), nullable=True),
        sa.Column("suspicion_statement", sa.Text(), nullable=True),
        sa.Column("child_described", JSON, nullable=True),
        sa.Column("kept", JSON, nullable=False),
        sa.Column("warnings", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("form IN ('written', 'oral')", name=op.f("ck_referrals_form")),
        sa.CheckConstraint(
            "requester IN ('parent', 'adult_student', 'staff', 'other_public_agency', 'physician', 'other_professional', 'other', 'unknown')",
            name=op.f("ck_referrals_requester"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_referrals_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "received_by_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_referrals_district_id_received_by_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "requester_guardian_id"],
            ["guardians.district_id", "guardians.id"],
            name=op.f("fk_referrals_district_id_requester_guardian_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "requester_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_referrals_district_id_requester_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_referrals_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_referrals_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_referrals")),
    )
    op.create_index(
        "ix_referrals_district_id_case_id_id",
        "referrals",
        ["district_id", "case_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_referrals_district_id_received_on_id",
        "referrals",
        ["district_id", "received_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_referrals_district_id_requester_received_on_id",
        "referrals",
        ["district_id", "requester", "received_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_referrals_district_id_student_id_id",
        "referrals",
        ["district_id", "student_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_referrals_district_id_updated_at_id",
        "referrals",
        ["district_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "team_meetings",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("attendees", JSON, nullable=False),
        sa.Column("parent_attended", sa.Boolean(), nullable=True),
        sa.Column("parent_invited_on", sa.Date(), nullable=True),
        sa.Column("reviewed", sa.Text(), nullable=True),
        sa.Column("decided", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('problem_solving', 'review_of_existing_data', 'eligibility', 'other')",
            name=op.f("ck_team_meetings_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_team_meetings_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_team_meetings_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_team_meetings_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_team_meetings")),
    )
    op.create_index(
        "ix_team_meetings_district_id_student_id_id",
        "team_meetings",
        ["district_id", "student_id", "id"],
        unique=False,
    )
    op.create_table(
        "assessments",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("areas", JSON, nullable=False),
        sa.Column("source_kind", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("conducted_on", sa.Date(), nullable=False),
        sa.Column("assessor_staff_id", sa.Uuid(), nullable=True),
        sa.Column("assessor_name", sa.Text(), nullable=True),
        sa.Column("credential", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "origin IN ('agency', 'outside', 'existing_data', 'screening')",
            name=op.f("ck_assessments_origin"),
        ),
        sa.CheckConstraint(
            "source_kind IN ('aptitude_test', 'achievement_test', 'parent_input', 'teacher_recommendation', 'physical_condition', 'social_cultural_background', 'adaptive_behavior', 'observation', 'records_review', 'other')",
            name=op.f("ck_assessments_source_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "assessor_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_assessments_district_id_assessor_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "evaluation_id"],
            ["evaluations.district_id", "evaluations.id"],
            name=op.f("fk_assessments_district_id_evaluation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_assessments_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_assessments")),
    )
    op.create_index(
        "ix_assessments_district_id_evaluation_id_id",
        "assessments",
        ["district_id", "evaluation_id", "id"],
        unique=False,
    )
    op.create_table(
        "consent_attempts",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("attempted_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('phone', 'letter', 'email', 'text_message', 'visit', 'meeting', 'other')",
            name=op.f("ck_consent_attempts_mode"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "consent_id"],
            ["consents.district_id", "consents.id"],
            name=op.f("fk_consent_attempts_district_id_consent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_consent_attempts_district_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_consent_attempts_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_consent_attempts")),
    )
    op.create_index(
        "ix_consent_attempts_district_id_consent_id_id",
        "consent_attempts",
        ["district_id", "consent_id", "id"],
        unique=False,
    )
    op.create_table(
        "observations",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=True),
        sa.Column("observer_staff_id", sa.Uuid(), nullable=True),
        sa.Column("routine", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "evaluation_id"],
            ["evaluations.district_id", "evaluations.id"],
            name=op.f("fk_observations_district_id_evaluation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observer_staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_observations_district_id_observer_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_observations_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_observations")),
    )
    op.create_index(
        "ix_observations_district_id_evaluation_id_id",
        "observations",
        ["district_id", "evaluation_id", "id"],
        unique=False,
    )
    op.create_table(
        "source_documents",
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("provided_by", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('medical_note', 'prescription', 'outside_evaluation', 'prior_records', 'screening', 'other')",
            name=op.f("ck_source_documents_kind"),
        ),
        sa.CheckConstraint(
            "provided_by IN ('parent', 'student', 'physician', 'other_professional', 'agency', 'school', 'other')",
            name=op.f("ck_source_documents_provided_by"),
        ),
        sa.CheckConstraint(
            "sha256 IS NULL OR length(sha256) = 64", name=op.f("ck_source_documents_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_source_documents_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "referral_id"],
            ["referrals.district_id", "referrals.id"],
            name=op.f("fk_source_documents_district_id_referral_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_source_documents_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_source_documents_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_source_documents")),
    )
    op.create_index(
        "ix_source_documents_district_id_case_id_id",
        "source_documents",
        ["district_id", "case_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_source_documents_district_id_student_id_id",
        "source_documents",
        ["district_id", "student_id", "id"],
        unique=False,
    )
    op.create_table(
        "contacts",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("parent_words", sa.Text(), nullable=True),
        sa.Column("restatement", sa.Text(), nullable=True),
        sa.Column("restatement_confirmed", sa.Boolean(), nullable=True),
        sa.Column("feeling_acknowledged", sa.Text(), nullable=True),
        sa.Column("positives", JSON, nullable=False),
        sa.Column("ideas", JSON, nullable=False),
        sa.Column("help_asked_of", JSON, nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("answers_document_id", sa.Uuid(), nullable=True),
        sa.Column("answers_referral_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('phone', 'meeting', 'video', 'email', 'letter', 'text_message', 'visit', 'other')",
            name=op.f("ck_contacts_mode"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "answers_document_id"],
            ["source_documents.district_id", "source_documents.id"],
            name=op.f("fk_contacts_district_id_answers_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "answers_referral_id"],
            ["referrals.district_id", "referrals.id"],
            name=op.f("fk_contacts_district_id_answers_referral_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "guardian_id"],
            ["guardians.district_id", "guardians.id"],
            name=op.f("fk_contacts_district_id_guardian_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "staff_id"],
            ["staff.district_id", "staff.id"],
            name=op.f("fk_contacts_district_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "student_id"],
            ["students.district_id", "students.id"],
            name=op.f("fk_contacts_district_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_contacts_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_contacts")),
    )
    op.create_index(
        "ix_contacts_district_id_student_id_id",
        "contacts",
        ["district_id", "student_id", "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_contacts_district_id_student_id_id", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("ix_source_documents_district_id_student_id_id", table_name="source_documents")
    op.drop_index("ix_source_documents_district_id_case_id_id", table_name="source_documents")
    op.drop_table("source_documents")
    op.drop_index("ix_observations_district_id_evaluation_id_id", table_name="observations")
    op.drop_table("observations")
    op.drop_index("ix_consent_attempts_district_id_consent_id_id", table_name="consent_attempts")
    op.drop_table("consent_attempts")
    op.drop_index("ix_assessments_district_id_evaluation_id_id", table_name="assessments")
    op.drop_table("assessments")
    op.drop_index("ix_team_meetings_district_id_student_id_id", table_name="team_meetings")
    op.drop_table("team_meetings")
    op.drop_index("ix_referrals_district_id_updated_at_id", table_name="referrals")
    op.drop_index("ix_referrals_district_id_student_id_id", table_name="referrals")
    op.drop_index("ix_referrals_district_id_requester_received_on_id", table_name="referrals")
    op.drop_index("ix_referrals_district_id_received_on_id", table_name="referrals")
    op.drop_index("ix_referrals_district_id_case_id_id", table_name="referrals")
    op.drop_table("referrals")
    op.drop_index(
        "ix_progress_measures_district_id_intervention_id_measured_on_id",
        table_name="progress_measures",
    )
    op.drop_table("progress_measures")
    op.drop_index("ix_notices_district_id_case_id_id", table_name="notices")
    op.drop_table("notices")
    op.drop_index(
        "ix_intervention_sessions_district_id_intervention_id_held_on_id",
        table_name="intervention_sessions",
    )
    op.drop_table("intervention_sessions")
    op.drop_index("ix_evaluations_district_id_case_id_id", table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_index(
        "ix_eligibility_determinations_district_id_decided_on_id",
        table_name="eligibility_determinations",
    )
    op.drop_index(
        "ix_eligibility_determinations_district_id_case_id_id",
        table_name="eligibility_determinations",
    )
    op.drop_table("eligibility_determinations")
    op.drop_index("uq_deadlines_district_id_case_id_key", table_name="deadlines")
    op.drop_index("ix_deadlines_district_id_term_id_due_on_id", table_name="deadlines")
    op.drop_index("ix_deadlines_district_id_student_id_due_on_id", table_name="deadlines")
    op.drop_index("ix_deadlines_district_id_state_due_on_id", table_name="deadlines")
    op.drop_index("ix_deadlines_district_id_school_id_due_on_id", table_name="deadlines")
    op.drop_index("ix_deadlines_district_id_owner_staff_id_due_on_id", table_name="deadlines")
    op.drop_index("ix_deadlines_district_id_due_on_id", table_name="deadlines")
    op.drop_table("deadlines")
    op.drop_index("ix_consents_district_id_case_id_id", table_name="consents")
    op.drop_table("consents")
    op.drop_index(
        "uq_child_find_reviews_one_open_per_case",
        table_name="child_find_reviews",
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.drop_table("child_find_reviews")
    op.drop_index("ix_case_steps_district_id_case_id_id", table_name="case_steps")
    op.drop_table("case_steps")
    op.drop_table("student_identifiers")
    op.drop_index("ix_interventions_district_id_updated_at_id", table_name="interventions")
    op.drop_index("ix_interventions_district_id_student_id_id", table_name="interventions")
    op.drop_index("ix_interventions_district_id_started_on_id", table_name="interventions")
    op.drop_table("interventions")
    op.drop_index("ix_guardians_district_id_student_id_id", table_name="guardians")
    op.drop_index("ix_guardians_district_id_sourced_id", table_name="guardians")
    op.drop_table("guardians")
    op.drop_index(
        "uq_cases_one_open_initial_case_per_student",
        table_name="cases",
        sqlite_where=sa.text("path = 'initial' AND closed_on IS NULL AND student_id IS NOT NULL"),
        postgresql_where=sa.text(
            "path = 'initial' AND closed_on IS NULL AND student_id IS NOT NULL"
        ),
    )
    op.drop_index("ix_cases_district_id_updated_at_id", table_name="cases")
    op.drop_index("ix_cases_district_id_student_id_id", table_name="cases")
    op.drop_index("ix_cases_district_id_status_opened_on_id", table_name="cases")
    op.drop_index("ix_cases_district_id_opened_on_id", table_name="cases")
    op.drop_index("ix_cases_district_id_champion_staff_id_opened_on_id", table_name="cases")
    op.drop_table("cases")
    op.drop_index("ix_students_district_id_updated_at_id", table_name="students")
    op.drop_index("ix_students_district_id_school_id_grade_family_name_id", table_name="students")
    op.drop_index("ix_students_district_id_school_id_family_name_id", table_name="students")
    op.drop_index("ix_students_district_id_grade_family_name_id", table_name="students")
    op.drop_index("ix_students_district_id_family_name_id", table_name="students")
    op.drop_table("students")
    op.drop_index("ix_staff_district_id_updated_at_id", table_name="staff")
    op.drop_index("ix_staff_district_id_school_id_family_name_id", table_name="staff")
    op.drop_index("ix_staff_district_id_family_name_id", table_name="staff")
    op.drop_table("staff")
    op.drop_index(
        "uq_school_calendars_school_year",
        table_name="school_calendars",
        sqlite_where=sa.text("school_id IS NOT NULL"),
        postgresql_where=sa.text("school_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_school_calendars_district_year",
        table_name="school_calendars",
        sqlite_where=sa.text("school_id IS NULL"),
        postgresql_where=sa.text("school_id IS NULL"),
    )
    op.drop_table("school_calendars")
    op.drop_table("journal_payloads")
    op.drop_index("ix_schools_district_id_updated_at_id", table_name="schools")
    op.drop_index("ix_schools_district_id_name_id", table_name="schools")
    op.drop_table("schools")
    op.drop_table("journal_heads")
    op.drop_index("ix_journal_district_id_subject_id_seq", table_name="journal")
    op.drop_index("ix_journal_district_id_event_seq", table_name="journal")
    op.drop_index("ix_journal_district_id_case_id_seq", table_name="journal")
    op.drop_table("journal")
    op.drop_index("ix_imports_district_id_started_at_id", table_name="imports")
    op.drop_table("imports")
    op.drop_index("ix_idempotency_keys_stored_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_corrections_district_id_record_id_id", table_name="corrections")
    op.drop_table("corrections")
    op.drop_table("client_districts")
    op.drop_table("refused_access")
    op.drop_table("districts")
    op.drop_table("clients")
