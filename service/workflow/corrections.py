"""Corrections: a fact set right by a record that keeps what was and what is.

An earlier date of receipt is always taken at once. A later one moves a child's clock, so
it waits, flagged, until a trusted person gives evidence; until then the earliest asserted
date drives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.policies import Policies
from service.storage.base import MutableRow
from service.storage.cases import Case, Correction, Referral
from service.storage.evaluations import Assessment, Evaluation, Observation
from service.storage.notices import Consent, Notice
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines
from service.workflow.invalid import invalid


@dataclass(frozen=True, slots=True)
class Correctable:
    """A field that only a correction changes. `receipt`: its date starts a child's clock."""

    parse: type
    receipt: bool = False


DAY = Correctable(date)

CORRECTABLE: Mapping[type[MutableRow], Mapping[str, Correctable]] = {
    Referral: {
        "received_on": Correctable(date, receipt=True),
        "requester": Correctable(str),
        "words": Correctable(str),
        "form": Correctable(str),
    },
    Notice: {"issued_on": DAY},
    Consent: {
        "received_on": Correctable(date, receipt=True),
        "signed_on": DAY,
        "revoked_on": DAY,
        "answer": Correctable(str),
    },
    Evaluation: {"report_completed_on": DAY, "report_given_to_parent_on": DAY},
    Assessment: {"conducted_on": DAY},
    Observation: {"observed_on": DAY},
}
"""What may be corrected, by record and field."""


def correct(
    uow: UnitOfWork,
    policies: Policies,
    row: MutableRow,
    *,
    field: str,
    value: str,
    reason: str,
    evidence: str | None = None,
) -> Correction:
    """Set a fact right; the stored correction.

    Raises `Invalid` for a field that is not corrected this way, an impossible value, or a
    correction that changes nothing.
    """
    known = CORRECTABLE[type(row)]
    if field not in known:
        raise invalid(
            "/field", "not_correctable", f"Corrections here are of: {', '.join(sorted(known))}."
        )
    new = _parsed(uow, known[field], value)
    old = getattr(row, field)
    if old == new:
        raise invalid("/value", "unchanged", "The record says this already.")
    flagged = None
    if known[field].receipt and isinstance(new, date) and old is not None and new > old:
        flagged = _why_it_waits(uow, evidence)
    correction = uow.add(
        Correction(
            record_type=row.__tablename__,
            record_id=row.id,
            field=field,
            old_value={"value": _plain(old)},
            new_value={"value": _plain(new)},
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
    case = _case_of(uow, row)
    kind = row.__tablename__.rstrip("s")
    if flagged is None:
        setattr(row, field, new)
        uow.record(f"{kind}.corrected", row, correction, case_id=case.id)
        uow.flush()
        deadlines.refresh(uow, policies, case)
    else:
        uow.record(f"{kind}.correction_flagged", correction, case_id=case.id)
    return correction


def corrections_of(uow: UnitOfWork, record_id: UUID) -> list[Correction]:
    """Every correction of a record, oldest first."""
    return list(
        uow.all(select(Correction).where(Correction.record_id == record_id).order_by(Correction.id))
    )


def _why_it_waits(uow: UnitOfWork, evidence: str | None) -> str | None:
    """Why a later date is not taken at once; None when a trusted person gave evidence."""
    if not evidence:
        return "A later date needs evidence."
    if uow.caller.acting_staff_id is None or not uow.caller.may_assert_people:
        return "A later date waits for a trusted person to accept it."
    return None


def _parsed(uow: UnitOfWork, known: Correctable, value: str) -> Any:
    if known.parse is str:
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise invalid("/value", "not_a_date", "Give a date as YYYY-MM-DD.") from None
    if day > uow.today:
        raise invalid("/value", "future", "What has happened cannot be dated in the future.")
    return day


def _case_of(uow: UnitOfWork, row: Any) -> Case:
    if isinstance(row, (Assessment, Observation)):
        row = uow.get(Evaluation, row.evaluation_id)
    return uow.get(Case, row.case_id)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
