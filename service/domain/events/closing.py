"""How and when a case ended."""

from __future__ import annotations

from datetime import date

from service.domain.facts import Case
from service.domain.lifecycles import CASE

TRANSFERRED_OUT = "transferred_out"
"""The status of a case whose child has left the district."""


def closed_on(case: Case) -> date | None:
    """The day the case was closed; with no such date, that of the step that closed it."""
    if case.status not in ("withdrawn", TRANSFERRED_OUT, "declined", "closed", "determined"):
        return None
    ending = {step.name for step in CASE.steps if step.closes and step.to == case.status}
    ended = [step.taken_on for step in case.steps if step.step in ending]
    return case.closed_on or max(ended, default=None)
