"""School calendars: the days that clocks count."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    Day,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    Nested,
    Schema,
    Sort,
    StoredDay,
    Text,
    TrueOrFalse,
    WholeNumber,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, missing
from service.api.plumbing.resource import Resource
from service.storage.rebuilds import Rebuild
from service.storage.schools import SchoolCalendar
from service.storage.unit_of_work import UnitOfWork
from service.workflow import rebuilds, school_calendars

blp = Blueprint(
    "calendars",
    "School calendars",
    description="School years with their days off. School days and business days are counted on "
    "them (34 CFR 300.11); without them a deadline in such days is `unknown`. Which year is to be "
    "recorded next, by when, and whether a deadline waits for one stands under `duties` at "
    "`GET /v1/districts/{id}` (POLICY-CALENDAR).",
)

KINDS = {
    "break": "A break, such as winter break.",
    "holiday": "A holiday.",
    "staff_day": "Staff attend, children do not.",
    "closure": "A closure that nobody planned, such as snow.",
    "other": "Another reason why children do not attend.",
}
YEAR_SAID = "The number of the year in which the school year ends: 2027 for 2026-27."
SCHOOL_SAID = "Null: the district's calendar, for schools that have none of their own for the year."
HALF_DAYS_SAID = (
    "Days of early release. They count as school days (34 CFR 300.11(c)) and are listed only so "
    "that a deadline's working can say so."
)


class DaysOffSchema(Schema):
    """A day, or days, on which children do not attend. Both ends are included."""

    begins = StoredDay(
        data_key="from", attribute="from", required=True, metadata={"example": "2026-12-21"}
    )
    until = StoredDay(required=True, metadata={"example": "2027-01-01"})
    name = Text(required=True, max=120, metadata={"example": "Winter break"})
    kind = Words(KINDS, required=True)


class NewDaysOff(Schema):
    """A day, or days, on which children do not attend. Both ends are included."""

    begins = Day(
        data_key="from", attribute="from", required=True, metadata={"example": "2026-12-21"}
    )
    until = Day(metadata={"description": "Left out: the one day `from`.", "example": "2027-01-01"})
    name = Text(required=True, max=120, metadata={"example": "Winter break"})
    kind = Words(KINDS, metadata={"description": "Left out: `other`."})


class SchoolCalendarSchema(Schema):
    """One school year: its first and last day of instruction, and the days off between."""

    id = IdField(required=True)
    school_id = IdField(required=True, allow_none=True, metadata={"description": SCHOOL_SAID})
    school_year = Int64(required=True, metadata={"description": YEAR_SAID, "example": 2027})
    first_day = Day(required=True, metadata={"example": "2026-08-24"})
    last_day = Day(required=True, metadata={"example": "2027-06-04"})
    days_off = Listed(Nested(DaysOffSchema), required=True, max=200)
    half_days = Listed(
        StoredDay(), required=True, max=200, metadata={"description": HALF_DAYS_SAID}
    )
    deadlines_stale_since = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "Since when deadlines in lists may not be as computed, because a "
            "calendar or a setting changed and the worker works them out anew "
            "(`GET /v1/deadlines/rebuild`). Null: all are."
        },
    )
    version = Int64(required=True, attribute="row_version")
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewSchoolCalendar(Schema):
    """A school year to keep."""

    school_id = IdField(allow_none=True, metadata={"description": SCHOOL_SAID})
    school_year = Int64(
        required=True, min=1900, max=2200, metadata={"description": YEAR_SAID, "example": 2027}
    )
    first_day = Day(required=True, metadata={"example": "2026-08-24"})
    last_day = Day(required=True, metadata={"example": "2027-06-04"})
    days_off = Listed(Nested(NewDaysOff), max=200)
    half_days = Listed(Day(), max=200, metadata={"description": HALF_DAYS_SAID})


class SchoolCalendarChange(Schema):
    """What to change about a school year; a list takes the place of the one on record."""

    first_day = Day(metadata={"example": "2026-08-24"})
    last_day = Day(metadata={"example": "2027-06-04"})
    days_off = Listed(Nested(NewDaysOff), max=200)
    half_days = Listed(Day(), max=200, metadata={"description": HALF_DAYS_SAID})


class SchoolCalendarQuery(ListQuery):
    school_id = IdField(metadata={"description": "Only calendars that are this school's own."})
    district_wide = TrueOrFalse(
        metadata={"description": "Only the district's own calendars, or only those of schools."}
    )
    school_year = WholeNumber(min=1900, max=2200, metadata={"description": YEAR_SAID})
    sort = Sort("school_year", "updated_at")


CALENDARS = Listing(
    model=SchoolCalendar,
    schema=SchoolCalendarSchema,
    filters={
        "school_id": SchoolCalendar.school_id,
        "district_wide": missing(SchoolCalendar.school_id),
        "school_year": SchoolCalendar.school_year,
    },
    sorts={
        "school_year": SchoolCalendar.school_year,
        "updated_at": SchoolCalendar.updated_at,
    },
    columns={
        "row_version": SchoolCalendar.version,
        "deadlines_stale_since": select(Rebuild.asked_at)
        .where(Rebuild.district_id == SchoolCalendar.district_id, Rebuild.finished_at.is_(None))
        .scalar_subquery(),
    },
)


def _shown(uow: UnitOfWork, calendar: Any) -> Beside:
    """A calendar, and whether deadlines are yet to follow."""
    if uow.writes:
        uow.flush()
    since = rebuilds.stale_since(uow)
    return Beside(
        calendar,
        deadlines_stale_since=since,
        row_version=calendar.version,
        version=calendar.version
        if since is None
        else f"{calendar.version}.{since.timestamp():.0f}",
    )


@blp.route("/school-calendars")
class SchoolCalendars(Resource):
    @needs("calendars:read")
    @blp.arguments(SchoolCalendarQuery, location="query")
    @blp.response(200, page_of(SchoolCalendarSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List school calendars.

        By school year, or by when they last changed.
        """
        return self.page(CALENDARS, query)

    @needs("calendars:write")
    @blp.arguments(NewSchoolCalendar)
    @blp.response(201, SchoolCalendarSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Create a school calendar.

        Deadlines of every live case that is counted on it follow: at once, or in a large
        district by the worker, which `deadlines_stale_since` says. One calendar for
        each school and year, and one for the district: a second is refused with 409, which
        names the first. Days out of order, days outside the year, and years of one school
        that overlap are 422.
        """
        made = school_calendars.create(self.uow, self.services.policies, sent)
        return self.created(_shown(self.uow, made), SchoolCalendarSchema, "OneSchoolCalendar")


@blp.route("/school-calendars/<uuid:id>")
class OneSchoolCalendar(Resource):
    @needs("calendars:read")
    @blp.response(200, SchoolCalendarSchema)
    def get(self, id: UUID) -> Response:
        """Get a school calendar.

        Its first and last day, the days off between, and the half days, which count as whole
        school days (34 CFR 300.11(c)).
        """
        return self.one(_shown(self.uow, self.uow.read(SchoolCalendar, id)), SchoolCalendarSchema)

    @needs("calendars:write")
    @blp.arguments(SchoolCalendarChange)
    @blp.response(200, SchoolCalendarSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a school calendar.

        A closure that is entered late moves due dates: deadlines of every live case that is
        counted on the calendar follow, as when it is created. Its school and year stay; for
        others, make another calendar.
        """
        calendar = self.changing(SchoolCalendar, id)
        changed = school_calendars.change(self.uow, self.services.policies, calendar, sent)
        return self.updated(_shown(self.uow, changed), SchoolCalendarSchema)

    @needs("calendars:write")
    @blp.response(204)
    def delete(self, id: UUID) -> Response:
        """Delete a school calendar.

        Deadlines that were counted on it fall back to the district's calendar of the year, or
        become `unknown` and say what they need; in a large district by the worker
        (`GET /v1/deadlines/rebuild`).
        """
        calendar = self.changing(SchoolCalendar, id)
        school_calendars.remove(self.uow, self.services.policies, calendar)
        return self.deleted()
