"""Evaluations: what is planned, and the report."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response

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
from service.domain.facts import EXISTING_DATA
from service.storage.cases import Case
from service.storage.evaluations import Evaluation
from service.workflow import evaluations

blp = Blueprint(
    "evaluations",
    "Evaluations",
    description="What is assessed, by whom, in which language, and the report "
    "(34 CFR 300.301 to 300.306).",
)

NOT_ASSESSED = {
    "description": "By area: why an area that was suspected is not assessed "
    "(34 CFR 300.304(c)(4)).",
    "example": {"motor": "No concern was found in the review of existing data."},
}
REVIEWED = {code: f"{words[0].upper()}{words[1:]}." for code, words in EXISTING_DATA.items()}
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
    existing_data = Listed(Words(REVIEWED), required=True)
    existing_data_reviewed_on = Day(required=True, allow_none=True)
    no_data_needed_on = Day(required=True, allow_none=True)
    no_data_reasons = Text(required=True, allow_none=True, max=20000)
    right_to_assessment_told = Flag(required=True, allow_none=True)
    assessment_asked_on = Day(required=True, allow_none=True)
    other_needs = Text(required=True, allow_none=True, max=20000)
    report_completed_on = Day(required=True, allow_none=True)
    report_given_to_parent_on = Day(required=True, allow_none=True)
    transferred_from = Text(required=True, allow_none=True)
    transfer_consent_received_on = Day(required=True, allow_none=True)
    transfer_enrolled_on = Day(required=True, allow_none=True)
    transfer_coordinated_on = Day(required=True, allow_none=True)
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
    areas_not_assessed = AnyObject(
        keys=Text(max=80), values=Text(max=2000), metadata={**NOT_ASSESSED, "maxProperties": 100}
    )
    parent_input = Text(
        allow_none=True,
        max=20000,
        metadata={
            "description": "What the parent told about the child.",
            "example": "Homework takes two hours; he builds for an hour on end.",
        },
    )
    existing_data = Listed(
        Words(REVIEWED),
        metadata={"description": "What the review of existing data looked at (300.305(a)(1))."},
    )
    existing_data_reviewed_on = Day(
        allow_none=True,
        metadata={"description": f"When; it takes no meeting (300.305(b)). {SET_ONCE}"},
    )
    no_data_needed_on = Day(
        allow_none=True,
        metadata={
            "description": "When the parent was told that no more data is needed (300.305(d)). "
            + SET_ONCE
        },
    )
    no_data_reasons = Text(
        allow_none=True, max=20000, metadata={"description": "Why, as the parent was told."}
    )
    right_to_assessment_told = Flag(
        allow_none=True,
        metadata={
            "description": "That the parent was told they may ask for an assessment all the same "
            "(300.305(d)(1)(ii))."
        },
    )
    assessment_asked_on = Day(
        allow_none=True,
        metadata={
            "description": "When the parent did ask for one; then the agency assesses. " + SET_ONCE
        },
    )
    other_needs = Text(
        allow_none=True,
        max=20000,
        metadata={
            "description": "What the evaluation found about needs that do not commonly go with the "
            "suspected disability (300.304(c)(6))."
        },
    )
    report_completed_on = Day(allow_none=True, metadata={"description": SET_ONCE})
    report_given_to_parent_on = Day(
        allow_none=True,
        metadata={"description": f"When the parent got the copy (300.306(a)(2)). {SET_ONCE}"},
    )
    transferred_from = Text(
        allow_none=True,
        metadata={
            "description": "Another public agency that began this evaluation before the child "
            f"enrolled here (300.301(d)(2)). {SET_ONCE}"
        },
    )
    transfer_consent_received_on = Day(
        allow_none=True,
        metadata={
            "description": "When that agency received consent to evaluate: the clock counts from "
            f"there. {SET_ONCE}"
        },
    )
    transfer_enrolled_on = Day(
        allow_none=True, metadata={"description": f"When the child enrolled here. {SET_ONCE}"}
    )
    transfer_coordinated_on = Day(
        allow_none=True,
        metadata={
            "description": "When both agencies had coordinated their assessments (300.304(c)(5)). "
            + SET_ONCE
        },
    )

    @ma.validates("areas_not_assessed")
    def not_too_many(self, value: dict[str, str], **_: Any) -> None:
        if len(value) > 100:
            raise refuse("too_many", "At most 100.")


class EvaluationChange(NewEvaluation):
    """What to change. Dates that are on record are set right by a correction."""


class EvaluationQuery(ListQuery):
    sort = Sort("id")


EVALUATIONS = Listing(model=Evaluation, schema=EvaluationSchema, sorts={"id": Evaluation.id})


@blp.route("/cases/<uuid:case_id>/evaluations")
class CaseEvaluations(Resource):
    @needs("evaluations:read")
    @blp.arguments(EvaluationQuery, location="query")
    @blp.response(200, page_of(EvaluationSchema))
    def get(self, query: dict[str, Any], case_id: UUID) -> Response:
        """List a case's evaluations.

        The last one recorded is the evaluation in hand.
        """
        self.uow.read(Case, case_id)
        return self.page(EVALUATIONS, query, case_id=case_id)

    @needs("evaluations:write")
    @blp.arguments(NewEvaluation)
    @blp.response(201, EvaluationSchema)
    def post(self, sent: dict[str, Any], case_id: UUID) -> Response:
        """Record an evaluation.

        Nothing is gated here: the rules (IDEA-REED, IDEA-REED-NO-DATA, IDEA-EVAL-ALL-AREAS,
        IDEA-EVAL-COMPREHENSIVE, IDEA-EVAL-LANGUAGE, IDEA-EVAL-QUALIFIED, IDEA-EVAL-SOUND,
        IDEA-EVAL-VARIETY, IDEA-EVAL-CLOCK) run at the case's step `complete-evaluation`. Its days
        move the case's deadlines at once, that of another agency's consent too
        (IDEA-EVAL-CLOCK-EXC-TRANSFER, IDEA-EVAL-TRANSFER-COORD).
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
        return self.one(self.uow.read(Evaluation, id), EvaluationSchema)

    @needs("evaluations:write")
    @blp.arguments(EvaluationChange)
    @blp.response(200, EvaluationSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change an evaluation.

        Its days start or stop clocks (IDEA-EVAL-CLOCK, IDEA-REPORT-COPY): each is set once;
        afterwards POST …/corrections sets it right and keeps both.
        """
        row = self.changing(Evaluation, id)
        evaluations.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, EvaluationSchema)


add_corrections(blp, "/evaluations", Evaluation, "evaluations")
