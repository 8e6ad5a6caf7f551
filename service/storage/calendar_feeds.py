"""Calendar feeds: whose deadlines a calendar program may fetch by a secret address."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from service.storage.base import MutableRow, refers


class CalendarFeed(MutableRow):
    """The deadlines of one staff member or of one school, for a calendar to subscribe to.

    Its address is made of its id and a key of the service (`service.keys`): nothing secret is
    stored. Without the row the address leads nowhere.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        refers("staff_id", "staff"),
        refers("school_id", "schools"),
        CheckConstraint("(staff_id IS NULL) <> (school_id IS NULL)", name="whose"),
        Index("ix_calendar_feeds_id", "id"),
    )

    staff_id: Mapped[UUID | None]
    school_id: Mapped[UUID | None]
