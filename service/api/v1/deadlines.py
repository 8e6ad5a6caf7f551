"""Deadlines: what is due, by when and why, with the working day by day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields
from sqlalchemy import ColumnElement, case, false, literal_column, not_, or_, select

from service.api.plumbing.answers import BASES
from service.api.plumbing.auth import needs
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import (
    AnyObject,
    CommaList,
    Day,
    Flag,
    IdField,
    Instant,
    Int64,
    ListQuery,
    Nested,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, before
from service.api.plumbing.related import the_case, the_school, the_staff_member, the_student
from service.api.plumbing.resource import Resource
from service.api.plumbing.shapes import CitationSchema
from service.domain.calendars import DayUnit
from service.domain.deadlines import Deadline
from service.storage.cases import DeadlineRow, PausedSpan
from service.workflow import deadlines, rebuilds

blp = Blueprint(
    "deadlines",
    "Deadlines",
    description="What is due, by when and why. Deadlines are computed from what is on record, "
    "never typed, and each shows its working.",
)

KINDS = {
    "clock": "The law, or a state's law, counts days.",
    "duty": "It is owed, and the law names no number of days: `due_on` is null, unless "
    "the record itself names the day (a contact to follow up, a flag to look at again).",
}
STATES = {
    "open": "A duty that is not yet done.",
    "running": "A clock that has started and is not stopped.",
    "paused": "A clock that stands still today: in a summer, a vacation or a time that the state "
    "does not count.",
    "met": "Done by the due date.",
    "late": "Done after the due date.",
    "excused": "The timeframe does not apply any more; `reason` or `exception` says why.",
    "unknown": "Calendar data is missing; `needs` says which. Nothing is guessed.",
}
LONGEST_LEDGER = 1500
"""So many days are shown: four years, more than any term counts."""


STALE_SAID = (
    "Since when deadlines in lists may not be as computed, because the worker works them out anew. "
    "Null: all are."
)


class _What(Schema):
    """What the list and the single deadline both show."""

    id = IdField(required=True)
    case_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Null for what is owed to a child outside any case."},
    )
    student_id = IdField(required=True, allow_none=True)
    school_id = IdField(
        required=True, allow_none=True, metadata={"description": "The student's school."}
    )
    owner_staff_id = IdField(
        required=True,
        allow_none=True,
        metadata={
            "description": "Whose it is: the case's champion, or the own owner of a review or flag."
        },
    )
    term = Text(
        required=True,
        attribute="term_id",
        metadata={
            "description": "Which clock or duty of the policy it is.",
            "example": "initial_evaluation",
        },
    )
    kind = Words(KINDS, required=True)
    title = Text(required=True, metadata={"example": "Complete the initial evaluation"})
    rule_id = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "The rule it comes from; null for practice no law commands.",
            "example": "IDEA-EVAL-CLOCK",
        },
    )
    started_on = Day(required=True, allow_none=True)
    due_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "Null when no day is named, and when calendar data is missing."},
    )
    met_on = Day(
        required=True, allow_none=True, metadata={"description": "The day on which it was done."}
    )
    overdue = Flag(
        required=True,
        metadata={"description": "Neither done nor excused, and due before the district's today."},
    )
    provisional = Flag(
        required=True,
        metadata={
            "description": "It runs, and whether what started it meets its own rules (a consent "
            "that is in writing and comes after the notices) is decided at a later step; or it has "
            "a date, and `needs` says what is missing with which an earlier one might bind."
        },
    )
    basis = Words(BASES, required=True, metadata={"description": "Whose law it is."})
    verification = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "How far the law behind it was verified: `R` read, `R/p` read in part, "
            "`A` an agency's page, `S` a secondary source, `U` unverified.",
            "example": "R",
        },
    )
    needs = fields.List(
        Text(),
        required=True,
        metadata={"description": "The calendar data without which the date is not known."},
    )
    subjects = AnyObject(
        required=True,
        metadata={
            "description": "The records that started it, by kind and id.",
            "example": {"consent_id": "01936f1e-8a00-7000-8000-000000000001"},
        },
    )
    citations = fields.List(fields.Nested(CitationSchema), required=True)


class DeadlineSchema(_What):
    """A deadline as lists show it."""

    state = Words(STATES, required=True)
    stale = Flag(
        required=True,
        metadata={
            "description": "Its case was not worked out anew yet since a setting or a calendar "
            "changed (`GET /v1/deadlines/rebuild`); `GET /v1/deadlines/{id}` is as of now."
        },
    )
    student = the_student()
    school = the_school()
    case = the_case()
    owner = the_staff_member("owner_staff_id", "Whose it is.")


class ExtensionSchema(Schema):
    """An agreed date that takes the place of the computed one."""

    kind = Text(required=True, metadata={"example": "written_agreement"})
    agreed_on = Day(required=True)
    new_due_on = Day(required=True)


class ExceptionSchema(Schema):
    """A reason for which the timeframe does not apply (34 CFR 300.301(d))."""

    kind = Text(required=True, metadata={"example": "child_not_produced"})
    reasons = fields.List(Text(), required=True)
    agreed_due_on = Day(required=True, allow_none=True)


class RunningPeriodSchema(Schema):
    """One period that runs: so many days from its start, and when it ends."""

    count = Int64(required=True, allow_none=True)
    unit = Words(list(DayUnit), required=True)
    started_on = Day(required=True)
    due_on = Day(required=True, allow_none=True)
    binds = Flag(required=True, metadata={"description": "Of several, the one that ends first."})
    says = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Why it runs beside the state's own."},
    )
    verification = Text(required=True, allow_none=True, metadata={"example": "R"})
    citations = fields.List(fields.Nested(CitationSchema), required=True)


class PausedSchema(Schema):
    """A span in which the count stands still."""

    from_ = Day(data_key="from", attribute="from", required=True)
    until = Day(required=True)
    name = Text(required=True, metadata={"example": "summer"})


class DeadlineInFullSchema(_What):
    """A deadline computed now, with its working."""

    state = Words(STATES, required=True)
    days_left = Int64(
        required=True,
        allow_none=True,
        metadata={
            "description": "Calendar days from the district's today to the due date, negative "
            "when it has passed; null when it is done or has no date."
        },
    )
    count = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "So many days by law; null when it names no number."},
    )
    unit = Words(list(DayUnit), required=True)
    periods = fields.List(
        fields.Nested(RunningPeriodSchema),
        required=True,
        metadata={"description": "Every period that runs; most clocks have one."},
    )
    paused = fields.List(
        fields.Nested(PausedSchema),
        required=True,
        metadata={"description": "The spans until the due date in which the count stands still."},
    )
    days_counted = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "How many of them have counted until now."},
    )
    last_working_day_on_or_before = Day(
        required=True,
        allow_none=True,
        metadata={
            "description": "The last business day by which the date is kept: due dates do not "
            "move off weekends and holidays unless your district says so."
        },
    )
    explanation = Text(
        required=True,
        max=4000,
        metadata={
            "description": "The working in sentences.",
            "example": "60 calendar days from 2026-09-15 (consent received), which is not itself "
            "counted. Due on Saturday 2026-11-14.",
        },
    )
    adjustments = fields.List(
        Text(),
        required=True,
        metadata={
            "description": "What moved the date away from the plain count: `pauses`, `absences`, "
            "`year_end`, `school_out`, `roll`, `extension`, `exception`."
        },
    )
    extension = Nested(ExtensionSchema, required=True, allow_none=True)
    exception = Nested(ExceptionSchema, required=True, allow_none=True)
    reason = Text(
        required=True,
        allow_none=True,
        metadata={"description": "What ended it, when it was never done."},
    )


class LedgerDaySchema(Schema):
    """One day of the working."""

    day = Day(required=True)
    counted = Flag(required=True)
    number = Int64(
        required=True, allow_none=True, metadata={"description": "As which day it counted."}
    )
    why = Text(required=True, metadata={"example": "school day"})
    rule_id = Text(required=True, metadata={"example": "IDEA-DAY-SCHOOL"})
    citation = Nested(CitationSchema, required=True)


class LedgerSchema(Schema):
    """Every day from the start to the due date: whether it counted, and why."""

    deadline_id = IdField(required=True)
    title = Text(required=True)
    started_on = Day(required=True)
    due_on = Day(required=True, allow_none=True)
    needs = fields.List(Text(), required=True)
    explanation = Text(required=True, max=4000)
    items = fields.List(
        fields.Nested(LedgerDaySchema),
        required=True,
        metadata={"description": "Empty when there is no due date: then nothing is counted."},
    )
    complete = Flag(
        required=True,
        metadata={
            "description": f"False when the due date is more than {LONGEST_LEDGER} days away, "
            "which only an agreed date can be; the days up to there are shown."
        },
    )


class RebuiltSchema(Schema):
    """What a rebuild found; in a large district, that the worker does it."""

    cases = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "How many cases were computed anew. Null: the worker does it."},
    )
    changed = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "How many deadlines were not as computed; 0 when all was well."},
    )
    stale_since = Instant(required=True, allow_none=True, metadata={"description": STALE_SAID})


class RebuildSchema(Schema):
    """How far the worker is with the deadlines of a large district."""

    stale_since = Instant(required=True, allow_none=True, metadata={"description": STALE_SAID})
    asked_at = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "When the worker was last asked. Null: never; with at most 2,000 cases "
            "they are worked out at once."
        },
    )
    finished_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Null: not done, or it was never asked."},
    )
    cases = Int64(
        required=True, metadata={"description": "How many cases the worker has done so far."}
    )
    failures = Int64(
        required=True,
        metadata={
            "description": "How often in a row the service failed at it: 0 when all is well. Tell "
            "the operator: the log says where."
        },
    )
    failed_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the service last failed at it. Null: all is well."},
    )
    next_try_at = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "When it is tried again: a minute after the first failure, then each "
            "time after twice as long, at most six hours. Null: at once."
        },
    )


class DeadlineQuery(ListQuery):
    school_id = IdField(metadata={"description": "Only for students of this school."})
    owner_staff_id = IdField(metadata={"description": "Only those of this staff member."})
    student_id = IdField()
    case_id = IdField()
    term = CommaList(
        Text(max=64),
        metadata={
            "description": "Only of these clocks or duties, with commas between.",
            "example": ["initial_evaluation", "answer_to_request"],
        },
    )
    kind = Words(KINDS)
    state = CommaList(
        Words(STATES),
        metadata={
            "description": "Only in these states, with commas between: "
            f"{', '.join(f'`{state}`' for state in STATES)}.",
            "example": ["open", "running"],
        },
    )
    due_before = Day(metadata={"description": "Only what is due before this day, not on it."})
    due_after = Day(metadata={"description": "Only what is due after this day, not on it."})
    overdue = TrueOrFalse(
        metadata={"description": "Only what is overdue today, or only what is not."}
    )
    sort = Sort("due_on", metadata={"description": "By due date; what has none comes last."})


DEADLINES = Listing(
    model=DeadlineRow,
    schema=DeadlineSchema,
    filters={
        "school_id": DeadlineRow.school_id,
        "owner_staff_id": DeadlineRow.owner_staff_id,
        "student_id": DeadlineRow.student_id,
        "case_id": DeadlineRow.case_id,
        "term": DeadlineRow.term_id,
        "kind": DeadlineRow.kind,
        "state": DeadlineRow.state,
        "due_before": before(DeadlineRow.due_on),
        "due_after": lambda day: DeadlineRow.due_on > day,
    },
    sorts={"due_on": DeadlineRow.due_on},
    # Overdue is not stored: `on_day` puts the question of the day in its place.
    columns={
        "stale": rebuilds.stale(),
        "overdue": false(),
        "needs": DeadlineRow.detail["needs"],
        "subjects": DeadlineRow.detail["subjects"],
        "citations": DeadlineRow.detail["citations"],
    },
)


# Written out, not as parameters: only so do the databases see that an index serves.
_WRITTEN: Mapping[str, ColumnElement[str]] = {
    state: literal_column(f"'{state}'") for state in STATES
}


def are(*states: str) -> ColumnElement[bool]:
    """Whether a row is stored in one of these states."""
    return DeadlineRow.state.in_([_WRITTEN[state] for state in states])


def overdue_on(today: date) -> ColumnElement[bool]:
    """Whether a row is overdue on a day: the same question as `Clock.is_overdue`."""
    row = DeadlineRow
    return row.due_on.is_not(None) & (row.due_on < today) & are("open", "running")


def _in_a_part(today: date) -> ColumnElement[bool]:
    """Whether one of the spans of a row holds a day.

    A value, not `EXISTS`: for that PostgreSQL would first read every span that holds the day, for
    a page of a hundred rows.
    """
    row, span = DeadlineRow, PausedSpan
    found = select(span.deadline_id).where(
        span.district_id == row.district_id,
        span.deadline_id == row.id,
        span.first_on <= today,
        span.last_on >= today,
    )
    return found.limit(1).scalar_subquery().is_not(None)


def paused_on(today: date) -> ColumnElement[bool]:
    """Whether a row is a clock that stands still on a day."""
    row = DeadlineRow
    return (
        (row.still_from <= today)
        & (row.still_until >= today)
        & or_(not_(row.still_in_parts), _in_a_part(today))
    )


def not_paused_on(today: date) -> ColumnElement[bool]:
    """The opposite, also of a row that never stands still."""
    row = DeadlineRow
    return or_(
        row.still_from.is_(None),
        row.still_from > today,
        row.still_until < today,
        row.still_in_parts & not_(_in_a_part(today)),
    )


def in_states(wanted: Collection[str], today: date) -> ColumnElement[bool]:
    """Whether a row is in one of these states on a day; what is stored is the same every day."""
    stored = [state for state in STATES if state in wanted and state != "paused"]
    if ("paused" in wanted) == ("running" in wanted):
        return are(*stored)
    if "running" in wanted:
        return are(*stored) & not_paused_on(today)
    paused = paused_on(today)
    return or_(paused, are(*stored)) if stored else paused


@lru_cache(maxsize=4)
def on_day(today: date) -> Listing:
    """The listing with `overdue` and `paused` as they stand on a day."""
    overdue, paused = overdue_on(today), paused_on(today)
    return replace(
        DEADLINES,
        columns={
            **DEADLINES.columns,
            "overdue": overdue,
            "state": case((paused, "paused"), else_=DeadlineRow.state),
        },
        filters={
            **DEADLINES.filters,
            "overdue": lambda wanted: overdue if wanted else not_(overdue),
            "state": lambda wanted: in_states(wanted, today),
        },
    )


class _Deadlines(Resource):
    """What the addresses of a single deadline have in common."""

    def _computed(self, id: UUID) -> tuple[DeadlineRow, Deadline]:
        return deadlines.one(self.uow, self.services.policies, id)


@blp.route("/deadlines")
class Deadlines(Resource):
    @needs("deadlines:read")
    @blp.arguments(DeadlineQuery, location="query")
    @blp.response(200, page_of(DeadlineSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List deadlines.

        Of all cases, by due date. Whether something is overdue, or paused because its count
        stands still, is asked anew each day, in the district's time zone. After a setting or a
        calendar of a large district changed, those that were not worked out anew yet are `stale`.
        """
        return self.page(on_day(self.uow.today), query)


@blp.route("/deadlines/<uuid:id>")
class OneDeadline(_Deadlines):
    @needs("deadlines:read")
    @blp.response(200, DeadlineInFullSchema)
    def get(self, id: UUID) -> Response:
        """Get a deadline, computed now, with its working.

        The sentence behind the date, what moved it, the last working day by which it is kept,
        and the law it comes from. Without calendar data it is `unknown`, with what it needs.
        """
        row, deadline = self._computed(id)
        return derived(DeadlineInFullSchema, _in_full(row, deadline, self.uow.today))


@blp.route("/deadlines/<uuid:id>/ledger")
class DeadlineLedger(_Deadlines):
    @needs("deadlines:read")
    @blp.doc(operationId="get_deadline_ledger")
    @blp.response(200, LedgerSchema)
    def get(self, id: UUID) -> Response:
        """Show which days counted.

        Every day from the start to the due date: whether it counted, as which number, why,
        and under which rule (IDEA-DAY, IDEA-DAY-SCHOOL, IDEA-DAY-BUSINESS, POLICY-DAY-ZERO,
        POLICY-ROLL).
        """
        row, deadline = self._computed(id)
        days = list(islice(deadline.ledger(), LONGEST_LEDGER + 1))
        return derived(
            LedgerSchema,
            {
                "deadline_id": row.id,
                "title": deadline.title,
                "started_on": deadline.started_on,
                "due_on": deadline.due_on,
                "needs": deadline.needs,
                "explanation": deadline.explanation,
                "items": days[:LONGEST_LEDGER],
                "complete": len(days) <= LONGEST_LEDGER,
            },
        )


@blp.route("/deadlines/rebuild")
class DeadlinesRebuild(Resource):
    @needs("deadlines:read")
    @blp.doc(operationId="get_deadlines_rebuild")
    @blp.response(200, RebuildSchema)
    def get(self) -> Response:
        """Get how far a rebuild is.

        A setting or a calendar may move every deadline of a district. In one with more than 2,000
        cases the worker works them out, after the answer to the change. What is computed when it
        is read, a single deadline and its ledger, is never behind.
        """
        last = rebuilds.state(self.uow)
        shown = {
            "stale_since": rebuilds.stale_since(self.uow),
            "asked_at": None if last is None else last.asked_at,
            "finished_at": None if last is None else last.finished_at,
            "cases": 0 if last is None else last.cases,
            "failures": 0 if last is None else last.failures,
            "failed_at": None if last is None else last.failed_at,
            "next_try_at": None if last is None else last.next_try_at,
        }
        return derived(RebuildSchema, shown)

    @needs("deadlines:write", versioned=False)
    @blp.doc(operationId="rebuild_deadlines")
    @blp.response(200, RebuiltSchema)
    def post(self) -> Response:
        """Compute the deadlines of every case anew.

        Every write already keeps the list equal to the computation, so that this changes
        nothing; it is for the day on which a correction of the law itself is installed. It
        sets right what cases that are over owed, too. With more than 2,000 cases the worker does
        it: `GET` on the same address says how far it is.
        """
        rebuilt = rebuilds.follow(self.uow, self.services.policies)
        shown = {
            "cases": None if rebuilt is None else rebuilt.cases,
            "changed": None if rebuilt is None else rebuilt.changed,
            "stale_since": rebuilds.stale_since(self.uow),
        }
        return self.json(RebuiltSchema, shown)


def _in_full(row: DeadlineRow, deadline: Deadline, today: date) -> dict[str, Any]:
    clock = deadline.clock
    waiting = deadline.due_on is not None and deadline.state in ("open", "running", "paused")
    return {
        "id": row.id,
        "case_id": row.case_id,
        "student_id": row.student_id,
        "school_id": row.school_id,
        "owner_staff_id": deadline.owner_staff_id,
        "term_id": deadline.term_id,
        "kind": deadline.kind,
        "title": deadline.title,
        "rule_id": deadline.rule_id,
        "state": deadline.state,
        "started_on": deadline.started_on,
        "due_on": deadline.due_on,
        "met_on": deadline.met_on,
        "overdue": deadline.is_overdue(today),
        "provisional": deadline.provisional,
        "basis": deadline.basis,
        "verification": deadline.verification,
        "needs": deadline.needs,
        "subjects": dict(deadline.subjects),
        "citations": deadline.citations,
        "days_left": (deadline.due_on - today).days if waiting and deadline.due_on else None,
        "count": clock.leg.period.count if clock.leg else None,
        "unit": clock.leg.period.unit if clock.leg else clock.term.unit,
        "periods": [
            {
                "count": leg.period.count,
                "unit": leg.period.unit,
                "started_on": leg.started_on,
                "due_on": due_on,
                "binds": leg is clock.leg,
                "says": leg.says,
                "verification": str(leg.citations[0].verification) if leg.citations else None,
                "citations": leg.citations,
            }
            for leg, due_on in clock.legs
        ],
        "paused": [
            {"from": span.first_on, "until": span.last_on, "name": span.name}
            for span in clock.pauses
        ],
        "days_counted": clock.days_counted,
        "last_working_day_on_or_before": clock.last_working_day_on_or_before,
        "explanation": deadline.explanation,
        "adjustments": clock.adjustments,
        "extension": clock.extension,
        "exception": clock.exception,
        "reason": deadline.reason,
    }
