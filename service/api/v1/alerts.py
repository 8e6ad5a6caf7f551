"""Alerts: who was told of which deadline, or of which late feed of rosters, and when."""

from __future__ import annotations

from typing import Any

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    CommaList,
    Day,
    IdField,
    Instant,
    ListQuery,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, missing, since
from service.api.plumbing.resource import Resource
from service.domain.alerts import KINDS, ROLES
from service.storage.alerts import Alert

blp = Blueprint(
    "alerts",
    "Alerts",
    description="Who was told of which deadline, and when: its owner, and who answers for the "
    "school, 30, 7 and 0 days before it is due and daily once it is late, each once; and who "
    "answers for the district, of a feed of rosters that is late, once. The worker makes them from "
    "six in the morning of the district's day on, and the command `childfind alerts send` at once; "
    "the feed says `alert.sent`, and a mail that names no child goes to whoever has an address.",
)


class AlertSchema(Schema):
    """One alert, to one person, about one deadline or feed as it stood then."""

    id = IdField(required=True)
    deadline_id = IdField(
        required=True, allow_none=True, metadata={"description": "Null of one about a feed."}
    )
    feed_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Of one about a feed of rosters: `GET /v1/roster-feeds/{id}`."},
    )
    case_id = IdField(required=True, allow_none=True)
    student_id = IdField(required=True, allow_none=True)
    school_id = IdField(required=True, allow_none=True)
    staff_id = IdField(required=True)
    role = Words(ROLES, required=True)
    kind = Words(KINDS, required=True)
    about_on = Day(
        required=True,
        metadata={"description": "The due date; of a deadline that is late, the day it was told."},
    )
    due_on = Day(
        required=True, metadata={"description": "Of a feed: the day by which it was expected."}
    )
    term = Text(
        required=True,
        allow_none=True,
        attribute="term_id",
        metadata={"description": "Null of one about a feed.", "example": "initial_evaluation"},
    )
    title = Text(required=True)
    sent_at = Instant(required=True)
    emailed_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the mail server took the mail; null without a mail."},
    )


class AlertQuery(ListQuery):
    staff_id = IdField()
    school_id = IdField()
    case_id = IdField()
    kind = CommaList(Words(KINDS), metadata={"description": "One, or several by commas."})
    emailed = TrueOrFalse(
        metadata={"description": "Only those that went by mail, or only the others."}
    )
    sent_since = Instant(metadata={"description": "Only those sent at or after this."})
    sort = Sort("sent_at")


ALERTS = Listing(
    model=Alert,
    schema=AlertSchema,
    filters={
        "staff_id": Alert.staff_id,
        "school_id": Alert.school_id,
        "case_id": Alert.case_id,
        "kind": Alert.kind,
        "emailed": lambda wanted: missing(Alert.emailed_at)(not wanted),
        "sent_since": since(Alert.sent_at),
    },
    sorts={"sent_at": Alert.sent_at},
)


@blp.route("/alerts")
class Alerts(Resource):
    @needs("deadlines:read")
    @blp.arguments(AlertQuery, location="query")
    @blp.response(200, page_of(AlertSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List the alerts that were sent.

        In the order sent. What was due and not alerted yet is among the deadlines.
        """
        return self.page(ALERTS, query)
