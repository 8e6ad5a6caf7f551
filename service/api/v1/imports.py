"""Imports: a OneRoster CSV bundle as a zip, or a case history; jobs, brought to their end later."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy import bindparam, select

from service.api.plumbing import bodies
from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.edge import check_content_type
from service.api.plumbing.fields import (
    AnyObject,
    Day,
    FeedName,
    Flag,
    IdField,
    Instant,
    Int64,
    Limit,
    Listed,
    ListQuery,
    Nested,
    Query,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    WholeNumber,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.imports import health, jobs, lists, roster_sources
from service.imports.history import read as history
from service.imports.history.load import parts
from service.imports.history.report import STATES as OWED
from service.imports.history.report import Report as HistoryReport
from service.imports.history.staging import Staged
from service.imports.oneroster.apply import compare
from service.imports.oneroster.read import Limits, open_bundle
from service.imports.oneroster.report import BundleRefused, Report
from service.storage.history import HistoryFinding, HistoryOwed
from service.storage.imports import (
    CSV,
    FEED,
    HISTORIES,
    HISTORY_FEED,
    REST,
    UNFINISHED,
    Import,
    ImportJob,
)
from service.storage.unit_of_work import UnitOfWork, in_district

ZIP = "application/zip"
TABLE = "text/csv"

blp = Blueprint(
    "imports",
    "Imports",
    description="Rosters from the student-information system, OneRoster 1.1 or 1.2 CSV, zipped; "
    "and case histories, what the district did before. An import is a job: send it, and look at "
    "its address until it is done. Readers see the roster before or after, never between, and of "
    "a case history each student before or after. Imports of a district are done in their order; "
    "one that is pulled takes its place when it has been pulled.",
)

SOURCES = {
    CSV: "A bundle that was sent.",
    REST: "A server that it was pulled from.",
    "case_history_ndjson": "A case history, a record a line.",
    "case_history_csv": "A case history, a record a row.",
    "case_history_zip": "A case history in several files.",
}
STATUSES = {
    "queued": "It waits for its turn.",
    "running": "It is being read and compared, or written; `progress` says how far it is.",
    "succeeded": "Everything that could be read is on record.",
    "held": "It would have ended too many records, or was `strict` with something to correct. "
    "Nothing was changed; `report.held_because` says why. `force=true` takes what shrinks.",
    "failed": "It could not be taken, and nothing was changed; `error` says why.",
    "cancelled": "It was cancelled before it came on record; nothing was changed. Of a case "
    "history what was loaded until then stays: `report` tells of it.",
}
KINDS = {
    "schools": "Of orgs.csv.",
    "staff": "Of users.csv.",
    "students": "Of users.csv.",
    "guardians": "Of users.csv, once for each student.",
}
SEVERITIES = {
    "error": "A row or a file was left out.",
    "warning": "Something was read in another way than it was written, or passed over.",
    "info": "Good to know.",
}
STAGES = {
    "waiting": "Nobody has begun.",
    "pulling": "`file` is the list that is being pulled; `rows` of it have come.",
    "reading": "`file` is being read; `rows` of it are done.",
    "writing": "The one transaction in which everything becomes visible; of a case history one "
    "of many, and `rows` are on record.",
}
RETRY_AFTER_S = 1
HISTORY_FORMATS = {
    bodies.NDJSON: "case_history_ndjson",
    TABLE: "case_history_csv",
    ZIP: "case_history_zip",
}
TRIED_AT_ONCE = 2_000
"""So many lines of a history are tried within a request; more are a job of their own."""
TRIED_BYTES = 32 * 2**20
"""So much of a roster, unpacked, is tried within a request: that of some 20,000 students."""
FEED_SAID = "The stream of rosters that it belongs to: `GET /v1/imports/health` tells of each."
LISTS_SAID = {
    "matched": "In the file and on record.",
    "unmatched": "In the file and, until this import, on no record.",
    "duplicates": "In the file more than once; the first counts.",
    "not_in_file": "On record and active, and missing from a full file.",
}
REPORT = {
    "description": "Of a roster: `rows_read` and `rows_refused` by file; `counts` by kind of "
    "record (`created`, `updated`, `unchanged`, `deactivated`, `matched`, `unmatched`, "
    "`duplicates`, `not_in_file`); `findings`, each with severity, code, message, remedy, file, "
    "line, field and how often; `held` and `held_because`. Of a case history: `records`, by kind "
    "how many were `loaded`, `unchanged`, `changed` (the source says otherwise now, and what is on "
    "record stays) and `left_out`; `cases_opened`; `findings`, each root cause with how often; "
    "`late_or_undatable`, how many of each; `dry_run`, whether nothing of it was kept.",
    "example": {
        "format": "oneroster",
        "version": "1.2",
        "held": False,
        "held_because": None,
        "rows_read": {"users": 412},
        "rows_refused": {},
        "counts": {"students": {"created": 12, "updated": 3, "unchanged": 385}},
        "findings": [],
    },
}


class ImportProgressSchema(Schema):
    """How far an import is."""

    stage = Words(STAGES, required=True)
    file = Text(required=True, allow_none=True, metadata={"example": "users.csv"})
    rows = Int64(required=True)
    attempt = Int64(
        required=True,
        metadata={"description": "How often it was taken up: more than once after a crash."},
    )


class ImportErrorSchema(Schema):
    """Why an import could not be taken."""

    code = Text(required=True, metadata={"example": "damaged"})
    detail = Text(required=True)
    remedy = Text(required=True)


class ImportSchema(Schema):
    """One roster or case history that was sent, and what became of it."""

    id = IdField(required=True)
    source = Words(SOURCES, required=True)
    roster_source_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Of one that was pulled: where from. The source may be gone."},
    )
    pulled_since = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of one that was pulled: it has what changed since then; null for all."
        },
    )
    feed = Text(required=True, metadata={"description": FEED_SAID, "example": FEED})
    status = Words(STATUSES, required=True)
    started_at = Instant(
        required=True, metadata={"description": "When it was sent, or its pull was asked for."}
    )
    finished_at = Instant(required=True, allow_none=True)
    version = Int64(required=True)


class ImportReportSchema(ImportSchema):
    """An import with how far it is, or its whole report."""

    progress = Nested(
        ImportProgressSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null when it is done."},
    )
    report = AnyObject(
        required=True,
        allow_none=True,
        metadata={**REPORT, "description": f"Null until it is done. {REPORT['description']}"},
    )
    error = Nested(
        ImportErrorSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Of a failed one."},
    )


class ListedRecordSchema(Schema):
    """One record of a list."""

    kind = Words(KINDS, required=True)
    sourced_id = Text(required=True)
    student_sourced_id = Text(
        required=True, allow_none=True, metadata={"description": "Of a guardian: whose."}
    )


class ImportListSchema(Schema):
    """A stretch of one of the lists."""

    items = Listed(Nested(ListedRecordSchema), required=True, max=Limit.MOST)
    next_after = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `after` to go on; null when nothing was left."},
    )


class ImportListQuery(Query):
    list = Words(
        LISTS_SAID, metadata={"description": "Which of the lists.", "default": "not_in_file"}
    )
    after = WholeNumber(
        min=0,
        max=10**9,
        metadata={"description": "How many records you have of the list.", "default": 0},
    )
    limit = Limit()


class RosterFindingSchema(Schema):
    """One thing to look at, with how often it is there; the same root cause is one."""

    severity = Words(SEVERITIES, required=True)
    code = Text(required=True, metadata={"example": "missing_org"})
    message = Text(required=True)
    remedy = Text(required=True)
    file = Text(required=True, allow_none=True, metadata={"example": "users.csv"})
    line = Int64(required=True, allow_none=True)
    sourced_id = Text(required=True, allow_none=True)
    field = Text(required=True, allow_none=True)
    count = Int64(required=True)


class FindingsSchema(Schema):
    """Everything that an import found, the heaviest first."""

    items = Listed(Nested(RosterFindingSchema), required=True, max=10_000)


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


class HowQuery(Query):
    strict = TrueOrFalse(
        metadata={
            "description": "Take nothing if any row or value has to be corrected: every finding "
            "but those of severity `info` holds it.",
            "default": False,
        }
    )
    force = TrueOrFalse(
        metadata={
            "description": "Take it though it ends more records than is usual.",
            "default": False,
        }
    )


class ImportOptions(HowQuery):
    feed = FeedName(
        metadata={
            "description": f"{FEED_SAID} Lower-case letters, digits and underscores.",
            "default": FEED,
            "example": FEED,
        },
    )
    compare_only = TrueOrFalse(
        metadata={
            "description": "Read and compare, and write nothing: it ends as `held`, with its "
            "whole report and its lists.",
            "default": False,
        }
    )


class PullOptions(HowQuery):
    full = TrueOrFalse(
        metadata={
            "description": "Pull everything, where the source would pull what changed.",
            "default": False,
        }
    )
    compare_only = TrueOrFalse(
        metadata={
            "description": "Pull, read and compare, and write nothing: it ends as `held`, with its "
            "whole report and its lists.",
            "default": False,
        }
    )


class ImportQuery(ListQuery):
    sort = Sort("started_at")


IMPORTS = Listing(
    model=Import,
    schema=ImportSchema,
    sorts={"started_at": Import.started_at},
    default="-started_at",
)


@blp.route("/imports")
class Imports(Resource):
    consumes = (ZIP,)
    uploads = True

    @needs("imports:read")
    @blp.arguments(ImportQuery, location="query")
    @blp.response(200, page_of(ImportSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List imports.

        The latest first. The report of one is at its own address.
        """
        return self.page(IMPORTS, query)

    @needs("imports:write")
    @blp.arguments(ImportOptions, location="query")
    @blp.doc(
        requestBody={
            "required": True,
            "description": "The CSV files of a OneRoster bundle, zipped flat.",
            "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
        }
    )
    @blp.response(202, ImportReportSchema)
    def post(self, query: dict[str, Any]) -> Response:
        """Import a roster.

        Answered with 202 as soon as the bundle is kept; `Location` is where to look until
        `status` is none of `queued` and `running`, and `Retry-After` says when.

        Nothing is deleted: who is missing from a full file becomes inactive, and educational
        rights are never touched. A guardian's language is read from a column `language` or
        `metadata.language` of users.csv. A bundle that would end too many records is held, and
        nothing is changed. While ten imports of the district are not done, an eleventh is refused
        with 409. One that cannot be taken at all is refused with 422
        `roster-refused`, its `code` and what to do, or fails with the same. `dry_run=true` reads
        and compares at once, and answers with the report; a large roster is tried as a job,
        with `compare_only=true`.
        """
        check_content_type(self.consumes)
        bundle = request.get_data(cache=True)
        force, strict = query.get("force", False), query.get("strict", False)
        feed = query.get("feed", FEED)
        try:
            if self.now_dry:
                return self.json(ImportReportSchema, self._tried(bundle, force, strict))
            open_bundle(bundle).close()
        except BundleRefused as error:
            raise Problem(
                "roster-refused", error.detail, code=error.code, remedy=error.remedy
            ) from None
        return _shown(
            self,
            jobs.send(
                self.uow, bundle, feed=feed, force=force, strict=strict,
                compare_only=query.get("compare_only", False),
            ),
            status=202,
        )  # fmt: skip

    def _tried(self, bundle: bytes, force: bool, strict: bool) -> Beside:
        """What a dry run would have left: the same members, on no record."""
        uow = self.uow
        small = Limits(total_bytes=TRIED_BYTES)
        try:
            with (
                UnitOfWork(uow.database, uow.caller, uow.clock, writes=False) as looking,
                compare(looking, bundle, force=force, strict=strict, limits=small) as plan,
            ):
                return _tried(self, plan.report())
        except BundleRefused as refusal:
            if refusal.code != "too_large":
                raise
            remedy = "Send it with compare_only=true: it is tried as a job, and keeps its report."
            detail = f"Unpacked, it is more than the {TRIED_BYTES:,} bytes that are tried at once."
            raise BundleRefused("too_large", detail, remedy) from None


@blp.route("/imports/<uuid:id>")
class OneImport(Resource):
    @needs("imports:read")
    @blp.response(200, ImportReportSchema)
    def get(self, id: UUID) -> Response:
        """Get an import.

        While it is not done, how far it is, and `Retry-After`; then its whole report: the
        counts, and what to correct in the source system.
        """
        return _shown(self, self.uow.read(Import, id))


@blp.route("/imports/<uuid:id>/findings")
class ImportFindings(Resource):
    @needs("imports:read", versioned=False)
    @blp.doc(operationId="list_import_findings")
    @blp.response(200, FindingsSchema)
    def get(self, id: UUID) -> Response:
        """List what an import found.

        The findings of its report, also as CSV: what to correct in the source system.
        """
        report = self.uow.read(Import, id).report
        return self.json(FindingsSchema, {"items": report.get("findings", [])})


@blp.route("/imports/<uuid:id>/records")
class ImportRecords(Resource):
    @needs("imports:read", versioned=False)
    @blp.doc(operationId="list_import_records")
    @blp.arguments(ImportListQuery, location="query")
    @blp.response(200, ImportListSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """List the records of an import.

        One of its four lists, also as CSV: what matched, what did not, what came twice, and what
        is missing. Kept when the import is done, held ones too; empty before. Go on with `after`
        until `next_after` is null.
        """
        self.uow.read(Import, id)
        name, after = query.get("list", "not_in_file"), query.get("after", 0)
        found = lists.read(self.uow, id, name, after, query.get("limit", Limit.DEFAULT))
        items = [
            {"kind": kind, "sourced_id": sourced_id, "student_sourced_id": student}
            for kind, sourced_id, student in found
        ]
        end = after + len(found) if found else None
        return self.json(ImportListSchema, {"items": items, "next_after": end})


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


@blp.route("/imports/<uuid:id>/cancel")
class CancelImport(Resource):
    @needs("imports:write")
    @blp.doc(operationId="cancel_import")
    @blp.response(200, ImportReportSchema)
    def post(self, id: UUID) -> Response:
        """Cancel an import.

        One that is queued or running is stopped, and nothing of it comes on record. Of a case
        history what was loaded until then stays; the same file again goes on from there. One that
        is done is refused with 409.
        """
        return _shown(self, jobs.cancel(self.uow, id))


@blp.route("/roster-sources/<uuid:id>/pull")
class PullRoster(Resource):
    @needs("imports:write")
    @blp.doc(operationId="pull_roster")
    @blp.arguments(PullOptions, location="query")
    @blp.response(202, ImportReportSchema)
    def post(self, query: dict[str, Any], id: UUID) -> Response:
        """Pull a roster from a source.

        Answered with 202 at once: the worker pulls, and what it pulled is an import as if it had
        been sent, with the same report, lists and cancellation. `Location` is where to look.
        While a pull from this source is under way, another is refused with 409, which names it.
        """
        return _shown(self, roster_sources.pull(self.uow, id, **query), status=202)


def _shown(resource: Resource, row: Any, *, status: int = 200) -> Response:
    """The import, with how far it is while it is not done."""
    resource.uow.flush()
    jobs_found = resource.uow.rows(_JOB, id=row.id) if row.status in UNFINISHED else ()
    job = jobs_found[0] if jobs_found else None
    version = f"{row.version}.{job.attempt}-{job.stage}-{job.file}-{job.rows}" if job else None
    shown = Beside(row, progress=job, report=row.report or None)
    answer = resource.one(shown, ImportReportSchema, status=status, version=version)
    if job is not None:
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    if status == 202:
        answer.headers["Location"] = resource.location("OneImport", id=row.id)
    return answer


_JOB = in_district(
    select(ImportJob.stage, ImportJob.file, ImportJob.rows, ImportJob.attempt).where(
        ImportJob.id == bindparam("id")
    )
)


def _tried(resource: Resource, report: Report) -> Beside:
    status = "held" if report.held else "succeeded"
    return _beside(resource, CSV, FEED, status, report.to_dict())


def _beside(resource: Resource, source: str, feed: str, status: str, report: Any) -> Beside:
    """An import that was only tried, and is on no record."""
    return Beside(
        None,
        id=None,
        source=source,
        roster_source_id=None,
        pulled_since=None,
        feed=feed,
        status=status,
        started_at=resource.uow.now,
        finished_at=None,
        version=None,
        progress=None,
        report=report,
        error=None,
    )


# Case histories ---------------------------------------------------------------------------

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
    state = Words(OWED)
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
            "description": "One record a line, or a row: past and open referrals, consents, "
            "evaluations, determinations, plans and interventions; or several such files, zipped "
            "flat. A file of a zip that is named by a kind (`referrals.csv`) needs no `kind`.",
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
        return _shown(self, row, status=202)

    def _tried(self, sent: bytes, source: str) -> Beside:
        """What a dry run would have left: the same members, on no record."""
        uow, format = self.uow, HISTORIES[source]
        uow.close()

        def begin() -> UnitOfWork:
            return UnitOfWork(uow.database, uow.caller, uow.clock, quiet=True)

        with Staged(":memory:") as staged:
            with UnitOfWork(uow.database, uow.caller, uow.clock, writes=False) as looking:
                staged.read(looking, sent, format, f"history.{format}", most=TRIED_AT_ONCE)
            report = HistoryReport(dry_run=True)
            for some in staged.findings():
                report.show(some, (), None)
            for undone, _, part in parts(begin, self.services.policies, staged):
                undone.rollback()
                report.add(part.undone())
                report.show(part.findings, part.owed, None)
            report.add(staged.report)
        return _beside(self, source, HISTORY_FEED, "succeeded", report.with_lists())


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
