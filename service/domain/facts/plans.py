"""Plans: an IEP, a Section 504 plan, or a services plan for a child in a private school."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

UNDER_IDEA = frozenset({"iep", "services_plan"})
"""Kinds of plan that IDEA knows; the other one is Section 504's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Somebody at the meeting that developed the plan; one person may fill several roles."""

    role: str = ""
    staff_id: str | None = None
    interprets_results: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Excusal:
    """A member who need not attend (300.321(e)).

    `area_discussed`: whether the meeting spoke of this member's area. `parent_agreed_on`: when the
    parent agreed, or where the area was discussed consented, in writing. `input_given_on`: when
    the member's written input was given to the parent and the team.
    """

    role: str = ""
    area_discussed: bool | None = None
    parent_agreed_on: date | None = None
    input_given_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A measurable annual goal, with short-term objectives where they are asked for."""

    area: str = ""
    goal: str | None = None
    measured_by: str | None = None
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of what is provided: specially designed instruction, or a related service.

    `area`: what is taught, or which service it is. `minutes` of each session; `sessions` of them
    `per` day, week, month or longer.
    """

    area: str = ""
    setting: str | None = None
    provider_role: str | None = None
    provider_staff_id: str | None = None
    minutes: int | None = None
    sessions: int | None = None
    per: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def lacks(self) -> tuple[str, ...]:
        """What keeps it from being a line that can be carried out; empty when nothing does."""
        checks = {
            "the setting": not self.setting,
            "the provider's role": not self.provider_role,
            "the minutes": not self.minutes,
            "the start": self.starts_on is None,
        }
        return tuple(what for what, lacking in checks.items() if lacking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed:
    """A teacher or provider who was told of their duties under the plan (300.323(d))."""

    staff_id: str | None = None
    role: str = ""
    informed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One version of a plan.

    `case_id`: the case that produced it; None: the one that looks at it. `kind`: `iep`,
    `section_504` or `services_plan`. `occasion`: `initial`, `review` of the whole plan, or
    `amendment` between reviews; `amends_id`: the version it takes the place of. `meeting_held_on`:
    when its team developed it. `offered_on`: when the parent was given the proposed plan.
    `in_effect_on`: when it took effect. `reevaluation_waived_on`: when parent and district agreed
    that the re-evaluation due is unnecessary. `ended_on`: when it ended, or a later version took
    its place. `recorded_on`: when it was put on record here, None before.
    """

    id: str = "plan"
    case_id: str | None = None
    kind: str = "iep"
    status: str = "draft"
    version: int = 1
    occasion: str = "initial"
    amends_id: str | None = None
    case_manager_staff_id: str | None = None
    offered_on: date | None = None
    in_effect_on: date | None = None
    ended_on: date | None = None
    end_reason: str | None = None
    next_review_on: date | None = None
    reevaluation_on: date | None = None
    reevaluation_waived_on: date | None = None
    majority_notice_on: date | None = None
    summary_given_on: date | None = None
    recorded_on: date | None = None
    # The meeting
    meeting_held_on: date | None = None
    agreed_without_meeting_on: date | None = None
    attendees: tuple[Attendee, ...] = ()
    excusals: tuple[Excusal, ...] = ()
    parent_invited_on: date | None = None
    invitation_attempts: int = 0
    student_invited_on: date | None = None
    # What it says (300.320)
    present_levels: str | None = None
    goals: tuple[Goal, ...] = ()
    progress_measured: str | None = None
    progress_reported: str | None = None
    services: tuple[Line, ...] = ()
    related_services: tuple[Line, ...] = ()
    supplementary_aids: tuple[str, ...] = ()
    accommodations: tuple[str, ...] = ()
    modifications: tuple[str, ...] = ()
    participation: str | None = None
    assessment_accommodations: tuple[str, ...] = ()
    alternate_assessment: bool | None = None
    alternate_assessment_why: str | None = None
    transition_goals: tuple[str, ...] = ()
    transition_services: tuple[str, ...] = ()
    informed: tuple[Informed, ...] = ()

    @property
    def framework(self) -> str:
        """The law it is under."""
        return "idea" if self.kind in UNDER_IDEA else "section_504"

    @property
    def agreed_on(self) -> date | None:
        """When the team, or the parent and the district without a meeting, settled on it."""
        return self.meeting_held_on or self.agreed_without_meeting_on
