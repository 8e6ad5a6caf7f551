"""Sessions of interventions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    Day,
    Flag,
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
from service.api.plumbing.paging import Listing, before, since
from service.api.plumbing.resource import Resource
from service.storage.interventions import Intervention, InterventionSession
from service.workflow import interventions

blp = Blueprint(
    "intervention-sessions",
    "Intervention sessions",
    description="The sessions of an intervention: when, how long, and whether the student came.",
)


class InterventionSessionSchema(Schema):
    """A session that took place, or that the student missed."""

    id = IdField(required=True)
    intervention_id = IdField(required=True)
    held_on = Day(required=True)
    minutes = Int64(required=True, allow_none=True)
    attended = Flag(required=True)
    staff_id = IdField(required=True, allow_none=True)
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class InterventionSessionChange(Schema):
    """What to change about a session."""

    held_on = Day(metadata={"description": "Not after today.", "example": "2026-09-15"})
    minutes = Int64(
        allow_none=True,
        min=0,
        max=1440,
        metadata={"description": "Minutes that the student was given.", "example": 30},
    )
    attended = Flag(metadata={"description": "False when the student missed it; else true."})
    staff_id = IdField(allow_none=True)
    note = Text(allow_none=True, max=4000)


class NewInterventionSession(InterventionSessionChange):
    """A session to record."""

    held_on = Day(
        required=True, metadata={"description": "Not after today.", "example": "2026-09-15"}
    )


class InterventionSessionQuery(ListQuery):
    held_since = Day(metadata={"description": "Only sessions on this day or later."})
    held_before = Day(metadata={"description": "Only sessions before this day."})
    sort = Sort("held_on")


SESSIONS = Listing(
    model=InterventionSession,
    schema=InterventionSessionSchema,
    filters={
        "held_since": since(InterventionSession.held_on),
        "held_before": before(InterventionSession.held_on),
    },
    sorts={"held_on": InterventionSession.held_on},
)


@blp.route("/interventions/<uuid:intervention_id>/sessions")
class Sessions(Resource):
    @needs("interventions:read")
    @blp.arguments(InterventionSessionQuery, location="query")
    @blp.response(200, page_of(InterventionSessionSchema))
    def get(self, query: dict[str, Any], intervention_id: UUID) -> Response:
        """List an intervention's sessions.

        In the order they were held, those that the student missed among them.
        """
        self.uow.read(Intervention, intervention_id)
        return self.page(SESSIONS, query, intervention_id=intervention_id)

    @needs("interventions:write")
    @blp.arguments(NewInterventionSession)
    @blp.response(201, InterventionSessionSchema)
    def post(self, sent: dict[str, Any], intervention_id: UUID) -> Response:
        """Record a session.

        One that the student attended counts with its minutes toward
        STATE-PREREFERRAL-INTERVENTION; one that was missed is kept and does not.
        """
        session = InterventionSession(**sent)
        row = interventions.add(self.uow, self.services.policies, intervention_id, session)
        return self.created(row, InterventionSessionSchema, "OneSession")


@blp.route("/intervention-sessions/<uuid:id>")
class OneSession(Resource):
    @needs("interventions:read")
    @blp.response(200, InterventionSessionSchema)
    def get(self, id: UUID) -> Response:
        """Get a session.

        One session of an intervention, attended or missed.
        """
        return self.one(self.uow.read(InterventionSession, id), InterventionSessionSchema)

    @needs("interventions:write")
    @blp.arguments(InterventionSessionChange)
    @blp.response(200, InterventionSessionSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a session.

        The journal keeps what it said before.
        """
        row = self.changing(InterventionSession, id)
        interventions.change_part(self.uow, self.services.policies, row, sent)
        return self.updated(row, InterventionSessionSchema)
