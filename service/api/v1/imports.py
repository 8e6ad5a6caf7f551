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
    IdField,
    Instant,
    Int64,
    ListQuery,
    Nested,
    Query,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.imports import jobs
from service.imports.oneroster.apply import prepare
from service.imports.oneroster.read import open_bundle
from service.imports.oneroster.report import BundleRefused, Report
from service.storage.imports import UNFINISHED, Import, ImportJob
from service.storage.unit_of_work import UnitOfWork, in_district

ZIP = "application/zip"

blp = Blueprint(
    "imports",
    "Imports",
    description="Rosters from the student-information system: OneRoster 1.1 or 1.2 CSV, zipped. "
    "An import is a job: send it, and look at its address until it is done. Readers see the "
    "roster before or after, never between. Imports of a district are done in their order.",
)

STATUSES = {
    "queued": "It waits for its turn.",
    "running": "It is being read and compared, or written; `progress` says how far it is.",
    "succeeded": "Everything that could be read is on record.",
    "held": "It would have ended too many records, or was `strict` with something to correct. "
    "Nothing was changed; `report.held_because` says why. `force=true` takes what shrinks.",
    "failed": "It could not be taken, and nothing was changed; `error` says why.",
    "cancelled": "It was cancelled before it came on record; nothing was changed.",
}
STAGES = {
    "waiting": "Nobody has begun.",
    "reading": "`file` is being read; `rows` of it are done.",
    "writing": "The one transaction in which everything becomes visible.",
}
RETRY_AFTER_S = 1
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
    source = Text(required=True, metadata={"example": "oneroster_csv"})
    status = Words(STATUSES, required=True)
    started_at = Instant(required=True, metadata={"description": "When it was sent."})
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


class ImportOptions(Query):
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
        nothing is changed. One that cannot be taken at all is refused with 422
        `roster-refused`, its `code` and what to do, or fails with the same. `dry_run=true` reads
        and compares at once, and answers with the report.
        """
        check_content_type(self.consumes)
        bundle = request.get_data(cache=True)
        force, strict = query.get("force", False), query.get("strict", False)
        try:
            if self.now_dry:
                return self.json(ImportReportSchema, self._tried(bundle, force, strict))
            open_bundle(bundle).close()
        except BundleRefused as error:
            raise Problem(
                "roster-refused", error.detail, code=error.code, remedy=error.remedy
            ) from None
        return _shown(self, jobs.send(self.uow, bundle, force=force, strict=strict), status=202)

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
        source="oneroster_csv",
        status="held" if report.held else "succeeded",
        started_at=resource.uow.now,
        finished_at=None,
        version=None,
        progress=None,
        report=report.to_dict(),
        error=None,
    )
