"""Disciplinary removals, and whether the district is deemed to have known of a disability."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    Day,
    Flag,
    IdField,
    Instant,
    Int64,
    Listed,
    Nested,
    Schema,
    Text,
    page_of,
)
from service.api.plumbing.of_a_student import OfAStudentQuery
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.api.plumbing.shapes import FindingSchema
from service.storage.discipline import DisciplinaryRemoval
from service.workflow import discipline

blp = Blueprint(
    "disciplinary-removals",
    "Disciplinary removals",
    description="A child is removed from school for behavior. Whether IDEA's protections apply "
    "to one who is not known to have a disability is told from what came before (34 CFR 300.534).",
)


class ParticipantSchema(Schema):
    """Who took part in the manifestation determination."""

    role = Text(required=True, max=60, metadata={"example": "lea_representative"})
    name = Text(allow_none=True, max=200, metadata={"example": "Dana Rivers"})


class DisciplinaryRemovalSchema(Schema):
    """A disciplinary removal."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    behavior_on = Day(required=True)
    began_on = Day(required=True)
    ended_on = Day(required=True, allow_none=True)
    changes_placement = Flag(required=True, allow_none=True)
    change_decided_on = Day(required=True, allow_none=True)
    manifestation_determined_on = Day(required=True, allow_none=True)
    caused_by_disability = Flag(required=True, allow_none=True)
    caused_by_failure_to_implement = Flag(required=True, allow_none=True)
    manifestation_participants = Listed(Nested(ParticipantSchema), required=True)
    services_since = Day(required=True, allow_none=True)
    written_concern_on = Day(required=True, allow_none=True)
    staff_concern_on = Day(required=True, allow_none=True)
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class JudgedRemovalSchema(DisciplinaryRemovalSchema):
    """A removal, and what the rules find of what was settled or known before it."""

    findings = Listed(Nested(FindingSchema), required=True)


class DisciplinaryRemovalChange(Schema):
    """What to add; what is on record is set right by a correction."""

    ended_on = Day(
        allow_none=True,
        metadata={"description": "Its last day, also one to come; null: it lasts."},
    )
    changes_placement = Flag(
        allow_none=True,
        metadata={"description": "Whether it is a disciplinary change of placement (300.536)."},
    )
    change_decided_on = Day(
        allow_none=True,
        metadata={
            "description": "When it was decided to change the placement: within 10 school days of "
            "it the manifestation determination is made. Left out: the day it began."
        },
    )
    manifestation_determined_on = Day(
        allow_none=True,
        metadata={"description": "With the answers to both questions (300.530(e)(1))."},
    )
    caused_by_disability = Flag(
        allow_none=True,
        metadata={
            "description": "Whether the disability caused the conduct, or was directly and "
            "substantially related to it (300.530(e)(1)(i))."
        },
    )
    caused_by_failure_to_implement = Flag(
        allow_none=True,
        metadata={
            "description": "Whether the conduct was the direct result of the district's failure to "
            "implement the IEP (300.530(e)(1)(ii))."
        },
    )
    manifestation_participants = Listed(Nested(ParticipantSchema), max=50)
    services_since = Day(
        allow_none=True,
        metadata={
            "description": "Since when the child has services during the removal (300.530(d))."
        },
    )
    written_concern_on = Day(
        allow_none=True,
        metadata={
            "description": "When a parent wrote to a supervisor, an administrator or a "
            "teacher that the child needs special education (300.534(b)(1))."
        },
    )
    staff_concern_on = Day(
        allow_none=True,
        metadata={
            "description": "When staff told the director of special education or another "
            "supervisor of specific concerns about a pattern of behavior (300.534(b)(3))."
        },
    )
    note = Text(allow_none=True, max=4000)


class NewDisciplinaryRemoval(DisciplinaryRemovalChange):
    """A removal to record."""

    student_id = IdField(required=True)
    behavior_on = Day(required=True, metadata={"description": "Never in the future."})
    began_on = Day(required=True, metadata={"description": "Never in the future."})


REMOVALS = Listing(
    model=DisciplinaryRemoval,
    schema=DisciplinaryRemovalSchema,
    filters={"student_id": DisciplinaryRemoval.student_id},
    sorts={"id": DisciplinaryRemoval.id},
)


@blp.route("/disciplinary-removals")
class DisciplinaryRemovals(Resource):
    @needs("discipline:read")
    @blp.arguments(OfAStudentQuery, location="query")
    @blp.response(200, page_of(DisciplinaryRemovalSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List disciplinary removals.

        Those of one student, or all, in the order they were recorded.
        """
        return self.page(REMOVALS, query)

    @needs("discipline:write")
    @blp.arguments(NewDisciplinaryRemoval)
    @blp.response(201, JudgedRemovalSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record a disciplinary removal.

        `findings` tell whether the child has IDEA's protections, by a disability that was settled
        or by a basis of knowledge (IDEA-DISC-KNOWLEDGE, IDEA-DISC-NO-KNOWLEDGE), by everything on
        record of the child. Who has them is owed the manifestation determination within 10 school
        days of a decision to change the placement, and services. An evaluation that is asked for
        while the removal lasts is expedited (IDEA-DISC-EXPEDITED).
        """
        made = discipline.record(self.uow, self.services.policies, sent)
        return self.created(_judged(made), JudgedRemovalSchema, "OneDisciplinaryRemoval")


@blp.route("/disciplinary-removals/<uuid:id>")
class OneDisciplinaryRemoval(Resource):
    @needs("discipline:read")
    @blp.response(200, JudgedRemovalSchema)
    def get(self, id: UUID) -> Response:
        """Get a disciplinary removal.

        With what the rules find now of what was settled or known before it.
        """
        row = self.uow.get(DisciplinaryRemoval, id)
        made = discipline.judged(self.uow, self.services.policies, row)
        return self.one(_judged(made), JudgedRemovalSchema)

    @needs("discipline:write")
    @blp.arguments(DisciplinaryRemovalChange)
    @blp.response(200, JudgedRemovalSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to a disciplinary removal.

        When it ended, and who had said what before it.
        """
        row = self.changing(DisciplinaryRemoval, id)
        made = discipline.change(self.uow, self.services.policies, row, sent)
        return self.updated(_judged(made), JudgedRemovalSchema)


def _judged(made: discipline.Judged) -> Beside:
    return Beside(made.row, findings=[finding.as_json() for finding in made.findings])


add_corrections(blp, "/disciplinary-removals", DisciplinaryRemoval, "discipline")
