"""What parents ask for beside an evaluation, and what is disputed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsRequest:
    """A parent asks to see the records, or for the procedural safeguards notice.

    `asks_for`: `records` or `procedural_safeguards`; `given_on`: when they could see or had it.
    """

    id: str = "records_request"
    asks_for: str = "records"
    requested_on: date | None = None
    given_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentEvaluationRequest:
    """A parent asks for an independent evaluation at public expense.

    `evaluation_id`: the agency's evaluation that they disagree with; None: the last one.
    """

    id: str = "independent_evaluation_request"
    evaluation_id: str | None = None
    status: str = "requested"
    requested_on: date | None = None
    answered_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A complaint or a mediation: who filed it, about what, and how it ended."""

    id: str = "dispute"
    kind: str = "due_process_complaint"
    filed_by: str = "parent"
    about: str = "evaluation"
    filed_on: date | None = None
    ended_on: date | None = None
    outcome: str | None = None
