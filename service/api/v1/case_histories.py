"""Case histories: what a district did before, loaded as a job, and what was found of it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Response, request

from service.api.plumbing import bodies
from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.edge import check_content_type
from service.api.plumbing.fields import (
    Day,
    IdField,
    Int64,
    ListQuery,
    Query,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
)
from service.api.plumbing.imports import UPLOAD, ZIPPED, ImportReportSchema, shown, tried
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.imports import jobs
from service.imports.history import read as history
from service.imports.history.load import parts
from service.imports.history.report import STATES, Report
from service.imports.history.staging import Staged
from service.imports.oneroster.report import BundleRefused
from service.storage.history import HistoryFinding, HistoryOwed
from service.storage.imports import HISTORIES, HISTORY_FEED, Import
from service.storage.unit_of_work import UnitOfWork

TABLE, ZIP = "text/csv", "application/zip"

blp = Blueprint("case_histories", "Imports")

HISTORY_FORMATS = {
    bodies.NDJSON: "case_history_ndjson",
    TABLE: "case_history_csv",
    ZIP: "case_history_zip",
}
TRIED_AT_ONCE = 2_000
"""So many lines of a history are tried within a request; more are a job of their own."""
OWED_SAID = {
    "late": "Its day has passed.",
    "undatable": "A day is missing from which it counts.",
}
_NAMED = {"source_system": "old-sis", "student": {"system": "local_id", "value": "7"}}
_ASKED = {"kind": "referral", "source_id": "R-1", "received_on": "2026-03-02", **_NAMED}
_SIGNED = {
    **{"kind": "consent", "source_id": "C-1", "case": "R-1", "purpose": "initial_evaluation"},
    **{"answer": "granted", "form": "written", "received_on": "2026-03-16", **_NAMED},
}
HISTORY_LINES = "".join(json.dumps(line) + "\n" for line in (_ASKED, _SIGNED))
HISTORY_TABLE = (
    "kind,source_system,source_id,student_system,student_value,requester,received_on\r\n"
    "referral,old-sis,R-1,local_id,7,parent,2026-03-02\r\n"
)


def _file_of(kind: str, summary: str, example: str | None) -> dict[str, Any]:
    shape: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
    if example is not None:
        shape["examples"] = {kind: {"summary": summary, "value": example}}
    return shape


class HistoryOptions(Query):
    compare_only = TrueOrFalse(
        metadata={
            "description": "A job that does all of it and keeps nothing but its report and what "
            f"it found, and ends `held`: for a history of more than {TRIED_AT_ONCE:,} lines, which "
            "`dry_run` refuses.",
            "default": False,
        }
    )


class HistoryFindingSchema(Schema):
    """What was odd about a line of a case history, or which rule a loaded case did not meet."""

    severity = Words(
        {
            "error": "The line was left out.",
            "warning": "It was loaded, and something is to be looked at.",
            "info": "Good to know.",
        },
        required=True,
    )
    code = Text(required=True, metadata={"example": "unknown_member"})
    message = Text(required=True)
    file = Text(required=True, allow_none=True, metadata={"example": "referrals.csv"})
    line = Int64(required=True, allow_none=True)
    field = Text(required=True, allow_none=True, metadata={"example": "received_on"})
    kind = Words(tuple(history.KINDS), required=True, allow_none=True)
    source_id = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "What it is called in its source: the record, or of a breach the case."
        },
    )
    case_id = IdField(
        required=True,
        allow_none=True,
        metadata={
            "description": "The case, of a breach. Null where it was only tried; `source_id` tells."
        },
    )
    rule_id = Text(
        required=True, allow_none=True, metadata={"description": "The rule, of a breach."}
    )


class HistoryOwedSchema(Schema):
    """A case that was late when its history was loaded, or could not be dated, and why."""

    state = Words(OWED_SAID, required=True)
    due_on = Day(required=True, allow_none=True)
    what = Text(required=True, metadata={"example": "The initial evaluation"})
    because = Text(required=True)
    case_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Null if there is none: it could not be opened, or was not kept."},
    )
    case_source_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "What the case is called in its source."},
    )
    student_id = IdField(required=True, allow_none=True)


class HistoryFindingQuery(ListQuery):
    severity = Words(("error", "warning", "info"))
    code = Text(max=40, metadata={"example": "breach"})
    sort = Sort("line")


class HistoryOwedQuery(ListQuery):
    state = Words(STATES)
    sort = Sort("due_on")


HISTORY_FINDINGS = Listing(
    model=HistoryFinding,
    schema=HistoryFindingSchema,
    filters={"severity": HistoryFinding.severity, "code": HistoryFinding.code},
    sorts={"line": HistoryFinding.line},
)
HISTORY_OWED = Listing(
    model=HistoryOwed,
    schema=HistoryOwedSchema,
    filters={"state": HistoryOwed.state},
    sorts={"due_on": HistoryOwed.due_on},
)


@blp.route("/imports/case-history")
class CaseHistory(Resource):
    consumes = tuple(HISTORY_FORMATS)
    uploads = True

    @needs("imports:write", "cases:write")
    @blp.arguments(HistoryOptions, location="query")
    @blp.doc(
        operationId="import_case_history",
        requestBody={
            "required": True,
            "description": "One record a line, or a row: past and open referrals, notices, "
            "consents, evaluations, determinations, plans and interventions; or several such "
            "files, zipped flat. A file of a zip that is named by a kind (`referrals.csv`) needs "
            "no `kind`. "
            f"{UPLOAD}, zipped files {ZIPPED}; {history.LONGEST_LINE:,} characters a line or row, "
            f"and {history.MOST_LINES:,} lines.",
            "content": {
                bodies.NDJSON: _file_of("lines", "A referral and its consent", HISTORY_LINES),
                TABLE: _file_of("table", "A referral", HISTORY_TABLE),
                ZIP: _file_of("files", "", None),
            },
        },
    )
    @blp.response(202, ImportReportSchema)
    def post(self, query: dict[str, Any]) -> Response:
        """Load a case history.

        What a district did before it had this service, with its own dates. A job, as the import of
        a roster is, and in one queue with them: the roster comes first, because a record belongs
        to a student whose identifier is known. No rule refuses a record; what the rules find is a
        finding. No webhook is told. A line that cannot be taken is left out, and told of with its
        file, line and field; the others are loaded. It is loaded student by student, so that one
        that is cancelled or cut short leaves whole students behind. The same file again changes
        nothing and goes on where it stopped.

        `GET /v1/imports/{id}/late-or-undatable` lists every case that is late already or cannot be
        dated, `GET /v1/imports/{id}/history-findings` everything that was found. `dry_run=true`
        tries a short history at once and answers with both in `report.lists`. A file that cannot be
        read at all is refused with 422 `history-refused`, or fails with the same.
        """
        check_content_type(self.consumes)
        sent, source = request.get_data(cache=True), HISTORY_FORMATS[request.mimetype]
        compare_only = query.get("compare_only", False)
        try:
            if self.now_dry:
                return self.json(ImportReportSchema, self._tried(sent, source))
            history.check(sent, HISTORIES[source], f"history.{HISTORIES[source]}")
        except BundleRefused as error:
            raise Problem(
                "history-refused", error.detail, code=error.code, remedy=error.remedy
            ) from None
        row = jobs.send_history(self.uow, sent, source, compare_only=compare_only)
        return shown(self, row, status=202)

    def _tried(self, sent: bytes, source: str) -> Beside:
        """What a dry run would have left: the same members, on no record."""
        uow, format = self.uow, HISTORIES[source]
        uow.close()

        def begin() -> UnitOfWork:
            return UnitOfWork(uow.database, uow.caller, uow.clock, quiet=True)

        with Staged(":memory:") as staged:
            with UnitOfWork(uow.database, uow.caller, uow.clock, writes=False) as looking:
                staged.read(looking, sent, format, f"history.{format}", most=TRIED_AT_ONCE)
            report = Report(dry_run=True)
            for _, some in staged.findings():
                report.show(some, (), None)
            for undone, _, part in parts(begin, self.services.policies, staged):
                undone.rollback()
                report.add(part.undone())
                report.show(part.findings, part.owed, None)
            report.add(staged.report)
        status = "held" if report.held_because else "succeeded"
        return tried(self, source, HISTORY_FEED, status, report.with_lists())


@blp.route("/imports/<uuid:id>/history-findings")
class HistoryFindings(Resource):
    @needs("imports:read", "cases:read", versioned=False)
    @blp.doc(operationId="list_history_findings")
    @blp.arguments(HistoryFindingQuery, location="query")
    @blp.response(200, page_of(HistoryFindingSchema))
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """List what a case history's import found.

        Every line that was left out or is odd, then every rule that a loaded case did not meet.
        """
        self.uow.read(Import, id)
        return self.page(HISTORY_FINDINGS, query, import_id=id)


@blp.route("/imports/<uuid:id>/late-or-undatable")
class LateOrUndatable(Resource):
    @needs("imports:read", "cases:read", versioned=False)
    @blp.doc(operationId="list_late_or_undatable")
    @blp.arguments(HistoryOwedQuery, location="query")
    @blp.response(200, page_of(HistoryOwedSchema))
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """List the cases of a history that are late or undatable.

        As they were on the day of the import: what was late already, from the longest, and what
        cannot be dated for want of a day.
        """
        self.uow.read(Import, id)
        return self.page(HISTORY_OWED, query, import_id=id)
