"""Exports: what other systems read back from here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from flask import Response, request

from service.api.plumbing import tables
from service.api.plumbing.auth import needs
from service.api.plumbing.bodies import NDJSON
from service.api.plumbing.fields import (
    Flag,
    IdField,
    Listed,
    Nested,
    Query,
    Schema,
    Text,
    WholeNumber,
    Words,
    refuse,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.api.plumbing.serializer import OPTIONS
from service.exports import sis
from service.exports.edfi import shapes
from service.exports.edfi.stream import everything
from service.storage.unit_of_work import UnitOfWork
from service.workflow import rebuilds

blp = Blueprint(
    "exports",
    "Exports",
    description="For other systems: the file that a student information system reads back, and "
    "Ed-Fi's resources.",
)

POSITION = "Childfind-Position"
BATCH = 500
LAST = 2**63 - 1
_COLUMNS = "\n".join(f"- `{name}`: {said}" for name, said in sis.COLUMNS.items())


class SinceQuery(Query):
    since = WholeNumber(
        min=0,
        max=LAST,
        metadata={
            "description": f"Only students changed after this: the header `{POSITION}` of the "
            "file before. Everybody when left out."
        },
    )


@blp.route("/exports/sis")
class SisFile(Resource):
    @needs("exports:read", versioned=False)
    @blp.doc(
        operationId="export_sis",
        summary="Get the file that a SIS reads back.",
        description="A line for each student about whom there is a case or a plan, in a stable "
        "order of columns; new columns come at the end. The file holds no names. It is made "
        "while it is sent, so that a district of any size costs the same memory; a file that "
        "breaks off ends without its last chunk, and is asked for again.\n\nWith `since` it has "
        "the students changed after that position, perhaps a few more: a line takes the place of "
        "the one before. Days move with a new version of a state's law, too, which is no change "
        "of a student: take the whole file from time to time. While the days of a large district "
        "are worked out anew (`GET /v1/deadlines/rebuild`), a line says so and the position stays "
        f"where it was, so that the next file has them again.\n\n{_COLUMNS}",
    )
    @blp.arguments(SinceQuery, location="query")
    @blp.response(
        200,
        {"$ref": "#/components/schemas/Table"},
        content_type=tables.MEDIA_TYPE,
        headers={
            POSITION: {
                "description": "Send it as `since` to get what has changed after this file.",
                "schema": {"type": "integer"},
            }
        },
    )
    def get(self, query: dict[str, Any]) -> Response:
        held, caller = self.services, self.uow.caller
        since, stale = query.get("since"), rebuilds.stale()
        # Days that are worked out anew are no change of a student: the next file tells them again.
        worked_out = rebuilds.stale_since(self.uow) is None
        position = sis.position(self.uow) if worked_out else since or 0
        which = sis.changed(self.uow, since)

        def written() -> Iterator[str]:
            yield tables.line(sis.COLUMNS)
            after: UUID | None = None
            while True:
                # A reader may be slow: no transaction is kept open for it.
                with UnitOfWork(held.database, caller, held.clock, writes=False) as uow:
                    rows = sis.lines(uow, which, stale=stale, after=after, limit=BATCH)
                yield "".join(tables.line(row.values()) for row in rows)
                if len(rows) < BATCH:
                    return
                after = rows[-1]["student_id"]

        answer = Response(written(), content_type=tables.CONTENT_TYPE)
        answer.headers["Content-Disposition"] = 'attachment; filename="childfind-sis.csv"'
        answer.headers[POSITION] = str(position)
        return answer


# Ed-Fi --------------------------------------------------------------------------------------

MOST = 5000
VERSIONS = {
    "5.2": "Data Standard 5.2 (school year 2025-26).",
    "6.1": "Data Standard 6.1, with its early access resources `ideaEvents` and `studentIEPs`.",
}
DELIVERIES = ("Individual", "Small Group", "Whole Class", "Whole School")
_RESOURCES = tuple(dict.fromkeys(name for names in shapes.VERSIONS.values() for name in names))
_VERSION = "<any('5.2', '6.1'):version>"
_NAMED = f"<any({', '.join(repr(name) for name in _RESOURCES)}):resource>"
_NAMESPACE = r"^uri://[A-Za-z0-9.-]+$"


_AN_INTERVENTION = {
    "studentReference": {"studentUniqueId": "604822"},
    "interventionReference": {
        "educationOrganizationId": 255901,
        "interventionIdentificationCode": "255901-reading-fluency-2025-08-18",
    },
    "dosage": 90,
}
AN_ARRAY = {
    "student_interventions": {
        "summary": "`studentInterventionAssociations`",
        "value": [_AN_INTERVENTION],
    }
}
A_LINE = {
    "student_interventions": {
        "summary": "`studentInterventionAssociations`",
        "value": orjson.dumps(_AN_INTERVENTION).decode() + "\n",
    }
}


def _check_namespace(value: str) -> None:
    if not re.fullmatch(_NAMESPACE, value):
        raise refuse("not_a_namespace", "A namespace is written uri://district.example.")


class EdFiQuery(Query):
    education_organization_id = WholeNumber(
        required=True,
        min=1,
        max=LAST,
        metadata={"description": "The district's `educationOrganizationId`.", "example": 255901},
    )
    student_identifier = Text(
        max=40,
        metadata={
            "description": "Which system's identifier is Ed-Fi's `studentUniqueId`.",
            "default": "state_id",
            "example": "state_id",
        },
    )
    namespace = Text(
        max=200,
        validate=_check_namespace,
        metadata={
            "description": "Of the district's own descriptors, for what Ed-Fi's lists lack: "
            "`#Referral` of `ideaEvents`.",
            "pattern": _NAMESPACE,
            "example": "uri://district.example",
        },
    )
    delivery_method = Words(
        DELIVERIES,
        metadata={
            "description": "How the district's interventions are delivered. Ed-Fi requires it and "
            "it is not on record here: without it, interventions are omitted."
        },
    )


class OmissionSchema(Schema):
    """Something on record that a resource has no place for, or that it lacks."""

    resource = Text(required=True, metadata={"example": "ideaEvents"})
    code = Text(
        required=True,
        metadata={"description": "For programs to compare.", "example": "no_consent"},
    )
    says = Text(required=True, max=500, metadata={"description": "For people to read."})
    record_type = Text(required=True, metadata={"example": "cases"})
    record_id = IdField(required=True)
    student_id = IdField(required=True)


class OmissionsSchema(Schema):
    """What Ed-Fi is not told, and why."""

    items = Listed(Nested(OmissionSchema), required=True, max=MOST)
    complete = Flag(required=True, metadata={"description": "False when there are more."})


@blp.route(f"/exports/ed-fi/{_VERSION}/{_NAMED}")
class EdFiResource(Resource):
    @needs("exports:read", versioned=False)
    @blp.doc(
        operationId="export_ed_fi",
        summary="Get one kind of Ed-Fi resource.",
        description="In the shape in which an Ed-Fi API takes it: an array, or a line for each "
        f"with `Accept: {NDJSON}`. It is made while it is sent. In version 5.2 there are "
        f"{', '.join(f'`{name}`' for name in shapes.VERSIONS['5.2'])}; 6.1 also has "
        f"{', '.join(f'`{name}`' for name in shapes.EARLY)}, which are early access. What Ed-Fi "
        "cannot say, or what is not on record, is left out and told at "
        "`GET /v1/exports/ed-fi/{version}/omissions`; nothing is made up.",
    )
    @blp.arguments(EdFiQuery, location="query")
    @blp.response(200, {"type": "array", "items": {"type": "object"}}, examples=AN_ARRAY)
    @blp.alt_response(
        200, schema={"type": "string"}, content_type=NDJSON, success=True, examples=A_LINE
    )
    def get(self, query: dict[str, Any], version: str, resource: str) -> Response:
        if resource not in shapes.VERSIONS[version]:
            raise Problem("not-found", f"Version {version} has no {resource}.")
        lines = request.accept_mimetypes.best_match(("application/json", NDJSON)) == NDJSON
        made = _made(self, query, version, resource)

        def written() -> Iterator[bytes]:
            first = True
            yield b"" if lines else b"["
            for one in made:
                if isinstance(one, dict):
                    body = orjson.dumps(one, option=OPTIONS)
                    yield body + b"\n" if lines else body if first else b"," + body
                    first = False
            yield b"" if lines else b"]"

        answer = Response(written(), content_type=NDJSON if lines else "application/json")
        answer.vary.add("Accept")
        return answer


@blp.route(f"/exports/ed-fi/{_VERSION}/omissions")
class EdFiOmissions(Resource):
    @needs("exports:read", versioned=False)
    @blp.doc(operationId="report_ed_fi_omissions")
    @blp.arguments(EdFiQuery, location="query")
    @blp.response(200, OmissionsSchema)
    def get(self, query: dict[str, Any], version: str) -> Response:
        """Report what Ed-Fi is not told.

        Each record that a resource of this version has no place for, or that lacks what the
        resource requires: a referral without consent, a category without a descriptor, a
        student without a number.
        """
        omitted = (
            one
            for resource in shapes.VERSIONS[version]
            for one in _made(self, query, version, resource)
            if isinstance(one, shapes.Omission)
        )
        found = list(islice(omitted, MOST + 1))
        shown = {"items": found[:MOST], "complete": len(found) <= MOST}
        return self.json(OmissionsSchema, shown)


def _made(
    view: Resource, query: dict[str, Any], version: str, resource: str
) -> Iterator[shapes.Json | shapes.Omission]:
    """Everything of one kind, read a stretch of students at a time."""
    held, caller, district = view.services, view.uow.caller, view.uow.district
    policy = held.policies.policy_for(district.jurisdiction)
    setup = shapes.Setup(
        version=version,
        organization=query["education_organization_id"],
        federal=policy.federal_code,
        namespace=query.get("namespace"),
        delivery=query.get("delivery_method"),
    )

    def work() -> UnitOfWork:
        return UnitOfWork(held.database, caller, held.clock, writes=False)

    return everything(work, resource, setup, query.get("student_identifier", "state_id"))
