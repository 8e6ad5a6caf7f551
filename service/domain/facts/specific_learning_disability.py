"""What a group records about a specific learning disability (34 CFR 300.307-300.311)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

ACHIEVEMENT_AREAS: Mapping[str, str] = {
    "oral_expression": "Oral expression.",
    "listening_comprehension": "Listening comprehension.",
    "written_expression": "Written expression.",
    "basic_reading_skill": "Basic reading skill.",
    "reading_fluency": "Reading fluency skills.",
    "reading_comprehension": "Reading comprehension.",
    "math_calculation": "Mathematics calculation.",
    "math_problem_solving": "Mathematics problem solving.",
}
"""The eight areas of 300.309(a)(1), by code."""

RESPONSE = "response_to_intervention"
DISCREPANCY = "severe_discrepancy"

METHODS: Mapping[str, str] = {
    RESPONSE: "The child's response to scientific, research-based intervention (300.307(a)(2)).",
    DISCREPANCY: "A severe discrepancy between ability and achievement (300.307(a)(1)).",
    "other_research_based": "Another research-based procedure, such as an analysis of strengths "
    "and weaknesses (300.307(a)(3)).",
}
"""The criteria by which a state may let the disability be found, by code."""

FACTORS: Mapping[str, str] = {
    "visual_hearing_motor": "a visual, hearing or motor disability",
    "intellectual_disability": "an intellectual disability",
    "emotional_disturbance": "emotional disturbance",
    "cultural_factors": "cultural factors",
    "environmental_or_economic_disadvantage": "environmental or economic disadvantage",
    "limited_english_proficiency": "limited English proficiency",
}
"""What the findings may not primarily result from (300.309(a)(3)), by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """What the group found about one factor: `absent`, `not_primary` or `primary`.

    `effect`: what it does to the child's achievement, in words (300.311(a)(6)).
    """

    finding: str | None = None
    effect: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedAssessment:
    """One of the assessments of progress during instruction (300.309(b)(2))."""

    assessed_on: date | None = None
    measure: str | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseToIntervention:
    """What the report says where the response to intervention was assessed (300.311(a)(7)).

    The days on which the parents were told of the state's policies on the data collected and the
    services provided, of strategies for increasing the rate of learning, and of their right to
    request an evaluation.
    """

    strategies_and_data: str | None = None
    told_of_data_and_services_on: date | None = None
    told_of_strategies_on: date | None = None
    told_of_right_to_evaluation_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificLearningDisability:
    """The particulars of a determination about a specific learning disability.

    `areas`: in which achievement is inadequate. `insufficient_progress` in a response to
    intervention, or a pattern of `strengths_and_weaknesses`. `instruction`: the data that show
    whether instruction in regular education was appropriate. `intervention_ids` and `assessments`
    hold the repeated assessments, shared with the parents on `assessments_shared_on`.
    `observation_id`: the observation that the group decided to use. `assurance`: that the
    determination was made in accordance with 300.306(c)(1).
    """

    methods: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    insufficient_progress: bool | None = None
    strengths_and_weaknesses: bool | None = None
    exclusions: Mapping[str, Exclusion] = field(default_factory=dict)
    appropriate_instruction: bool | None = None
    instruction: str | None = None
    intervention_ids: tuple[str, ...] = ()
    assessments: tuple[RepeatedAssessment, ...] = ()
    assessments_shared_on: date | None = None
    observation_id: str | None = None
    relevant_behavior: str | None = None
    medical_findings: str | None = None
    assurance: bool | None = None
    response: ResponseToIntervention = field(default_factory=ResponseToIntervention)
