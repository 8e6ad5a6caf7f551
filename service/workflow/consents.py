"""Consents: what was asked of a parent, what they answered, and the efforts to reach them.

Recording is free, also of a consent that came too early or from the wrong person: it is
kept, warned of, and whether it opens the way is decided at the step that needs it. The day
the agency received it starts the evaluation's clock all the same (300.301(c)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.policies import Policies
from service.storage.base import assign
from service.storage.cases import Case, DeadlineRow
from service.storage.notices import Consent, ConsentAttempt
from service.storage.schools import StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import invalid
from service.workflow.notices import guardian_of

HAPPENED = ("requested_on", "signed_on", "received_on", "revoked_on")
"""Days on which something took place: none of them lies in the future."""

OF_THE_REQUEST = frozenset({"activity", "language", "form"})
"""What may still be put otherwise as long as the parent has not answered."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A consent as it is now stored, what is odd about it, and what its case owes by when."""

    consent: Consent
    warnings: tuple[dict[str, str], ...]
    deadlines: tuple[DeadlineRow, ...]


def record(uow: UnitOfWork, policies: Policies, case_id: UUID, body: Mapping[str, Any]) -> Recorded:
    """Record a consent that was asked for, with its answer if there is one.

    Raises `Invalid` for days in the future, an answer without the day it was received, and a
    guardian who is not this student's.
    """
    case = cases.standing(uow, case_id, lock=True)
    refuse(have_come(uow, body, *HAPPENED))
    guardian_of(uow, case, body.get("guardian_id"))
    consent = uow.add(Consent(case_id=case.id, **body))
    _check_answer(consent)
    uow.record("consent.recorded", consent, student_id=case.student_id)
    return _recorded(uow, policies, case, consent)


def change(
    uow: UnitOfWork, policies: Policies, consent: Consent, changes: Mapping[str, Any]
) -> Recorded:
    """Add to a consent; what is on record is corrected, not changed."""
    case = uow.get(Case, consent.case_id, lock=True)
    refuse(have_come(uow, changes, *HAPPENED))
    answered = consent.answer is not None
    keep_facts(
        consent,
        {name: v for name, v in changes.items() if answered or name not in OF_THE_REQUEST},
    )
    _keep_guardian(consent, changes)
    guardian_of(uow, case, changes.get("guardian_id"))
    changed = assign(consent, changes)
    _check_answer(consent)
    if changed:
        uow.record("consent.changed", consent, student_id=case.student_id)
    return _recorded(uow, policies, case, consent)


def attempt(
    uow: UnitOfWork, policies: Policies, consent: Consent, body: Mapping[str, Any]
) -> ConsentAttempt:
    """Log an effort to reach the parent about a consent (300.322(d))."""
    case = uow.get(Case, consent.case_id, lock=True)
    refuse(
        have_come(uow, body, "attempted_on"), lead_somewhere(uow, body, {"staff_id": StaffMember})
    )
    row = uow.add(ConsentAttempt(consent_id=consent.id, **body))
    uow.record("consent.attempted", row, case_id=case.id, student_id=case.student_id)
    deadlines.refresh(uow, policies, case)
    return row


def _recorded(uow: UnitOfWork, policies: Policies, case: Case, consent: Consent) -> Recorded:
    rows = deadlines.refresh(uow, policies, case)
    return Recorded(consent, tuple(_warnings(uow, case, consent)), tuple(rows))


# What cannot be -------------------------------------------------------------------------


def _check_answer(consent: Consent) -> None:
    if consent.answer is not None and consent.received_on is None:
        raise invalid(
            "/received_on",
            "required",
            "Say when the district received this answer: that day starts the clock.",
        )


def _keep_guardian(consent: Consent, changes: Mapping[str, Any]) -> None:
    """Whose answer it is does not change once there is an answer."""
    new = changes.get("guardian_id", consent.guardian_id)
    if consent.answer is not None and consent.guardian_id not in (None, new):
        raise invalid(
            "/guardian_id",
            "on_record",
            "This answer is one guardian's. Record another's as a consent of its own.",
        )


# What is odd ----------------------------------------------------------------------------


def _warnings(uow: UnitOfWork, case: Case, consent: Consent) -> list[dict[str, str]]:
    """What a person should look at; nothing of it keeps the record from being kept."""
    guardian = guardian_of(uow, case, consent.guardian_id)
    barred = guardian is not None and guardian.educational_rights == "restricted"
    lacking = consent.answer is None and consent.received_on is not None
    oral = consent.answer == "granted" and consent.form == "oral"
    signed_electronically = consent.answer == "granted" and consent.form == "electronic"
    revoked_first = _earlier(consent.revoked_on, consent.received_on)
    to_serve = consent.purpose == "initial_services"
    again = case.path == cases.REEVALUATION
    odd = (
        (
            not to_serve and again != (consent.purpose == "reevaluation"),
            "/purpose",
            "other_path",
            f"This case is {'a re-evaluation' if again else 'an initial evaluation'}, and begins "
            f"with consent of the purpose `{'reevaluation' if again else 'initial_evaluation'}`.",
        ),
        (
            barred,
            "/guardian_id",
            "rights_restricted",
            "This guardian's educational rights are restricted. It is kept; ask someone who "
            "holds the rights.",
        ),
        (
            lacking,
            "/answer",
            "no_answer",
            "It was received, but what the parent answered is not said, so no clock runs by it.",
        ),
        (oral, "/form", "oral", "Consent is in writing (34 CFR 300.9)."),
        (
            _earlier(consent.received_on, consent.signed_on),
            "/signed_on",
            "order",
            "It is dated after the day it was received.",
        ),
        (
            signed_electronically and consent.authenticated_by is None,
            "/authenticated_by",
            "missing",
            "An electronic signature tells who signed (34 CFR 300.505, 99.30(d)): say how the "
            "person was identified.",
        ),
        (revoked_first, "/revoked_on", "order", "It was revoked before it was received."),
        (
            to_serve and consent.revoked_on is not None and consent.revocation_form is None,
            "/revocation_form",
            "missing",
            "Consent to services is revoked in writing (34 CFR 300.300(b)(4)): say in which form.",
        ),
        (
            to_serve and consent.revocation_form == "oral",
            "/revocation_form",
            "oral",
            "Consent to services is revoked in writing (34 CFR 300.300(b)(4)). It is kept, and "
            "services go on until then.",
        ),
    )
    return [
        {"pointer": pointer, "code": code, "message": message}
        for is_so, pointer, code, message in odd
        if is_so
    ]


def _earlier(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other
