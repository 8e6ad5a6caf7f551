"""Deadlines that the worker works out anew, in a district with too many cases for one request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import DistrictRow


class Rebuild(DistrictRow):
    """How far a district's deadlines are worked out anew; one at most, the last one asked for.

    `asked_at`: when a setting or a calendar changed. `done_through` and `watched_through`: the last
    case, and the last child outside any, whose deadlines are as of then; in the order of their ids.
    `taken_up_at`: when the worker last began a piece of it. `failures`: how often in a row the
    service failed at it, last at `failed_at`; it is taken up again from `next_try_at` on.
    """

    __tablename__ = "deadline_rebuilds"
    __table_args__ = (UniqueConstraint("district_id"),)
    journaled = False

    asked_at: Mapped[datetime]
    taken_up_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    done_through: Mapped[UUID | None]
    watched_through: Mapped[UUID | None]
    cases: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failed_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
