"""Evaluations with their assessments and observations, and which were made without consent."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, and_, exists, or_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from service.storage.base import MutableRow, one_of, refers, word
from service.storage.cases import Case, CaseStep
from service.storage.notices import TO_EVALUATE, Consent

SOURCE_KINDS = (
    "aptitude_test", "achievement_test", "parent_input", "teacher_recommendation",
    "physical_condition", "social_cultural_background", "adaptive_behavior", "observation",
    "records_review", "other",
)  # fmt: skip
ORIGINS = ("agency", "outside", "existing_data", "given_to_all", "screening")


class Evaluation(MutableRow):
    """The plan of assessments over all areas of suspected disability, and the report.

    `transferred_from` names another public agency that began it before the child enrolled here.
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("coordinator_staff_id", "staff"),
        Index("ix_evaluations_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    case_id: Mapped[UUID]
    coordinator_staff_id: Mapped[UUID | None]
    suspected_areas: Mapped[list[str]] = mapped_column(default=list)
    suspected_categories: Mapped[list[str]] = mapped_column(default=list)
    areas_not_assessed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    parent_input: Mapped[str | None]
    existing_data: Mapped[list[str]] = mapped_column(default=list)
    existing_data_reviewed_on: Mapped[date | None]
    no_data_needed_on: Mapped[date | None]
    no_data_reasons: Mapped[str | None]
    right_to_assessment_told: Mapped[bool | None]
    assessment_asked_on: Mapped[date | None]
    other_needs: Mapped[str | None]
    report_completed_on: Mapped[date | None]
    report_given_to_parent_on: Mapped[date | None]
    transferred_from: Mapped[str | None]
    transfer_consent_received_on: Mapped[date | None]
    transfer_enrolled_on: Mapped[date | None]
    transfer_coordinated_on: Mapped[date | None]


class Assessment(MutableRow):
    """One assessment procedure: areas, kind of source, who gave it, in which language.

    Whether it was a breach is not stored: it follows the consents of the case.
    """

    __tablename__ = "assessments"
    __table_args__ = (
        refers("evaluation_id", "evaluations"),
        refers("assessor_staff_id", "staff"),
        one_of("source_kind", SOURCE_KINDS),
        one_of("origin", ORIGINS),
        Index("ix_assessments_district_id_evaluation_id_id", "district_id", "evaluation_id", "id"),
    )

    evaluation_id: Mapped[UUID]
    title: Mapped[str]
    areas: Mapped[list[str]] = mapped_column(default=list)
    source_kind: Mapped[str] = mapped_column(word())
    origin: Mapped[str] = mapped_column(word(16), default="agency")
    conducted_on: Mapped[date]
    assessor_staff_id: Mapped[UUID | None]
    assessor_name: Mapped[str | None]
    credential: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(word(35))
    technically_sound: Mapped[bool | None]
    summary: Mapped[str | None]


class Observation(MutableRow):
    """One observation of the child in a learning environment."""

    __tablename__ = "observations"
    __table_args__ = (
        refers("evaluation_id", "evaluations"),
        refers("observer_staff_id", "staff"),
        Index("ix_observations_district_id_evaluation_id_id", "district_id", "evaluation_id", "id"),
    )

    evaluation_id: Mapped[UUID]
    observed_on: Mapped[date]
    setting: Mapped[str]
    area: Mapped[str | None] = mapped_column(word())
    observer_staff_id: Mapped[UUID | None]
    routine: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]


def without_consent(
    evaluation_id: InstrumentedAttribute[UUID], day: InstrumentedAttribute[date]
) -> ColumnElement[bool]:
    """Whether the agency lacked consent to evaluate that day, and did not lawfully go without.

    The same question as `row_facts` asks of one record, for lists of many.
    """
    said = and_(
        Consent.district_id == Evaluation.district_id,
        Consent.case_id == Evaluation.case_id,
        Consent.purpose.in_(TO_EVALUATE),
    )
    consented = exists().where(
        Evaluation.id == evaluation_id,
        said,
        Consent.answer == "granted",
        Consent.received_on <= day,
        or_(Consent.revoked_on.is_(None), day <= Consent.revoked_on),
    )
    begun = exists().where(
        Evaluation.id == evaluation_id,
        CaseStep.district_id == Evaluation.district_id,
        CaseStep.case_id == Evaluation.case_id,
        CaseStep.record_type == Case.__tablename__,
        CaseStep.step == "start-evaluation",
        CaseStep.taken_on <= day,
        ~exists().where(
            said,
            or_(
                and_(Consent.answer == "granted", Consent.received_on <= CaseStep.taken_on),
                and_(
                    Consent.answer == "refused",
                    Consent.received_on > CaseStep.taken_on,
                    Consent.received_on < day,
                ),
            ),
        ),
    )
    return ~(consented | begun)
