"""What a group decided under IDEA or Section 504."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from service.domain.facts.specific_learning_disability import SpecificLearningDisability

PRESCHOOL_FACTORS = (
    "unfamiliarity_with_english",
    "temporary_physical_disability",
    "social_maladjustment",
    "environmental_cultural_or_economic_factors",
    "regular_environment_suffices",
)
"""What a state may ask of a finding about a preschool child (Cal. Educ. Code 56441.11(b))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One educational need, with what was tried and why it takes special education."""

    area: str = ""
    instruction_gave: str | None = None
    intervention_gave: str | None = None
    evidence: tuple[str, ...] = ()
    not_tried_because: str | None = None
    why_specially_designed: str | None = None

    @property
    def recorded(self) -> bool:
        tried = bool(self.instruction_gave or self.intervention_gave) and bool(self.evidence)
        return (tried or bool(self.not_tried_because)) and bool(self.why_specially_designed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of the group that decides."""

    role: str = ""
    staff_id: str | None = None
    agrees: bool | None = None
    statement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of information that the group considered."""

    kind: str = ""
    document_id: str | None = None
    assessment_id: str | None = None
    considered: str | None = None
    medical: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One mitigating measure, such as medication or a device."""

    kind: str = ""
    ordinary_lenses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """An eligibility determination under IDEA or Section 504, drafted or final."""

    id: str = "determination"
    framework: str = "idea"
    status: str = "draft"
    supersedes_id: str | None = None
    outcome: str | None = None
    decided_on: date | None = None
    copy_given_to_parent_on: date | None = None
    group: tuple[Member, ...] = ()
    parent_participated: bool | None = None
    parent_invited_on: date | None = None
    invitation_attempts: int = 0
    sources: tuple[Source, ...] = ()
    rationale: str | None = None
    # IDEA, 300.8 and 300.306
    disability_present: bool | None = None
    category: str | None = None
    needs_special_education: bool | None = None
    related_service_only: bool | None = None
    related_services: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    determinants: Mapping[str, bool | None] = field(default_factory=dict)
    services_start_on: date | None = None
    sld: SpecificLearningDisability | None = None
    preschool: Mapping[str, bool | None] = field(default_factory=dict)
    # Section 504, 104.3(j) and 42 USC 12102
    impairment: str | None = None
    major_life_activities: tuple[str, ...] = ()
    substantially_limits: bool | None = None
    mitigating_measures: tuple[Measure, ...] = ()
    limitation_judged_without_mitigation: bool | None = None
    episodic: bool | None = None
    judged_when_active: bool | None = None
    reason_codes: tuple[str, ...] = ()
