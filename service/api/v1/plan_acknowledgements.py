"""Acknowledgements: who was told of their duties under a plan, and when."""

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
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.plans import Plan, PlanAcknowledgement
from service.workflow import plan_acknowledgements

blp = Blueprint(
    "plan-acknowledgements",
    "Plan acknowledgements",
    description="Which teachers and providers have a plan and were told of their own duties under "
    "it (34 CFR 300.323(d)).",
)


class AcknowledgementChange(Schema):
    """What to add to it. What is on record is set right by a correction instead."""

    duties = Text(
        allow_none=True, max=20000, metadata={"example": "Extended time; a seat near the board."}
    )
    acknowledged_on = Day(
        allow_none=True, metadata={"description": "When they confirmed it themselves."}
    )


class NewAcknowledgement(AcknowledgementChange):
    """Somebody who was told."""

    staff_id = IdField(required=True)
    role = Text(
        required=True,
        max=60,
        metadata={
            "description": "As which they carry it out: the provider's role of a line, or "
            "`teacher` for the regular class.",
            "example": "teacher",
        },
    )
    informed_on = Day(required=True, metadata={"description": "Never in the future."})


class PlanAcknowledgementSchema(Schema):
    """A teacher or provider who was told of their duties under a plan."""

    id = IdField(required=True)
    plan_id = IdField(required=True)
    staff_id = IdField(required=True)
    role = Text(required=True)
    duties = Text(required=True, allow_none=True, max=20000)
    informed_on = Day(required=True)
    acknowledged_on = Day(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class AcknowledgementQuery(ListQuery):
    sort = Sort("id", metadata={"description": "By when it was recorded."})


ACKNOWLEDGEMENTS = Listing(
    model=PlanAcknowledgement,
    schema=PlanAcknowledgementSchema,
    sorts={"id": PlanAcknowledgement.id},
)


@blp.route("/plans/<uuid:plan_id>/acknowledgements")
class PlanAcknowledgements(Resource):
    @needs("plans:read")
    @blp.arguments(AcknowledgementQuery, location="query")
    @blp.response(200, page_of(PlanAcknowledgementSchema))
    def get(self, query: dict[str, Any], plan_id: UUID) -> Response:
        """List who was told of a plan.

        Of this version: whoever carries out a later one is told anew.
        """
        self.uow.read(Plan, plan_id)
        return self.page(ACKNOWLEDGEMENTS, query, plan_id=plan_id)

    @needs("plans:write")
    @blp.arguments(NewAcknowledgement)
    @blp.response(201, PlanAcknowledgementSchema)
    def post(self, sent: dict[str, Any], plan_id: UUID) -> Response:
        """Record that somebody was told of a plan.

        The duty to tell everybody (IDEA-IEP-ACCESS) is done when each provider of a line, and with
        accommodations, modifications or aids the regular teacher, was told.
        """
        plan = self.uow.get(Plan, plan_id, lock=True)
        row = plan_acknowledgements.record(self.uow, self.services.policies, plan, sent)
        return self.created(row, PlanAcknowledgementSchema, "OnePlanAcknowledgement")


@blp.route("/plan-acknowledgements/<uuid:id>")
class OnePlanAcknowledgement(Resource):
    @needs("plans:read")
    @blp.response(200, PlanAcknowledgementSchema)
    def get(self, id: UUID) -> Response:
        """Get an acknowledgement.

        Who was told of which duties, when, and whether they confirmed it.
        """
        return self.one(self.uow.read(PlanAcknowledgement, id), PlanAcknowledgementSchema)

    @needs("plans:write")
    @blp.arguments(AcknowledgementChange)
    @blp.response(200, PlanAcknowledgementSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to an acknowledgement.

        The day on which they confirmed it is set once; POST …/corrections sets it right.
        """
        row = self.changing(PlanAcknowledgement, id)
        plan_acknowledgements.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, PlanAcknowledgementSchema)


add_corrections(blp, "/plan-acknowledgements", PlanAcknowledgement, "plans")
