"""Requests to see a child's records, within 45 days, or for the safeguards notice."""

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
    Schema,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.of_a_student import (
    NewOfAStudent,
    OfAStudent,
    OfAStudentQuery,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.rights import RecordsRequest
from service.workflow import rights

blp = Blueprint(
    "records-requests",
    "Records requests",
    description="A parent asks to see the records (34 CFR 300.613, 99.10): without unnecessary "
    "delay, before any IEP meeting or hearing, and never later than 45 days (IDEA-ACCESS-45). Or "
    "for the procedural safeguards notice, which a parent has whenever they ask (34 CFR "
    "300.504(a)(4), IDEA-PSN).",
)

ASKS_FOR = {
    "records": "To see the child's records.",
    "procedural_safeguards": "For the procedural safeguards notice.",
}


class RecordsRequestSchema(OfAStudent):
    """A parent asks to see the records, or for the safeguards notice."""

    guardian_id = IdField(required=True, allow_none=True, metadata={"description": "Who asked."})
    asks_for = Words(ASKS_FOR, required=True)
    requested_on = Day(required=True)
    records = Text(required=True, allow_none=True, max=4000)
    given_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "When the parent could see them, or had it."},
    )
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class RecordsRequestChange(Schema):
    """What to add; what is on record is set right by a correction."""

    case_id = IdField(allow_none=True)
    guardian_id = IdField(allow_none=True)
    records = Text(allow_none=True, max=4000, metadata={"example": "The evaluation of May."})
    given_on = Day(allow_none=True, metadata={"description": "Meets the deadline."})
    note = Text(allow_none=True, max=4000)


class NewRecordsRequest(NewOfAStudent, RecordsRequestChange):
    """A request to record."""

    asks_for = Words(ASKS_FOR, metadata={"description": "Left out: `records`."})
    requested_on = Day(required=True, metadata={"description": "Never in the future."})


REQUESTS = Listing(
    model=RecordsRequest,
    schema=RecordsRequestSchema,
    filters={"student_id": RecordsRequest.student_id},
    sorts={"id": RecordsRequest.id},
)


@blp.route("/records-requests")
class RecordsRequests(Resource):
    @needs("rights:read")
    @blp.arguments(OfAStudentQuery, location="query")
    @blp.response(200, page_of(RecordsRequestSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List requests to see records.

        Those about one student, or all, in the order they were recorded.
        """
        return self.page(REQUESTS, query)

    @needs("rights:write")
    @blp.arguments(NewRecordsRequest)
    @blp.response(201, RecordsRequestSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record a request to see records.

        Its deadline runs from the day the parent asked, in the case it belongs to.
        """
        row = rights.record(self.uow, self.services.policies, RecordsRequest, sent)
        return self.created(row, RecordsRequestSchema, "OneRecordsRequest")


@blp.route("/records-requests/<uuid:id>")
class OneRecordsRequest(Resource):
    @needs("rights:read")
    @blp.response(200, RecordsRequestSchema)
    def get(self, id: UUID) -> Response:
        """Get a request to see records.

        With the day on which the parent could see the records, once there is one.
        """
        return self.one(self.uow.get(RecordsRequest, id), RecordsRequestSchema)

    @needs("rights:write")
    @blp.arguments(RecordsRequestChange)
    @blp.response(200, RecordsRequestSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to a request to see records.

        The day on which the parent saw the records ends the deadline.
        """
        row = self.changing(RecordsRequest, id)
        rights.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, RecordsRequestSchema)


add_corrections(blp, "/records-requests", RecordsRequest, "rights")
