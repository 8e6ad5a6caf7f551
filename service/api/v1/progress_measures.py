"""Progress points of interventions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    Day,
    IdField,
    Instant,
    Int64,
    ListQuery,
    Number,
    Schema,
    Sort,
    Text,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, before, since
from service.api.plumbing.resource import Resource
from service.storage.interventions import Intervention, ProgressMeasure
from service.workflow import interventions

blp = Blueprint(
    "progress-measures",
    "Progress measures",
    description="What was measured while an intervention ran, point by point.",
)


class ProgressMeasureSchema(Schema):
    """One progress point: what was measured, when, and the figure."""

    id = IdField(required=True)
    intervention_id = IdField(required=True)
    measured_on = Day(required=True)
    measure = Text(required=True)
    value = Number(required=True)
    unit = Text(required=True, allow_none=True, max=40)
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class ProgressMeasureChange(Schema):
    """What to change about a progress point."""

    measured_on = Day(metadata={"description": "Not after today.", "example": "2026-09-18"})
    measure = Text(metadata={"example": "Oral reading fluency"})
    value = Number(metadata={"example": 38})
    unit = Text(allow_none=True, max=40, metadata={"example": "words correct per minute"})
    note = Text(allow_none=True, max=4000)


class NewProgressMeasure(ProgressMeasureChange):
    """A progress point to record."""

    measured_on = Day(
        required=True, metadata={"description": "Not after today.", "example": "2026-09-18"}
    )
    measure = Text(required=True, metadata={"example": "Oral reading fluency"})
    value = Number(required=True, metadata={"example": 38})


class ProgressMeasureQuery(ListQuery):
    measured_since = Day(metadata={"description": "Only points of this day or later."})
    measured_before = Day(metadata={"description": "Only points before this day."})
    sort = Sort("measured_on")


MEASURES = Listing(
    model=ProgressMeasure,
    schema=ProgressMeasureSchema,
    filters={
        "measured_since": since(ProgressMeasure.measured_on),
        "measured_before": before(ProgressMeasure.measured_on),
    },
    sorts={"measured_on": ProgressMeasure.measured_on},
)


@blp.route("/interventions/<uuid:intervention_id>/progress-measures")
class ProgressMeasures(Resource):
    @needs("interventions:read")
    @blp.arguments(ProgressMeasureQuery, location="query")
    @blp.response(200, page_of(ProgressMeasureSchema))
    def get(self, query: dict[str, Any], intervention_id: UUID) -> Response:
        """List an intervention's progress points.

        In the order they were measured.
        """
        self.uow.read(Intervention, intervention_id)
        return self.page(MEASURES, query, intervention_id=intervention_id)

    @needs("interventions:write")
    @blp.arguments(NewProgressMeasure)
    @blp.response(201, ProgressMeasureSchema)
    def post(self, sent: dict[str, Any], intervention_id: UUID) -> Response:
        """Record a progress point.

        Points on different days count toward STATE-PREREFERRAL-INTERVENTION. No data is never
        read as failure, and never as progress.
        """
        point = ProgressMeasure(**sent)
        row = interventions.add(self.uow, self.services.policies, intervention_id, point)
        return self.created(row, ProgressMeasureSchema, "OneProgressMeasure")


@blp.route("/progress-measures/<uuid:id>")
class OneProgressMeasure(Resource):
    @needs("interventions:read")
    @blp.response(200, ProgressMeasureSchema)
    def get(self, id: UUID) -> Response:
        """Get a progress point.

        One measurement of an intervention, on its day.
        """
        return self.one(self.uow.read(ProgressMeasure, id), ProgressMeasureSchema)

    @needs("interventions:write")
    @blp.arguments(ProgressMeasureChange)
    @blp.response(200, ProgressMeasureSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a progress point.

        The journal keeps what it said before.
        """
        row = self.changing(ProgressMeasure, id)
        interventions.change_part(self.uow, self.services.policies, row, sent)
        return self.updated(row, ProgressMeasureSchema)
