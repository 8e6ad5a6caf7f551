"""Contacts with parents: logged as they went, and the answers they gave.

A contact that answers a medical document or a physician's referral meets the duty that it
opened, on the day of the contact. One whose words suggest a request says so; whether it is one,
people decide, and record it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import select

from service.domain.asking import hints
from service.policies import Policies
from service.storage.base import DistrictRow, assign
from service.storage.cases import Correction, Referral
from service.storage.contacts import Contact, SourceDocument
from service.storage.schools import StaffMember
from service.storage.students import Guardian, Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import corrections, deadlines
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import Problem

ANSWERS: Mapping[str, type[SourceDocument] | type[Referral]] = {
    "answers_document_id": SourceDocument,
    "answers_referral_id": Referral,
}
OF_THE_STUDENT: Mapping[str, Any] = {
    "guardian_id": Guardian,
    "follows_up_id": Contact,
    **ANSWERS,
}
REFERENCES: Mapping[str, type[DistrictRow]] = {"staff_id": StaffMember, **OF_THE_STUDENT}


class _Words(Protocol):
    """A contact, or what was read of one."""

    @property
    def parent_words(self) -> str | None: ...
    @property
    def restatement(self) -> str | None: ...


def record(uow: UnitOfWork, policies: Policies, body: Mapping[str, Any]) -> Contact:
    """Log a contact.

    Raises `Invalid` for a day in the future, and for references that lead nowhere or to
    another student.
    """
    refuse(
        lead_somewhere(uow, body, {"student_id": Student, **REFERENCES}),
        have_come(uow, body, "occurred_on"),
    )
    row = Contact(**body)
    refuse(_others(uow, row, body))
    row.suggests_request = bool(words_that_ask(row))
    uow.add(row)
    uow.record("contact.recorded", row)
    _refresh(uow, policies, row, _answered(row))
    return row


def words_that_ask(row: _Words) -> tuple[str, ...]:
    """Words of the parent, as said or restated, that may ask for an evaluation: a hint."""
    return tuple(dict.fromkeys((*hints(row.parent_words), *hints(row.restatement))))


def read_anew(uow: UnitOfWork) -> int:
    """Look again whether the words of each contact suggest a request; how many were changed.

    For contacts that were logged before words were looked for, or when other words were. The flags
    that follow are those of `deadlines.rebuild`.
    """
    row, after, changed = Contact, None, 0
    while True:
        asked = select(row.id, row.parent_words, row.restatement, row.suggests_request)
        if after is not None:
            asked = asked.where(row.id > after)
        found = uow.rows(asked.order_by(row.id).limit(deadlines.BATCH))
        wrong = [one.id for one in found if bool(words_that_ask(one)) != one.suggests_request]
        for contact in uow.all(select(row).where(row.id.in_(wrong))) if wrong else ():
            contact.suggests_request = not contact.suggests_request
            uow.record("contact.changed", contact)
        uow.flush()
        changed += len(wrong)
        if len(found) < deadlines.BATCH:
            return changed
        after = found[-1].id


def change(
    uow: UnitOfWork, policies: Policies, row: Contact, changes: Mapping[str, Any]
) -> Contact:
    """Change what is written of a contact; its day is set right by a correction."""
    refuse(lead_somewhere(uow, changes, REFERENCES), have_come(uow, changes, "occurred_on"))
    keep_facts(row, changes)
    before = _answered(row)
    changed = assign(row, changes)
    refuse(_others(uow, row, changes))
    row.suggests_request = bool(words_that_ask(row))
    if changed:
        uow.record("contact.changed", row)
        after = _answered(row)
        _refresh(uow, policies, row, before | after if before != after else frozenset())
    return row


def correct(uow: UnitOfWork, policies: Policies, row: Contact, **said: Any) -> Correction:
    """Set the day of a contact right; what it answered is answered on that day."""
    made = corrections.correct(uow, policies, row, **said)
    _refresh(uow, policies, row, _answered(row))
    return made


def _others(uow: UnitOfWork, row: Contact, given: Mapping[str, Any]) -> list[Problem]:
    """References to what belongs to another student."""
    wrong = []
    for name, model in OF_THE_STUDENT.items():
        if given.get(name) is None:
            continue
        other = uow.get(model, given[name])
        if other.student_id not in (None, row.student_id):
            wrong.append(Problem(f"/{name}", "another", "This belongs to another student."))
    return wrong


def _answered(row: Contact) -> frozenset[tuple[str, Any]]:
    """What a contact answers: member and id."""
    return frozenset((name, id) for name in ANSWERS if (id := getattr(row, name)) is not None)


def _refresh(
    uow: UnitOfWork, policies: Policies, row: Contact, answered: frozenset[tuple[str, Any]]
) -> None:
    """Refresh the cases that owed the answers; a contact that answers nothing moves no case."""
    case_ids = {uow.get(ANSWERS[name], id).case_id for name, id in answered}
    of_students = [row.student_id] if None in case_ids else []
    deadlines.refresh_cases(uow, policies, case_ids, of_students=of_students)
    deadlines.watch(uow, policies, row.student_id)
