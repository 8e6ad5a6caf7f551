"""Feeds of rosters: what a district expects of each, and since when one is late."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, word


class RosterFeed(MutableRow):
    """A stream of rosters of which the district said something, or which was late once.

    `expected_every_hours`: None leaves it to the schedule of its source, or the usual. `late_since`
    is the instant by which it was expected, as it was when somebody was told; None when it came.
    """

    __tablename__ = "roster_feeds"
    __table_args__ = (
        UniqueConstraint("district_id", "feed"),
        Index("ix_roster_feeds_district_id_created_at_id", "district_id", "created_at", "id"),
    )

    feed: Mapped[str] = mapped_column(word())
    expected: Mapped[bool] = mapped_column(default=True)
    expected_every_hours: Mapped[int | None]
    late_since: Mapped[datetime | None]
