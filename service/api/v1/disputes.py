"""Complaints and mediations about a child, and how they ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    Day,
    IdField,
    Instant,
    Int64,
    Listed,
    Nested,
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
from service.api.plumbing.shapes import CitationSchema
from service.domain.decide import citation_json
from service.domain.stay_put import CITATIONS, stay_put
from service.storage.rights import Dispute
from service.storage.row_facts import dispute_fact
from service.workflow import rights

blp = Blueprint(
    "disputes",
    "Disputes",
    description="Due process complaints, mediations and state complaints (34 CFR "
    "300.151-300.153, 300.506-300.516). A dispute stops no clock of an evaluation: 300.301(d) "
    "names the exceptions, and this is none.",
)

KINDS = {
    "due_process_complaint": "A complaint that leads to a hearing (300.507).",
    "mediation": "A mediation, which both sides want (300.506).",
    "state_complaint": "A complaint to the state (300.153).",
}
FILED_BY = {
    "parent": "A parent, or the student of age.",
    "district": "The district.",
    "other": "Somebody else; only a state complaint can be.",
}
ABOUT = {
    "consent_to_evaluate": "A refusal of, or silence about, consent to evaluate (300.300(a)(3)).",
    "identification": "Whether the child has a disability under the law.",
    "evaluation": "The evaluation.",
    "independent_evaluation": "Whether the district's evaluation is appropriate (300.502(b)(2)).",
    "placement": "Where the child is taught.",
    "fape": "The free appropriate public education.",
    "discipline": "A disciplinary removal (300.532).",
    "other": "Something else.",
}
OUTCOMES = {
    "hearing_order": "A hearing officer ordered what was sought.",
    "mediation_agreement": "Both sides agreed, in writing, in mediation.",
    "settled": "Both sides settled it otherwise.",
    "withdrawn": "Whoever filed took it back.",
    "dismissed": "It was dismissed, or what was sought was denied.",
    "decided": "A state complaint was decided.",
}


STAY_PUT = {
    "current_placement": "In the current placement (300.518(a)); not verified.",
    "interim_setting": "In the interim setting, a removal being disputed (300.533); not verified.",
}


class DisputeSchema(OfAStudent):
    """A complaint or a mediation, and how it ended."""

    kind = Words(KINDS, required=True)
    filed_by = Words(FILED_BY, required=True)
    about = Words(ABOUT, required=True)
    filed_on = Day(required=True)
    ended_on = Day(required=True, allow_none=True)
    outcome = Words(OUTCOMES, required=True, allow_none=True)
    reference = Text(required=True, allow_none=True, max=200)
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class StayPutSchema(Schema):
    """Where the child stays while it is pending, unless both sides agree to something else."""

    where = Words(STAY_PUT, required=True)
    citations = Listed(Nested(CitationSchema), required=True)


class ShownDisputeSchema(DisputeSchema):
    """A dispute, and where the child stays while it is pending."""

    stay_put = Nested(
        StayPutSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null: it asks nothing of the placement. Enforced by nothing."},
    )


class DisputeChange(Schema):
    """What to add; what is on record is set right by a correction."""

    case_id = IdField(allow_none=True)
    about = Words(ABOUT)
    ended_on = Day(allow_none=True, metadata={"description": "With its outcome."})
    outcome = Words(OUTCOMES, allow_none=True, metadata={"description": "With the day."})
    reference = Text(allow_none=True, max=200, metadata={"example": "OAH 2025-0117"})
    note = Text(allow_none=True, max=4000)


class NewDispute(NewOfAStudent, DisputeChange):
    """A dispute to record."""

    kind = Words(KINDS, required=True)
    filed_by = Words(FILED_BY, required=True)
    about = Words(ABOUT, required=True)
    filed_on = Day(required=True, metadata={"description": "Never in the future."})


DISPUTES = Listing(
    model=Dispute,
    schema=DisputeSchema,
    filters={"student_id": Dispute.student_id},
    sorts={"id": Dispute.id},
)


@blp.route("/disputes")
class Disputes(Resource):
    @needs("rights:read")
    @blp.arguments(OfAStudentQuery, location="query")
    @blp.response(200, page_of(DisputeSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List disputes.

        Those about one student, or all, in the order they were recorded.
        """
        return self.page(DISPUTES, query)

    @needs("rights:write")
    @blp.arguments(NewDispute)
    @blp.response(201, ShownDisputeSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record a dispute.

        Recording is free. The first complaint of each kind that a parent files in a school year
        opens the duty to give the procedural safeguards once more (IDEA-PSN). One of the
        district's about an independent evaluation lets it defend its own (IDEA-IEE).
        """
        row = rights.record(self.uow, self.services.policies, Dispute, sent)
        return self.created(_shown(row), ShownDisputeSchema, "OneDispute")


@blp.route("/disputes/<uuid:id>")
class OneDispute(Resource):
    @needs("rights:read")
    @blp.response(200, ShownDisputeSchema)
    def get(self, id: UUID) -> Response:
        """Get a dispute.

        An order, or an agreement in mediation, is what a consent that `stands_in` rests on.
        """
        return self.one(_shown(self.uow.get(Dispute, id)), ShownDisputeSchema)

    @needs("rights:write")
    @blp.arguments(DisputeChange)
    @blp.response(200, ShownDisputeSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to a dispute.

        An order, or an agreement in mediation, may take the place of a parent's consent to
        evaluate; record that as a consent that `stands_in` (IDEA-CONSENT-EVAL).
        """
        row = self.changing(Dispute, id)
        rights.change(self.uow, self.services.policies, row, sent)
        return self.updated(_shown(row), ShownDisputeSchema)


def _shown(row: Any) -> Beside:
    where = stay_put(dispute_fact(row))
    told = (
        None if where is None else {"where": where, "citations": [citation_json(CITATIONS[where])]}
    )
    return Beside(row, stay_put=told)


add_corrections(blp, "/disputes", Dispute, "rights")
