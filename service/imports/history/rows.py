"""The row that a line of a history becomes; and what of a line cannot be dated."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.imports.history.plan import Version, is_final
from service.imports.history.read import KINDS, Record
from service.storage.cases import Case, Referral
from service.storage.determinations import EligibilityDetermination
from service.storage.evaluations import Evaluation
from service.storage.interventions import Intervention
from service.storage.notices import Consent, Notice
from service.storage.plans import Plan
from service.storage.unit_of_work import UnitOfWork
from service.workflow.determinations import NO_ANSWERS


def referral(uow: UnitOfWork, record: Record, case: Case) -> Referral:
    said = dict(record.values)
    for name in ("ended_on", "ended_as"):
        said.pop(name, None)
    return Referral(
        id=uow.new_id(),
        case_id=case.id,
        student_id=case.student_id,
        recorded_at=uow.now,
        kept={},
        warnings=[],
        **{"requester": "unknown", "form": "written", "frameworks": [], **said},
        **({} if "suspected_areas" in said else {"suspected_areas": []}),
    )


def notice(record: Record, case: Case) -> Notice:
    said = dict(record.values)
    kind = said.pop("notice_kind")
    status = "issued" if "issued_on" in said else "draft"
    return Notice(case_id=case.id, kind=kind, status=status, contents={}, **said)


def consent(record: Record, case: Case) -> Consent:
    said = dict(record.values)
    if "received_on" not in said:
        said.pop("answer", None)  # an answer begins a clock: one without its day is none yet
    return Consent(case_id=case.id, **said)


def evaluation(record: Record, case: Case) -> Evaluation:
    lists: dict[str, Any] = {"suspected_areas": [], "suspected_categories": []}
    return Evaluation(case_id=case.id, **{**lists, **record.values})


def determination(record: Record, case: Case) -> EligibilityDetermination:
    status = "final" if is_final(record) else "draft"
    return EligibilityDetermination(
        case_id=case.id, status=status, determinants=dict(NO_ANSWERS), **record.values
    )


def plan(
    uow: UnitOfWork, version: Version, case: Case, amends: Plan | None, rests_on: UUID | None
) -> Plan:
    """`amends`: the version before it; `rests_on`: the finding of eligible, loaded with it."""
    values = dict(version.record.values)
    kind = values.pop("plan_kind")
    values |= {"ended_on": version.ended_on, "end_reason": version.end_reason}
    id = uow.new_id()
    return Plan(
        id=id,
        student_id=case.student_id,
        case_id=case.id,
        kind=kind,
        status=version.status,
        number=version.number,
        occasion="initial" if amends is None else "review",
        original_id=id if amends is None else amends.original_id,
        amends_id=None if amends is None else amends.id,
        determination_id=rests_on,
        **values,
    )


def intervention(record: Record, student_id: UUID) -> Intervention:
    return Intervention(student_id=student_id, **record.values)


def undated(record: Record) -> str | None:
    """What cannot be dated for want of a day that the line does not name."""
    said = record.values
    if not any(day in said for day in (*KINDS[record.kind].days, *KINDS[record.kind].ahead)):
        return "It has no day at all."
    if record.kind == "referral" and "received_on" not in said:
        return "It has no day of receipt."
    if record.kind == "referral" and ("ended_as" in said) != ("ended_on" in said):
        return "How its case ended and the day go together: it stays open."
    if record.kind == "notice" and "issued_on" not in said:
        return "It has no day on which it was issued: kept as a draft."
    if record.kind == "consent" and "answer" in said and "received_on" not in said:
        return "The answer has no day of receipt: kept as asked for, without the answer."
    if record.kind == "determination" and not is_final(record):
        return "It lacks its outcome or its day: kept as a draft."
    if record.kind == "plan" and "in_effect_on" not in said and said.keys() & {"ended_on"}:
        return "It has no day on which it took effect: kept as one that never did."
    if record.kind == "plan" and "end_reason" in said and "ended_on" not in said:
        return "It ended on a day that is not known."
    return None
