"""How an import is answered, whatever came: a job, how far it is, and its report."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import bindparam, select

from service.api.plumbing.answers import Beside
from service.api.plumbing.fields import (
    AnyObject,
    IdField,
    Instant,
    Int64,
    Nested,
    Query,
    Schema,
    Text,
    TrueOrFalse,
    Words,
)
from service.api.plumbing.resource import Resource
from service.imports.oneroster.read import Limits
from service.storage.imports import CSV, FEED, REST, UNFINISHED, ImportJob
from service.storage.unit_of_work import in_district

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
    "held": "It would have ended too many records, was `strict` with something to correct, or not "
    "one row of it could be taken. Nothing was changed; `report.held_because` says why. "
    "`force=true` takes what shrinks.",
    "failed": "It could not be taken, and nothing was changed; `error` says why.",
    "cancelled": "It was cancelled before it came on record; nothing was changed. Of a case "
    "history what was loaded until then stays: `report` tells of it.",
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
_MOST = Limits()
UPLOAD = "No more bytes than `limits.upload_bytes` of `GET /v1/capabilities`"
"""How much of anything may be sent."""
ZIPPED = f"unpacked {_MOST.total_bytes:,} bytes and {_MOST.members} files at most"
"""How much a zip may hold, of whatever kind."""
FEED_SAID = "The stream of rosters that it belongs to: `GET /v1/imports/health` tells of each."
REPORT = {
    "description": "Of a roster: `rows_read` and `rows_refused` by file; `counts` by kind of "
    "record (`created`, `updated`, `unchanged`, `deactivated`, `matched`, `unmatched`, "
    "`duplicates`, `not_in_file`); `findings`, each with severity, code, message, remedy, file, "
    "line, field and how often; `held` and `held_because`. Of a case history: `records`, by kind "
    "how many were `loaded`, `unchanged`, `changed` (the source says otherwise now, and what is on "
    "record stays) and `left_out`; `cases_opened`; `findings`, each root cause with how often; "
    "`late_or_undatable`, how many of each; `dry_run`, whether nothing of it was kept; "
    "`held_because`.",
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


def shown(resource: Resource, row: Any, *, status: int = 200) -> Response:
    """The import, with how far it is while it is not done."""
    resource.uow.flush()
    jobs_found = resource.uow.rows(_JOB, id=row.id) if row.status in UNFINISHED else ()
    job = jobs_found[0] if jobs_found else None
    version = f"{row.version}.{job.attempt}-{job.stage}-{job.file}-{job.rows}" if job else None
    told = Beside(row, progress=job, report=row.report or None)
    answer = resource.one(told, ImportReportSchema, status=status, version=version)
    if job is not None:
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    if status == 202:
        answer.headers["Location"] = resource.location("imports.OneImport", id=row.id)
    return answer


_JOB = in_district(
    select(ImportJob.stage, ImportJob.file, ImportJob.rows, ImportJob.attempt).where(
        ImportJob.id == bindparam("id")
    )
)


def tried(resource: Resource, source: str, feed: str, status: str, report: Any) -> Beside:
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
