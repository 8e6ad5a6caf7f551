"""Answers to parents in plain language, as `service.domain.letters` writes them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from service.domain import letters
from service.domain.letters import Part
from service.storage.cases import Case, DeadlineRow, Referral
from service.storage.contacts import SourceDocument
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork

ANSWER = "answer_to_request"


@dataclass(frozen=True, slots=True)
class Letter:
    """An answer: in which language it is written, and whether an interpreter is still needed.

    `wanted`: the language of the family as it is on record, or was asked for; None: not known.
    """

    wanted: str | None
    language: str
    interpreter_needed: bool
    parts: tuple[Part, ...]


def to_request(uow: UnitOfWork, referral: Referral, language: str | None = None) -> Letter:
    """The answer to a request: what was received, what comes next, by when, and the rights."""
    wanted = language or referral.language or _home_language(uow, referral)
    case, id = uow.read(Case, referral.case_id), str(referral.id)
    row = DeadlineRow
    owed = uow.rows(
        select(row.due_on, row.key).where(row.case_id == case.id, row.term_id == ANSWER)
    )
    due_on = next((one.due_on for one in owed if one.key == f"{ANSWER}:{id}"), None)
    written = letters.written_in(wanted)
    parts = letters.to_request(
        written or letters.DEFAULT,
        received_on=referral.received_on,
        due_on=due_on,
        only_504=set(referral.frameworks or case.frameworks) == {"section_504"},
    )
    return Letter(wanted, written or letters.DEFAULT, written is None, parts)


def to_document(uow: UnitOfWork, document: SourceDocument, language: str | None = None) -> Letter:
    """The answer to a medical document, with what a physician's note does and does not do."""
    wanted = language or _home_language(uow, document)
    written = letters.written_in(wanted)
    parts = letters.to_medical_document(
        written or letters.DEFAULT, received_on=document.received_on
    )
    return Letter(wanted, written or letters.DEFAULT, written is None, parts)


def _home_language(uow: UnitOfWork, row: Referral | SourceDocument) -> str | None:
    return None if row.student_id is None else uow.read(Student, row.student_id).home_language
