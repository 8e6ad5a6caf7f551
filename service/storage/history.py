"""Where the records of a loaded case history came from, so that they load once; what was found."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import DistrictRow, one_of, refers, word

SEVERITIES = ("error", "warning", "info")
STATES = ("late", "undatable")


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


class HistoryFinding(DistrictRow):
    """What was odd about a line of a history, or which rule a case that it loaded did not meet.

    `field`: the member of the line that is wrong. `case_id`: of a breach, if it was kept.
    """

    __tablename__ = "history_findings"
    __table_args__ = (
        refers("import_id", "imports"),
        one_of("severity", SEVERITIES),
        Index(
            "ix_history_findings_district_id_import_id_line_id",
            "district_id",
            "import_id",
            "line",
            "id",
        ),
    )
    journaled = False

    import_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(word())
    severity: Mapped[str] = mapped_column(word(8))
    message: Mapped[str]
    file: Mapped[str | None]
    line: Mapped[int | None]
    field: Mapped[str | None]
    kind: Mapped[str | None] = mapped_column(word(16))
    source_id: Mapped[str | None] = mapped_column(word(255))
    case_id: Mapped[UUID | None]
    rule_id: Mapped[str | None] = mapped_column(word(80))


class HistoryOwed(DistrictRow):
    """A case of a history that was late when it was loaded, or could not be dated, and why."""

    __tablename__ = "history_owed"
    __table_args__ = (
        refers("import_id", "imports"),
        one_of("state", STATES),
        Index(
            "ix_history_owed_district_id_import_id_due_on_id",
            "district_id",
            "import_id",
            "due_on",
            "id",
        ),
    )
    journaled = False

    import_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(word(16))
    what: Mapped[str]
    because: Mapped[str]
    due_on: Mapped[date | None]
    case_id: Mapped[UUID | None]
    case_source_id: Mapped[str | None] = mapped_column(word(255))
    student_id: Mapped[UUID | None]
