"""Disciplinary removals of a child from school."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, refers


class DisciplinaryRemoval(MutableRow):
    """A child is removed for breaking a code of conduct (300.530-300.536)."""

    __tablename__ = "disciplinary_removals"
    __table_args__ = (
        refers("student_id", "students"),
        CheckConstraint(
            "behavior_on <= began_on AND (ended_on IS NULL OR began_on <= ended_on)",
            name="days_in_order",
        ),
        CheckConstraint(
            "(manifestation_determined_on IS NULL) = (caused_by_disability IS NULL) "
            "AND (manifestation_determined_on IS NULL) = (caused_by_failure_to_implement IS NULL)",
            name="both_questions_answered",
        ),
        Index(
            "ix_disciplinary_removals_district_id_student_id_id", "district_id", "student_id", "id"
        ),
    )

    student_id: Mapped[UUID]
    behavior_on: Mapped[date]
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    changes_placement: Mapped[bool | None]
    change_decided_on: Mapped[date | None]
    manifestation_determined_on: Mapped[date | None]
    caused_by_disability: Mapped[bool | None]
    caused_by_failure_to_implement: Mapped[bool | None]
    manifestation_participants: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    services_since: Mapped[date | None]
    written_concern_on: Mapped[date | None]
    staff_concern_on: Mapped[date | None]
    note: Mapped[str | None]
