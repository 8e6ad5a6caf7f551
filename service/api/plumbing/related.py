"""Records in short, as `expand=` nests them in others. Each has an address of its own."""

from __future__ import annotations

from service.api.plumbing.fields import Day, Expanded, Flag, IdField, Listed, Schema, Text
from service.storage.cases import Case, DeadlineRow, Referral
from service.storage.schools import School, StaffMember
from service.storage.students import Guardian, Student


class StudentInShortSchema(Schema):
    """A student in short. `GET /v1/students/{id}` has the rest."""

    id = IdField(required=True)
    given_name = Text(required=True, metadata={"example": "Mateo"})
    family_name = Text(required=True, metadata={"example": "Oliveira"})
    birth_date = Day(required=True, allow_none=True, metadata={"example": "2017-03-09"})
    grade = Text(required=True, allow_none=True, metadata={"example": "03"})
    school_id = IdField(required=True, allow_none=True)
    active = Flag(required=True)


class GuardianInShortSchema(Schema):
    """A guardian in short. `GET /v1/guardians/{id}` has the rest."""

    id = IdField(required=True)
    given_name = Text(required=True, metadata={"example": "Dana"})
    family_name = Text(required=True, metadata={"example": "Rivers"})
    relationship = Text(required=True, metadata={"example": "parent"})
    language = Text(required=True, allow_none=True, metadata={"example": "es"})
    educational_rights = Text(required=True, metadata={"example": "confirmed"})
    active = Flag(required=True)


class StaffMemberInShortSchema(Schema):
    """A staff member in short. `GET /v1/staff/{id}` has the rest."""

    id = IdField(required=True)
    given_name = Text(required=True, metadata={"example": "Ana"})
    family_name = Text(required=True, metadata={"example": "Rivera"})
    sourced_id = Text(required=True, allow_none=True, metadata={"example": "t-2041"})


class SchoolInShortSchema(Schema):
    """A school in short. `GET /v1/schools/{id}` has the rest."""

    id = IdField(required=True)
    name = Text(required=True, metadata={"example": "Lincoln Elementary"})
    sourced_id = Text(required=True, allow_none=True, metadata={"example": "s-12"})


class CaseInShortSchema(Schema):
    """A case in short. `GET /v1/cases/{id}` has the rest."""

    id = IdField(required=True)
    path = Text(required=True, metadata={"example": "initial"})
    status = Text(required=True, metadata={"example": "evaluating"})
    frameworks = Listed(Text(), required=True)
    opened_on = Day(required=True)
    closed_on = Day(required=True, allow_none=True)


class ReferralInShortSchema(Schema):
    """A receipt in short. `GET /v1/referrals/{id}` has the rest."""

    id = IdField(required=True)
    requester = Text(required=True, metadata={"example": "parent"})
    form = Text(required=True, metadata={"example": "written"})
    received_on = Day(required=True)


class DeadlineInShortSchema(Schema):
    """A deadline in short. `GET /v1/deadlines/{id}` has its working."""

    id = IdField(required=True)
    term = Text(required=True, attribute="term_id", metadata={"example": "initial_evaluation"})
    rule_id = Text(required=True, allow_none=True, metadata={"example": "IDEA-EVAL-CLOCK"})
    state = Text(
        required=True,
        metadata={"description": "As in the list of deadlines; a paused clock is `running`."},
    )
    started_on = Day(required=True, allow_none=True)
    due_on = Day(required=True, allow_none=True)
    met_on = Day(required=True, allow_none=True)


# The record an item refers to -------------------------------------------------------------


def the_student() -> Expanded:
    return Expanded(
        StudentInShortSchema,
        of="student_id",
        at=Student.id,
        scope="students:read",
        said="The student.",
    )


def the_school() -> Expanded:
    return Expanded(
        SchoolInShortSchema, of="school_id", at=School.id, scope="schools:read", said="The school."
    )


def the_case() -> Expanded:
    return Expanded(
        CaseInShortSchema, of="case_id", at=Case.id, scope="cases:read", said="The case."
    )


def the_staff_member(of: str, said: str) -> Expanded:
    return Expanded(
        StaffMemberInShortSchema, of=of, at=StaffMember.id, scope="staff:read", said=said
    )


# All that refer to an item ----------------------------------------------------------------


def its_referrals() -> Expanded:
    return Expanded(
        ReferralInShortSchema,
        of="id",
        at=Referral.case_id,
        scope="referrals:read",
        said="Its receipts.",
        many=True,
    )


def its_deadlines() -> Expanded:
    return Expanded(
        DeadlineInShortSchema,
        of="id",
        at=DeadlineRow.case_id,
        scope="deadlines:read",
        said="Its deadlines.",
        many=True,
    )


def its_guardians() -> Expanded:
    return Expanded(
        GuardianInShortSchema,
        of="id",
        at=Guardian.student_id,
        scope="students:read",
        said="The guardians.",
        many=True,
    )


def its_cases() -> Expanded:
    return Expanded(
        CaseInShortSchema,
        of="id",
        at=Case.student_id,
        scope="cases:read",
        said="The cases, closed ones too.",
        many=True,
    )
