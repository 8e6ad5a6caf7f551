"""Child-find flags: children whose record suggests that somebody has to look."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.child_find import KINDS
from service.storage.base import MutableRow, one_of, refers, word

STATES = ("open", "dismissed", "cleared")


class ChildFindFlag(MutableRow):
    """What the record of a child shows that is to be decided, with the records that show it.

    One of each kind stands for a student at a time. Raised and cleared by what is on record,
    dismissed by a person until `look_again_on`: from then on it is open again, whatever
    `status` says. `evidence`: the records by type and id, with the facts that mattered.
    """

    __tablename__ = "child_find_flags"
    __table_args__ = (
        refers("student_id", "students"),
        refers("school_id", "schools"),
        refers("owner_staff_id", "staff"),
        one_of("kind", KINDS),
        one_of("status", STATES),
        CheckConstraint(
            "status <> 'dismissed' OR (dismissed_on IS NOT NULL AND look_again_on IS NOT NULL)",
            name="dismissed_until",
        ),
        Index(
            "uq_child_find_flags_one_of_a_kind_per_student",
            "district_id",
            "student_id",
            "kind",
            unique=True,
            sqlite_where=text("status <> 'cleared'"),
            postgresql_where=text("status <> 'cleared'"),
        ),
        *(
            Index(
                f"ix_child_find_flags_district_id_{column}_raised_on_id",
                "district_id",
                column,
                "raised_on",
                "id",
            )
            for column in ("student_id", "school_id", "owner_staff_id", "kind", "status")
        ),
        Index("ix_child_find_flags_district_id_raised_on_id", "district_id", "raised_on", "id"),
        Index("ix_child_find_flags_district_id_updated_at_id", "district_id", "updated_at", "id"),
    )

    student_id: Mapped[UUID]
    school_id: Mapped[UUID | None]
    owner_staff_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(word())
    status: Mapped[str] = mapped_column(word(16), default="open")
    raised_on: Mapped[date]
    because: Mapped[str]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    dismissed_on: Mapped[date | None]
    dismissed_because: Mapped[str | None]
    look_again_on: Mapped[date | None]
    cleared_on: Mapped[date | None]
