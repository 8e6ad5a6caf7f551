"""Children who enroll with an IEP of another agency."""

from __future__ import annotations

import re
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
    refuse,
)
from service.api.plumbing.of_a_student import (
    NewOfAStudent,
    OfAStudent,
    OfAStudentQuery,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.arrivals import TransferredIep
from service.workflow import rights

blp = Blueprint(
    "transferred-ieps",
    "Transferred IEPs",
    description="A child with an IEP enrolls in the same school year: comparable services at "
    "once, until the IEP is adopted or a new one made (34 CFR 300.323(e), (f)).",
)

_STATE = r"^[A-Z]{2}$"


def _check_state(value: str) -> None:
    if not re.fullmatch(_STATE, value):
        raise refuse("not_a_state", "A state is its postal code: two capital letters.")


class TransferredIepSchema(OfAStudent):
    """An IEP that a child came with."""

    from_agency = Text(required=True, allow_none=True, max=200)
    from_state = Text(required=True, metadata={"example": "IA"})
    within_state = Flag(required=True)
    enrolled_on = Day(required=True)
    comparable_services_on = Day(required=True, allow_none=True)
    adopted_on = Day(required=True, allow_none=True)
    evaluation_needed = Flag(required=True, allow_none=True)
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class TransferredIepChange(Schema):
    """What to add; what is on record is set right by a correction."""

    case_id = IdField(allow_none=True)
    from_agency = Text(allow_none=True, max=200)
    comparable_services_on = Day(
        allow_none=True, metadata={"description": "Since when comparable services are provided."}
    )
    adopted_on = Day(
        allow_none=True,
        metadata={
            "description": "When this district adopted the IEP of one from within the state."
        },
    )
    evaluation_needed = Flag(
        allow_none=True,
        metadata={
            "description": "From another state: whether the district finds an evaluation "
            "necessary. It is an initial one, with consent (300.323(f), preamble)."
        },
    )
    note = Text(allow_none=True, max=4000)


class NewTransferredIep(NewOfAStudent, TransferredIepChange):
    """An IEP that a child came with, to record."""

    from_state = Text(
        required=True,
        max=2,
        validate=_check_state,
        metadata={"description": "Postal code of the state.", "pattern": _STATE, "example": "IA"},
    )
    enrolled_on = Day(required=True, metadata={"description": "Never in the future."})


TRANSFERRED = Listing(
    model=TransferredIep,
    schema=TransferredIepSchema,
    filters={"student_id": TransferredIep.student_id},
    sorts={"id": TransferredIep.id},
)


@blp.route("/transferred-ieps")
class TransferredIeps(Resource):
    @needs("arrivals:read")
    @blp.arguments(OfAStudentQuery, location="query")
    @blp.response(200, page_of(TransferredIepSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List IEPs that children came with.

        Those of one student, or all, in the order they were recorded.
        """
        return self.page(TRANSFERRED, query)

    @needs("arrivals:write")
    @blp.arguments(NewTransferredIep)
    @blp.response(201, TransferredIepSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record an IEP that a child came with.

        Comparable services are owed at once, and then an IEP of this district's own
        (IDEA-TRANSFER-IEP-IN, IDEA-TRANSFER-IEP-OUT). Whether it comes from within the state is
        told by `from_state`.
        """
        row = rights.record(self.uow, self.services.policies, TransferredIep, sent)
        return self.created(row, TransferredIepSchema, "OneTransferredIep")


@blp.route("/transferred-ieps/<uuid:id>")
class OneTransferredIep(Resource):
    @needs("arrivals:read")
    @blp.response(200, TransferredIepSchema)
    def get(self, id: UUID) -> Response:
        """Get an IEP that a child came with.

        With what this district did about it.
        """
        return self.one(self.uow.get(TransferredIep, id), TransferredIepSchema)

    @needs("arrivals:write")
    @blp.arguments(TransferredIepChange)
    @blp.response(200, TransferredIepSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to an IEP that a child came with.

        Services that began and an IEP that was adopted meet their duties.
        """
        row = self.changing(TransferredIep, id)
        rights.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, TransferredIepSchema)


add_corrections(blp, "/transferred-ieps", TransferredIep, "arrivals")
