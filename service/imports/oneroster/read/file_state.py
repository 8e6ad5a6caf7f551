"""How one file of the bundle is sent, and what reading it came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from service.imports.oneroster.report import Findings

Mode = Literal["bulk", "delta", "unstated", "absent"]
"""A full file; changes only; rows that nobody vouches for as complete; not there."""
UNSURE, WITHHELD = "unsure", "withheld"
"""What our own pull says of a list in the manifest: that it may not be whole; that the server
would not show it.
"""


@dataclass(slots=True)
class FileState:
    """One file: its name without suffix, its mode and columns, and the count of its rows.

    `added` are those of its columns that a system added and that are kept.
    `refused_ids` are the sourcedIds of rows that could not be taken, `unidentified` counts
    the rows that could have been anybody's: neither may make somebody missing.
    """

    name: str
    mode: Mode
    columns: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    rows_read: int = 0
    rows_refused: int = 0
    refused_ids: set[str] = field(default_factory=set)
    unidentified: int = 0
    findings: Findings = field(default_factory=Findings)

    def start_over(self) -> None:
        """Forget what an earlier reading came to."""
        self.findings = Findings()
        self.rows_read = self.rows_refused = self.unidentified = 0
        self.refused_ids = set()
