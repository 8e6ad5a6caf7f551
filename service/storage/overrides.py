"""Rules that a person lifted: the overrides of the law's own, and the intervention bypass."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import DistrictRow, one_of, refers, word

KINDS = ("override", "bypass")


class Override(DistrictRow):
    """A rule that did not stop a step, because a person lifted it with a reason.

    `school_id` is the student's school that day. `authority` is what an override rests on; a
    bypass needs none but the sentence of whoever suspects a disability.
    """

    __tablename__ = "overrides"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("student_id", "students"),
        refers("school_id", "schools"),
        refers("step_id", "case_steps"),
        refers("staff_id", "staff"),
        one_of("kind", KINDS),
        Index("ix_overrides_district_id_recorded_on_id", "district_id", "recorded_on", "id"),
        *(
            Index(
                f"ix_overrides_district_id_{column}_recorded_on_id",
                *("district_id", column, "recorded_on", "id"),
            )
            for column in ("case_id", "student_id", "school_id", "staff_id", "rule_id")
        ),
    )

    case_id: Mapped[UUID]
    student_id: Mapped[UUID | None]
    school_id: Mapped[UUID | None]
    step_id: Mapped[UUID]
    step: Mapped[str] = mapped_column(word())
    kind: Mapped[str] = mapped_column(word(16))
    rule_id: Mapped[str] = mapped_column(word(64))
    reason: Mapped[str]
    authority: Mapped[str | None]
    staff_id: Mapped[UUID | None]
    client_id: Mapped[UUID]
    recorded_on: Mapped[date]
