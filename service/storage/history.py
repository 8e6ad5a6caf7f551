"""Where the records of a loaded case history came from, so that they load once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import DistrictRow, word


class LoadedRecord(DistrictRow):
    """What a record, or a case, is called in the system that it came from.

    `kind` and `source_id` name it there; numbers are often given kind by kind. `digest` is of the
    line as it was loaded, to tell whether the source says something else since; a case has none.
    """

    __tablename__ = "loaded_records"
    __table_args__ = (UniqueConstraint("district_id", "source_system", "kind", "source_id"),)
    journaled = False

    source_system: Mapped[str] = mapped_column(word())
    kind: Mapped[str] = mapped_column(word(16))
    source_id: Mapped[str] = mapped_column(word(255))
    record_id: Mapped[UUID]
    digest: Mapped[str | None] = mapped_column(word(64))
