"""What a plan is made from: a bundle's rows, each once, beside what is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

from service.imports.oneroster.plan.records import Snapshot
from service.imports.oneroster.read import Bundle, Row
from service.imports.oneroster.report import Findings

RowT = TypeVar("RowT", bound=Row)

Progress = Callable[[str, int], None]
"""Hears a file's name and the rows read so far."""


class Source:
    """A bundle being read for a plan, with what was found on the way.

    `duplicates` are the sourcedIds that came again, by file.
    """

    def __init__(
        self, bundle: Bundle, existing: Snapshot, as_of: date | None, progress: Progress | None
    ) -> None:
        self.bundle, self.existing, self.as_of = bundle, existing, as_of
        self.progress = progress or (lambda file, rows: None)
        self.findings = Findings()
        self.duplicates: dict[str, list[str]] = {}

    def once(self, name: str, rows: Iterator[RowT]) -> Iterator[RowT]:
        """Each sourcedId once: the first row wins."""
        seen: set[int] = set()  # hashes, because a state has millions of enrolments
        count = 0
        for count, row in enumerate(rows, 1):
            if count % 1000 == 0:
                self.progress(f"{name}.csv", count)
            key = hash(row.sourced_id)
            if key in seen:
                self.duplicates.setdefault(name, []).append(row.sourced_id)
                self.findings.add(
                    "duplicate_sourced_id",
                    file=f"{name}.csv",
                    line=row.line,
                    sourced_id=row.sourced_id,
                    root=(name, row.sourced_id),
                )
                continue
            seen.add(key)
            yield row
        if count:
            self.progress(f"{name}.csv", count)
