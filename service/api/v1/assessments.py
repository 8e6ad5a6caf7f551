"""Assessments of an evaluation, and whether each was made with consent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import and_

from service.api.plumbing import breaches
from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
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
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.evaluations import Assessment, Evaluation, without_consent
from service.workflow import evaluations

blp = Blueprint(
    "assessments",
    "Assessments",
    description="The assessment procedures of an evaluation. One that the agency gave without "
    "the parent's consent is kept and never counts (34 CFR 300.300(a)(1)(i)).",
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
    "given_to_all": "A test that all children are given; needs no consent (300.300(d)(1)).",
    "screening": "A screening for instruction; not an evaluation (300.302).",
}

SET_ONCE = "Set once; afterwards only POST …/corrections sets it right."


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
    technically_sound = Flag(required=True, allow_none=True)
    summary = Text(required=True, allow_none=True, max=20000)
    breach = Flag(required=True, metadata=breaches.MARK)
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
    credential = Text(allow_none=True, metadata={"example": "School psychologist, NCSP"})
    language = Text(allow_none=True, max=35, metadata={"example": "es"})
    technically_sound = Flag(
        allow_none=True,
        metadata={
            "description": "Whether the instrument is technically sound and used for what it is "
            "valid for (300.304(b)(3))."
        },
    )
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
    technically_sound = Flag(allow_none=True)
    summary = Text(allow_none=True, max=20000)


class AssessmentQuery(ListQuery):
    sort = Sort("id")


ASSESSMENTS = Listing(
    model=Assessment,
    schema=AssessmentSchema,
    sorts={"id": Assessment.id},
    columns={
        "row_version": Assessment.version,
        **breaches.columns(
            and_(
                Assessment.origin == "agency",
                without_consent(Assessment.evaluation_id, Assessment.conducted_on),
            )
        ),
    },
)


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
        self.uow.read(Evaluation, evaluation_id)
        return self.page(ASSESSMENTS, query, evaluation_id=evaluation_id)

    @needs("evaluations:write")
    @blp.arguments(NewAssessment)
    @blp.response(201, AssessmentSchema)
    def post(self, sent: dict[str, Any], evaluation_id: UUID) -> Response:
        """Record an assessment.

        One that the agency gave without consent is recorded as a breach and never counts
        (IDEA-CONSENT-EVAL, 34 CFR 300.300(a)(1)(i)); refusing to record it would only hide it.
        Outside evaluations, reviews of existing data, tests that all children are given
        (IDEA-CONSENT-NOT-NEEDED) and screenings (IDEA-SCREENING-NOT-EVAL) are never breaches.
        """
        made = evaluations.add(self.uow, evaluation_id, Assessment(**sent))
        return self.created(breaches.shown(made), AssessmentSchema, "OneAssessment")


@blp.route("/assessments/<uuid:id>")
class OneAssessment(Resource):
    @needs("evaluations:read")
    @blp.response(200, AssessmentSchema)
    def get(self, id: UUID) -> Response:
        """Get an assessment.

        With whether it was made without consent (IDEA-CONSENT-EVAL).
        """
        made = evaluations.marked(self.uow, self.uow.get(Assessment, id))
        return self.one(breaches.shown(made), AssessmentSchema)

    @needs("evaluations:write")
    @blp.arguments(AssessmentChange)
    @blp.response(200, AssessmentSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change an assessment.

        Its day and its origin, which make it a breach or not (IDEA-CONSENT-EVAL), are set
        right by POST …/corrections.
        """
        row = self.changing(Assessment, id)
        made = evaluations.change_part(self.uow, row, sent)
        return self.updated(breaches.shown(made), AssessmentSchema)


add_corrections(blp, "/assessments", Assessment, "evaluations")
