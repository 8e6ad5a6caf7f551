"""Documents that arrive: kept, placed with a case, and answered.

A medical note, a prescription or an outside evaluation is information that the district
considers (34 CFR 300.305(a)(1)(i)). It decides nothing, it is no request, and nothing waits
for it; but somebody owes the parent an answer, and what is owed belongs to a case. So a
medical document goes with the case that was open when it arrived, and opens one when none was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from service.domain.facts import CONSIDERED
from service.policies import Policies
from service.storage.base import DistrictRow, assign
from service.storage.cases import Case, Correction, DeadlineRow, Referral
from service.storage.contacts import SourceDocument
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, corrections, deadlines
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import Problem

DAYS = ("received_on", "dated_on")
WHOSE: Mapping[str, type[DistrictRow]] = {
    "student_id": Student,
    "case_id": Case,
    "referral_id": Referral,
}


@dataclass(frozen=True, slots=True)
class Received:
    """A stored document, whether a case was opened for it, and what is owed because of it."""

    row: SourceDocument
    opened: bool
    deadlines: tuple[DeadlineRow, ...]


def receive(uow: UnitOfWork, policies: Policies, body: Mapping[str, Any]) -> Received:
    """Keep a document that arrived.

    Raises `Invalid` for a document that is nobody's, for references that lead nowhere or
    apart, and for days in the future.
    """
    refuse(_nobodys(body), lead_somewhere(uow, body, WHOSE), have_come(uow, body, *DAYS))
    said = {"received_on": uow.today, "provided_by": "other", **body}
    row = SourceDocument(**said)
    refuse(_whose(uow, row))
    opened = _place(uow, row)
    uow.add(row)
    uow.record("source_document.received", row)
    if row.kind not in CONSIDERED:
        return Received(row, opened, ())
    _refresh(uow, policies, row)
    return Received(row, opened, tuple(_owed(uow, row)))


def change(
    uow: UnitOfWork, policies: Policies, row: SourceDocument, changes: Mapping[str, Any]
) -> SourceDocument:
    """Add to a document's description. Whose it is may be told once, where it was not known.

    Raises `Invalid` for what only a correction sets right.
    """
    told = [name for name in WHOSE if name in changes and changes[name] != getattr(row, name)]
    refuse(
        [_told_already(name) for name in told if getattr(row, name) is not None],
        lead_somewhere(uow, changes, WHOSE),
        have_come(uow, changes, *DAYS),
    )
    keep_facts(row, changes)
    changed = assign(row, changes)
    if told:
        refuse(_whose(uow, row))
        _place(uow, row)
    if changed:
        uow.record("source_document.changed", row)
    if told and row.kind in CONSIDERED:
        _refresh(uow, policies, row)
    return row


def correct(uow: UnitOfWork, policies: Policies, row: SourceDocument, **said: Any) -> Correction:
    """Set a fact right; a document that turns out to be medical is owed an answer as well."""
    made = corrections.correct(uow, policies, row, **said)
    if made.accepted:
        before = row.case_id
        _place(uow, row)
        if row.case_id != before:
            uow.record("source_document.placed", row)
        _refresh(uow, policies, row)
    return made


# Whose it is ----------------------------------------------------------------------


def _nobodys(body: Mapping[str, Any]) -> list[Problem]:
    if any(body.get(name) is not None for name in WHOSE):
        return []
    return [
        Problem(
            "",
            "nobodys",
            "Say whose document it is: student_id, case_id or referral_id. For a child who is "
            "not on record yet, make a referral first; it needs no student.",
        )
    ]


def _told_already(name: str) -> Problem:
    return Problem(f"/{name}", "told_already", f"{name} is on record and stays.")


def _whose(uow: UnitOfWork, row: SourceDocument) -> list[Problem]:
    """Fill in the case of the referral and the student of the case; what does not agree."""
    if row.referral_id is not None:
        receipt = uow.get(Referral, row.referral_id)
        if row.case_id is not None and cases.standing(uow, row.case_id).id != receipt.case_id:
            return [Problem("/case_id", "another", "This referral belongs to another case.")]
        row.case_id = receipt.case_id
        row.student_id = row.student_id or receipt.student_id
        if receipt.student_id not in (None, row.student_id):
            return [Problem("/student_id", "another", "This referral is about another student.")]
    if row.case_id is not None:
        case = cases.standing(uow, row.case_id)
        row.case_id = case.id
        row.student_id = row.student_id or case.student_id
        if case.student_id not in (None, row.student_id):
            return [Problem("/student_id", "another", "This case is about another student.")]
    return []


# Its case -------------------------------------------------------------------------


def _place(uow: UnitOfWork, row: SourceDocument) -> bool:
    """Put a document with its student's case, opened if an answer is owed; whether it was."""
    if row.case_id is not None or row.student_id is None:
        return False
    if row.kind in CONSIDERED:
        uow.get(Student, row.student_id, lock=True)  # so that only one case is opened
    case = _open_when(uow, row.student_id, row.received_on)
    opened = case is None and row.kind in CONSIDERED
    if opened:
        # Without a receipt: nobody has asked, so it waits at the beginning.
        case = cases.open_case(uow, row.student_id, row.received_on)
    row.case_id = None if case is None else case.id
    return opened


def _open_when(uow: UnitOfWork, student_id: UUID, day: date) -> Case | None:
    """The student's open case, else the last one that was still open that day."""
    return uow.first(
        select(Case)
        .where(
            Case.student_id == student_id,
            or_(Case.closed_on.is_(None), Case.closed_on >= day),
        )
        .order_by(Case.closed_on.desc().nulls_first(), Case.id.desc())
    )


def _refresh(uow: UnitOfWork, policies: Policies, row: SourceDocument) -> None:
    """Refresh its case and every case of the student, closed ones too.

    An impairment that is documented now also matters to a determination that was made.
    """
    deadlines.refresh_cases(uow, policies, [row.case_id], of_students=[row.student_id])


def _owed(uow: UnitOfWork, row: SourceDocument) -> list[DeadlineRow]:
    """What its case owes because of it."""
    id, owed = str(row.id), DeadlineRow
    rows = uow.all(select(owed).where(owed.case_id == row.case_id).order_by(owed.term_id))
    return [one for one in rows if one.detail["subjects"].get("source_document_id") == id]
