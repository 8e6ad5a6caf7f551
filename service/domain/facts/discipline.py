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
    `change_decided_on`: when it was decided to change the placement; the manifestation
    determination, with the roles of its `participants`, answers whether the behavior was caused by
    the disability, or by a failure to implement the IEP (300.530(e)(1)). `services_since`: since
    when the child has services during the removal (300.530(d)).
    """

    id: str = "removal"
    behavior_on: date | None = None
    began_on: date | None = None
    ended_on: date | None = None
    changes_placement: bool | None = None
    written_concern_on: date | None = None
    staff_concern_on: date | None = None
    change_decided_on: date | None = None
    manifestation_determined_on: date | None = None
    caused_by_disability: bool | None = None
    caused_by_failure_to_implement: bool | None = None
    participants: tuple[str, ...] = ()
    services_since: date | None = None

    @property
    def is_manifestation(self) -> bool | None:
        """Whether the behavior was a manifestation of the disability; None: not determined."""
        if self.manifestation_determined_on is None:
            return None
        return bool(self.caused_by_disability or self.caused_by_failure_to_implement)
