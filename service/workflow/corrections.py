"""Corrections: a fact set right by a record that keeps what was and what is.

An earlier date of receipt is always taken at once. A later one moves a child's clock, and a
parent's request that was nobody's takes a child's place away: such a correction waits,
flagged, until a trusted person gives evidence. Until then what was first asserted drives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain import facts
from service.domain.dates import written
from service.policies import Policies
from service.storage.arrivals import PartCTransition, TransferredIep
from service.storage.base import MutableRow, plain, touch
from service.storage.cases import FORMS, REQUESTERS, Case, Correction, Referral
from service.storage.child_find_notices import ChildFindNotice
from service.storage.contacts import DOCUMENT_KINDS, SHA256, Contact, SourceDocument, TeamMeeting
from service.storage.determinations import EligibilityDetermination
from service.storage.discipline import DisciplinaryRemoval
from service.storage.evaluations import ORIGINS, Assessment, Evaluation, Observation
from service.storage.notices import ANSWERS, CONSENT_FORMS, STANDS_IN, Consent, Notice
from service.storage.plans import Plan, PlanAcknowledgement
from service.storage.rights import (
    ASKS_FOR,
    DISPUTE_KINDS,
    FILED_BY,
    OUTCOMES,
    Dispute,
    IndependentEvaluationRequest,
    RecordsRequest,
)
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.invalid import Invalid, Problem, invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """A field that only a correction changes, once it is on record.

    `parse`: `date`, `bool` or `str`; a text is one of `words`, or of this `shape`, or at most
    `longest` characters.
    `receipt`: its date starts a child's clock. `nullable`: it may turn out not to have been.
    """

    parse: type
    receipt: bool = False
    words: tuple[str, ...] = ()
    shape: str | None = None
    longest: int = 255
    nullable: bool = False


DAY = Correctable(parse=date)
MAYBE_DAY = Correctable(parse=date, nullable=True)
RECEIPT_DAY = Correctable(parse=date, receipt=True)
TEXT = Correctable(parse=str)
LANGUAGE = Correctable(parse=str, longest=35)

CORRECTABLE: Mapping[type[MutableRow], Mapping[str, Correctable]] = {
    Referral: {
        "received_on": RECEIPT_DAY,
        "requester": Correctable(parse=str, words=REQUESTERS),
        "words": Correctable(parse=str, longest=20000),
        "form": Correctable(parse=str, words=FORMS),
        "documented_on": MAYBE_DAY,
    },
    Notice: {
        "issued_on": DAY,
        "delivery": Correctable(parse=str, longest=40),
        "language": LANGUAGE,
        "translated_orally_on": MAYBE_DAY,
    },
    Consent: {
        "requested_on": DAY,
        "received_on": RECEIPT_DAY,
        "signed_on": MAYBE_DAY,
        "signed_by": TEXT,
        "revoked_on": MAYBE_DAY,
        "revocation_form": Correctable(parse=str, words=CONSENT_FORMS),
        "answer": Correctable(parse=str, words=ANSWERS),
        "form": Correctable(parse=str, words=CONSENT_FORMS),
        "language": LANGUAGE,
        "activity": Correctable(parse=str, longest=20000),
        "stands_in": Correctable(parse=str, words=STANDS_IN, nullable=True),
        "authenticated_by": TEXT,
        "approval_shown": Correctable(parse=bool),
    },
    Evaluation: {
        "assessment_asked_on": DAY,
        "existing_data_reviewed_on": MAYBE_DAY,
        "no_data_needed_on": RECEIPT_DAY,
        "report_completed_on": MAYBE_DAY,
        "report_given_to_parent_on": MAYBE_DAY,
        "transfer_consent_received_on": RECEIPT_DAY,
        "transfer_coordinated_on": MAYBE_DAY,
        "transfer_enrolled_on": DAY,
        "transferred_from": TEXT,
    },
    EligibilityDetermination: {"copy_given_to_parent_on": MAYBE_DAY},
    Assessment: {"conducted_on": DAY, "origin": Correctable(parse=str, words=ORIGINS)},
    Observation: {"observed_on": DAY, "routine": Correctable(parse=bool)},
    SourceDocument: {
        "received_on": RECEIPT_DAY,
        "kind": Correctable(parse=str, words=DOCUMENT_KINDS),
        "sha256": Correctable(parse=str, shape=SHA256),
    },
    Contact: {"occurred_on": DAY},
    TeamMeeting: {"held_on": DAY},
    Plan: {
        "meeting_held_on": MAYBE_DAY,
        "agreed_without_meeting_on": MAYBE_DAY,
        "offered_on": DAY,
        "in_effect_on": DAY,
        "ended_on": DAY,
        "reevaluation_waived_on": MAYBE_DAY,
        "majority_notice_on": MAYBE_DAY,
        "summary_given_on": MAYBE_DAY,
    },
    PlanAcknowledgement: {"informed_on": DAY, "acknowledged_on": MAYBE_DAY},
    RecordsRequest: {
        "asks_for": Correctable(parse=str, words=ASKS_FOR),
        "requested_on": RECEIPT_DAY,
        "given_on": MAYBE_DAY,
    },
    IndependentEvaluationRequest: {"requested_on": RECEIPT_DAY, "answered_on": DAY},
    Dispute: {
        "filed_on": DAY,
        "ended_on": DAY,
        "kind": Correctable(parse=str, words=DISPUTE_KINDS),
        "filed_by": Correctable(parse=str, words=FILED_BY),
        "outcome": Correctable(parse=str, words=OUTCOMES),
    },
    PartCTransition: {
        "found_eligible_on": MAYBE_DAY,
        "notified_on": MAYBE_DAY,
        "conference_on": MAYBE_DAY,
    },
    TransferredIep: {
        "enrolled_on": RECEIPT_DAY,
        "comparable_services_on": MAYBE_DAY,
        "adopted_on": MAYBE_DAY,
    },
    ChildFindNotice: {"given_on": DAY},
    DisciplinaryRemoval: {
        "behavior_on": DAY,
        "began_on": DAY,
        "written_concern_on": MAYBE_DAY,
        "staff_concern_on": MAYBE_DAY,
        "change_decided_on": MAYBE_DAY,
        "manifestation_determined_on": DAY,
        "caused_by_disability": Correctable(parse=bool),
        "caused_by_failure_to_implement": Correctable(parse=bool),
        "services_since": MAYBE_DAY,
    },
}
"""What may be corrected, by record and field."""


def correct(
    uow: UnitOfWork,
    policies: Policies,
    row: MutableRow,
    *,
    field: str,
    value: str | None,
    reason: str,
    evidence: str | None = None,
) -> Correction:
    """Set a fact right, one of those that are `CORRECTABLE`; the stored correction.

    Raises `Invalid` for one that has no value yet, an impossible value, or a correction that
    changes nothing.
    """
    known = CORRECTABLE[type(row)]
    old = getattr(row, field)
    if old is None:
        raise invalid(
            "/field", "not_on_record", f"{field} has no value yet: give it one with PATCH."
        )
    new = _parsed(uow, known[field], value)
    if old == new:
        raise invalid("/value", "unchanged", "The record says this already.")
    case = _case_of(uow, row)
    flagged = _why_it_waits(uow, evidence) if _weakens(known[field], field, old, new) else None
    correction = uow.add(
        Correction(
            record_type=row.__tablename__,
            record_id=row.id,
            field=field,
            old_value={"value": plain(old)},
            new_value={"value": plain(new)},
            reason=reason,
            evidence=evidence,
            accepted=flagged is None,
            flagged=flagged,
            corrected_on=uow.today,
            corrected_at=uow.now,
            client_id=uow.caller.client_id,
            acting_staff_id=uow.caller.acting_staff_id,
        )
    )
    kind = row.__tablename__.rstrip("s")
    case_id, student_id = (None, None) if case is None else (case.id, case.student_id)
    touch(row)  # its corrections are part of it
    if flagged is None:
        setattr(row, field, new)
        uow.record(f"{kind}.corrected", row, correction, case_id=case_id, student_id=student_id)
        if isinstance(row, Referral) and case is not None:
            lifted = cases.follow_receipts(uow, policies, case)
            touch(case)  # the order of its receipts is part of it
            reviews = cases.close_reviews(uow, case) if lifted else []
            event = "case.evaluation_requested" if lifted else "case.receipt_corrected"
            uow.record(event, case, *reviews)
        if isinstance(row, Plan):
            deadlines.refresh_cases(uow, policies, of_students=[row.student_id])
        elif case is not None:
            deadlines.refresh(uow, policies, case)
            if isinstance(row, (EligibilityDetermination, Notice)):
                cases.refresh_others(uow, policies, case)
        elif isinstance(row, DisciplinaryRemoval):
            deadlines.refresh_cases(uow, policies, of_students=[row.student_id])
        elif isinstance(row, (RecordsRequest, PartCTransition, TransferredIep)):
            deadlines.watch(uow, policies, row.student_id)
    else:
        uow.record(
            f"{kind}.correction_flagged", row, correction, case_id=case_id, student_id=student_id
        )
    return correction


def corrections_of(uow: UnitOfWork, record_id: UUID) -> list[Correction]:
    """Every correction of a record, oldest first."""
    return list(
        uow.all(select(Correction).where(Correction.record_id == record_id).order_by(Correction.id))
    )


def _weakens(known: Correctable, field: str, old: Any, new: Any) -> bool:
    """Whether a correction takes something from the child.

    A day, a parent's request, or the answer that is owed to a medical document.
    """
    if known.receipt:
        return bool(new > old)
    if field == "kind":
        return old in facts.CONSIDERED and new not in facts.CONSIDERED
    return field == "requester" and old in facts.PARENTAL and new not in facts.PARENTAL


def _why_it_waits(uow: UnitOfWork, evidence: str | None) -> str | None:
    """Why such a correction is not taken at once; None when a trusted person gave evidence."""
    if not evidence:
        return "A correction that takes something from the child needs evidence."
    if uow.caller.acting_staff_id is None or not uow.caller.may_assert_people:
        return "It waits for a trusted person to accept it, by sending it again with evidence."
    return None


def _parsed(uow: UnitOfWork, known: Correctable, value: str | None) -> Any:
    """The value as the record holds it; `Invalid` when it cannot be."""
    if value is None:
        if known.nullable:
            return None
        raise invalid("/value", "null", "This fact can be set right, not taken away.")
    if known.parse is date:
        return _day(uow, value)
    if known.parse is bool:
        if value not in ("true", "false"):
            raise invalid("/value", "not_a_flag", "true or false, as a text.")
        return value == "true"
    if known.words and value not in known.words:
        raise invalid("/value", "not_one_of", f"One of: {', '.join(known.words)}.")
    if known.shape and not re.fullmatch(known.shape, value):
        raise invalid("/value", "malformed", f"Not of the form {known.shape}.")
    if not value.strip() or len(value) > known.longest:
        raise invalid("/value", "length", f"1 to {known.longest} characters, not blank.")
    return value


def _day(uow: UnitOfWork, value: str) -> date:
    try:
        day = written(value)
    except ValueError:
        day = None
    if day is None or day.year < 1900:
        raise invalid("/value", "not_a_date", "Give a date as YYYY-MM-DD, from 1900 on.")
    if day > uow.today:
        raise invalid("/value", "future", "What has happened cannot be dated in the future.")
    return day


def _case_of(uow: UnitOfWork, row: Any) -> Case | None:
    """The case whose clocks hang on the record, locked; None when it belongs to no case."""
    if isinstance(row, (Assessment, Observation)):
        row = uow.get(Evaluation, row.evaluation_id)
    if isinstance(row, PlanAcknowledgement):
        row = uow.get(Plan, row.plan_id)
    case_id = getattr(row, "case_id", None)
    return None if case_id is None else uow.get(Case, case_id, lock=True)


def keep_facts(row: MutableRow, changes: Mapping[str, Any]) -> None:
    """Refuse a plain change of a fact that is on record already.

    What happened may be set once; afterwards only a correction changes it, so that both
    stay visible. Raises `Invalid` naming every such member.
    """
    fixed = [
        Problem(
            f"/{name}",
            "use_correction",
            f"{name} is on record. POST …/corrections sets it right and keeps both.",
        )
        for name in CORRECTABLE.get(type(row), {})
        if name in changes and getattr(row, name) not in (None, changes[name])
    ]
    if fixed:
        raise Invalid(*fixed)
