"""Rows to facts, one way only: what `service.domain` may know of a case.

One select for each kind of record, whatever the number of records and of cases.
`service.storage.row_facts` turns each row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, distinct, func, or_, select

from service.domain import facts
from service.storage import (
    cases,
    contacts,
    determinations,
    evaluations,
    interventions,
    notices,
    plans,
)
from service.storage.row_facts import (
    consent_fact,
    consented_to_evaluate,
    contact_fact,
    determination_fact,
    document_fact,
    evaluation_fact,
    intervention_fact,
    meeting_fact,
    notice_fact,
    plan_fact,
    referral_fact,
    review_fact,
    student_fact,
    suspicions,
    text,
)
from service.storage.students import Guardian, Student
from service.storage.unit_of_work import UnitOfWork


def case_facts(uow: UnitOfWork, case: cases.Case) -> facts.Case:
    """Everything the rules and the clocks may look at for one case."""
    return cases_facts(uow, (case,))[case.id]


def cases_facts(
    uow: UnitOfWork, rows: Sequence[cases.Case], *, fresh: bool = False
) -> dict[UUID, facts.Case]:
    """The same for many cases, by id, with as few selects as for one.

    `fresh` reads again what this unit of work has read before, because somebody else may
    have written since; whatever is changed and not flushed is lost by it.
    """
    read = _Reader(uow, rows, fresh=fresh)
    referrals, steps = read.of_cases(cases.Referral), read.of_cases(cases.CaseStep)
    reviews, meetings = read.of_cases(cases.ChildFindReview), read.of_cases(contacts.TeamMeeting)
    given, consents = read.of_cases(notices.Notice), read.consents()
    evaluations_ = read.evaluations(consents)
    documents = read.documents()
    drafted = read.of_cases(determinations.EligibilityDetermination)
    students, contacts_ = read.students(), read.of_students(contacts.Contact)
    supports, plans_ = read.interventions(), read.plans()
    return {
        row.id: facts.Case(
            id=str(row.id),
            status=row.status,
            frameworks=frozenset(row.frameworks),
            opened_on=row.opened_on,
            closed_on=row.closed_on,
            joined_to_case_id=text(row.joined_to_case_id),
            champion_staff_id=text(row.champion_staff_id),
            student=None if row.student_id is None else students[row.student_id],
            referrals=tuple(map(referral_fact, _by(referrals[row.id], "received_on"))),
            suspicions=tuple(suspicions(steps[row.id])),
            interventions=() if row.student_id is None else supports[row.student_id],
            documents=documents[row.id],
            contacts=()
            if row.student_id is None
            else tuple(map(contact_fact, contacts_[row.student_id])),
            meetings=tuple(map(meeting_fact, meetings[row.id])),
            notices=tuple(map(notice_fact, given[row.id])),
            consents=consents[row.id],
            evaluations=evaluations_[row.id],
            determinations=tuple(
                determination_fact(one, documents[row.id], evaluations_[row.id])
                for one in drafted[row.id]
            ),
            plans=() if row.student_id is None else plans_[row.student_id],
            reviews=tuple(map(review_fact, reviews[row.id])),
            steps=tuple(
                facts.StepTaken(step=one.step, taken_on=one.taken_on, details=one.details)
                for one in steps[row.id]
                if one.record_type == "cases"
            ),
            absences=tuple(date.fromisoformat(day) for day in row.absences),
        )
        for row in rows
    }


def intervention_facts(uow: UnitOfWork, student_id: UUID | None) -> tuple[facts.Intervention, ...]:
    """A student's interventions, with their sessions and progress points counted."""
    if student_id is None:
        return ()
    return _Reader(uow, (), student_ids=(student_id,)).interventions()[student_id]


def consent_facts(uow: UnitOfWork, case_id: UUID) -> tuple[facts.Consent, ...]:
    """The consents of a case, each with its logged efforts."""
    return _Reader(uow, (), case_ids=(case_id,)).consents()[case_id]


class _Reader:
    """Reads what belongs to some cases and their students: one select for each kind."""

    def __init__(
        self,
        uow: UnitOfWork,
        rows: Sequence[cases.Case],
        *,
        case_ids: Iterable[UUID] = (),
        student_ids: Iterable[UUID] = (),
        fresh: bool = False,
    ) -> None:
        self.uow, self.rows, self.fresh = uow, rows, fresh
        self.case_ids = [*case_ids, *(row.id for row in rows)]
        own = dict.fromkeys(row.student_id for row in rows if row.student_id is not None)
        self.student_ids = [*student_ids, *own]

    def all(self, statement: Select[Any]) -> Sequence[Any]:
        return self.uow.all(statement.execution_options(populate_existing=self.fresh))

    def among(self, column: Any, ids: Sequence[UUID], *order: Any) -> dict[UUID, list[Any]]:
        """The rows whose column is one of these ids, by that id, in the order of their own."""
        found: dict[UUID, list[Any]] = defaultdict(list)
        if ids:
            row = column.class_
            for one in self.all(select(row).where(column.in_(ids)).order_by(*order, row.id)):
                found[getattr(one, column.key)].append(one)
        return found

    def of_cases(self, row: Any) -> dict[UUID, list[Any]]:
        return self.among(row.case_id, self.case_ids)

    def of_students(self, row: Any) -> dict[UUID, list[Any]]:
        return self.among(row.student_id, self.student_ids)

    def students(self) -> dict[UUID, facts.Student]:
        if len(self.student_ids) == 1 and not self.fresh:  # likely read before: no select
            rows: Sequence[Student] = (self.uow.get(Student, self.student_ids[0]),)
        else:
            rows = [
                one for found in self.among(Student.id, self.student_ids).values() for one in found
            ]
        return {row.id: student_fact(row) for row in rows}

    def documents(self) -> dict[UUID, tuple[facts.SourceDocument, ...]]:
        """The documents of each case, and of its student."""
        row = contacts.SourceDocument
        mine = or_(row.case_id.in_(self.case_ids), row.student_id.in_(self.student_ids))
        by_case, by_student = defaultdict(list), defaultdict(list)
        for one in self.all(select(row).where(mine).order_by(row.id)):
            by_case[one.case_id].append(one)
            by_student[one.student_id].append(one)
        found = {}
        for case in self.rows:
            theirs = by_student[case.student_id] if case.student_id is not None else ()
            both = {one.id: one for one in (*by_case[case.id], *theirs)}
            found[case.id] = tuple(document_fact(both[id]) for id in sorted(both))
        return found

    def interventions(self) -> dict[UUID, tuple[facts.Intervention, ...]]:
        """The interventions of each student, with sessions and progress points counted."""
        rows = self.of_students(interventions.Intervention)
        ids = [one.id for found in rows.values() for one in found]
        held, points = self._sessions(ids), self._points(ids)
        return defaultdict(
            tuple,
            {
                student_id: tuple(
                    intervention_fact(one, held.get(one.id), points.get(one.id, 0)) for one in found
                )
                for student_id, found in rows.items()
            },
        )

    def _sessions(self, ids: Sequence[UUID]) -> dict[UUID, Any]:
        """How many sessions with minutes each intervention had, the first and the last."""
        if not ids:
            return {}
        row = interventions.InterventionSession
        statement = (
            select(
                row.intervention_id,
                func.count().label("sessions"),
                func.min(row.held_on).label("first_on"),
                func.max(row.held_on).label("last_on"),
            )
            .where(row.intervention_id.in_(ids), row.attended, row.minutes > 0)
            .group_by(row.intervention_id)
        )
        return {found.intervention_id: found for found in self.uow.rows(statement)}

    def _points(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        """On how many different dates progress was measured in each intervention."""
        if not ids:
            return {}
        row = interventions.ProgressMeasure
        statement = (
            select(row.intervention_id, func.count(distinct(row.measured_on)))
            .where(row.intervention_id.in_(ids))
            .group_by(row.intervention_id)
        )
        return dict(self.uow.rows(statement))

    def plans(self) -> dict[UUID, tuple[facts.Plan, ...]]:
        """The plans of each student, version by version, with who was told of each."""
        rows = self.of_students(plans.Plan)
        told = self.among(
            plans.PlanAcknowledgement.plan_id, [one.id for found in rows.values() for one in found]
        )
        return defaultdict(
            tuple,
            {
                student_id: tuple(plan_fact(one, told[one.id]) for one in found)
                for student_id, found in rows.items()
            },
        )

    def consents(self) -> dict[UUID, tuple[facts.Consent, ...]]:
        """The consents of each case, each with its logged efforts."""
        rows = self.of_cases(notices.Consent)
        attempt = notices.ConsentAttempt
        attempts = self.among(
            attempt.consent_id,
            [one.id for found in rows.values() for one in found],
            attempt.attempted_on,
        )
        barred = self._barred(
            [one.id for found in rows.values() for one in found if one.guardian_id]
        )
        return defaultdict(
            tuple,
            {
                case_id: tuple(
                    consent_fact(one, attempts[one.id], barred=one.id in barred) for one in found
                )
                for case_id, found in rows.items()
            },
        )

    def _barred(self, ids: Sequence[UUID]) -> set[UUID]:
        """Those of these consents whose guardian has no rights, or is another student's.

        While a case has no student, nobody can tell whose guardian somebody is.
        """
        if not ids:
            return set()
        row, guardian, case = notices.Consent, Guardian, cases.Case
        statement = (
            select(row.id)
            .join(guardian, guardian.id == row.guardian_id)
            .join(case, case.id == row.case_id)
            .where(
                row.id.in_(ids),
                or_(
                    guardian.educational_rights == "restricted",
                    guardian.student_id != case.student_id,
                ),
            )
        )
        return {found.id for found in self.uow.rows(statement)}

    def evaluations(
        self, consents: Mapping[UUID, Sequence[facts.Consent]]
    ) -> dict[UUID, tuple[facts.Evaluation, ...]]:
        """The evaluations of each case, with what was done in each; breaches marked."""
        rows = self.of_cases(evaluations.Evaluation)
        ids = [one.id for found in rows.values() for one in found]
        given = self.among(evaluations.Assessment.evaluation_id, ids)
        seen = self.among(evaluations.Observation.evaluation_id, ids)
        return defaultdict(
            tuple,
            {
                case_id: tuple(
                    evaluation_fact(
                        one, given[one.id], seen[one.id], consented_to_evaluate(consents[case_id])
                    )
                    for one in found
                )
                for case_id, found in rows.items()
            },
        )


def _by(rows: Iterable[Any], name: str) -> list[Any]:
    return sorted(rows, key=lambda row: (getattr(row, name), row.id))
