"""Notices to parents: drafted freely, addressed only to those who may have them.

Issuing is a step (`service.workflow.step`). An issued notice is history: it is not changed,
and a fact about it that was written down wrongly is set right by a correction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.policies import Policies
from service.storage.base import assign
from service.storage.cases import Case
from service.storage.notices import Notice
from service.storage.students import Guardian
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.checks import have_come, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import AlreadyThere, Invalid, Problem, invalid


def draft(uow: UnitOfWork, case_id: UUID, body: Mapping[str, Any]) -> Notice:
    """Draft a notice. Raises `Invalid` for a guardian to whom no notice may go."""
    case = cases.standing(uow, case_id, lock=True)
    refuse(have_come(uow, body, "translated_orally_on"))
    check_addressee(uow, case, body.get("guardian_id"))
    notice = uow.add(
        Notice(
            case_id=case.id,
            status="draft",
            **{**body, "contents": _merged({}, body.get("contents"))},
        )
    )
    uow.record("notice.drafted", notice, student_id=case.student_id)
    return notice


OF_TRANSLATION = frozenset({"translated_orally_on", "translation_evidence", "not_feasible_because"})
"""What may be told of a notice after it was issued; none of it is in the notice."""


def change(
    uow: UnitOfWork, policies: Policies, notice: Notice, changes: Mapping[str, Any]
) -> Notice:
    """Change a draft; `contents` are changed member by member, and null takes one away.

    Raises `AlreadyThere` when the notice has been issued.
    """
    if notice.status != "draft" and not changes.keys() <= OF_TRANSLATION:
        raise AlreadyThere(
            "notice",
            str(notice.id),
            f"This notice was issued on {notice.issued_on} and is never changed. Draft a new one; "
            "a wrong date of issue is set right with POST /v1/notices/{id}/corrections.",
        )
    case = uow.get(Case, notice.case_id)
    refuse(have_come(uow, changes, "translated_orally_on"))
    keep_facts(notice, {} if notice.status == "draft" else changes)
    check_addressee(uow, case, changes.get("guardian_id"))
    contents = _merged(notice.contents, changes.get("contents"))
    if assign(notice, {**changes, "contents": contents}):
        uow.record("notice.changed", notice, student_id=case.student_id)
        if notice.status != "draft":
            deadlines.refresh_cases(uow, policies, [case.id])
    return notice


def check_addressee(uow: UnitOfWork, case: Case, guardian_id: UUID | None) -> None:
    """Refuse a guardian who is not this student's, or whose educational rights are restricted."""
    guardian = guardian_of(uow, case, guardian_id)
    if guardian is not None and guardian.educational_rights == "restricted":
        raise invalid(
            "/guardian_id",
            "rights_restricted",
            "This guardian's educational rights are restricted: no notice goes to them. Address "
            "it to another guardian, or set the rights right on the guardian's record.",
        )


def guardian_of(uow: UnitOfWork, case: Case, guardian_id: UUID | None) -> Guardian | None:
    """The guardian that a record of this case names; `Invalid` when it is not the student's.

    A case that has no student yet cannot tell whose guardian it is.
    """
    if guardian_id is None:
        return None
    try:
        guardian = uow.get(Guardian, guardian_id)
    except NotFound:
        guardian = None
    if guardian is None or case.student_id not in (None, guardian.student_id):
        raise invalid("/guardian_id", "not_found", "This student has no guardian of this id.")
    return guardian


def check_issuable(notice: Notice) -> None:
    """Refuse to issue a prior written notice that does not say what it gives notice of.

    It could never be changed afterwards, and it would answer no request.
    """
    if notice.kind != "prior_written_notice":
        return
    wrong = [
        Problem(f"/{name}", "required", f"Say {what} before the notice is issued.")
        for name, what in (
            ("decision", "whether the district proposes or refuses"),
            ("concerning", "what the decision concerns"),
        )
        if getattr(notice, name) is None
    ]
    if wrong:
        raise Invalid(*wrong)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Contents with some members changed, and those that are null or blank taken away."""
    together = {**old, **(new or {})}
    return {name: text for name, text in together.items() if text and text.strip()}
