"""Who is in the story, and the records that its acts share."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from service.demo.walker import ANYTHING, Json, Walker

STUDENT, OTHER_STUDENT = "stu-031", "stu-033"


@dataclass
class Cast:
    """The ids of the story: a student with her case, and another whose parent asks.

    `staff` are by role, `assessments` by their kind of source.
    """

    staff: dict[str, str] = field(default_factory=dict)
    student: str = ""
    guardian: str = ""
    case: str = ""
    prescription: str = ""
    idea: str = ""
    section_504: str = ""
    assessments: dict[str, str] = field(default_factory=dict)
    other_student: str = ""
    other_guardian: str = ""
    other_case: str = ""

    @property
    def at_case(self) -> str:
        return f"/v1/cases/{self.case}"

    def group(self) -> list[Json]:
        """Who decides about eligibility."""
        roles = {
            "psychologist": "school_psychologist",
            "special_educator": "special_educator",
            "teacher": "teacher",
        }
        people = [{"role": roles[name], "staff_id": self.staff[name]} for name in roles]
        return [*people, {"role": "parent", "name": "Dock's parent"}]

    def medical_source(self) -> Json:
        """The prescription as a source of a determination."""
        return {
            "kind": "prescription",
            "source_document_id": self.prescription,
            "considered": "The physician reports ADHD and prescribes special education.",
        }


def meet(walk: Walker, client: tuple[UUID, str]) -> Cast:
    """Get a token, and find the people of the story in the roster."""
    cast = Cast()
    walk.page.heading("Before it begins: a token, and who is who")
    walk.on("2026-09-15")
    walk.sign_in(client)
    walk.page.prose(
        "The roster came from the student-information system, so people are found by its ids."
    )
    sent = [{"system": "sourced_id", "value": id} for id in (STUDENT, OTHER_STUDENT)]
    found = walk.post(
        "/v1/students/lookup",
        {"identifiers": sent},
        {
            "items.0.student.given_name": "Dock",
            "items.0.student.grade": "03",
            "items.1.student.given_name": "Elder",
            "items.1.student.grade": "04",
        },
        status=200,
    )
    cast.student, cast.other_student = (item["student"]["id"] for item in found["items"])
    walk.page.name(cast.student, "dock")
    walk.page.name(cast.other_student, "elder")
    cast.guardian = guardian_of(walk, cast.student, "docks_parent")
    cast.other_guardian = guardian_of(walk, cast.other_student, "elders_parent")
    roles = {
        "stf-teacher-03": "teacher",
        "stf-special-0": "special_educator",
        "stf-psychologist": "psychologist",
        "stf-principal-elm": "principal",
    }
    for member in walk.get("/v1/staff?limit=100", {"items.0.id": ANYTHING})["items"]:
        if member["sourced_id"] in roles:
            role = roles[member["sourced_id"]]
            cast.staff[role] = member["id"]
            walk.page.name(member["id"], role)
    walk.check(len(cast.staff) == len(roles), "a staff member of the story is not there")
    return cast


def guardian_of(walk: Walker, student_id: str, name: str) -> str:
    """The first of a student's guardians, shown by a name from now on."""
    path = f"/v1/students/{student_id}/guardians"
    guardians = walk.get(path, {"items.0.relationship": ANYTHING})["items"]
    id: str = guardians[0]["id"]
    walk.page.name(id, name)
    return id


def at_determination(id: str) -> str:
    return f"/v1/eligibility-determinations/{id}"
