"""Disciplinary removals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A child removed from school for behavior, `ended_on` None while it lasts.

    `changes_placement`: whether it is a disciplinary change of placement (300.536).
    `written_concern_on`: when a parent wrote to a supervisor, an administrator or a teacher that
    the child needs special education. `staff_concern_on`: when staff told the director of special
    education or another supervisor of specific concerns about a pattern of behavior.
    """

    id: str = "removal"
    behavior_on: date | None = None
    began_on: date | None = None
    ended_on: date | None = None
    changes_placement: bool | None = None
    written_concern_on: date | None = None
    staff_concern_on: date | None = None
