"""Imports: what was sent, what was done with it, and the report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, word


class Import(MutableRow):
    """One roster that was taken in, tried dry, held or refused."""

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_district_id_started_at_id", "district_id", "started_at", "id"),
    )

    source: Mapped[str] = mapped_column(word(), default="oneroster_csv")
    status: Mapped[str] = mapped_column(word(16))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
