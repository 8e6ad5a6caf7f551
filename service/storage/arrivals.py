"""Children who come from elsewhere: from Part C, or with an IEP from another agency."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, refers, word


class PartCTransition(MutableRow):
    """A toddler who leaves Part C at the third birthday (300.124, 303.209)."""

    __tablename__ = "part_c_transitions"
    __table_args__ = (
        refers("student_id", "students"),
        refers("case_id", "cases"),
        Index("ix_part_c_transitions_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_part_c_transitions_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    student_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    found_eligible_on: Mapped[date | None]
    notified_on: Mapped[date | None]
    conference_on: Mapped[date | None]
    district_took_part: Mapped[bool | None]
    services_start_on: Mapped[date | None]
    note: Mapped[str | None]


class TransferredIep(MutableRow):
    """A child who enrolls with an IEP of another agency in the same school year (300.323)."""

    __tablename__ = "transferred_ieps"
    __table_args__ = (
        refers("student_id", "students"),
        refers("case_id", "cases"),
        CheckConstraint("length(from_state) = 2", name="from_state"),
        Index("ix_transferred_ieps_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_transferred_ieps_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    student_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    from_agency: Mapped[str | None]
    from_state: Mapped[str] = mapped_column(word(2))
    within_state: Mapped[bool]
    enrolled_on: Mapped[date]
    comparable_services_on: Mapped[date | None]
    adopted_on: Mapped[date | None]
    evaluation_needed: Mapped[bool | None]
    note: Mapped[str | None]
