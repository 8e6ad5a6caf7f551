"""Evaluations, with what was done in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

EXISTING_DATA: Mapping[str, str] = {
    "parent_information": "evaluations and information provided by the parents",
    "assessments": "current classroom-based, local or State assessments",
    "classroom_observations": "classroom-based observations",
    "provider_observations": "observations by teachers and related services providers",
}
"""What a review of existing data looks at (300.305(a)(1)), by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One assessment procedure of an evaluation."""

    id: str = "assessment"
    areas: tuple[str, ...] = ()
    source_kind: str = "aptitude_test"
    origin: str = "agency"
    conducted_on: date | None = None
    assessor: str | None = None
    credential: str | None = None
    language: str | None = None
    technically_sound: bool | None = None
    breach: bool = False

    @property
    def counts(self) -> bool:
        """An assessment given before consent never counts toward a step."""
        return not self.breach


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One observation of the child in a learning environment.

    `consented`: the agency had consent to evaluate that day; a routine one is no breach without.
    """

    id: str = "observation"
    observed_on: date | None = None
    observer_staff_id: str | None = None
    routine: bool = False
    area: str | None = None
    consented: bool = True
    breach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An evaluation that another public agency began before the child enrolled here.

    `consent_received_on`: the day on which that agency received consent to evaluate.
    `coordinated_on`: when both agencies had coordinated the assessments (300.304(c)(5)).
    """

    from_agency: str = "another public agency"
    consent_received_on: date | None = None
    enrolled_on: date | None = None
    coordinated_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The plan of assessments over all areas of suspected disability, and its report.

    `existing_data`: what of it was reviewed (`EXISTING_DATA`). `no_data_needed_on`: when the parent
    was told that no more data is needed, for which reasons, and, with `right_to_assessment_told`,
    that they may ask for an assessment all the same. `other_needs`: what was looked for beyond the
    suspected disability.
    """

    id: str = "evaluation"
    suspected_areas: tuple[str, ...] = ()
    suspected_categories: tuple[str, ...] = ()
    areas_not_assessed: Mapping[str, str] = field(default_factory=dict)
    parent_input: str | None = None
    existing_data: tuple[str, ...] = ()
    existing_data_reviewed_on: date | None = None
    no_data_needed_on: date | None = None
    no_data_reasons: str | None = None
    right_to_assessment_told: bool | None = None
    assessment_asked_on: date | None = None
    other_needs: str | None = None
    report_completed_on: date | None = None
    report_given_to_parent_on: date | None = None
    transfer: Transfer | None = None
    assessments: tuple[Assessment, ...] = ()
    observations: tuple[Observation, ...] = ()
