"""Requests for an independent evaluation at public expense, and their two answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    Day,
    IdField,
    Instant,
    Int64,
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
from service.api.plumbing.steps import StepDetails, add_steps
from service.domain.lifecycles import INDEPENDENT_EVALUATION_REQUEST
from service.storage.cases import Case
from service.storage.rights import IndependentEvaluationRequest
from service.storage.unit_of_work import UnitOfWork
from service.workflow import rights

blp = Blueprint(
    "independent-evaluation-requests",
    "Independent evaluations",
    description="A parent who disagrees with the district's evaluation may have another one at "
    "public expense: the district provides it, or files for due process (34 CFR 300.502).",
)

STATUSES = {
    "requested": "The district owes its answer, without unnecessary delay.",
    "provided": "It is provided at public expense.",
    "defended": "The district has filed for due process to show that its own is appropriate.",
    "declined": "None was due at public expense.",
    "withdrawn": "The parent took the request back.",
}


class IndependentEvaluationRequestSchema(Schema):
    """A request for an independent evaluation."""

    id = IdField(required=True)
    case_id = IdField(required=True)
    guardian_id = IdField(required=True, allow_none=True, metadata={"description": "Who asked."})
    evaluation_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "The evaluation they disagree with; null: the last one."},
    )
    status = Words(STATUSES, required=True)
    requested_on = Day(required=True)
    disagreement = Text(required=True, allow_none=True, max=4000)
    answered_on = Day(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewIndependentEvaluationRequest(Schema):
    """A request to record. No reason may be asked for as a condition (300.502(b)(4))."""

    requested_on = Day(required=True, metadata={"description": "Never in the future."})
    guardian_id = IdField(allow_none=True)
    evaluation_id = IdField(allow_none=True)
    disagreement = Text(
        allow_none=True,
        max=4000,
        metadata={"description": "Why they disagree, if they say so; they need not."},
    )


class AnswerDetails(StepDetails):
    """When it was answered; today when not said."""

    answered_on = Day(metadata={"description": "Never in the future."})


class IndependentEvaluationRequestQuery(ListQuery):
    sort = Sort("id", metadata={"description": "By when it was recorded."})


REQUESTS = Listing(
    model=IndependentEvaluationRequest,
    schema=IndependentEvaluationRequestSchema,
    sorts={"id": IndependentEvaluationRequest.id},
)


@blp.route("/cases/<uuid:case_id>/independent-evaluation-requests")
class CaseIndependentEvaluationRequests(Resource):
    @needs("rights:read")
    @blp.arguments(IndependentEvaluationRequestQuery, location="query")
    @blp.response(200, page_of(IndependentEvaluationRequestSchema))
    def get(self, query: dict[str, Any], case_id: UUID) -> Response:
        """List a case's requests for an independent evaluation.

        In the order they were recorded, answered or not.
        """
        self.uow.get(Case, case_id)
        return self.page(REQUESTS, query, case_id=case_id)

    @needs("rights:write")
    @blp.arguments(NewIndependentEvaluationRequest)
    @blp.response(201, IndependentEvaluationRequestSchema)
    def post(self, sent: dict[str, Any], case_id: UUID) -> Response:
        """Record a request for an independent evaluation.

        Recording is never refused for a rule. The answer is a step, and there are two: to provide
        one, or to file for due process (IDEA-IEE).
        """
        made = rights.ask_independent_evaluation(self.uow, self.services.policies, case_id, sent)
        return self.created(
            made, IndependentEvaluationRequestSchema, "OneIndependentEvaluationRequest"
        )


@blp.route("/independent-evaluation-requests/<uuid:id>")
class OneIndependentEvaluationRequest(Resource):
    @needs("rights:read")
    @blp.response(200, IndependentEvaluationRequestSchema)
    def get(self, id: UUID) -> Response:
        """Get a request for an independent evaluation.

        Where it stands, and when it was answered.
        """
        row = self.uow.get(IndependentEvaluationRequest, id)
        return self.one(row, IndependentEvaluationRequestSchema)


def _load(uow: UnitOfWork, id: UUID) -> IndependentEvaluationRequest:
    return uow.get(IndependentEvaluationRequest, id, lock=uow.writes)


add_steps(
    blp,
    INDEPENDENT_EVALUATION_REQUEST,
    path="/independent-evaluation-requests/<uuid:id>",
    scope="rights",
    load=_load,
    schema=IndependentEvaluationRequestSchema,
    details=dict.fromkeys(INDEPENDENT_EVALUATION_REQUEST.names, AnswerDetails),
)
add_corrections(blp, "/independent-evaluation-requests", IndependentEvaluationRequest, "rights")
