"""Roster sources: servers that speak OneRoster, from which rosters are pulled.

The pull itself is an import as every other: `service.api.v1.roster_pulls`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    FeedName,
    IdField,
    Instant,
    Int64,
    PlainQuery,
    Schema,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.domain.roster_sources import VERSIONS
from service.imports import roster_sources
from service.storage.imports import FEED
from service.storage.roster_sources import RosterSource

blp = Blueprint(
    "roster_sources",
    "Roster sources",
    description="Servers that speak OneRoster 1.1 or 1.2 over REST, from which the worker pulls a "
    "district's roster, by schedule or when asked. How they are set up, and what is pulled: "
    "`docs/roster-sources.md`.",
)

LONGEST_URL = 2000
BASE_URL = {
    "description": "What stands before `/users` in the server's addresses: https. A demonstration "
    "district may name this machine itself by http.",
    "example": "https://sis.example.org/ims/oneroster/v1p1",
}
TOKEN_URL = {
    "description": "Where the client gets its token, by OAuth 2 client credentials.",
    "example": "https://sis.example.org/oauth/token",
}
CLIENT_ID = {"description": "The client's id there.", "example": "childfind"}
SCOPE = {
    "description": "What is asked for at the token URL; null for the standard's read-only scopes "
    "of the version.",
    "example": None,
}
FEED_SAID = {
    "description": "The stream of rosters that it gives. A feed has one source.",
    "example": FEED,
}
DAILY_HOUR = {
    "description": "Pull once a day at this hour of the district's day. With `every_hours` null "
    "as well, only when asked.",
    "example": 3,
}
EVERY_HOURS = {"description": "Pull every so many hours.", "example": None}
FULL_EVERY_DAYS = {
    "description": "Pull what changed, and everything every so many days: a list of changes does "
    "not tell who vanished. Null: everything each time.",
    "example": None,
}


class RosterSourceSchema(Schema):
    """A server and when it is pulled from. The secret is never shown."""

    id = IdField(required=True)
    feed = Text(required=True, metadata=FEED_SAID)
    oneroster_version = Words(VERSIONS, required=True)
    base_url = Text(required=True, max=LONGEST_URL, metadata=BASE_URL)
    token_url = Text(required=True, max=LONGEST_URL, metadata=TOKEN_URL)
    oauth_client_id = Text(required=True, metadata=CLIENT_ID)
    scope = Text(required=True, allow_none=True, max=LONGEST_URL, metadata=SCOPE)
    daily_hour = Int64(required=True, allow_none=True, min=0, max=23, metadata=DAILY_HOUR)
    every_hours = Int64(required=True, allow_none=True, min=1, max=168, metadata=EVERY_HOURS)
    full_every_days = Int64(required=True, allow_none=True, min=1, max=31, metadata=FULL_EVERY_DAYS)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewRosterSource(Schema):
    """A server to pull rosters from."""

    feed = FeedName(required=True, metadata=FEED_SAID)
    oneroster_version = Words(VERSIONS, required=True)
    base_url = Text(required=True, max=LONGEST_URL, metadata=BASE_URL)
    token_url = Text(required=True, max=LONGEST_URL, metadata=TOKEN_URL)
    oauth_client_id = Text(required=True, max=500, metadata=CLIENT_ID)
    oauth_client_secret = Text(
        required=True,
        max=2000,
        metadata={
            "description": "The client's secret there. It is kept sealed and never shown.",
            "example": "s3cret-of-the-sis",
        },
    )
    scope = Text(allow_none=True, max=LONGEST_URL, metadata=SCOPE)
    daily_hour = Int64(allow_none=True, min=0, max=23, metadata=DAILY_HOUR)
    every_hours = Int64(allow_none=True, min=1, max=168, metadata=EVERY_HOURS)
    full_every_days = Int64(allow_none=True, min=1, max=31, metadata=FULL_EVERY_DAYS)


class RosterSourceChange(Schema):
    """What to change; members left out stay as they are."""

    feed = FeedName(metadata=FEED_SAID)
    oneroster_version = Words(VERSIONS)
    base_url = Text(max=LONGEST_URL, metadata=BASE_URL)
    token_url = Text(max=LONGEST_URL, metadata=TOKEN_URL)
    oauth_client_id = Text(max=500, metadata=CLIENT_ID)
    oauth_client_secret = Text(
        max=2000,
        metadata={
            "description": "Needed with an address that is another.",
            "example": "s3cret-of-the-sis",
        },
    )
    scope = Text(allow_none=True, max=LONGEST_URL, metadata=SCOPE)
    daily_hour = Int64(allow_none=True, min=0, max=23, metadata=DAILY_HOUR)
    every_hours = Int64(allow_none=True, min=1, max=168, metadata=EVERY_HOURS)
    full_every_days = Int64(allow_none=True, min=1, max=31, metadata=FULL_EVERY_DAYS)


SOURCES = Listing(
    model=RosterSource, schema=RosterSourceSchema, sorts={"created_at": RosterSource.created_at}
)


@blp.route("/roster-sources")
class RosterSources(Resource):
    @needs("settings:read")
    @blp.arguments(PlainQuery, location="query")
    @blp.response(200, page_of(RosterSourceSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List roster sources.

        Secrets are not shown.
        """
        return self.page(SOURCES, query)

    @needs("settings:write")
    @blp.arguments(NewRosterSource)
    @blp.response(201, RosterSourceSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Create a roster source.

        With `daily_hour` or `every_hours` it is pulled from by schedule, from the next turn on;
        `POST …/pull` pulls at once, with `compare_only=true` to see first what would change.
        """
        row = roster_sources.create(self.uow, self.services.keys, sent)
        return self.created(row, RosterSourceSchema, "OneRosterSource")


@blp.route("/roster-sources/<uuid:id>")
class OneRosterSource(Resource):
    @needs("settings:read")
    @blp.response(200, RosterSourceSchema)
    def get(self, id: UUID) -> Response:
        """Get a roster source.

        How its feed is doing is at `GET /v1/imports/health`.
        """
        return self.one(self.uow.read(RosterSource, id), RosterSourceSchema)

    @needs("settings:write")
    @blp.arguments(RosterSourceChange)
    @blp.response(200, RosterSourceSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a roster source.

        With another address the secret is sent anew: it will go there. What is pulled from
        another `base_url` is everything, the first time.
        """
        row = self.changing(RosterSource, id)
        changed = roster_sources.change(self.uow, self.services.keys, row, sent)
        return self.updated(changed, RosterSourceSchema)

    @needs("settings:write")
    @blp.response(204)
    def delete(self, id: UUID) -> Response:
        """Delete a roster source.

        Its secret is forgotten, and a pull under way fails. What was pulled stays.
        """
        roster_sources.remove(self.uow, self.changing(RosterSource, id))
        return self.deleted()
