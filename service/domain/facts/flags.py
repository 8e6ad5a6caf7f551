"""What child find has flagged of a child, outside any case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A child-find flag as it stands: `open`, `dismissed` until a day, or `cleared`."""

    id: str = "flag"
    kind: str = ""
    status: str = "open"
    raised_on: date | None = None
    dismissed_on: date | None = None
    look_again_on: date | None = None
    cleared_on: date | None = None
    owner_staff_id: str | None = None
