"""Roster feeds: by when a district expects each stream of rosters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    FeedName,
    Flag,
    IdField,
    Instant,
    Int64,
    PlainQuery,
    Schema,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.imports import roster_feeds
from service.storage.imports import FEED
from service.storage.roster_feeds import RosterFeed

blp = Blueprint(
    "roster_feeds",
    "Roster feeds",
    description="By when a district expects each stream of rosters. A feed of which nothing is "
    "said here is expected by the schedule of its source, or else 36 hours after it came through "
    "last. When one is late, the feed of events says `roster_feed.late`, and those who answer for "
    "the district are alerted, once; when it has come, `roster_feed.recovered`. How each is doing: "
    "`GET /v1/imports/health`.",
)

FEED_SAID = {"description": "What imports of it name as `feed`.", "example": FEED}
EXPECTED = {
    "description": "Whether it comes by itself. One that does not is never late; "
    "`expected_every_hours` is kept, and counts again once it is true.",
    "default": True,
}
EVERY_HOURS = {
    "description": "Late when nothing came through for so many hours. Null: by the schedule of its "
    "source, or else 36.",
    "example": 30,
}


class RosterFeedSchema(Schema):
    """What is expected of a feed."""

    id = IdField(required=True)
    feed = FeedName(required=True, metadata=FEED_SAID)
    expected = Flag(required=True, metadata=EXPECTED)
    expected_every_hours = Int64(
        required=True, allow_none=True, min=1, max=8760, metadata=EVERY_HOURS
    )
    late_since = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of one that is late and of which somebody was told: by when it was "
            "expected."
        },
    )
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewRosterFeed(Schema):
    """A feed of which something is to be said."""

    feed = FeedName(required=True, metadata=FEED_SAID)
    expected = Flag(metadata=EXPECTED)
    expected_every_hours = Int64(allow_none=True, min=1, max=8760, metadata=EVERY_HOURS)


class RosterFeedChange(Schema):
    """What to change; members left out stay as they are."""

    expected = Flag(metadata=EXPECTED)
    expected_every_hours = Int64(allow_none=True, min=1, max=8760, metadata=EVERY_HOURS)


FEEDS = Listing(
    model=RosterFeed, schema=RosterFeedSchema, sorts={"created_at": RosterFeed.created_at}
)


@blp.route("/roster-feeds")
class RosterFeeds(Resource):
    @needs("settings:read")
    @blp.arguments(PlainQuery, location="query")
    @blp.response(200, page_of(RosterFeedSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List roster feeds.

        Those of which something was said, and those that were late once.
        """
        return self.page(FEEDS, query)

    @needs("settings:write")
    @blp.arguments(NewRosterFeed)
    @blp.response(201, RosterFeedSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Say what is expected of a roster feed.

        It may be one that has never come: from now on it is expected.
        """
        return self.created(roster_feeds.create(self.uow, sent), RosterFeedSchema, "OneRosterFeed")


@blp.route("/roster-feeds/<uuid:id>")
class OneRosterFeed(Resource):
    @needs("settings:read")
    @blp.response(200, RosterFeedSchema)
    def get(self, id: UUID) -> Response:
        """Get a roster feed.

        What is expected of it; how it is doing is at `GET /v1/imports/health`.
        """
        return self.one(self.uow.read(RosterFeed, id), RosterFeedSchema)

    @needs("settings:write")
    @blp.arguments(RosterFeedChange)
    @blp.response(200, RosterFeedSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change what is expected of a roster feed.

        One that is late by what was said before, and not any more, has recovered.
        """
        row = self.changing(RosterFeed, id)
        return self.updated(roster_feeds.change(self.uow, row, sent), RosterFeedSchema)

    @needs("settings:write")
    @blp.response(204)
    def delete(self, id: UUID) -> Response:
        """Delete what was said of a roster feed.

        It is expected as one of which nothing is said.
        """
        roster_feeds.remove(self.uow, self.changing(RosterFeed, id))
        return self.deleted()
