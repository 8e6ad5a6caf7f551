"""Imports: what was sent, what was done with it, the report, and what waits to be done."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import DistrictRow, MutableRow, one_of, refers, word

STATUSES = ("queued", "running", "succeeded", "held", "failed", "cancelled")
CSV, REST = "oneroster_csv", "oneroster_rest"
"""Where a roster comes from: a bundle that was sent, or a server that was asked."""
HISTORIES = {
    "case_history_ndjson": "ndjson",
    "case_history_csv": "csv",
    "case_history_zip": "zip",
}
"""Sources that are case histories, each with its format."""
HISTORY_FEED = "case_history"
FEED = "roster"
"""The feed of a roster of which nobody says more."""
FEED_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
"""What a feed may be called."""
LISTS = ("matched", "unmatched", "duplicates", "not_in_file")
UNFINISHED = ("queued", "running")
LONGEST_FILE = 40
"""So much of a file's name is told of one that is being read."""


class Import(MutableRow):
    """One roster or case history that was sent, and what became of it.

    `feed`: the stream of rosters it belongs to. `started_at`: when it was sent, or its pull was
    asked for. `error`: why a failed one could not be taken, as code, detail and remedy.
    `roster_source_id`: where it was pulled from; the source may be gone. `pulled_since`: of one
    that was pulled and holds changes alone, from when on.
    """

    __tablename__ = "imports"
    __table_args__ = (
        one_of("status", STATUSES),
        Index("ix_imports_district_id_started_at_id", "district_id", "started_at", "id"),
        Index(
            "ix_imports_district_id_feed_started_at_id", "district_id", "feed", "started_at", "id"
        ),
        Index(
            "ix_imports_district_id_source_started_at_id",
            "district_id",
            "source",
            "started_at",
            "id",
        ),
        Index(
            "ix_imports_district_id_status_started_at_id",
            "district_id",
            "status",
            "started_at",
            "id",
        ),
        Index(
            "ix_imports_district_id_roster_source_id_started_at_id",
            "district_id",
            "roster_source_id",
            "started_at",
            "id",
        ),
    )

    source: Mapped[str] = mapped_column(word(), default=CSV)
    feed: Mapped[str] = mapped_column(word(), default=FEED)
    status: Mapped[str] = mapped_column(word(16))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[dict[str, Any] | None]
    roster_source_id: Mapped[UUID | None]
    pulled_since: Mapped[datetime | None]


class ImportJob(DistrictRow):
    """An import that is not done yet; its id is the import's. It goes when the import is done.

    `attempt` counts how often it was taken up; who took it up before has lost it. `stage`,
    `file` and `rows` are how far it is. Client, person and request are those that sent it.
    `pulls`: its bundle is yet to be pulled. `compare_only`: nothing of it is to be written.
    Of a case history, which is loaded in parts, `after` is the last student who is done,
    `so_far` the report until then, and `told` up to which of its lines those that were left out
    are kept as findings.
    """

    __tablename__ = "import_jobs"
    __table_args__ = (refers("id", "imports"),)
    journaled = False

    force: Mapped[bool] = mapped_column(default=False)
    strict: Mapped[bool] = mapped_column(default=False)
    pulls: Mapped[bool] = mapped_column(default=False)
    compare_only: Mapped[bool] = mapped_column(default=False)
    client_id: Mapped[UUID | None]
    acting_staff_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(word(64))
    attempt: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str] = mapped_column(word(16), default="waiting")
    file: Mapped[str | None] = mapped_column(word(LONGEST_FILE))
    rows: Mapped[int] = mapped_column(default=0)
    after: Mapped[UUID | None]
    so_far: Mapped[dict[str, Any] | None]
    told: Mapped[int] = mapped_column(default=0)


class ImportPart(DistrictRow):
    """A stretch of the bundle that was sent, kept until the import is done."""

    __tablename__ = "import_parts"
    __table_args__ = (
        refers("import_id", "imports"),
        UniqueConstraint("district_id", "import_id", "number"),
    )
    journaled = False

    import_id: Mapped[UUID]
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportList(DistrictRow):
    """A stretch of one of the four lists that an import leaves (`LISTS`), packed.

    `number` counts the stretches of a list from 0; each but the last has the same length.
    """

    __tablename__ = "import_lists"
    __table_args__ = (
        refers("import_id", "imports"),
        UniqueConstraint("district_id", "import_id", "name", "number"),
    )
    journaled = False

    import_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(word(16))
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
