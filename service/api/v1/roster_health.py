"""How the feeds of rosters are doing."""

from __future__ import annotations

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    Flag,
    IdField,
    Instant,
    Int64,
    Listed,
    Nested,
    Schema,
    Text,
    Words,
)
from service.api.plumbing.imports import STATUSES, ImportErrorSchema, RosterFindingSchema
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.resource import Resource
from service.imports import health
from service.storage.imports import FEED

blp = Blueprint("roster_health", "Imports")


class RosterFeedHealthSchema(Schema):
    """How one feed of rosters is doing."""

    feed = Text(required=True, metadata={"example": FEED})
    roster_source_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Where it is pulled from, if it is."},
    )
    status = Words(
        STATUSES,
        required=True,
        allow_none=True,
        metadata={"description": "Of its last import; null of one that has never come."},
    )
    last_try_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the last import was sent, or its pull asked for."},
    )
    last_try_finished_at = Instant(
        required=True, allow_none=True, metadata={"description": "When it ended; null before."}
    )
    last_success_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the last import that came through was sent."},
    )
    last_success_finished_at = Instant(
        required=True, allow_none=True, metadata={"description": "When that one ended."}
    )
    lag_s = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "Seconds since the last success was sent."},
    )
    expected_by = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "By when the next one is to be sent; null where it comes when it comes."
        },
    )
    late = Flag(
        required=True,
        metadata={"description": "Nothing has come through by when it was expected."},
    )
    late_since = Instant(
        required=True, allow_none=True, metadata={"description": "By when it was expected."}
    )
    rows = Int64(required=True, metadata={"description": "Rows read by the last import."})
    held_because = Text(required=True, allow_none=True)
    error = Nested(ImportErrorSchema, required=True, allow_none=True)
    root_causes = Listed(
        Nested(RosterFindingSchema),
        required=True,
        max=health.CAUSES,
        metadata={"description": "The heaviest findings of the last import."},
    )


class RosterHealthSchema(Schema):
    """Every feed, by name."""

    items = Listed(Nested(RosterFeedHealthSchema), required=True, max=1000)


@blp.route("/imports/health")
class RosterHealth(Resource):
    @needs("imports:read", versioned=False)
    @blp.doc(operationId="get_import_health")
    @blp.response(200, RosterHealthSchema)
    def get(self) -> Response:
        """See how the feeds of rosters are doing.

        For each that came or is expected: the last success and the last try, how long nothing has
        come through, what stands in its way, and whether it is late: by what the district said of
        it (`/v1/roster-feeds`), by the schedule of its source, or else after a day and a half.
        """
        return self.json(RosterHealthSchema, {"items": health.feeds(self.uow)})
