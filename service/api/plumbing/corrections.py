"""Corrections, the same way for every record that has facts to set right."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    AnyObject,
    Day,
    Flag,
    IdField,
    Instant,
    Listed,
    Nested,
    Schema,
    Text,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.resource import Resource
from service.storage.base import MutableRow
from service.workflow import corrections


class CorrectionSchema(Schema):
    """A fact that was set right: what it was, what it is, why, on what evidence."""

    id = IdField(required=True)
    record_type = Text(required=True)
    record_id = IdField(required=True)
    field = Text(required=True)
    old_value = AnyObject(required=True)
    new_value = AnyObject(required=True)
    reason = Text(required=True, max=4000)
    evidence = Text(required=True, allow_none=True, max=4000)
    accepted = Flag(
        required=True,
        metadata={"description": "Whether it is in force. A later date of receipt may wait."},
    )
    flagged = Text(
        required=True, allow_none=True, metadata={"description": "Why it waits, if it does."}
    )
    corrected_on = Day(required=True)
    corrected_at = Instant(required=True)
    acting_staff_id = IdField(required=True, allow_none=True)


class NewCorrection(Schema):
    """A fact to set right."""

    field = Text(required=True, max=40, metadata={"example": "received_on"})
    value = Text(required=True, max=20000, metadata={"example": "2026-09-04"})
    reason = Text(
        required=True, max=4000, metadata={"example": "The letter was stamped on the Friday."}
    )
    evidence = Text(max=4000)


class CorrectionList(Schema):
    """Every correction of a record, oldest first."""

    items = Listed(Nested(CorrectionSchema), required=True, max=1000)


def add_corrections(blp: Blueprint, path: str, model: type[MutableRow], scope: str) -> None:
    """Give a resource `GET` and `POST {path}/<id>/corrections`."""
    fields = ", ".join(f"`{name}`" for name in sorted(corrections.CORRECTABLE[model]))

    class Corrections(Resource):
        @needs(f"{scope}:read")
        @blp.response(200, CorrectionList)
        def get(self, id: UUID) -> Response:
            self.uow.get(model, id)
            return self.json(CorrectionList, {"items": corrections.corrections_of(self.uow, id)})

        @needs(f"{scope}:write")
        @blp.arguments(NewCorrection)
        @blp.response(201, CorrectionSchema)
        def post(self, sent: dict[str, Any], id: UUID) -> Response:
            row = self.uow.get(model, id, lock=True)
            made = corrections.correct(self.uow, self.services.policies, row, **sent)
            answer = self.json(CorrectionSchema, made, status=201)
            answer.headers["Location"] = f"/v1{path}/{id}/corrections"
            return answer

    noun = path.strip("/").replace("-", " ")
    Corrections.get.__doc__ = f"List the corrections of one of the {noun}."
    Corrections.post.__doc__ = (
        f"Correct one of the {noun}.\n\n"
        f"Sets right {fields}. What was stays on record beside what is. An earlier date of "
        "receipt is taken at once; a later one waits, flagged, until a trusted person gives "
        "evidence, and until then the earliest drives every clock."
    )
    Corrections.__name__ = Corrections.__qualname__ = f"CorrectionsOf{model.__name__}"
    blp.route(f"{path}/<uuid:id>/corrections")(Corrections)
