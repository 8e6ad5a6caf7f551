"""Interventions, and whether they are documented."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    Day,
    ExpandQuery,
    Flag,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    Nested,
    Number,
    Schema,
    Sort,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, before, since
from service.api.plumbing.related import the_staff_member, the_student
from service.api.plumbing.resource import Resource
from service.domain.progress import VERDICTS
from service.storage.interventions import Intervention
from service.workflow import interventions

blp = Blueprint(
    "interventions",
    "Interventions",
    description="Help in the classroom and what came of it. It is recorded freely, it never "
    "keeps a parent's request waiting, and it documents the school's own request "
    "(rule STATE-PREREFERRAL-INTERVENTION).",
)

OUTCOMES = {
    "adequate_progress": "The student reached the goal or is on course to.",
    "some_progress": "There was progress, less than the goal asks.",
    "inadequate_progress": "There was too little progress.",
    "inconclusive": "The data does not say.",
    "discontinued": "It was ended before it could say anything.",
}


class InterventionSchema(Schema):
    """An intervention: concern, baseline, goal, dose, fidelity, outcome."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    title = Text(required=True, metadata={"example": "Small-group reading, phonics"})
    area = Text(required=True, allow_none=True, max=40)
    tier = Int64(required=True, allow_none=True)
    concern = Text(required=True, allow_none=True, max=4000)
    baseline = Text(required=True, allow_none=True, max=4000)
    goal = Text(required=True, allow_none=True, max=4000)
    goal_measure = Text(required=True, allow_none=True)
    baseline_value = Number(required=True, allow_none=True)
    goal_value = Number(required=True, allow_none=True)
    goal_on = Day(required=True, allow_none=True)
    planned_minutes_per_week = Int64(required=True, allow_none=True)
    provider_staff_id = IdField(required=True, allow_none=True)
    started_on = Day(required=True)
    ended_on = Day(required=True, allow_none=True)
    fidelity_percent = Number(required=True, allow_none=True)
    outcome = Words(OUTCOMES, required=True, allow_none=True)
    outcome_note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    student = the_student()
    provider = the_staff_member("provider_staff_id", "Who gives it.")


class ProgressSchema(Schema):
    """What was measured, beside the line from the baseline to the goal.

    How it is judged is practice, not law; a child-find flag rests on it only when it is `short`
    over the appropriate period (rule IDEA-CHILD-FIND-SUSPECT).
    """

    verdict = Words(VERDICTS, required=True)
    because = Text(required=True)
    days = Int64(required=True, metadata={"description": "On how many days it was measured."})
    measure = Text(required=True, allow_none=True)
    since_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "The first of the last days measured, which the verdict is of."},
    )
    last_on = Day(required=True, allow_none=True)
    last = Number(required=True, allow_none=True, metadata={"description": "What it was then."})
    expected = Number(
        required=True, allow_none=True, metadata={"description": "On the line to the goal then."}
    )
    rate = Number(
        required=True,
        allow_none=True,
        metadata={"description": "Rate of improvement, per week: least squares over all days."},
    )
    aim_rate = Number(
        required=True,
        allow_none=True,
        metadata={"description": "The rate that leads from the baseline to the goal, per week."},
    )


class InterventionDetailSchema(InterventionSchema):
    """An intervention with the figures that document it."""

    version = Int64(required=True, attribute="row_version")
    documented = Flag(
        required=True,
        metadata={
            "description": "Whether it counts toward the school's own request, whatever its "
            "outcome (rule STATE-PREREFERRAL-INTERVENTION, with the district's setting)."
        },
    )
    missing = Listed(
        Text(),
        required=True,
        metadata={
            "description": "What it still lacks to be documented.",
            "example": ["an end date", "a fidelity figure", "an outcome"],
        },
    )
    sessions_with_minutes = Int64(
        required=True, metadata={"description": "Sessions that the student attended, with minutes."}
    )
    first_session_on = Day(required=True, allow_none=True)
    last_session_on = Day(required=True, allow_none=True)
    weeks = Number(
        required=True, metadata={"description": "Weeks from the first to the last session."}
    )
    progress_dates = Int64(
        required=True,
        metadata={"description": "On how many different days progress was measured."},
    )
    progress = Nested(
        ProgressSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null where `goal_value` is."},
    )


class InterventionChange(Schema):
    """What to change about an intervention; members left out stay as they are."""

    title = Text(metadata={"example": "Small-group reading, phonics"})
    area = Text(allow_none=True, max=40, metadata={"example": "reading"})
    tier = Int64(
        allow_none=True,
        min=1,
        max=4,
        metadata={"description": "The tier of support, as the district counts them.", "example": 2},
    )
    concern = Text(
        allow_none=True,
        max=4000,
        metadata={"example": "Reads 31 words a minute; her class reads 70."},
    )
    baseline = Text(allow_none=True, max=4000, metadata={"example": "31 words correct per minute"})
    goal = Text(
        allow_none=True, max=4000, metadata={"example": "60 words correct per minute by December"}
    )
    goal_measure = Text(
        allow_none=True,
        metadata={
            "description": "The `measure` of the progress points that the goal is told in; may be "
            "left out where only one thing is measured.",
            "example": "Oral reading fluency",
        },
    )
    baseline_value = Number(
        allow_none=True,
        metadata={
            "description": "Where the line to the goal begins, on `started_on`; without it at the "
            "first progress point.",
            "example": 31,
        },
    )
    goal_value = Number(
        allow_none=True,
        metadata={
            "description": "The goal as a figure, in the unit of the progress points: what was "
            "measured is compared with the line that leads there.",
            "example": 60,
        },
    )
    goal_on = Day(
        allow_none=True,
        metadata={
            "description": "By when `goal_value` is to be reached; not before `started_on`.",
            "example": "2026-12-18",
        },
    )
    planned_minutes_per_week = Int64(allow_none=True, min=0, max=10080, metadata={"example": 90})
    provider_staff_id = IdField(allow_none=True)
    started_on = Day(metadata={"description": "Not after today.", "example": "2026-09-08"})
    ended_on = Day(
        allow_none=True, metadata={"description": "Not before `started_on`, and not after today."}
    )
    fidelity_percent = Number(
        allow_none=True,
        min=0,
        max=100,
        metadata={"description": "How much of it was given as planned.", "example": 92.5},
    )
    outcome = Words(OUTCOMES, allow_none=True)
    outcome_note = Text(allow_none=True, max=4000)


class NewIntervention(InterventionChange):
    """An intervention to record. What is not known yet may come later."""

    student_id = IdField(required=True)
    title = Text(required=True, metadata={"example": "Small-group reading, phonics"})
    started_on = Day(
        required=True, metadata={"description": "Not after today.", "example": "2026-09-08"}
    )


class InterventionQuery(ListQuery):
    student_id = IdField()
    updated_since = Instant(metadata={"description": "Only those changed at or after this."})
    started_since = Day(metadata={"description": "Only those begun on this day or later."})
    started_before = Day(metadata={"description": "Only those begun before this day."})
    sort = Sort("started_on", "updated_at")


INTERVENTIONS = Listing(
    model=Intervention,
    schema=InterventionSchema,
    filters={
        "student_id": Intervention.student_id,
        "updated_since": since(Intervention.updated_at),
        "started_since": since(Intervention.started_on),
        "started_before": before(Intervention.started_on),
    },
    sorts={"started_on": Intervention.started_on, "updated_at": Intervention.updated_at},
)


@blp.route("/interventions")
class Interventions(Resource):
    @needs("interventions:read")
    @blp.arguments(InterventionQuery, location="query")
    @blp.response(200, page_of(InterventionSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List interventions.

        Those of one student, or the district's by when they began or last changed. Whether one
        is documented is told by `GET /v1/interventions/{id}`.
        """
        return self.page(INTERVENTIONS, query)

    @needs("interventions:write")
    @blp.arguments(NewIntervention)
    @blp.response(201, InterventionDetailSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record an intervention.

        No rule of the process refuses it, and it need not be complete. It meets the duty to
        offer support where a concern did not lead to a plan.
        """
        row = interventions.record(self.uow, self.services.policies, sent)
        return self.created(_shown(self, row), InterventionDetailSchema, "OneIntervention")


@blp.route("/interventions/<uuid:id>")
class OneIntervention(Resource):
    @needs("interventions:read")
    @blp.arguments(ExpandQuery, location="query")
    @blp.response(200, InterventionDetailSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """Get an intervention.

        With the figures that document it, what it still lacks for
        STATE-PREREFERRAL-INTERVENTION under the district's setting, and how what was measured
        compares with a goal told in figures. Documented means data: an
        end, a concern, a baseline, a goal, a session with minutes, progress on two days, a
        fidelity figure and an outcome, whatever the outcome is.
        """
        row = self.uow.get(Intervention, id)
        return self.one(_shown(self, row), InterventionDetailSchema, expand=query.get("expand", ()))

    @needs("interventions:write")
    @blp.arguments(InterventionChange)
    @blp.response(200, InterventionDetailSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change an intervention.

        The journal keeps what it said before.
        """
        row = self.changing(Intervention, id)
        interventions.change(self.uow, self.services.policies, row, sent)
        return self.updated(_shown(self, row), InterventionDetailSchema)


def _shown(resource: Resource, row: Intervention) -> Beside:
    """An intervention with its figures.

    Its tag names the answer as a whole: after the version a digest of the figures, which change
    with sessions, progress points and the district's settings.
    """
    known = interventions.documented(resource.uow, resource.services.policies, row)
    figures = known.figures
    said = repr((figures, known.missing)).encode()
    return Beside(
        row,
        documented=not known.missing,
        missing=known.missing,
        sessions_with_minutes=figures.sessions_with_minutes,
        first_session_on=figures.first_session_on,
        last_session_on=figures.last_session_on,
        weeks=round(figures.weeks, 2),
        progress_dates=figures.progress_dates,
        progress=known.progress,
        row_version=row.version,
        version=f"{row.version}.{hashlib.blake2s(said, digest_size=6).hexdigest()}",
    )
