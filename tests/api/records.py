"""Records that tests of several resources start from: a student, a guardian, a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.clock import SetClock
from service.policies import Policies
from service.storage.cases import Case, DeadlineRow
from service.storage.database import Database
from service.storage.schools import StaffMember
from service.storage.students import Guardian, Student
from service.storage.unit_of_work import Caller, UnitOfWork
from service.workflow import deadlines, referrals

Json = dict[str, Any]


@dataclass(frozen=True)
class Records:
    """Stores records of one district, without the HTTP interface."""

    store: Database
    district: UUID
    clock: SetClock
    policies: Policies

    def uow(self) -> UnitOfWork:
        return UnitOfWork(self.store, Caller(district_id=self.district), self.clock)

    def student(self, given_name: str = "Juniper", **more: Any) -> str:
        with self.uow() as uow:
            row = uow.add(
                Student(given_name=given_name, family_name="Sampleton", placement="public", **more)
            )
            uow.record("student.created", row)
            uow.commit()
            return str(row.id)

    def guardian(self, student_id: str) -> str:
        with self.uow() as uow:
            row = uow.add(
                Guardian(student_id=UUID(student_id), given_name="Rowan", family_name="Sampleton")
            )
            uow.record("guardian.created", row)
            uow.commit()
            return str(row.id)

    def staff_member(self) -> str:
        with self.uow() as uow:
            row = uow.add(StaffMember(given_name="Ana", family_name="Rivera", roles=["teacher"]))
            uow.record("staff_member.created", row)
            uow.commit()
            return str(row.id)

    def receipt(self, student_id: str | None, requester: str = "staff", **more: Any) -> Json:
        """A referral; its id and that of its case."""
        with self.uow() as uow:
            said: Json = {"requester": requester, "words": "He cannot keep up in reading."}
            if student_id is not None:
                said["student_id"] = student_id
            made = referrals.receive(uow, self.policies, said | more)
            uow.commit()
            return {"id": str(made.referral.id), "case_id": str(made.case.id)}

    def close(self, case_id: str, status: str = "closed", on: date | None = None) -> None:
        """Put a case where its steps would have led it, and work its deadlines out."""
        with self.uow() as uow:
            case = uow.get(Case, UUID(case_id))
            case.status, case.closed_on = status, on or uow.today
            uow.record("case.closed", case)
            deadlines.refresh_cases(uow, self.policies, [case.id])
            uow.commit()

    def owed(self, case_id: str) -> dict[str, str]:
        """The projected deadlines of a case: state by term."""
        row = DeadlineRow
        with self.uow() as uow:
            found = uow.rows(select(row.term_id, row.state).where(row.case_id == UUID(case_id)))
            return dict(tuple(one) for one in found)
