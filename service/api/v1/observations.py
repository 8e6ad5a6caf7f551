"""Observations of an evaluation, and whether each was made with consent."""

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
    ListQuery,
    Schema,
    Sort,
    Text,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.evaluations import Evaluation, Observation, without_consent
from service.workflow import evaluations

blp = Blueprint(
    "observations",
    "Observations",
    description="Observations of the child in a learning environment. One made without the "
    "parent's consent is kept and never counts, unless it was routine.",
)

SET_ONCE = "Set once; afterwards only POST …/corrections sets it right."


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
    breach = Flag(required=True, metadata=breaches.MARK)
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


OBSERVATIONS = Listing(
    model=Observation,
    schema=ObservationSchema,
    sorts={"id": Observation.id},
    columns={
        "row_version": Observation.version,
        **breaches.columns(
            and_(
                Observation.routine.is_(False),
                without_consent(Observation.evaluation_id, Observation.observed_on),
            )
        ),
    },
)


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
        self.uow.read(Evaluation, evaluation_id)
        return self.page(OBSERVATIONS, query, evaluation_id=evaluation_id)

    @needs("evaluations:write")
    @blp.arguments(NewObservation)
    @blp.response(201, ObservationSchema)
    def post(self, sent: dict[str, Any], evaluation_id: UUID) -> Response:
        """Record an observation.

        A routine one, made in the course of teaching, is never a breach; another without
        consent is, and does not count (IDEA-CONSENT-EVAL).
        """
        made = evaluations.add(self.uow, evaluation_id, Observation(**sent))
        return self.created(breaches.shown(made), ObservationSchema, "OneObservation")


@blp.route("/observations/<uuid:id>")
class OneObservation(Resource):
    @needs("evaluations:read")
    @blp.response(200, ObservationSchema)
    def get(self, id: UUID) -> Response:
        """Get an observation.

        With whether it was made without consent (IDEA-CONSENT-EVAL).
        """
        made = evaluations.marked(self.uow, self.uow.get(Observation, id))
        return self.one(breaches.shown(made), ObservationSchema)

    @needs("evaluations:write")
    @blp.arguments(ObservationChange)
    @blp.response(200, ObservationSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change an observation.

        Its day, and whether it was routine, which make it a breach or not
        (IDEA-CONSENT-EVAL), are set right by POST …/corrections.
        """
        row = self.changing(Observation, id)
        made = evaluations.change_part(self.uow, row, sent)
        return self.updated(breaches.shown(made), ObservationSchema)


add_corrections(blp, "/observations", Observation, "evaluations")
