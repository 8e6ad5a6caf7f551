"""Evaluations, with what was done in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


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
    breach: bool = False

    @property
    def counts(self) -> bool:
        """An assessment given before consent never counts toward a step."""
        return not self.breach


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One observation of the child in a learning environment."""

    id: str = "observation"
    observed_on: date | None = None
    routine: bool = False
    area: str | None = None
    breach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The plan of assessments over all areas of suspected disability, and its report."""

    id: str = "evaluation"
    suspected_areas: tuple[str, ...] = ()
    suspected_categories: tuple[str, ...] = ()
    areas_not_assessed: Mapping[str, str] = field(default_factory=dict)
    parent_input: str | None = None
    report_completed_on: date | None = None
    report_given_to_parent_on: date | None = None
    no_data_needed_on: date | None = None
    assessments: tuple[Assessment, ...] = ()
    observations: tuple[Observation, ...] = ()
