"""Districts: the tenants, with their state, time zone and settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import Base, one_of, word

KINDS = ("live", "demonstration")


class District(Base):
    """A school district (LEA). Its own row is the one that is not inside a district."""

    __tablename__ = "districts"
    __table_args__ = (
        one_of("kind", KINDS),
        CheckConstraint("length(name) > 0", name="name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    jurisdiction: Mapped[str] = mapped_column(word(8))
    time_zone: Mapped[str] = mapped_column(word(64))
    kind: Mapped[str] = mapped_column(word(16), default="live")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy
