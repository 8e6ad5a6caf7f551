"""Imports of rosters: a OneRoster CSV bundle as a zip, taken in one transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.edge import check_content_type
from service.api.plumbing.fields import (
    AnyObject,
    IdField,
    Instant,
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
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.imports.oneroster.apply import Outcome, run_import
from service.imports.oneroster.report import BundleRefused
from service.storage.imports import Import
from service.workflow import deadlines

ZIP = "application/zip"

blp = Blueprint(
    "imports",
    "Imports",
    description="Rosters from the student-information system: OneRoster 1.1 or 1.2 CSV, zipped. "
    "Readers see the roster before or after, never between.",
)

STATUSES = {
    "applied": "Everything that could be read is on record.",
    "held": "It would have ended too many records. Nothing was changed; `report.held_because` "
    "says why, and `force=true` takes it all the same.",
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


class ImportSchema(Schema):
    """One roster that was taken in or held."""

    id = IdField(required=True)
    source = Text(required=True, metadata={"example": "oneroster_csv"})
    status = Words(STATUSES, required=True)
    started_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)
    version = Int64(required=True)


class ImportReportSchema(ImportSchema):
    """An import with its whole report."""

    report = AnyObject(required=True, metadata=REPORT)


class ImportOptions(Query):
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
    @blp.response(201, ImportReportSchema)
    def post(self, query: dict[str, Any]) -> Response:
        """Import a roster.

        Nothing is deleted: who is missing from a full file becomes inactive, and educational
        rights are never touched. A guardian's language is read from a column `language` or
        `metadata.language` of users.csv. A bundle that would end too many records is held: 201 with
        status `held`, and nothing is changed. One that cannot be taken at all is refused with
        422 `roster-refused`, its `code` and what to do. `dry_run=true` answers with the report.
        """
        check_content_type(self.consumes)
        outcome = _import(self, force=query.get("force", False))
        policies = self.services.policies
        deadlines.refresh_cases(self.uow, policies, of_students=outcome.changed_students)
        if outcome.row is None:
            return self.json(ImportReportSchema, _tried(self, outcome))
        return self.created(outcome.row, ImportReportSchema, "OneImport")


@blp.route("/imports/<uuid:id>")
class OneImport(Resource):
    @needs("imports:read")
    @blp.response(200, ImportReportSchema)
    def get(self, id: UUID) -> Response:
        """Get an import.

        With its whole report: the counts, and what to correct in the source system.
        """
        return self.one(self.uow.read(Import, id), ImportReportSchema)


def _import(resource: Resource, *, force: bool) -> Outcome:
    """Run the import on the body; what is wrong with a bundle as a whole is a problem."""
    try:
        return run_import(
            resource.uow, request.get_data(cache=True), dry_run=resource.now_dry, force=force
        )
    except BundleRefused as error:
        raise Problem(
            "roster-refused", error.detail, code=error.code, remedy=error.remedy
        ) from None


def _tried(resource: Resource, outcome: Outcome) -> Beside:
    """What a dry run would have left: the same members, on no record."""
    return Beside(
        None,
        id=None,
        source="oneroster_csv",
        status="held" if outcome.plan.held else "applied",
        started_at=resource.uow.now,
        finished_at=None,
        version=None,
        report=outcome.plan.report().to_dict(),
    )
