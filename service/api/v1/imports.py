"""Imports of rosters: a OneRoster CSV bundle as a zip, a job that ends in one transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy import bindparam, select

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.edge import check_content_type
from service.api.plumbing.fields import (
    AnyObject,
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
from service.imports.oneroster.apply import prepare
from service.imports.oneroster.read import open_bundle
from service.imports.oneroster.report import BundleRefused, Report
from service.storage.imports import CSV, FEED, REST, UNFINISHED, Import, ImportJob
from service.storage.unit_of_work import UnitOfWork, in_district

ZIP = "application/zip"

blp = Blueprint(
    "imports",
    "Imports",
    description="Rosters from the student-information system: OneRoster 1.1 or 1.2 CSV, zipped. "
    "An import is a job: send it, and look at its address until it is done. Readers see the "
    "roster before or after, never between. Imports of a district are done in their order; one "
    "that is pulled takes its place when it has been pulled.",
)

SOURCES = {
    CSV: "A bundle that was sent.",
    REST: "A server that it was pulled from.",
}
STATUSES = {
    "queued": "It waits for its turn.",
    "running": "It is being read and compared, or written; `progress` says how far it is.",
    "succeeded": "Everything that could be read is on record.",
    "held": "It would have ended too many records, or was `strict` with something to correct. "
    "Nothing was changed; `report.held_because` says why. `force=true` takes what shrinks.",
    "failed": "It could not be taken, and nothing was changed; `error` says why.",
    "cancelled": "It was cancelled before it came on record; nothing was changed.",
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
    "writing": "The one transaction in which everything becomes visible.",
}
RETRY_AFTER_S = 1
FEED_SAID = "The stream of rosters that it belongs to: `GET /v1/imports/health` tells of each."
LISTS_SAID = {
    "matched": "In the file and on record.",
    "unmatched": "In the file and, until this import, on no record.",
    "duplicates": "In the file more than once; the first counts.",
    "not_in_file": "On record and active, and missing from a full file.",
}
REPORT = {
    "description": "`rows_read` and `rows_refused` by file; `counts` by kind of record "
    "(`created`, `updated`, `unchanged`, `deactivated`, `matched`, `unmatched`, `duplicates`, "
    "`not_in_file`); `findings`, each with severity, code, message, remedy, file, line, field "
    "and how often; `held` and `held_because`.",
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
    """One roster that was sent, and what became of it."""

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


class RosterFeedSchema(Schema):
    """How one feed of rosters is doing."""

    feed = Text(required=True, metadata={"example": FEED})
    status = Words(STATUSES, required=True, metadata={"description": "Of its last import."})
    last_try_at = Instant(required=True)
    last_success_at = Instant(required=True, allow_none=True)
    lag_s = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "Seconds since the last success was sent."},
    )
    late = Flag(
        required=True,
        metadata={"description": "Nothing has come through for a day and a half, or ever."},
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

    items = Listed(Nested(RosterFeedSchema), required=True, max=1000)


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
        and compares at once, and answers with the report.
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
            self, jobs.send(self.uow, bundle, feed=feed, force=force, strict=strict), status=202
        )

    def _tried(self, bundle: bytes, force: bool, strict: bool) -> Beside:
        """What a dry run would have left: the same members, on no record."""
        uow = self.uow
        with UnitOfWork(uow.database, uow.caller, uow.clock, writes=False) as looking:
            report = prepare(looking, bundle, force=force, strict=strict).report
        return _tried(self, report)


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

        For each: the last success and the last try, how long nothing has come through, and what
        stands in its way. A feed from which nothing came through for a day and a half is late.
        """
        return self.json(RosterHealthSchema, {"items": health.feeds(self.uow)})


@blp.route("/imports/<uuid:id>/cancel")
class CancelImport(Resource):
    @needs("imports:write")
    @blp.doc(operationId="cancel_import")
    @blp.response(200, ImportReportSchema)
    def post(self, id: UUID) -> Response:
        """Cancel an import.

        One that is queued or running is stopped, and nothing of it comes on record. One that is
        done is refused with 409.
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
    return Beside(
        None,
        id=None,
        source=CSV,
        roster_source_id=None,
        pulled_since=None,
        feed=FEED,
        status="held" if report.held else "succeeded",
        started_at=resource.uow.now,
        finished_at=None,
        version=None,
        progress=None,
        report=report.to_dict(),
        error=None,
    )
