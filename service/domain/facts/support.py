"""What was tried for a child, what staff suspect, and what somebody lifts with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPoint:
    """One figure that was measured on one day."""

    measured_on: date
    value: float
    measure: str = ""
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Tiered support that was given, with what was measured.

    `goal_value` is what `goal_measure` is to reach by `goal_on`, from `baseline_value` on the
    first day. `points`: what was measured, where there is a goal in figures to compare it with.
    """

    id: str = "intervention"
    area: str | None = None
    tier: int | None = None
    concern: str | None = None
    baseline: str | None = None
    goal: str | None = None
    started_on: date | None = None
    ended_on: date | None = None
    fidelity_percent: float | None = None
    outcome: str | None = None
    sessions_with_minutes: int = 0
    first_session_on: date | None = None
    last_session_on: date | None = None
    progress_dates: int = 0
    goal_measure: str | None = None
    baseline_value: float | None = None
    goal_value: float | None = None
    goal_on: date | None = None
    points: tuple[ProgressPoint, ...] = ()

    @property
    def last_on(self) -> date | None:
        """The last day known of it: it ended, or a session was held, or it began."""
        return self.ended_on or self.last_session_on or self.started_on

    @property
    def measured(self) -> bool:
        """Whether there are data to tell progress by: points on two different dates."""
        return self.progress_dates >= 2

    @property
    def weeks(self) -> float:
        """Weeks from the first to the last session; 0.0 without two sessions."""
        if self.first_session_on is None or self.last_session_on is None:
            return 0.0
        return (self.last_session_on - self.first_session_on).days / 7

    def missing(self, *, min_weeks: float = 0, min_progress_points: int = 2) -> tuple[str, ...]:
        """What keeps this intervention from being documented; empty when nothing does.

        Its outcome may be any: adequate progress documents as well as none does.
        """
        points = max(2, min_progress_points)
        lacks = {
            "an end date": self.ended_on is None,
            "a concern": not self.concern,
            "a baseline": not self.baseline and self.baseline_value is None,
            "a goal": not self.goal and self.goal_value is None,
            "a session with minutes": self.sessions_with_minutes < 1,
            f"{points} progress points on different dates": self.progress_dates < points,
            "a fidelity figure": self.fidelity_percent is None,
            "an outcome": not self.outcome,
            f"{min_weeks:g} weeks from first to last session": self.weeks < min_weeks,
        }
        return tuple(what for what, lacking in lacks.items() if lacking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """One staff member's own sentence that a disability is suspected now."""

    statement: str = ""
    staff_id: str | None = None
    stated_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A rule that a person lifts for one step: why, and by which authority.

    It holds only where the rule's card says who may, and where the answer leaves it open.
    """

    rule_id: str = ""
    reason: str = ""
    authority: str = ""
    staff_id: str | None = None
