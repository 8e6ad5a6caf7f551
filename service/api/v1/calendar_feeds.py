"""Calendar feeds: a staff member's or a school's deadlines where people look at their days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response
from flask.views import MethodView

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.edge import check_query
from service.api.plumbing.fields import (
    IdField,
    Instant,
    Int64,
    ListQuery,
    Schema,
    Sort,
    Text,
    page_of,
    refuse,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.api.plumbing.services import services
from service.exports import ical
from service.keys import feed_secret, is_feed_secret
from service.storage.calendar_feeds import CalendarFeed
from service.storage.unit_of_work import Caller, UnitOfWork
from service.workflow import calendar_feeds, rebuilds

blp = Blueprint(
    "calendar_feeds",
    "Calendar feeds",
    description="The deadlines of a staff member or of a school, for a calendar program to "
    "subscribe to (RFC 5545). Its events name no child. Calendar programs send no token: whoever "
    "has a feed's address can read it, until the feed is deleted.",
)
open_blp = Blueprint(
    "calendars_by_address",
    "Calendars",
    description="What a calendar program reads by the secret address of a feed.",
    url_prefix="/calendar-feeds",
)


class CalendarFeedSchema(Schema):
    """A feed, without its address."""

    id = IdField(required=True)
    staff_id = IdField(required=True, allow_none=True)
    school_id = IdField(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class CalendarFeedDetailSchema(CalendarFeedSchema):
    """A feed with the address that a calendar program subscribes to."""

    address = Text(
        required=True,
        metadata={
            "description": "Its path on this server. It is a secret: give it to the person whose "
            "calendar it is for, over a channel of theirs.",
            "example": "/calendar-feeds/01936f1e-8a00-7000-8000-000000000001/c2VjcmV0.ics",
        },
    )


class NewCalendarFeed(Schema):
    """Whose deadlines: one staff member's, or one school's."""

    staff_id = IdField(metadata={"description": "Those that this staff member owns."})
    school_id = IdField(metadata={"description": "Those of this school's students."})

    @ma.validates_schema
    def check_whose(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise refuse("one_of_two", "Give `staff_id` or `school_id`, one of the two.")


class CalendarFeedQuery(ListQuery):
    sort = Sort("id", metadata={"description": "By when it was made."})


FEEDS = Listing(model=CalendarFeed, schema=CalendarFeedSchema, sorts={"id": CalendarFeed.id})


@blp.route("/calendar-feeds")
class CalendarFeeds(Resource):
    @needs("feeds:read")
    @blp.arguments(CalendarFeedQuery, location="query")
    @blp.response(200, page_of(CalendarFeedSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List calendar feeds.

        Their addresses are not in the list: read them one by one.
        """
        return self.page(FEEDS, query)

    @needs("feeds:write")
    @blp.arguments(NewCalendarFeed)
    @blp.response(201, CalendarFeedSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Create a calendar feed.

        For one staff member or one school. Its address is at `GET /v1/calendar-feeds/{id}`.
        """
        made = calendar_feeds.create(self.uow, sent)
        return self.created(made, CalendarFeedSchema, "OneCalendarFeed")


@blp.route("/calendar-feeds/<uuid:id>")
class OneCalendarFeed(Resource):
    @needs("feeds:read")
    @blp.response(200, CalendarFeedDetailSchema)
    def get(self, id: UUID) -> Response:
        """Get a calendar feed with its address.

        The address stays the same for as long as the feed is there. A new one comes with a new
        feed.
        """
        feed = self.uow.read(CalendarFeed, id)
        secret = feed_secret(self.services.keys, id)
        address = self.location("calendars_by_address.Calendar", id=id, secret=secret)
        return self.one(Beside(feed, address=address), CalendarFeedDetailSchema)

    @needs("feeds:write")
    @blp.response(204)
    def delete(self, id: UUID) -> Response:
        """Delete a calendar feed.

        From then on its address leads nowhere, and no other feed will have it.
        """
        calendar_feeds.revoke(self.uow, self.changing(CalendarFeed, id))
        return self.deleted()


_SHOWN = ical.Event(
    uid="01a2226e-5cf0-7331-ac2e-5683171cf0ca@childfind",
    day=date(2026, 1, 30),
    summary="Evaluate within 60 calendar days",
    description="Deadline 01a2226e-5cf0-7331-ac2e-5683171cf0ca\nRule IDEA-EVAL-CLOCK",
    categories=("evaluation", "deadline"),
)
A_CALENDAR = {
    "one_deadline": {
        "summary": "One deadline",
        "value": ical.calendar(
            "Prairie Elementary", [_SHOWN], at=datetime(2025, 12, 1, 14, tzinfo=UTC), sequence=412
        ),
    }
}


@open_blp.route("/<uuid:id>/<string(length=43):secret>.ics", endpoint="Calendar")
class Calendar(MethodView):
    public = "the secret in the address opens it: calendar programs send no token"

    @open_blp.doc(operationId="get_calendar", security=[])
    @open_blp.response(200, {"type": "string"}, content_type=ical.MEDIA_TYPE, examples=A_CALENDAR)
    @open_blp.alt_response(404, "NotFound")
    @open_blp.alt_response(422, "ValidationFailed")
    def get(self, id: UUID, secret: str) -> Response:
        """Get the deadlines behind a secret address.

        An all-day event for each deadline that is not met, with ids and the kind of the
        deadline and no name. One whose day is being worked out anew, since a setting or a calendar
        changed, is `STATUS:TENTATIVE` with the category `stale`. A wrong address and one that was
        revoked are both 404.
        """
        check_query(frozenset())
        held = services()
        district_id = None
        if is_feed_secret(held.keys, id, secret):
            district_id = calendar_feeds.district_of(held.database, id)
        if district_id is None:
            raise _nowhere()
        caller = Caller(district_id=district_id)
        with UnitOfWork(held.database, caller, held.clock, writes=False) as uow:
            feed = uow.read(CalendarFeed, id)
            title = calendar_feeds.title_of(uow, feed)
            if title is None:
                raise _nowhere()
            whose = {"staff_id": feed.staff_id, "school_id": feed.school_id}
            found = ical.events(uow, stale=rebuilds.stale(), **whose)
            text = ical.calendar(title, found, at=uow.now, sequence=ical.sequence(uow))
        return Response(text, content_type=f"{ical.MEDIA_TYPE}; charset=utf-8")


def _nowhere() -> Problem:
    return Problem("not-found", "This address leads to no calendar.")
