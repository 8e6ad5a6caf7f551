"""Team meetings about a student."""

from __future__ import annotations

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
    Listed,
    ListQuery,
    Nested,
    Schema,
    Sort,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.contacts import TeamMeeting
from service.workflow import team_meetings

blp = Blueprint(
    "team-meetings",
    "Team meetings",
    description="Who met about a student, what was reviewed and what was decided.",
)

KINDS = {
    "problem_solving": "A team that looks for help in the classroom.",
    "review_of_existing_data": "A review of existing data (34 CFR 300.305(a)).",
    "eligibility": "A meeting about eligibility (300.306).",
    "other": "Another meeting.",
}


class AttendeeSchema(Schema):
    """Somebody who attended."""

    role = Text(required=True, max=60, metadata={"example": "school_psychologist"})
    staff_id = IdField(allow_none=True, load_default=None)
    name = Text(allow_none=True, load_default=None, metadata={"example": "Ana Rivera"})


class TeamMeetingChange(Schema):
    """What to write of a meeting; members left out stay as they are."""

    case_id = IdField(allow_none=True)
    kind = Words(KINDS)
    held_on = Day(metadata={"description": "On record; set right by a correction."})
    attendees = Listed(Nested(AttendeeSchema), max=60)
    parent_attended = Flag(allow_none=True)
    parent_invited_on = Day(allow_none=True, metadata={"description": "Not after today."})
    reviewed = Text(allow_none=True, max=20000, metadata={"example": "Reading data since August"})
    decided = Text(allow_none=True, max=20000, metadata={"example": "Phonics, 90 minutes a week"})


class NewTeamMeeting(TeamMeetingChange):
    """A meeting to record."""

    student_id = IdField(required=True)
    case_id = IdField(
        allow_none=True,
        metadata={"description": "Left out: the student's open case; null: of no case."},
    )
    kind = Words(KINDS, required=True)
    held_on = Day(
        required=True, metadata={"description": "Not after today.", "example": "2026-10-02"}
    )


class TeamMeetingSchema(Schema):
    """A meeting that was held."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    case_id = IdField(required=True, allow_none=True)
    kind = Words(KINDS, required=True)
    held_on = Day(required=True)
    attendees = Listed(Nested(AttendeeSchema), required=True, max=60)
    parent_attended = Flag(required=True, allow_none=True)
    parent_invited_on = Day(required=True, allow_none=True)
    reviewed = Text(required=True, allow_none=True, max=20000)
    decided = Text(required=True, allow_none=True, max=20000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class TeamMeetingQuery(ListQuery):
    student_id = IdField()
    sort = Sort("id")


MEETINGS = Listing(
    model=TeamMeeting,
    schema=TeamMeetingSchema,
    filters={"student_id": TeamMeeting.student_id},
    sorts={"id": TeamMeeting.id},
)


@blp.route("/team-meetings")
class TeamMeetings(Resource):
    @needs("meetings:read")
    @blp.arguments(TeamMeetingQuery, location="query")
    @blp.response(200, page_of(TeamMeetingSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List team meetings.

        Those about one student, or all, in the order they were recorded.
        """
        return self.page(MEETINGS, query)

    @needs("meetings:write")
    @blp.arguments(NewTeamMeeting)
    @blp.response(201, TeamMeetingSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record a team meeting.

        It decides nothing by itself: a case moves by its steps, and eligibility is a
        determination. A meeting that the parent attended hears guardians who disagree.
        """
        row = team_meetings.record(self.uow, self.services.policies, sent)
        return self.created(row, TeamMeetingSchema, "OneTeamMeeting")


@blp.route("/team-meetings/<uuid:id>")
class OneTeamMeeting(Resource):
    @needs("meetings:read")
    @blp.response(200, TeamMeetingSchema)
    def get(self, id: UUID) -> Response:
        """Get a team meeting.

        Everything that was written of it.
        """
        return self.one(self.uow.read(TeamMeeting, id), TeamMeetingSchema)

    @needs("meetings:write")
    @blp.arguments(TeamMeetingChange)
    @blp.response(200, TeamMeetingSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a team meeting.

        The day is set right by POST …/corrections; the journal keeps what was written before.
        """
        row = self.changing(TeamMeeting, id)
        team_meetings.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, TeamMeetingSchema)


add_corrections(blp, "/team-meetings", TeamMeeting, "meetings")
