"""Imports: what came, of each how far it is and its report; and a OneRoster CSV bundle as a zip."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.edge import check_content_type
from service.api.plumbing.fields import (
    CommaList,
    FeedName,
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
from service.api.plumbing.imports import (
    FEED_SAID,
    SOURCES,
    STATUSES,
    UPLOAD,
    ZIPPED,
    HowQuery,
    ImportReportSchema,
    ImportSchema,
    RosterFindingSchema,
    shown,
    tried,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, before, since
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.domain import roster_feeds
from service.imports import jobs, lists
from service.imports.oneroster.apply import compare
from service.imports.oneroster.read import Limits, open_bundle
from service.imports.oneroster.report import BundleRefused
from service.storage.imports import CSV, FEED, HISTORY_FEED, Import
from service.storage.unit_of_work import UnitOfWork

ZIP = "application/zip"

blp = Blueprint(
    "imports",
    "Imports",
    description="Rosters from the student-information system, OneRoster 1.1 or 1.2 CSV, zipped; "
    "and case histories, what the district did before. An import is a job: send it, and look at "
    "its address until it is done. Readers see the roster before or after, never between, and of "
    "a case history each student before or after. Imports of a district are done in their order; "
    "one that is pulled takes its place when it has been pulled.",
)

TRIED_BYTES = 32 * 2**20
"""So much of a roster, unpacked, is tried within a request: that of some 20,000 students."""
KINDS = {
    "schools": "Of orgs.csv.",
    "staff": "Of users.csv.",
    "students": "Of users.csv.",
    "guardians": "Of users.csv, once for each student.",
}
LISTS_SAID = {
    "matched": "In the file and on record.",
    "unmatched": "In the file and, until this import, on no record.",
    "duplicates": "In the file more than once; the first counts.",
    "not_in_file": "On record and active, and missing from a full file.",
}


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


class FindingsSchema(Schema):
    """Everything that an import found, the heaviest first."""

    items = Listed(Nested(RosterFindingSchema), required=True, max=10_000)


class ImportOptions(HowQuery):
    feed = FeedName(
        metadata={
            "description": f"{FEED_SAID} Lower-case letters, digits and underscores. A "
            f"district has at most {roster_feeds.MOST}.",
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


class ImportQuery(ListQuery):
    feed = FeedName(
        metadata={"description": f"Only those of this feed: `{HISTORY_FEED}` of case histories."}
    )
    source = CommaList(Words(SOURCES), metadata={"description": "One, or several by commas."})
    roster_source_id = IdField(metadata={"description": "Only those pulled from this source."})
    status = CommaList(Words(STATUSES), metadata={"description": "One, or several by commas."})
    started_since = Instant(metadata={"description": "Only those sent at or after this."})
    started_before = Instant(metadata={"description": "Only those sent before this."})
    sort = Sort("started_at", metadata={"default": "-started_at"})


IMPORTS = Listing(
    model=Import,
    schema=ImportSchema,
    filters={
        "feed": Import.feed,
        "source": Import.source,
        "roster_source_id": Import.roster_source_id,
        "status": Import.status,
        "started_since": since(Import.started_at),
        "started_before": before(Import.started_at),
    },
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

        The latest first. The report of one is at its own address. Narrowed down by feed, by
        where they came from, by status and by when they were sent.
        """
        return self.page(IMPORTS, query)

    @needs("imports:write")
    @blp.arguments(ImportOptions, location="query")
    @blp.doc(
        requestBody={
            "required": True,
            "description": "The CSV files of a OneRoster bundle, zipped flat. "
            f"{UPLOAD}, {ZIPPED}, and {Limits().line_chars:,} characters a line.",
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
                return self.json(ImportReportSchema, self._tried(bundle, feed, force, strict))
            open_bundle(bundle).close()
        except BundleRefused as error:
            raise Problem(
                "roster-refused", error.detail, code=error.code, remedy=error.remedy
            ) from None
        return shown(
            self,
            jobs.send(
                self.uow, bundle, feed=feed, force=force, strict=strict,
                compare_only=query.get("compare_only", False),
            ),
            status=202,
        )  # fmt: skip

    def _tried(self, bundle: bytes, feed: str, force: bool, strict: bool) -> Beside:
        """What a dry run would have left: the same members, on no record."""
        uow = self.uow
        small = Limits(total_bytes=TRIED_BYTES)
        try:
            with (
                UnitOfWork(uow.database, uow.caller, uow.clock, writes=False) as looking,
                compare(looking, bundle, force=force, strict=strict, limits=small) as plan,
            ):
                report = plan.report()
        except BundleRefused as refusal:
            if refusal.code != "too_large":
                raise
            remedy = "Send it with compare_only=true: it is tried as a job, and keeps its report."
            detail = f"Unpacked, it is more than the {TRIED_BYTES:,} bytes that are tried at once."
            raise BundleRefused("too_large", detail, remedy) from None
        status = "held" if report.held else "succeeded"
        return tried(self, CSV, feed, status, report.to_dict())


@blp.route("/imports/<uuid:id>")
class OneImport(Resource):
    @needs("imports:read")
    @blp.response(200, ImportReportSchema)
    def get(self, id: UUID) -> Response:
        """Get an import.

        While it is not done, how far it is, and `Retry-After`; then its whole report: the
        counts, and what to correct in the source system.
        """
        return shown(self, self.uow.read(Import, id))


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
        return shown(self, jobs.cancel(self.uow, id))
