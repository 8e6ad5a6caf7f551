"""What parents ask for beside an evaluation, and what is disputed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, one_of, refers, word

DISPUTE_KINDS = ("due_process_complaint", "mediation", "state_complaint")
FILED_BY = ("parent", "district", "other")
ABOUT = (
    "consent_to_evaluate", "identification", "evaluation", "independent_evaluation", "placement",
    "fape", "discipline", "other",
)  # fmt: skip
ASKS_FOR = ("records", "procedural_safeguards")
OUTCOMES = ("hearing_order", "mediation_agreement", "settled", "withdrawn", "dismissed", "decided")


class RecordsRequest(MutableRow):
    """A parent asks to see the child's records (300.613, 99.10), or for the safeguards notice."""

    __tablename__ = "records_requests"
    __table_args__ = (
        refers("student_id", "students"),
        refers("case_id", "cases"),
        refers("guardian_id", "guardians"),
        one_of("asks_for", ASKS_FOR),
        CheckConstraint("given_on IS NULL OR requested_on <= given_on", name="days_in_order"),
        Index("ix_records_requests_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_records_requests_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    student_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    guardian_id: Mapped[UUID | None]
    asks_for: Mapped[str] = mapped_column(word(), default="records")
    requested_on: Mapped[date]
    records: Mapped[str | None]
    given_on: Mapped[date | None]
    note: Mapped[str | None]


class IndependentEvaluationRequest(MutableRow):
    """A parent disagrees with the agency's evaluation and asks for another one (300.502)."""

    __tablename__ = "independent_evaluation_requests"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("guardian_id", "guardians"),
        refers("evaluation_id", "evaluations"),
        CheckConstraint(
            "(status = 'requested') = (answered_on IS NULL)", name="answered_when_not_open"
        ),
        Index(
            "ix_independent_evaluation_requests_district_id_case_id_id",
            "district_id",
            "case_id",
            "id",
        ),
    )

    case_id: Mapped[UUID]
    guardian_id: Mapped[UUID | None]
    evaluation_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(word(16), default="requested")
    requested_on: Mapped[date]
    disagreement: Mapped[str | None]
    answered_on: Mapped[date | None]


class Dispute(MutableRow):
    """A complaint or a mediation about a child, and how it ended (300.506-300.516, 300.153)."""

    __tablename__ = "disputes"
    __table_args__ = (
        refers("student_id", "students"),
        refers("case_id", "cases"),
        one_of("kind", DISPUTE_KINDS),
        one_of("filed_by", FILED_BY),
        one_of("about", ABOUT),
        one_of("outcome", OUTCOMES, nullable=True),
        CheckConstraint("ended_on IS NULL OR filed_on <= ended_on", name="days_in_order"),
        CheckConstraint("(outcome IS NULL) = (ended_on IS NULL)", name="outcome_when_ended"),
        Index("ix_disputes_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_disputes_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    student_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(word())
    filed_by: Mapped[str] = mapped_column(word(16))
    about: Mapped[str] = mapped_column(word())
    filed_on: Mapped[date]
    ended_on: Mapped[date | None]
    outcome: Mapped[str | None] = mapped_column(word())
    reference: Mapped[str | None]
    note: Mapped[str | None]
