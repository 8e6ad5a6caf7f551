"""Evaluations with their assessments and observations."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response
from sqlalchemy import ColumnElement, and_, case, exists, or_
from sqlalchemy.orm import InstrumentedAttribute

from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    AnyObject,
    Day,
    Flag,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    Schema,
    Sort,
    Text,
    Words,
    page_of,
    refuse,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.cases import Case
from service.storage.evaluations import Assessment, Evaluation, Observation
from service.storage.notices import Consent
from service.workflow import evaluations

blp = Blueprint(
    "evaluations",
    "Evaluations",
    description="What is assessed, by whom, in which language, and the report "
    "(34 CFR 300.301 to 300.306).",
)

SOURCE_KINDS = {
    "aptitude_test": "A test of ability.",
    "achievement_test": "A test of what was learned.",
    "parent_input": "What the parent told.",
    "teacher_recommendation": "What teachers observed and recommend.",
    "physical_condition": "Medical and physical information.",
    "social_cultural_background": "Social or cultural background.",
    "adaptive_behavior": "Adaptive behaviour.",
    "observation": "An observation of the child.",
    "records_review": "A review of existing data (34 CFR 300.305).",
    "other": "Another kind of source.",
}
ORIGINS = {
    "agency": "Given by or for the district as part of the evaluation.",
    "outside": "An outside evaluation that was brought in; never a breach.",
    "existing_data": "Existing data that was reviewed; needs no consent (300.300(d)(1)).",
    "screening": "A screening for instruction; not an evaluation (300.302).",
}


NOT_ASSESSED = {
    "description": "By area: why an area that was suspected is not assessed "
    "(34 CFR 300.304(c)(4)).",
    "example": {"motor": "No concern was found in the review of existing data."},
}
BREACH = {
    "description": "Made without the parent's consent: kept, and never counted toward a step "
    "(rule IDEA-CONSENT-EVAL). It follows the consents of the case."
}
SET_ONCE = "Set once; afterwards only POST …/corrections sets it right."


class EvaluationSchema(Schema):
    """An evaluation: its plan and its report."""

    id = IdField(required=True)
    case_id = IdField(required=True)
    coordinator_staff_id = IdField(required=True, allow_none=True)
    suspected_areas = Listed(Text(max=80), required=True)
    suspected_categories = Listed(Text(max=16), required=True)
    areas_not_assessed = AnyObject(
        keys=Text(max=80), values=Text(max=2000), required=True, metadata=NOT_ASSESSED
    )
    parent_input = Text(required=True, allow_none=True, max=20000)
    no_data_needed_on = Day(required=True, allow_none=True)
    report_completed_on = Day(required=True, allow_none=True)
    report_given_to_parent_on = Day(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewEvaluation(Schema):
    """An evaluation to record. Every member may come later."""

    coordinator_staff_id = IdField(allow_none=True)
    suspected_areas = Listed(Text(max=80), metadata={"example": ["reading", "attention"]})
    suspected_categories = Listed(
        Text(max=16),
        metadata={
            "description": "Codes of the categories in question, as in the policy.",
            "example": ["OHI"],
        },
    )
    areas_not_assessed = AnyObject(keys=Text(max=80), values=Text(max=2000), metadata=NOT_ASSESSED)
    parent_input = Text(allow_none=True, max=20000)
    no_data_needed_on = Day(
        allow_none=True,
        metadata={
            "description": "When the parent was told that no more data is needed (300.305(d)). "
            + SET_ONCE
        },
    )
    report_completed_on = Day(allow_none=True, metadata={"description": SET_ONCE})
    report_given_to_parent_on = Day(
        allow_none=True,
        metadata={"description": f"When the parent got the copy (300.306(a)(2)). {SET_ONCE}"},
    )

    @ma.validates("areas_not_assessed")
    def not_too_many(self, value: dict[str, str], **_: Any) -> None:
        if len(value) > 100:
            raise refuse("too_many", "At most 100.")


class EvaluationChange(NewEvaluation):
    """What to change. Dates that are on record are set right by a correction."""


class EvaluationQuery(ListQuery):
    sort = Sort("id")


class AssessmentSchema(Schema):
    """One assessment procedure."""

    id = IdField(required=True)
    evaluation_id = IdField(required=True)
    title = Text(required=True)
    areas = Listed(Text(max=80), required=True)
    source_kind = Words(SOURCE_KINDS, required=True)
    origin = Words(ORIGINS, required=True)
    conducted_on = Day(required=True)
    assessor_staff_id = IdField(required=True, allow_none=True)
    assessor_name = Text(required=True, allow_none=True)
    credential = Text(required=True, allow_none=True)
    language = Text(required=True, allow_none=True, max=35)
    summary = Text(required=True, allow_none=True, max=20000)
    breach = Flag(required=True, metadata=BREACH)
    breach_because = Text(required=True, allow_none=True)
    version = Int64(required=True, attribute="row_version")
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewAssessment(Schema):
    """An assessment to record, also one that came too early."""

    title = Text(required=True, metadata={"example": "Curriculum-based reading measures"})
    areas = Listed(Text(max=80), required=True, min=1, metadata={"example": ["reading"]})
    source_kind = Words(SOURCE_KINDS, required=True)
    origin = Words(ORIGINS)
    conducted_on = Day(required=True)
    assessor_staff_id = IdField(allow_none=True)
    assessor_name = Text(allow_none=True)
    credential = Text(allow_none=True)
    language = Text(allow_none=True, max=35, metadata={"example": "es"})
    summary = Text(allow_none=True, max=20000)


class AssessmentChange(Schema):
    """What to change about an assessment.

    `conducted_on` and `origin`, which make it a breach or not, are set right by a correction.
    """

    title = Text()
    areas = Listed(Text(max=80), min=1)
    source_kind = Words(SOURCE_KINDS)
    origin = Words(ORIGINS, metadata={"description": SET_ONCE})
    conducted_on = Day(metadata={"description": SET_ONCE})
    assessor_staff_id = IdField(allow_none=True)
    assessor_name = Text(allow_none=True)
    credential = Text(allow_none=True)
    language = Text(allow_none=True, max=35)
    summary = Text(allow_none=True, max=20000)


class AssessmentQuery(ListQuery):
    sort = Sort("id")


class ObservationSchema(Schema):
    """One observation of the child in a learning environment."""

    id = IdField(required=True)
    evaluation_id = IdField(required=True)
    observed_on = Day(required=True)
    setting = Text(required=True)
    area = Text(required=True, allow_none=True, max=40)
    observer_staff_id = IdField(required=True, allow_none=True)
    routine = Flag(
        required=True, metadata={"description": "Made in the course of ordinary teaching."}
    )
    note = Text(required=True, allow_none=True, max=20000)
    breach = Flag(required=True, metadata=BREACH)
    breach_because = Text(required=True, allow_none=True)
    version = Int64(required=True, attribute="row_version")
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewObservation(Schema):
    """An observation to record."""

    observed_on = Day(required=True)
    setting = Text(required=True, metadata={"example": "Regular classroom, reading block"})
    area = Text(allow_none=True, max=40, metadata={"example": "reading"})
    observer_staff_id = IdField(allow_none=True)
    routine = Flag()
    note = Text(allow_none=True, max=20000)


class ObservationChange(Schema):
    """What to change about an observation.

    `observed_on` and `routine`, which make it a breach or not, are set right by a correction.
    """

    observed_on = Day(metadata={"description": SET_ONCE})
    setting = Text()
    area = Text(allow_none=True, max=40, metadata={"example": "reading"})
    observer_staff_id = IdField(allow_none=True)
    routine = Flag(metadata={"description": SET_ONCE})
    note = Text(allow_none=True, max=20000)


class ObservationQuery(ListQuery):
    sort = Sort("id")


def _without_consent(
    evaluation_id: InstrumentedAttribute[UUID], day: InstrumentedAttribute[date]
) -> ColumnElement[bool]:
    """Whether the agency lacked consent that day; `evaluations.marked` says it of one record."""
    return ~exists().where(
        Evaluation.id == evaluation_id,
        Consent.district_id == Evaluation.district_id,
        Consent.case_id == Evaluation.case_id,
        Consent.purpose == "initial_evaluation",
        Consent.answer == "granted",
        Consent.received_on <= day,
        or_(Consent.revoked_on.is_(None), day <= Consent.revoked_on),
    )


def _marks(breach: ColumnElement[bool]) -> dict[str, ColumnElement[Any]]:
    return {
        "breach": case((breach, True), else_=False),
        "breach_because": case((breach, evaluations.BREACH), else_=None),
    }


EVALUATIONS = Listing(model=Evaluation, schema=EvaluationSchema, sorts={"id": Evaluation.id})
ASSESSMENTS = Listing(
    model=Assessment,
    schema=AssessmentSchema,
    sorts={"id": Assessment.id},
    columns={
        "row_version": Assessment.version,
        **_marks(
            and_(
                Assessment.origin == "agency",
                _without_consent(Assessment.evaluation_id, Assessment.conducted_on),
            )
        ),
    },
)
OBSERVATIONS = Listing(
    model=Observation,
    schema=ObservationSchema,
    sorts={"id": Observation.id},
    columns={
        "row_version": Observation.version,
        **_marks(
            and_(
                Observation.routine.is_(False),
                _without_consent(Observation.evaluation_id, Observation.observed_on),
            )
        ),
    },
)


@blp.route("/cases/<uuid:case_id>/evaluations")
class CaseEvaluations(Resource):
    @needs("evaluations:read")
    @blp.arguments(EvaluationQuery, location="query")
    @blp.response(200, page_of(EvaluationSchema))
    def get(self, query: dict[str, Any], case_id: UUID) -> Response:
        """List a case's evaluations.

        The last one recorded is the evaluation in hand.
        """
        self.uow.get(Case, case_id)
        return self.page(EVALUATIONS, query, Evaluation.case_id == case_id)

    @needs("evaluations:write")
    @blp.arguments(NewEvaluation)
    @blp.response(201, EvaluationSchema)
    def post(self, sent: dict[str, Any], case_id: UUID) -> Response:
        """Record an evaluation.

        Nothing is gated here: the rules (IDEA-EVAL-ALL-AREAS, IDEA-EVAL-LANGUAGE,
        IDEA-EVAL-QUALIFIED, IDEA-EVAL-VARIETY, IDEA-EVAL-CLOCK) run at the case's step
        `complete-evaluation`. Its days move the case's deadlines at once.
        """
        row = evaluations.plan(self.uow, self.services.policies, case_id, sent)
        return self.created(row, EvaluationSchema, "OneEvaluation")


@blp.route("/evaluations/<uuid:id>")
class OneEvaluation(Resource):
    @needs("evaluations:read")
    @blp.response(200, EvaluationSchema)
    def get(self, id: UUID) -> Response:
        """Get an evaluation.

        Its assessments and observations have lists of their own.
        """
        return self.one(self.uow.get(Evaluation, id), EvaluationSchema)

    @needs("evaluations:write")
    @blp.arguments(EvaluationChange)
    @blp.response(200, EvaluationSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change an evaluation.

        Its days start or stop clocks (IDEA-EVAL-CLOCK, IDEA-REPORT-COPY): each is set once;
        afterwards POST …/corrections sets it right and keeps both.
        """
        row = self.uow.get(Evaluation, id)
        self.match(row)
        evaluations.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, EvaluationSchema)


@blp.route("/evaluations/<uuid:evaluation_id>/assessments")
class Assessments(Resource):
    @needs("evaluations:read")
    @blp.arguments(AssessmentQuery, location="query")
    @blp.response(200, page_of(AssessmentSchema))
    def get(self, query: dict[str, Any], evaluation_id: UUID) -> Response:
        """List an evaluation's assessments.

        Each says whether it was made without consent, and so does not count
        (IDEA-CONSENT-EVAL).
        """
        self.uow.get(Evaluation, evaluation_id)
        return self.page(ASSESSMENTS, query, Assessment.evaluation_id == evaluation_id)

    @needs("evaluations:write")
    @blp.arguments(NewAssessment)
    @blp.response(201, AssessmentSchema)
    def post(self, sent: dict[str, Any], evaluation_id: UUID) -> Response:
        """Record an assessment.

        One that the agency gave without consent is recorded as a breach and never counts
        (IDEA-CONSENT-EVAL, 34 CFR 300.300(a)(1)(i)); refusing to record it would only hide it.
        Outside evaluations, reviews of existing data and screenings (IDEA-SCREENING-NOT-EVAL)
        are never breaches.
        """
        made = evaluations.add(self.uow, evaluation_id, Assessment(**sent))
        return self.created(made, AssessmentSchema, "OneAssessment")


@blp.route("/assessments/<uuid:id>")
class OneAssessment(Resource):
    @needs("evaluations:read")
    @blp.response(200, AssessmentSchema)
    def get(self, id: UUID) -> Response:
        """Get an assessment.

        With whether it was made without consent (IDEA-CONSENT-EVAL).
        """
        made = evaluations.marked(self.uow, self.uow.get(Assessment, id))
        return self.one(made, AssessmentSchema)

    @needs("evaluations:write")
    @blp.arguments(AssessmentChange)
    @blp.response(200, AssessmentSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change an assessment.

        Its day and its origin, which make it a breach or not (IDEA-CONSENT-EVAL), are set
        right by POST …/corrections.
        """
        row = self.uow.get(Assessment, id)
        self.match(row)
        made = evaluations.change_part(self.uow, row, sent)
        return self.updated(made, AssessmentSchema)


@blp.route("/evaluations/<uuid:evaluation_id>/observations")
class Observations(Resource):
    @needs("evaluations:read")
    @blp.arguments(ObservationQuery, location="query")
    @blp.response(200, page_of(ObservationSchema))
    def get(self, query: dict[str, Any], evaluation_id: UUID) -> Response:
        """List an evaluation's observations.

        Each says whether it was made without consent, and so does not count
        (IDEA-CONSENT-EVAL).
        """
        self.uow.get(Evaluation, evaluation_id)
        return self.page(OBSERVATIONS, query, Observation.evaluation_id == evaluation_id)

    @needs("evaluations:write")
    @blp.arguments(NewObservation)
    @blp.response(201, ObservationSchema)
    def post(self, sent: dict[str, Any], evaluation_id: UUID) -> Response:
        """Record an observation.

        A routine one, made in the course of teaching, is never a breach; another without
        consent is, and does not count (IDEA-CONSENT-EVAL).
        """
        made = evaluations.add(self.uow, evaluation_id, Observation(**sent))
        return self.created(made, ObservationSchema, "OneObservation")


@blp.route("/observations/<uuid:id>")
class OneObservation(Resource):
    @needs("evaluations:read")
    @blp.response(200, ObservationSchema)
    def get(self, id: UUID) -> Response:
        """Get an observation.

        With whether it was made without consent (IDEA-CONSENT-EVAL).
        """
        made = evaluations.marked(self.uow, self.uow.get(Observation, id))
        return self.one(made, ObservationSchema)

    @needs("evaluations:write")
    @blp.arguments(ObservationChange)
    @blp.response(200, ObservationSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change an observation.

        Its day, and whether it was routine, which make it a breach or not
        (IDEA-CONSENT-EVAL), are set right by POST …/corrections.
        """
        row = self.uow.get(Observation, id)
        self.match(row)
        made = evaluations.change_part(self.uow, row, sent)
        return self.updated(made, ObservationSchema)


add_corrections(blp, "/evaluations", Evaluation, "evaluations")
add_corrections(blp, "/assessments", Assessment, "evaluations")
add_corrections(blp, "/observations", Observation, "evaluations")
