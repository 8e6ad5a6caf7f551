"""Students: the roster a SIS pushes, found by its own identifiers."""

from __future__ import annotations

import io
import re
from itertools import islice
from typing import Any
from uuid import UUID

import marshmallow as ma
import orjson
from flask import Response, request
from sqlalchemy import select

from service.api.plumbing import bodies
from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.edge import check_content_type
from service.api.plumbing.fields import (
    AnyObject,
    CommaList,
    Day,
    ExpandQuery,
    Flag,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    Nested,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
    refuse,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, since
from service.api.plumbing.people import language
from service.api.plumbing.problems import Problem
from service.api.plumbing.reading import validation_problem
from service.api.plumbing.related import its_cases, its_guardians, the_school
from service.api.plumbing.resource import Resource
from service.domain.students import GRADES, grade, looks_like_ssn
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import UnitOfWork
from service.workflow import students
from service.workflow.invalid import invalid

blp = Blueprint(
    "students",
    "Students",
    description="Children on the district's roster. A SIS speaks of a student by its own "
    "identifiers, always in a body: identifiers and names never stand in an address.",
)

PLACEMENTS = {
    "public": "Enrolled in one of the district's schools.",
    "parentally_placed_private": "Placed in a private school by the parents (34 CFR 300.130).",
    "home_schooled": "Taught at home.",
    "preschool": "Not yet of school age.",
    "other": "Another arrangement.",
}
SEXES = {
    "female": "CEDS `Female`, OneRoster `female`.",
    "male": "CEDS `Male`, OneRoster `male`.",
    "other": "OneRoster `other`.",
    "unspecified": "CEDS `NotSelected`, OneRoster `unspecified`.",
}
RACES = {
    "american_indian_or_alaska_native": "CEDS `AmericanIndianOrAlaskaNative`.",
    "asian": "CEDS `Asian`.",
    "black_or_african_american": "CEDS `BlackOrAfricanAmerican`.",
    "native_hawaiian_or_other_pacific_islander": "CEDS `NativeHawaiianOrOtherPacificIslander`.",
    "white": "CEDS `White`.",
    "two_or_more": "CEDS `TwoOrMoreRaces`, where the SIS says no more than that.",
}
SYSTEMS_SAID = (
    "Which system gave the number: `sourced_id` (the SIS; OneRoster `sourcedId`), `local_id` "
    "(the district), `state_id` (the state), `master_id` (OneRoster `userMasterIdentifier`), or "
    "a name of your own. Social security numbers are refused."
)
GRADE_SAID = f"The grade (CEDS code): {', '.join(GRADES)}."

TWO_LINES = (
    '{"identifiers": [{"system": "sourced_id", "value": "st-1"}], "given_name": "Mateo", '
    '"family_name": "Oliveira", "birth_date": "2017-03-09", "grade": "3"}\n'
    '{"identifiers": [{"system": "sourced_id", "value": "st-2"}], "grade": "4"}\n'
)
TWO_OUTCOMES = (
    '{"line": 1, "status": 201, "id": "01936f1e-8a00-7000-8000-000000000001", "version": 1, '
    '"problem": null}\n'
    '{"line": 2, "status": 200, "id": "01936f1e-8a00-7000-8000-000000000002", "version": 4, '
    '"problem": null}\n'
)
LINES = 1000
LINE_BYTES = 65_536

_SYSTEM = r"^[a-z][a-z0-9_]*$"
_SSN_SYSTEM = re.compile(r"(^|_)ssn|social_?sec")


def _check_system(value: str) -> None:
    if _SSN_SYSTEM.search(value):
        raise refuse("ssn", "Social security numbers are not kept here.")
    if not re.fullmatch(_SYSTEM, value):
        raise refuse("not_a_system", "A system is lower-case letters, digits and underscores.")


def _check_value(value: str) -> None:
    # Never repeated in the answer: it may be just what it looks like.
    if looks_like_ssn(value):
        raise refuse("ssn", "This looks like a social security number; those are not kept here.")
    if value != value.strip():
        raise refuse("blanks", "An identifier neither begins nor ends with blanks.")


def _check_one_per_system(given: list[dict[str, str]]) -> None:
    if len({identifier["system"] for identifier in given}) < len(given):
        raise refuse("given_twice", "One identifier of each system.")


class Grade(Text):
    """A grade, however a SIS writes it: `K` is read as `KG`, `9` as `09`."""

    def __init__(self, **kwargs: Any) -> None:
        said = f"{GRADE_SAID} Other ways to write them are read too: `K`, `9`, `9th`."
        super().__init__(max=20, metadata={"description": said, "example": "03"}, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        code = grade(super()._deserialize(value, *args, **kwargs))
        if code is None:
            raise refuse("not_a_grade", f"One of: {', '.join(GRADES)}.")
        return code


class IdentifierSchema(Schema):
    """A number that some system gave the student: unique in the district and that system."""

    system = Text(
        required=True,
        max=40,
        validate=_check_system,
        metadata={"description": SYSTEMS_SAID, "pattern": _SYSTEM, "example": "sourced_id"},
    )
    value = Text(
        required=True,
        validate=_check_value,
        metadata={"pattern": r"^\S([\s\S]*\S)?$", "example": "st-104233"},
    )


class ListedStudentSchema(Schema):
    """A student as lists show them: without their further identifiers."""

    id = IdField(required=True)
    sourced_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The identifier of the system `sourced_id`, if there is one."},
    )
    given_name = Text(required=True, metadata={"example": "Mateo"})
    middle_name = Text(required=True, allow_none=True)
    family_name = Text(required=True, metadata={"example": "Oliveira"})
    preferred_given_name = Text(required=True, allow_none=True)
    preferred_family_name = Text(required=True, allow_none=True)
    birth_date = Day(required=True, allow_none=True, metadata={"example": "2017-03-09"})
    grade = Text(
        required=True,
        allow_none=True,
        metadata={"description": GRADE_SAID, "example": "03"},
    )
    sex = Words(SEXES, required=True, allow_none=True)
    hispanic = Flag(
        required=True,
        allow_none=True,
        metadata={"description": "Hispanic or Latino of any race; null: not known."},
    )
    races = Listed(Words(RACES), required=True)
    home_language = language(required=True, allow_none=True)
    english_learner = Flag(
        required=True, allow_none=True, metadata={"description": "Null: not known."}
    )
    placement = Words(PLACEMENTS, required=True)
    school_id = IdField(required=True, allow_none=True)
    active = Flag(required=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    school = the_school()
    guardians = its_guardians()
    cases = its_cases()


WARD_SAID = "A ward of the State (34 CFR 300.45); null: not known."
WITH_PARENT_SAID = "Whether the student lives with a parent; it matters for a ward (300.300(a)(2))."
HOMELESS_SAID = "An unaccompanied homeless youth (300.519(a)(4)); null: not known."
SURROGATE_SAID = (
    "When the district determined that the student needs a surrogate parent: within 30 days of it "
    "one is appointed, and recorded as a guardian (IDEA-SURROGATE)."
)

TRANSFER_TOLD_SAID = (
    "When the student and the parents were told that the parents' rights have passed to the "
    "student at the age of majority (34 CFR 300.520(a)(3), IDEA-MAJORITY)."
)
RIGHTS_STAY_SAID = (
    "Whether a court, or a procedure of the state, leaves the rights with a parent or guardian "
    "after majority (300.520); null: nothing is known of it."
)


class StudentSchema(ListedStudentSchema):
    """A student with every identifier, and who may have no parent to speak for them."""

    ward_of_state = Flag(required=True, allow_none=True, metadata={"description": WARD_SAID})
    lives_with_parent = Flag(
        required=True, allow_none=True, metadata={"description": WITH_PARENT_SAID}
    )
    unaccompanied_homeless_youth = Flag(
        required=True, allow_none=True, metadata={"description": HOMELESS_SAID}
    )
    surrogate_needed_on = Day(
        required=True, allow_none=True, metadata={"description": SURROGATE_SAID}
    )
    rights_transfer_told_on = Day(
        required=True, allow_none=True, metadata={"description": TRANSFER_TOLD_SAID}
    )
    rights_stay_with_guardian = Flag(
        required=True, allow_none=True, metadata={"description": RIGHTS_STAY_SAID}
    )
    identifiers = Listed(Nested(IdentifierSchema), required=True)
    guardians_href = Text(
        required=True,
        metadata={
            "description": "Where the student's guardians are.",
            "example": "/v1/students/01936f1e-8a00-7000-8000-000000000001/guardians",
        },
    )


class SentStudent(Schema):
    """A student as a SIS knows them. A new one needs both names; the rest may come later."""

    identifiers = Listed(
        Nested(IdentifierSchema),
        max=20,
        validate=_check_one_per_system,
        metadata={"description": "They say which student is meant; those that are new are added."},
    )
    given_name = Text(metadata={"example": "Mateo"})
    middle_name = Text(allow_none=True)
    family_name = Text(metadata={"example": "Oliveira"})
    preferred_given_name = Text(allow_none=True)
    preferred_family_name = Text(allow_none=True)
    birth_date = Day(allow_none=True, metadata={"example": "2017-03-09"})
    grade = Grade(allow_none=True)
    sex = Words(SEXES, allow_none=True)
    hispanic = Flag(allow_none=True)
    races = Listed(Words(RACES), max=len(RACES))
    home_language = language(allow_none=True)
    english_learner = Flag(allow_none=True)
    placement = Words(PLACEMENTS)
    school_id = IdField(allow_none=True)
    ward_of_state = Flag(allow_none=True, metadata={"description": WARD_SAID})
    lives_with_parent = Flag(allow_none=True, metadata={"description": WITH_PARENT_SAID})
    unaccompanied_homeless_youth = Flag(allow_none=True, metadata={"description": HOMELESS_SAID})
    surrogate_needed_on = Day(allow_none=True, metadata={"description": SURROGATE_SAID})
    rights_transfer_told_on = Day(allow_none=True, metadata={"description": TRANSFER_TOLD_SAID})
    rights_stay_with_guardian = Flag(allow_none=True, metadata={"description": RIGHTS_STAY_SAID})
    active = Flag()


class StudentChange(SentStudent):
    """What to change about a student; members left out stay as they are."""

    identifiers = Listed(
        Nested(IdentifierSchema),
        max=20,
        validate=_check_one_per_system,
        metadata={"description": "All of them: the list takes the place of the one on record."},
    )


class StudentQuery(ListQuery):
    school_id = IdField(metadata={"description": "Only students of this school."})
    grade = CommaList(
        Grade(),
        metadata={
            "description": "Only these grades, with commas between.",
            "example": ["KG", "01"],
        },
    )
    active = TrueOrFalse(
        metadata={"description": "Only students who are active, or only those not."}
    )
    updated_since = Instant(metadata={"description": "Only students changed at or after this."})
    sort = Sort("family_name", "updated_at")


class Lookup(Schema):
    """Identifiers to look up."""

    identifiers = Listed(Nested(IdentifierSchema), required=True, min=1, max=500)


class LookedUpSchema(Schema):
    """One identifier, and whose it is."""

    system = Text(required=True, metadata={"example": "sourced_id"})
    value = Text(required=True, metadata={"example": "st-104233"})
    found = Flag(required=True)
    student = Nested(ListedStudentSchema, required=True, allow_none=True)


class LookupAnswer(Schema):
    """What was found, in the order in which it was asked."""

    items = Listed(Nested(LookedUpSchema), required=True, max=500)


_SOURCED_ID = (
    select(StudentIdentifier.value)
    .where(
        StudentIdentifier.district_id == Student.district_id,
        StudentIdentifier.student_id == Student.id,
        StudentIdentifier.system == students.SOURCED_ID,
    )
    .correlate(Student)
    .scalar_subquery()
)

STUDENTS = Listing(
    model=Student,
    schema=ListedStudentSchema,
    columns={"sourced_id": _SOURCED_ID},
    filters={
        "school_id": Student.school_id,
        "grade": Student.grade,
        "active": Student.active,
        "updated_since": since(Student.updated_at),
    },
    sorts={"family_name": Student.family_name, "updated_at": Student.updated_at},
)


@blp.route("/students")
class Students(Resource):
    @needs("students:read")
    @blp.arguments(StudentQuery, location="query")
    @blp.response(200, page_of(ListedStudentSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List students.

        By family name, or by when they last changed. To find one by an identifier, look it up:
        `POST /v1/students/lookup`.
        """
        return self.page(STUDENTS, query)

    @needs("students:write")
    @blp.doc(operationId="upsert_student")
    @blp.arguments(SentStudent)
    @blp.response(201, StudentSchema)
    @blp.alt_response(200, schema=StudentSchema, success=True)
    @blp.alt_response(412, "PreconditionFailed")
    def post(self, sent: dict[str, Any]) -> Response:
        """Create a student, or change the one with these identifiers.

        The identifiers in the body say who is meant: somebody who is on record is changed
        (200), and only in the members that are sent; nobody, or no identifiers, makes a new
        student (201). `If-Match` is not needed, and honoured when given (412).

        Identifiers of two different students are refused with 409, which names both. A student
        whom the `sourced_id` finds takes the other numbers as sent; one whom only another
        number finds, and whose number on record in one of these systems differs, is refused
        with 409, because numbers are sometimes given twice: change that record itself.
        Social security numbers are refused with 422. Deadlines follow the birth date, the
        school, and whatever else they rest on.
        """
        keys = _keys(sent)
        student = students.meant_by(self.uow, keys)
        if student is None:
            if "If-Match" in request.headers:
                raise Problem("stale-version", "Nobody has these identifiers: nothing matches.")
            made = students.create(self.uow, sent, keys)
            return self.created(_shown(self, made), StudentSchema, "OneStudent")
        self.match(student, required=False)
        changed = students.change(self.uow, self.services.policies, student, sent, keys)
        answer = self.updated(_shown(self, changed), StudentSchema)
        answer.headers["Location"] = self.location("OneStudent", id=student.id)
        return answer


class BulkLineSchema(Schema):
    """What became of one line."""

    line = Int64(required=True, metadata={"description": "Its number, from 1.", "example": 1})
    status = Int64(
        required=True,
        metadata={
            "description": "As `POST /v1/students` would have answered: 201 made, 200 changed or "
            "as it was, otherwise refused.",
            "example": 201,
        },
    )
    id = IdField(required=True, allow_none=True)
    version = Int64(required=True, allow_none=True)
    problem = AnyObject(
        required=True,
        allow_none=True,
        metadata={"description": "Why it was refused, as a problem (RFC 9457)."},
    )


@blp.route("/students/bulk")
class StudentsInBulk(Resource):
    idempotency = "optional"
    consumes = (bodies.NDJSON,)
    uploads = True

    @needs("students:write", versioned=False)
    @blp.doc(
        operationId="upsert_students",
        requestBody={
            "required": True,
            "description": f"One student a line, as for `POST /v1/students`; at most {LINES:,} "
            f"lines of at most {LINE_BYTES:,} bytes.",
            "content": {
                bodies.NDJSON: {
                    "schema": {"type": "string", "format": "binary"},
                    "examples": {"two_students": {"summary": "Two students", "value": TWO_LINES}},
                }
            },
        },
    )
    @blp.response(
        200,
        BulkLineSchema,
        content_type=bodies.NDJSON,
        description="One line for each, in their order.",
        examples={"two_lines": {"summary": "What became of two lines", "value": TWO_OUTCOMES}},
    )
    def post(self) -> Response:
        """Create or change many students.

        Each line is a student as `POST /v1/students` takes it, with at least one identifier, and
        has an outcome of its own: one that is refused keeps no other from being stored. Sending
        the same lines again changes nothing, so no `Idempotency-Key` is needed. Blank lines are
        passed over; more lines than may be are refused as a whole, before any is stored.
        `dry_run=true` tries each line for itself and answers with all of them in `result.lines`.
        """
        check_content_type(self.consumes)
        # No more of them than are looked at: a long body of short lines would fill the memory.
        lines = list(islice(io.BytesIO(request.get_data(cache=True)), LINES + 1))
        if len(lines) > LINES:
            raise Problem("content-too-large", f"At most {LINES:,} lines at once.")
        told = (
            self._line(number, line.rstrip(b"\r\n"))
            for number, line in enumerate(lines, 1)
            if line.strip()
        )
        if self.now_dry:
            tried = orjson.dumps({"lines": list(told)})
            return Response(tried, status=200, mimetype="application/json")
        answer = b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in told)
        return Response(answer, status=200, mimetype=bodies.NDJSON)

    def _line(self, number: int, line: bytes) -> dict[str, Any]:
        """Store one line; what became of it."""
        done = self.apart(lambda uow: self._stored(uow, line))
        if isinstance(done, Problem):
            said = {"status": done.kind.status, "id": None, "version": None}
            return {"line": number, **said, "problem": done.body()}
        return {"line": number, **done, "problem": None}

    def _stored(self, uow: UnitOfWork, line: bytes) -> dict[str, Any]:
        if len(line) > LINE_BYTES:
            raise Problem("content-too-large", f"A line has at most {LINE_BYTES:,} bytes.")
        try:
            sent: dict[str, Any] = _SENT.load(bodies.read_json(line))
        except ma.ValidationError as error:
            raise validation_problem({"json": error.messages}) from None
        keys = _keys(sent)
        if not keys:
            message = "Say who is meant: the same lines again would make a second student."
            raise invalid("/identifiers", "required", message)
        student, status = students.meant_by(uow, keys), 200
        if student is None:
            student, status = students.create(uow, sent, keys).student, 201
        else:
            students.change(uow, self.services.policies, student, sent, keys)
        uow.flush()
        return {"status": status, "id": student.id, "version": student.version}


_SENT = SentStudent()


@blp.route("/students/lookup")
class StudentLookup(Resource):
    idempotency = "optional"  # it stores nothing

    @needs("students:read", versioned=False)
    @blp.doc(operationId="look_up_students")
    @blp.arguments(Lookup)
    @blp.response(200, LookupAnswer)
    def post(self, sent: dict[str, Any]) -> Response:
        """Look students up by their identifiers.

        Up to 500 at once, found or not, in the order of asking. Identifiers stand in a body
        because addresses are written into logs.
        """
        asked = [(one["system"], one["value"]) for one in sent["identifiers"]]
        ids = students.look_up(self.uow, asked)
        statement = STUDENTS.statement.where(Student.id.in_(set(ids.values())))
        known = {row.id: row for row in self.uow.rows(statement)} if ids else {}
        items = [
            {
                "system": system,
                "value": value,
                "found": (system, value) in ids,
                "student": known.get(ids.get((system, value))),
            }
            for system, value in asked
        ]
        return self.json(LookupAnswer, {"items": items})


@blp.route("/students/<uuid:id>")
class OneStudent(Resource):
    @needs("students:read")
    @blp.arguments(ExpandQuery, location="query")
    @blp.response(200, StudentSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """Get a student with every identifier.

        The guardians are at `guardians_href`, the cases at `GET /v1/cases?student_id=`.
        """
        return self.one(
            _shown(self, students.read(self.uow, id)),
            StudentSchema,
            expand=query.get("expand", ()),
        )

    @needs("students:write")
    @blp.arguments(StudentChange)
    @blp.response(200, StudentSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a student.

        `identifiers`, when sent, are all of them; one that another student has is refused with
        409, which names the other. Students are not deleted: who has left is not `active`.
        Deadlines follow the birth date, the school, and whatever else they rest on.
        """
        student = self.changing(Student, id)
        keys = _keys(sent) if "identifiers" in sent else None
        changed = students.change(
            self.uow, self.services.policies, student, sent, keys, replace=True
        )
        return self.updated(_shown(self, changed), StudentSchema)


def _shown(resource: Resource, known: students.Identified) -> Beside:
    """A student with what `StudentSchema` shows beside its columns."""
    return Beside(
        known.student,
        identifiers=known.identifiers,
        sourced_id=known.sourced_id,
        guardians_href=resource.location("guardians.Guardians", id=known.student.id),
    )


def _keys(sent: dict[str, Any]) -> dict[str, str]:
    """Take the identifiers out of a body: system to value."""
    return {one["system"]: one["value"] for one in sent.pop("identifiers", ())}
