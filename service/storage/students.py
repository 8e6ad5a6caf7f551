"""Students with their typed identifiers, and their guardians."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import DistrictRow, MutableRow, one_of, refers, word

PLACEMENTS = ("public", "parentally_placed_private", "home_schooled", "preschool", "other")
SEXES = ("female", "male", "other", "unspecified")
EDUCATIONAL_RIGHTS = ("unknown", "confirmed", "restricted")


class Student(MutableRow):
    """A child on the district's roster, active or not; never deleted by an import."""

    __tablename__ = "students"
    __table_args__ = (
        refers("school_id", "schools"),
        one_of("placement", PLACEMENTS),
        one_of("sex", SEXES, nullable=True),
        CheckConstraint("birth_date IS NULL OR birth_date >= '1900-01-01'", name="birth_date"),
        Index("ix_students_district_id_family_name_id", "district_id", "family_name", "id"),
        Index(
            "ix_students_district_id_school_id_grade_family_name_id",
            "district_id",
            "school_id",
            "grade",
            "family_name",
            "id",
        ),
        Index(
            "ix_students_district_id_school_id_family_name_id",
            "district_id",
            "school_id",
            "family_name",
            "id",
        ),
        Index(
            "ix_students_district_id_grade_family_name_id",
            "district_id",
            "grade",
            "family_name",
            "id",
        ),
        Index("ix_students_district_id_updated_at_id", "district_id", "updated_at", "id"),
    )

    given_name: Mapped[str]
    middle_name: Mapped[str | None]
    family_name: Mapped[str]
    preferred_given_name: Mapped[str | None]
    preferred_family_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    grade: Mapped[str | None] = mapped_column(word(8))
    sex: Mapped[str | None] = mapped_column(word(16))
    hispanic: Mapped[bool | None]
    races: Mapped[list[str]] = mapped_column(default=list)
    home_language: Mapped[str | None] = mapped_column(word(35))
    english_learner: Mapped[bool | None]
    placement: Mapped[str] = mapped_column(word(), default="public")
    school_id: Mapped[UUID | None]
    ward_of_state: Mapped[bool | None]
    lives_with_parent: Mapped[bool | None]
    unaccompanied_homeless_youth: Mapped[bool | None]
    surrogate_needed_on: Mapped[date | None]
    rights_transfer_told_on: Mapped[date | None]
    rights_stay_with_guardian: Mapped[bool | None]
    active: Mapped[bool] = mapped_column(default=True)


class StudentIdentifier(DistrictRow):
    """A number some system gave the student: unique in the district and that system."""

    __tablename__ = "student_identifiers"
    __table_args__ = (
        refers("student_id", "students"),
        UniqueConstraint("district_id", "system", "value"),
        UniqueConstraint("district_id", "student_id", "system"),
        CheckConstraint("length(value) > 0", name="value"),
    )

    student_id: Mapped[UUID]
    system: Mapped[str] = mapped_column(word())
    value: Mapped[str]


class Guardian(MutableRow):
    """A person in a parent's place for one student, with their educational rights.

    The same person with two children is two rows: rights are held child by child.
    """

    __tablename__ = "guardians"
    __table_args__ = (
        refers("student_id", "students"),
        one_of("educational_rights", EDUCATIONAL_RIGHTS),
        UniqueConstraint("district_id", "student_id", "sourced_id"),
        Index("ix_guardians_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_guardians_district_id_sourced_id", "district_id", "sourced_id"),
    )

    student_id: Mapped[UUID]
    given_name: Mapped[str]
    family_name: Mapped[str]
    relationship: Mapped[str] = mapped_column(word(), default="parent")
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(word(35))
    educational_rights: Mapped[str] = mapped_column(word(16), default="unknown")
    rights_note: Mapped[str | None]
    appointed_on: Mapped[date | None]
    sourced_id: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
