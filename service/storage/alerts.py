"""Alerts: what was sent to whom about what, so that each is sent once."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.alerts import KINDS, ROLES
from service.storage.base import DistrictRow, one_of, refers, word


class Alert(DistrictRow):
    """One alert to one staff member, about one deadline or one feed of rosters.

    `about`: the deadline's key, or the feed's; with `about_on` it says what is told once. For an
    alert ahead that is the due date, so that a date that moved is told anew; for a deadline that
    is late the day, so that it is told daily; for a feed the day by which it was expected, which
    is `due_on`, too. What it is about is named as it was: the row it came from may be gone.
    `emailed_at`: when the mail with it was taken by the mail server; None without one.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        refers("student_id", "students"),
        refers("school_id", "schools"),
        refers("staff_id", "staff"),
        one_of("kind", KINDS),
        one_of("role", ROLES),
        CheckConstraint("(deadline_id IS NULL) <> (feed_id IS NULL)", name="what"),
        UniqueConstraint(
            "district_id", "about", "kind", "about_on", "staff_id", name="uq_alerts_once"
        ),
        Index("ix_alerts_district_id_sent_at_id", "district_id", "sent_at", "id"),
        *(
            Index(
                f"ix_alerts_district_id_{column}_sent_at_id",
                "district_id",
                column,
                "sent_at",
                "id",
            )
            for column in ("staff_id", "school_id", "case_id", "kind", "emailed_at")
        ),
    )

    deadline_id: Mapped[UUID | None]
    feed_id: Mapped[UUID | None]
    about: Mapped[str] = mapped_column(Text())
    case_id: Mapped[UUID | None]
    student_id: Mapped[UUID | None]
    school_id: Mapped[UUID | None]
    staff_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(word(16))
    kind: Mapped[str] = mapped_column(word(16))
    about_on: Mapped[date]
    due_on: Mapped[date]
    term_id: Mapped[str | None] = mapped_column(word(64))
    title: Mapped[str]
    sent_at: Mapped[datetime]
    emailed_at: Mapped[datetime | None]
