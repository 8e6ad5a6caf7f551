"""Corrections, the same way for every record that has facts to set right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
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
from service.storage.base import MutableRow
from service.storage.cases import Correction
from service.workflow import corrections


class CorrectionSchema(Schema):
    """A fact that was set right: what it was, what it is, why, on what evidence."""

    id = IdField(required=True)
    record_type = Text(required=True)
    record_id = IdField(required=True)
    field = Text(required=True)
    old_value = AnyObject(required=True, metadata={"example": {"value": "2026-09-08"}})
    new_value = AnyObject(required=True, metadata={"example": {"value": "2026-09-04"}})
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
    """A fact to set right. Each record adds `field`, one of those that it has."""

    value = Text(
        required=True,
        allow_none=True,
        max=20000,
        metadata={
            "description": "What it is; null where it turns out not to have been at all.",
            "example": "2026-09-04",
        },
    )
    reason = Text(
        required=True, max=4000, metadata={"example": "The letter was stamped on the Friday."}
    )
    evidence = Text(
        max=4000,
        metadata={
            "description": "What shows it: a postmark, a log. Needed where a correction takes "
            "something from the child.",
            "example": "The envelope, postmarked 3 September.",
        },
    )


class CorrectionQuery(ListQuery):
    sort = Sort("id")


CORRECTIONS = Listing(model=Correction, schema=CorrectionSchema, sorts={"id": Correction.id})


LOCATION = {
    "description": "The corrections of the record.",
    "schema": {"type": "string"},
    "example": "/v1/referrals/01936f1e-8a00-7000-8000-000000000001/corrections",
}


def add_corrections(
    blp: Blueprint,
    path: str,
    model: type[MutableRow],
    scope: str,
    *,
    correct: Callable[..., Correction] = corrections.correct,
) -> None:
    """Give a resource `GET` and `POST {path}/<id>/corrections`.

    `correct` stands in for the common one where more hangs on the fact than one case.
    """
    known = corrections.CORRECTABLE[model]
    fields = ", ".join(f"`{name}`" for name in sorted(known))
    day = next(name for name, fact in known.items() if fact.parse is date)
    fact: Any = type(
        f"New{model.__name__}Correction",
        (NewCorrection,),
        {
            "__doc__": "A fact to set right.",
            "field": Words(sorted(known), required=True, metadata={"example": day}),
        },
    )

    class Corrections(Resource):
        @needs(f"{scope}:read")
        @blp.arguments(CorrectionQuery, location="query")
        @blp.response(200, page_of(CorrectionSchema))
        def get(self, query: dict[str, Any], id: UUID) -> Response:
            self.uow.read(model, id)
            return self.page(CORRECTIONS, query, record_id=id)

        @needs(f"{scope}:write", versioned=False)
        @blp.arguments(fact)
        @blp.response(201, CorrectionSchema, headers={"Location": LOCATION})
        def post(self, sent: dict[str, Any], id: UUID) -> Response:
            row = self.uow.get(model, id, lock=True)
            made = correct(self.uow, self.services.policies, row, **sent)
            answer = self.json(CorrectionSchema, made, status=201)
            answer.headers["Location"] = f"/v1{path}/{id}/corrections"
            return answer

    noun = path.strip("/").replace("-", " ").removesuffix("s")
    article = "an" if noun[0] in "aeiou" else "a"
    Corrections.get.__doc__ = (
        f"List the corrections of {article} {noun}.\n\n"
        "Oldest first: what was, what is, why, and whether it is in force."
    )
    Corrections.post.__doc__ = (
        f"Correct {article} {noun}.\n\n"
        f"Sets right {fields}. What was stays on record beside what is, and every clock that "
        "hangs on it is counted anew."
    )
    if any(field.receipt for field in known.values()):
        Corrections.post.__doc__ += (
            " An earlier day of what starts a clock is taken at once; a later one waits, flagged, "
            "until a trusted person gives evidence, and until then the earliest drives every clock."
        )
    Corrections.__name__ = Corrections.__qualname__ = f"CorrectionsOf{model.__name__}"
    blp.route(f"{path}/<uuid:id>/corrections")(Corrections)
