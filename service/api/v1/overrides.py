"""Overrides: which rules were lifted, by whom, why, and by which authority."""

from __future__ import annotations

from typing import Any

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    CommaList,
    Day,
    IdField,
    ListQuery,
    Schema,
    Sort,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, before, since
from service.api.plumbing.resource import Resource
from service.storage.overrides import Override

blp = Blueprint(
    "overrides",
    "Overrides",
    description="Rules that did not stop a step, because a person lifted them with a reason. They "
    "are normal where the law leaves judgment; each names who, why and by which authority.",
)

KINDS = {
    "override": "A person lifted a rule whose card says who may, by an authority they name.",
    "bypass": "A staff member suspects a disability now, so that the school's own request did not "
    "wait for interventions (STATE-PREREFERRAL-INTERVENTION).",
}


class OverrideSchema(Schema):
    """A rule that was lifted for one step."""

    id = IdField(required=True)
    kind = Words(KINDS, required=True)
    rule_id = Text(required=True, metadata={"example": "IDEA-CONSENT-REFUSED-EVAL"})
    case_id = IdField(required=True)
    student_id = IdField(required=True, allow_none=True)
    school_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "The student's school that day."},
    )
    step = Text(required=True, metadata={"example": "start-evaluation"})
    step_id = IdField(
        required=True,
        metadata={"description": "Among `steps_taken` of the case: with the whole decision."},
    )
    reason = Text(required=True, max=20000, metadata={"description": "In the person's words."})
    authority = Text(
        required=True,
        allow_none=True,
        max=2000,
        metadata={
            "description": "What it rests on; null for a bypass, which needs nobody's leave.",
            "example": "Order of hearing officer L. Brandt, 2026-10-02",
        },
    )
    staff_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Who lifted it; null where a receipt's suspicion names nobody."},
    )
    client_id = IdField(required=True)
    recorded_on = Day(required=True)


class OverrideQuery(ListQuery):
    kind = CommaList(Words(KINDS), metadata={"description": "One, or both by a comma."})
    rule_id = Text(max=64, metadata={"example": "IDEA-CONSENT-REFUSED-EVAL"})
    case_id = IdField()
    student_id = IdField()
    school_id = IdField(metadata={"description": "Of students who were at this school that day."})
    staff_id = IdField(metadata={"description": "Only those of this staff member."})
    recorded_since = Day(metadata={"description": "On or after this day."})
    recorded_before = Day(metadata={"description": "Before this day, not on it."})
    sort = Sort("recorded_on")


OVERRIDES = Listing(
    model=Override,
    schema=OverrideSchema,
    filters={
        "kind": Override.kind,
        "rule_id": Override.rule_id,
        "case_id": Override.case_id,
        "student_id": Override.student_id,
        "school_id": Override.school_id,
        "staff_id": Override.staff_id,
        "recorded_since": since(Override.recorded_on),
        "recorded_before": before(Override.recorded_on),
    },
    sorts={"recorded_on": Override.recorded_on},
)


@blp.route("/overrides")
class Overrides(Resource):
    @needs("cases:read")
    @blp.arguments(OverrideQuery, location="query")
    @blp.response(200, page_of(OverrideSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List overrides and bypasses.

        By day. They are made by steps: `overrides` in a step's body, or the `suspicion` with
        which a school asks at once (STATE-PREREFERRAL-INTERVENTION). Never changed.
        """
        return self.page(OVERRIDES, query)
