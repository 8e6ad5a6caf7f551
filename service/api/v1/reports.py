"""Reports: what became of concerns, by school and group, and where a child was kept waiting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Response
from marshmallow import fields

from service.api.plumbing.auth import needs
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import (
    AnyObject,
    Day,
    Flag,
    IdField,
    Int64,
    Query,
    Schema,
    Text,
    TrueOrFalse,
    WholeNumber,
    Words,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.problems import Problem, parameter_error
from service.api.plumbing.resource import Resource
from service.domain.small_cells import BELOW, days_of, last_whole_year
from service.workflow import reports

blp = Blueprint(
    "reports",
    "Reports",
    description="What a district does with its children's concerns. They count children, never "
    "notes, and nothing by who wrote it.",
)

GROUPS = {
    "grade": "By grade.",
    "sex": "By sex.",
    "english_learner": "Whether an English learner.",
    "hispanic": "Whether Hispanic or Latino.",
    "race": "By race; a student of several counts in each.",
}


WITHHELD = "Null: withheld, because it tells of few children, or would tell of another's few."


class SpanQuery(Query):
    since = Day(metadata={"description": "From this day; a year before `until` when left out."})
    until = Day(metadata={"description": "Through this day; the district's today when left out."})


class ChildFindQuery(SpanQuery):
    since = Day(
        metadata={
            "description": "From this day; a year before `until` when left out. With "
            "`small_cells=true`."
        }
    )
    until = Day(
        metadata={
            "description": "Through this day; the district's today when left out. With "
            "`small_cells=true`."
        }
    )
    school_year = WholeNumber(
        min=1900,
        max=2200,
        metadata={
            "description": "A school year by the year in which it ends: 2026 for 2025-26, July "
            "through June. The last one that is over when nothing is asked for."
        },
    )
    small_cells = TrueOrFalse(
        load_default=False,
        metadata={
            "description": f"`true` shows every count. Otherwise one of fewer than {BELOW} is "
            "withheld, for a table that may be passed on; then the span is a school year that is "
            "over, so that no two tables can be subtracted from one another."
        },
    )


class _Counted(Schema):
    raised = Int64(
        required=True,
        allow_none=True,
        metadata={"description": f"Child-find flags raised. {WITHHELD}"},
    )
    dismissed = Int64(
        required=True,
        allow_none=True,
        metadata={"description": f"Times that a flag was dismissed for a while. {WITHHELD}"},
    )
    bypassed = Int64(
        required=True,
        allow_none=True,
        metadata={
            "description": "Evaluations that the school asked for without documented "
            "intervention, because a disability was suspected (STATE-PREREFERRAL-INTERVENTION). "
            f"{WITHHELD}"
        },
    )


class OfSchoolSchema(_Counted):
    """What happened in one school."""

    school_id = IdField(required=True, allow_none=True)


class OfGroupSchema(_Counted):
    """What happened to one group of students."""

    group = Words(GROUPS, required=True)
    value = Text(required=True, metadata={"description": "`not_said` when not on record."})


class ChildFindReportSchema(Schema):
    """Flags and bypasses in a span of days."""

    tables = ("by_school", "by_group")

    since = Day(required=True)
    until = Day(required=True)
    withheld_below = Int64(
        required=True,
        allow_none=True,
        metadata={
            "description": "Counts from one to below this are null, and so are as many others as "
            "it takes that a total less the rest does not tell them. Null: every count is shown."
        },
    )
    by_school = fields.List(fields.Nested(OfSchoolSchema), required=True)
    by_group = fields.List(fields.Nested(OfGroupSchema), required=True)


class WaitSchema(Schema):
    """One child who may have been kept waiting."""

    kind = Words(reports.WAITS, required=True)
    on = Day(required=True, metadata={"description": "The day of the request or the refusal."})
    student_id = IdField(required=True, allow_none=True)
    case_id = IdField(required=True, allow_none=True)
    days = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "Calendar days it waited, so far or in all."},
    )
    because = Text(required=True, max=4000)
    evidence = fields.List(AnyObject(), required=True)


class RtiDelaySchema(Schema):
    """Where a child may have waited for interventions, by day."""

    tables = ("items",)

    since = Day(required=True)
    until = Day(required=True)
    items = fields.List(fields.Nested(WaitSchema), required=True)
    complete = Flag(
        required=True,
        metadata={"description": f"False when there are more than {reports.MOST}: ask for less."},
    )


@blp.route("/reports/child-find")
class ChildFindReport(Resource):
    @needs("students:read")
    @blp.doc(operationId="report_child_find")
    @blp.arguments(ChildFindQuery, location="query")
    @blp.response(200, ChildFindReportSchema)
    def get(self, query: dict[str, Any]) -> Response:
        """Report flags, dismissals and bypasses by school and group.

        How often a concern was put off (IDEA-CHILD-FIND-SUSPECT) and how often the intervention
        rule was bypassed (STATE-PREREFERRAL-INTERVENTION), so that a district sees where
        children wait longer than others. Nothing is counted by who wrote a note.

        Small counts are withheld unless `small_cells=true` asks for them, and the table is of a
        school year that is over (`school_year`): tables of such years share no day, so that
        nobody can subtract one from another to learn of a few children. With `small_cells=true`
        it is of any days, and not one to pass on.
        """
        since, until = _child_find_span(self.uow.today, query)
        small_cells: bool = query["small_cells"]
        found = reports.child_find(self.uow, since, until, small_cells=small_cells)
        shown = {
            "since": since,
            "until": until,
            "withheld_below": None if small_cells else BELOW,
            "by_school": [{"school_id": id, **counts} for id, counts in found.by_school.items()],
            "by_group": [
                {"group": kind, "value": value, **counts}
                for (kind, value), counts in found.by_group.items()
            ],
        }
        return derived(ChildFindReportSchema, shown)


@blp.route("/reports/rti-delay")
class RtiDelayReport(Resource):
    @needs("cases:read")
    @blp.doc(operationId="report_rti_delay")
    @blp.arguments(SpanQuery, location="query")
    @blp.response(200, RtiDelaySchema)
    def get(self, query: dict[str, Any]) -> Response:
        """Report where a child may have waited for interventions.

        Requests with neither consent request nor notice in time (IDEA-REQUEST-DECIDE), refusals
        whose reason is an unfinished intervention (IDEA-REQUEST-NO-RTI-BLOCK), receipts dated
        later than the first contact that asked. It accuses nobody: each names the records that
        somebody should read.
        """
        since, until = _span(self.uow.today, query)
        found = reports.rti_delay(self.uow, since, until)
        shown = {
            "since": since,
            "until": until,
            "items": found[: reports.MOST],
            "complete": len(found) <= reports.MOST,
        }
        return derived(RtiDelaySchema, shown)


def _child_find_span(today: date, query: Mapping[str, Any]) -> tuple[date, date]:
    """The days that are reported on; Problem for those of which few children must not be told."""
    days = [name for name in ("since", "until") if name in query]
    if "school_year" in query and days:
        raise _refused(days[0], "one_of_two", "Give `school_year`, or days, not both.")
    if days or (query["small_cells"] and "school_year" not in query):
        if not query["small_cells"]:
            raise _refused(
                days[0],
                "not_a_school_year",
                "Counts of any days can be subtracted from one another. Give `school_year`, or "
                "`small_cells=true` for a table that is not passed on.",
            )
        return _span(today, query)
    last = last_whole_year(today)
    year = query.get("school_year", last)
    if year > last and not query["small_cells"]:
        raise _refused(
            "school_year",
            "not_over",
            f"The school year {days_of(year).name} is not over; until then each day's counts less "
            "those of the day before tell of a few children. Give `small_cells=true` for a table "
            "that is not passed on.",
        )
    span = days_of(year)
    return span.first_on, span.last_on


def _refused(parameter: str, code: str, message: str) -> Problem:
    return Problem("validation", message, errors=[parameter_error(parameter, code, message)])


def _span(today: date, query: Mapping[str, Any]) -> tuple[date, date]:
    until: date = query.get("until") or today
    return query.get("since") or until - timedelta(days=365), until
