"""The district's yearly notices to the families of children who are in no public school."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from service.storage.base import MutableRow, refers


class ChildFindNotice(MutableRow):
    """How and when the district looked for children and told families of its duty (104.32).

    `owner_staff_id`: who answers for it, and for the next one.
    """

    __tablename__ = "child_find_notices"
    __table_args__ = (
        refers("owner_staff_id", "staff"),
        Index("ix_child_find_notices_district_id_given_on_id", "district_id", "given_on", "id"),
    )

    given_on: Mapped[date]
    means: Mapped[str]
    owner_staff_id: Mapped[UUID | None]
    note: Mapped[str | None]
