"""Understanding a receipt: what was sent, as the columns that keep it.

Nothing is lost and nothing is refused for being unknown: words, references and members that
mean nothing here are kept as they were sent, each with a warning that says so. What is
refused is only what cannot be, a day that has not come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain.frameworks import FRAMEWORKS
from service.storage.base import DistrictRow
from service.storage.cases import FORMS, REQUESTERS
from service.storage.schools import StaffMember
from service.storage.students import Guardian, Student, StudentIdentifier
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.workflow.checks import have_come, refuse

REFERENCES: Mapping[str, type[DistrictRow]] = {
    "requester_guardian_id": Guardian,
    "requester_staff_id": StaffMember,
    "received_by_staff_id": StaffMember,
}
PLAIN = ("requester_name", "words", "documented_on", "from_screening", "parent_informed")
LONGEST_LANGUAGE = 35
UNMATCHED = "unmatched"
"""The code of the warning that no student is known yet."""
MOST_WARNINGS = 50


@dataclass(slots=True)
class Intake:
    """A receipt as it was understood; `columns` are the referral's own."""

    columns: dict[str, Any] = field(default_factory=dict)
    student: Any = None
    kept: dict[str, Any] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)

    def warn(self, pointer: str, code: str, message: str) -> None:
        self.warnings.append({"pointer": pointer, "code": code, "message": message})

    def keep(self, name: str, value: Any, code: str, message: str) -> None:
        """Keep a value that has no place of its own, and say so."""
        self.kept[name] = value
        if len(self.warnings) < MOST_WARNINGS:
            self.warn(f"/{name}", code, message)


def understand(uow: UnitOfWork, body: Mapping[str, Any]) -> Intake:
    """Read a receipt; its student, if one is meant, is locked until the work ends.

    `body`: the members of a receipt, any of them missing; ids may be any text; `kept`, the
    members this service does not know. Raises `Invalid` for days in the future.
    """
    said = {name: value for name, value in body.items() if value is not None}
    refuse(have_come(uow, said, "received_on", "documented_on"))
    intake = Intake()
    for name, value in said.pop("kept", {}).items():
        intake.keep(name, value, "unknown_member", "No such member is known; kept as sent.")
    columns = intake.columns
    columns["received_on"] = said.get("received_on") or uow.today
    for name in PLAIN:
        if name in said and (not isinstance(said[name], str) or said[name].strip()):
            columns[name] = said[name]
    columns["requester"] = _requester(said, intake)
    columns["form"] = _form(said, intake)
    columns["frameworks"] = _frameworks(said, intake)
    areas = (area.strip() for area in said.get("suspected_areas", ()))
    columns["suspected_areas"] = list(dict.fromkeys(filter(None, areas)))
    columns["child_described"] = said.get("child")
    _read_language(said, intake)
    for name, model in REFERENCES.items():
        if name in said:
            columns[name] = _found(uow, intake, name, model, said[name])
    _read_suspicion(uow, said, intake)
    intake.student = _student_meant(uow, said, intake)
    return intake


# Words ----------------------------------------------------------------------------------


def _word(text: str) -> str:
    """A word of a list, however it is written: `Adult Student` is `adult_student`."""
    return "_".join(text.replace("-", " ").lower().split())


def _requester(said: Mapping[str, Any], intake: Intake) -> str:
    sent = said.get("requester", "")
    if _word(sent) in REQUESTERS:
        return _word(sent)
    if not sent.strip():
        intake.warn(
            "/requester", "missing", "Who asked is not said; the receipt is taken as a parent's."
        )
    else:
        intake.keep(
            "requester",
            sent,
            "unknown_word",
            "This requester is not known, so it is `unknown` and taken as a parent; correct it "
            "with POST …/corrections.",
        )
    return "unknown"


def _form(said: Mapping[str, Any], intake: Intake) -> str:
    sent = said.get("form", "written")
    if _word(sent) in FORMS:
        return _word(sent)
    intake.keep("form", sent, "unknown_word", "This form is not known; taken as `written`.")
    return "written"


def _frameworks(said: Mapping[str, Any], intake: Intake) -> list[str]:
    sent = list(dict.fromkeys(said.get("frameworks", ())))
    strange = [word for word in sent if _word(word) not in FRAMEWORKS]
    if strange:
        intake.keep("frameworks", sent, "unknown_word", f"Known are {' and '.join(FRAMEWORKS)}.")
    return list(dict.fromkeys(_word(word) for word in sent if word not in strange))


def _read_language(said: Mapping[str, Any], intake: Intake) -> None:
    sent = said.get("language", "").strip()
    if len(sent) > LONGEST_LANGUAGE:
        intake.keep("language", sent, "too_long", "A language is a short tag such as `es-MX`.")
    elif sent:
        intake.columns["language"] = sent


# People ---------------------------------------------------------------------------------


def _found(
    uow: UnitOfWork, intake: Intake, name: str, model: type[DistrictRow], sent: str
) -> UUID | None:
    """The id of a record that is there; anything else is kept as sent."""
    row = _row(uow, model, sent)
    if row is None:
        intake.keep(name, sent, "not_found", "No such record in this district; kept as sent.")
        return None
    id: UUID = row.id
    return id


def _row(uow: UnitOfWork, model: type[DistrictRow], sent: str, *, lock: bool = False) -> Any:
    try:
        return uow.read(model, UUID(str(sent)), lock=lock)
    except (NotFound, ValueError):
        return None


def _read_suspicion(uow: UnitOfWork, said: Mapping[str, Any], intake: Intake) -> None:
    """A suspicion of disability: the sentence, and the staff member whose own it is."""
    sent = dict(said.get("suspicion", {}))
    statement = sent.pop("statement", None)
    if statement is not None and statement.strip():
        intake.columns["suspicion_statement"] = statement
    staff_id = sent.get("staff_id")
    staff = None if staff_id is None else _row(uow, StaffMember, staff_id)
    mine = intake.columns.get("requester_staff_id")
    of_requester = intake.columns["requester"] == "staff" and staff is not None
    if of_requester and staff is not None and mine in (None, staff.id):
        intake.columns["requester_staff_id"] = staff.id
        del sent["staff_id"]
    elif staff_id is not None and staff is None:
        intake.warn("/suspicion/staff_id", "not_found", "No such staff member here; kept as sent.")
    if {name: value for name, value in sent.items() if value is not None}:
        intake.kept["suspicion"] = sent


def _student_meant(uow: UnitOfWork, said: Mapping[str, Any], intake: Intake) -> Any:
    """The student a receipt names, locked so that only one case is opened; else None."""
    sent, identifier = said.get("student_id"), said.get("student_identifier")
    if sent is not None:
        student = _row(uow, Student, sent, lock=True)
        if student is not None:
            return student
        intake.kept["student_id"] = sent
    if identifier is not None:
        found = _identified(uow, identifier)
        if found is not None:
            return uow.read(Student, found, lock=True)
        intake.kept["student_identifier"] = identifier
    intake.warn(
        "/student_id",
        UNMATCHED,
        "No student is matched yet. The receipt counts from its day all the same; say who is "
        "meant with POST …/match, at the address that `next` gives.",
    )
    return None


def _identified(uow: UnitOfWork, identifier: Mapping[str, Any]) -> UUID | None:
    row = StudentIdentifier
    found = uow.first(
        select(row).where(
            row.system == identifier.get("system"), row.value == identifier.get("value")
        )
    )
    return None if found is None else found.student_id
