"""Toddlers who leave Part C at the third birthday."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    Day,
    Flag,
    IdField,
    Instant,
    Int64,
    Schema,
    Text,
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
from service.storage.arrivals import PartCTransition
from service.workflow import rights

blp = Blueprint(
    "part-c-transitions",
    "Part C transitions",
    description="A child of Part C turns three: the lead agency tells the district 90 days "
    "before, and an IEP is in effect by the birthday (34 CFR 300.124, 303.209).",
)


class PartCTransitionSchema(OfAStudent):
    """A child who leaves Part C."""

    found_eligible_on = Day(
        required=True, allow_none=True, metadata={"description": "Under Part C."}
    )
    notified_on = Day(required=True, allow_none=True)
    conference_on = Day(required=True, allow_none=True)
    district_took_part = Flag(required=True, allow_none=True)
    services_start_on = Day(required=True, allow_none=True)
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class PartCTransitionChange(Schema):
    """What to add; what is on record is set right by a correction."""

    case_id = IdField(allow_none=True)
    found_eligible_on = Day(
        allow_none=True,
        metadata={"description": "When the child was found eligible under Part C."},
    )
    notified_on = Day(
        allow_none=True, metadata={"description": "When the lead agency's notice arrived."}
    )
    conference_on = Day(
        allow_none=True, metadata={"description": "When the transition conference is or was."}
    )
    district_took_part = Flag(allow_none=True)
    services_start_on = Day(
        allow_none=True,
        metadata={"description": "Set by the IEP Team where the birthday falls in summer."},
    )
    note = Text(allow_none=True, max=4000)


class NewPartCTransition(NewOfAStudent, PartCTransitionChange):
    """A transition to record."""


TRANSITIONS = Listing(
    model=PartCTransition,
    schema=PartCTransitionSchema,
    filters={"student_id": PartCTransition.student_id},
    sorts={"id": PartCTransition.id},
)


@blp.route("/part-c-transitions")
class PartCTransitions(Resource):
    @needs("arrivals:read")
    @blp.arguments(OfAStudentQuery, location="query")
    @blp.response(200, page_of(PartCTransitionSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List transitions from Part C.

        Those of one student, or all, in the order they were recorded.
        """
        return self.page(TRANSITIONS, query)

    @needs("arrivals:write")
    @blp.arguments(NewPartCTransition)
    @blp.response(201, PartCTransitionSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record a transition from Part C.

        With the student's birth date it gives the deadlines of the notice and the conference
        (PARTC-NOTIFY-90) and of the IEP (IDEA-C2B-THIRD), in the case it belongs to.
        """
        row = rights.record(self.uow, self.services.policies, PartCTransition, sent)
        return self.created(row, PartCTransitionSchema, "OnePartCTransition")


@blp.route("/part-c-transitions/<uuid:id>")
class OnePartCTransition(Resource):
    @needs("arrivals:read")
    @blp.response(200, PartCTransitionSchema)
    def get(self, id: UUID) -> Response:
        """Get a transition from Part C.

        When the notice came, and when the conference was.
        """
        return self.one(self.uow.get(PartCTransition, id), PartCTransitionSchema)

    @needs("arrivals:write")
    @blp.arguments(PartCTransitionChange)
    @blp.response(200, PartCTransitionSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to a transition from Part C.

        The notice and the conference meet their deadlines.
        """
        row = self.changing(PartCTransition, id)
        rights.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, PartCTransitionSchema)


add_corrections(blp, "/part-c-transitions", PartCTransition, "arrivals")
