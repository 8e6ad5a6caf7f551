"""Plans: an IEP, a Section 504 plan, or a services plan for a child in a private school."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One version of a plan.

    `kind`: `iep`, `section_504` or `services_plan`. `meeting_held_on`: when its team developed it.
    `offered_on`: when the parent was given the proposed plan. `in_effect_on`: when it took effect.
    """

    id: str = "plan"
    kind: str = "iep"
    status: str = "draft"
    version: int = 1
    meeting_held_on: date | None = None
    offered_on: date | None = None
    in_effect_on: date | None = None
    ended_on: date | None = None
