"""Rows to facts, one way only: what `service.domain` may know of a case.

One select for each kind of record, whatever the number of records and of cases. They are
plain rows, as the database has them: what this unit of work has changed is sent there first,
and what others have committed since is seen. `service.storage.row_facts` turns each row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, distinct, exists, func, or_, select

from service.domain import facts
from service.domain.discipline import is_expedited
from service.domain.frameworks import FRAMEWORKS
from service.storage import (
    arrivals,
    cases,
    contacts,
    determinations,
    discipline,
    evaluations,
    interventions,
    notices,
    plans,
    rights,
)
from service.storage.child_find_flags import ChildFindFlag
from service.storage.columns import every_column
from service.storage.row_facts import (
    Consented,
    consent_fact,
    consented_to_evaluate,
    contact_fact,
    decided_fact,
    determination_fact,
    dispute_fact,
    document_fact,
    evaluation_fact,
    flag_fact,
    guardian_fact,
    independent_evaluation_request_fact,
    intervention_fact,
    meeting_fact,
    notice_fact,
    part_c_transition_fact,
    plan_fact,
    records_request_fact,
    referral_fact,
    removal_fact,
    review_fact,
    step_fact,
    student_fact,
    suspicions,
    text,
    transferred_iep_fact,
)
from service.storage.students import Guardian, Student
from service.storage.unit_of_work import UnitOfWork, in_district


def case_facts(uow: UnitOfWork, case: cases.Case) -> facts.Case:
    """Everything the rules and the clocks may look at for one case."""
    return cases_facts(uow, (case,))[case.id]


def cases_facts(uow: UnitOfWork, rows: Sequence[cases.Case]) -> dict[UUID, facts.Case]:
    """The same for many cases, by id, with as few selects as for one."""
    uow.flush()
    read = _Reader(uow, rows)
    return _put_together(read, read.of_cases(cases.Referral))


def new_case_facts(
    uow: UnitOfWork, case: cases.Case, referral: cases.Referral, student: Any
) -> facts.Case:
    """The same for a case that this unit of work opens for its one receipt.

    Nothing else can have been recorded in it: what is read is the past of the student, whose row
    has been read already if one is known.
    """
    read = _Reader(uow, (case,), case_ids=())
    if student is not None:
        read.students_read[student.id] = student
    return _put_together(read, {case.id: [referral]})[case.id]


def _put_together(read: _Reader, referrals: Mapping[UUID, Sequence[Any]]) -> dict[UUID, facts.Case]:
    read.look_round()
    steps, reviews = read.of_cases(cases.CaseStep), read.of_cases(cases.ChildFindReview)
    meetings, given = read.of_cases(contacts.TeamMeeting), read.of_cases(notices.Notice)
    consents = read.consents()
    evaluations_ = read.evaluations(consents, steps)
    documents = read.documents()
    drafted = read.of_cases(determinations.EligibilityDetermination)
    decided, safeguards = read.decided(), read.safeguards()
    students, contacts_ = read.students(), read.of_students(contacts.Contact)
    supports, plans_ = read.interventions(), read.plans()
    guardians = read.of_students(Guardian)
    removals = read.of_students(discipline.DisciplinaryRemoval)
    records, independent = (
        read.of_cases(rights.RecordsRequest),
        read.of_cases(rights.IndependentEvaluationRequest),
    )
    disputes, transitions = read.of_cases(rights.Dispute), read.of_cases(arrivals.PartCTransition)
    transferred = read.of_cases(arrivals.TransferredIep)
    found = {
        row.id: facts.Case(
            id=str(row.id),
            path=row.path,
            status=row.status,
            frameworks=frozenset(row.frameworks),
            opened_on=row.opened_on,
            closed_on=row.closed_on,
            joined_to_case_id=text(row.joined_to_case_id),
            champion_staff_id=text(row.champion_staff_id),
            student=None if row.student_id is None else students[row.student_id],
            guardians=()
            if row.student_id is None
            else tuple(map(guardian_fact, guardians[row.student_id])),
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
            determinations_elsewhere=tuple(
                map(decided_fact, (one for one in decided[row.student_id] if one.case_id != row.id))
            ),
            evaluated_elsewhere=tuple(
                sorted(
                    {
                        one.evaluated_on
                        for one in decided[row.student_id]
                        if one.case_id != row.id and one.evaluated_on is not None
                    }
                )
            ),
            safeguards_elsewhere=tuple(
                map(notice_fact, (o for o in safeguards[row.student_id] if o.case_id != row.id))
            ),
            plans=() if row.student_id is None else plans_[row.student_id],
            reviews=tuple(map(review_fact, reviews[row.id])),
            steps=tuple(step_fact(one) for one in steps[row.id] if one.record_type == "cases"),
            absences=tuple(date.fromisoformat(day) for day in row.absences),
            removals=()
            if row.student_id is None
            else tuple(map(removal_fact, _by(removals[row.student_id], "began_on"))),
            records_requests=tuple(map(records_request_fact, records[row.id])),
            independent_evaluation_requests=tuple(
                map(independent_evaluation_request_fact, independent[row.id])
            ),
            disputes=tuple(map(dispute_fact, disputes[row.id])),
            part_c_transitions=tuple(map(part_c_transition_fact, transitions[row.id])),
            transferred_ieps=tuple(map(transferred_iep_fact, transferred[row.id])),
        )
        for row in read.rows
    }
    return {
        id: replace(case, expedited=True) if is_expedited(case) else case
        for id, case in found.items()
    }


def child_facts(uow: UnitOfWork, student_ids: Sequence[UUID]) -> dict[UUID, facts.Child]:
    """What child find looks at of some children, by student."""
    uow.flush()
    own = _Reader(uow, (), student_ids=student_ids).of_students(cases.Case)
    read = _Reader(uow, [case for found in own.values() for case in found], student_ids=student_ids)
    receipts, drafted = (
        read.of_cases(cases.Referral),
        read.of_cases(determinations.EligibilityDetermination),
    )
    documents = read.of_students(contacts.SourceDocument)
    contacts_, supports = read.of_students(contacts.Contact), read.interventions()
    plans_, removals = read.plans(), read.of_students(discipline.DisciplinaryRemoval)
    return {
        id: facts.Child(
            student=student,
            cases=tuple(
                facts.Case(
                    id=str(case.id),
                    status=case.status,
                    frameworks=frozenset(case.frameworks),
                    opened_on=case.opened_on,
                    closed_on=case.closed_on,
                    joined_to_case_id=text(case.joined_to_case_id),
                    champion_staff_id=text(case.champion_staff_id),
                    referrals=tuple(map(referral_fact, receipts[case.id])),
                    determinations=tuple(determination_fact(d, (), ()) for d in drafted[case.id]),
                    plans=plans_[id],
                )
                for case in own[id]
            ),
            interventions=supports[id],
            documents=tuple(map(document_fact, documents[id])),
            contacts=tuple(map(contact_fact, contacts_[id])),
            removals=tuple(map(removal_fact, removals[id])),
        )
        for id, student in read.students().items()
    }


def caseless_facts(uow: UnitOfWork, student_ids: Sequence[UUID]) -> dict[UUID, facts.Case]:
    """What is owed to some children outside any case, by student.

    Their plans are there to show what was done since, and begin nothing here. A removal is
    every case's of its student, and is here while there is none.
    """
    uow.flush()
    read = _Reader(uow, (), student_ids=student_ids)
    flags, contacts_ = read.of_students(ChildFindFlag), read.of_students(contacts.Contact)
    records, transitions, transferred = (
        read.outside_cases(rights.RecordsRequest),
        read.outside_cases(arrivals.PartCTransition),
        read.outside_cases(arrivals.TransferredIep),
    )
    plans_, own = read.plans(), read.of_students(cases.Case)
    removals = read.of_students(discipline.DisciplinaryRemoval)
    return {
        id: facts.Case(
            id=str(id),
            caseless=True,
            frameworks=frozenset(FRAMEWORKS),
            opened_on=min((uow.local_date(t.created_at) for t in transitions[id]), default=None),
            student=student,
            contacts=tuple(map(contact_fact, contacts_[id])),
            plans=plans_[id],
            removals=() if own[id] else tuple(map(removal_fact, _by(removals[id], "began_on"))),
            records_requests=tuple(map(records_request_fact, records[id])),
            part_c_transitions=tuple(map(part_c_transition_fact, transitions[id])),
            transferred_ieps=tuple(map(transferred_iep_fact, transferred[id])),
            flags=tuple(map(flag_fact, flags[id])),
        )
        for id, student in read.students().items()
    }


def intervention_facts(uow: UnitOfWork, student_id: UUID) -> tuple[facts.Intervention, ...]:
    """A student's interventions, as `_Reader.interventions` reads them."""
    uow.flush()
    return _Reader(uow, (), student_ids=(student_id,)).interventions()[student_id]


def consented(uow: UnitOfWork, case_id: UUID) -> Consented:
    """When the agency could evaluate in a case, with consent or lawfully without one."""
    uow.flush()
    read = _Reader(uow, (), case_ids=(case_id,))
    begun_on = _begun_on(read.of_cases(cases.CaseStep)[case_id])
    return consented_to_evaluate(read.consents()[case_id], begun_on)


def _begun_on(steps: Iterable[Any]) -> date | None:
    """The day on which the evaluation of a case was begun by its step."""
    taken = (
        one.taken_on
        for one in steps
        if (one.record_type, one.step) == ("cases", "start-evaluation")
    )
    return min(taken, default=None)


class _Reader:
    """Reads what belongs to some cases and their students: one select for each kind."""

    def __init__(
        self,
        uow: UnitOfWork,
        rows: Sequence[cases.Case],
        *,
        case_ids: Iterable[UUID] | None = None,
        student_ids: Iterable[UUID] = (),
    ) -> None:
        self.uow, self.rows = uow, rows
        self.case_ids = [row.id for row in rows] if case_ids is None else list(case_ids)
        own = dict.fromkeys(row.student_id for row in rows if row.student_id is not None)
        self.student_ids = list(dict.fromkeys([*student_ids, *own]))
        self.students_read: dict[UUID, Any] = {}
        self._missing: frozenset[type[Any]] = frozenset()
        self._any_decided = True

    def among(self, column: Any, ids: Sequence[UUID], *order: Any) -> dict[UUID, list[Any]]:
        """The rows whose column is one of these ids, by that id, in the order of their own."""
        found: dict[UUID, list[Any]] = defaultdict(list)
        if ids:
            for one in self.uow.rows(_among(column, order), ids=ids):
                found[getattr(one, column.key)].append(one)
        return found

    def look_round(self) -> None:
        """See in one select what there is none of: most cases have few kinds of record."""
        ids = {"case_ids": self.case_ids, "student_ids": self.student_ids}
        ((*there, self._any_decided),) = self.uow.rows(_THERE, **ids)
        kinds = (*OF_CASES, *OF_STUDENTS, contacts.SourceDocument)
        self._missing = frozenset(row for row, found in zip(kinds, there, strict=True) if not found)

    def of_cases(self, row: Any) -> dict[UUID, list[Any]]:
        ids = () if row in self._missing else self.case_ids
        return self.among(row.case_id, ids)

    def of_students(self, row: Any) -> dict[UUID, list[Any]]:
        ids = () if row in self._missing else self.student_ids
        return self.among(row.student_id, ids)

    def outside_cases(self, row: Any) -> dict[UUID, list[Any]]:
        """Those of the students' that belong to no case."""
        found = self.of_students(row)
        return defaultdict(
            list, {id: [one for one in rows if one.case_id is None] for id, rows in found.items()}
        )

    def students(self) -> dict[UUID, facts.Student]:
        missing = [id for id in self.student_ids if id not in self.students_read]
        found = self.among(Student.id, missing)
        rows = self.students_read | {id: row for id, (row,) in found.items()}
        return {id: student_fact(row) for id, row in rows.items()}

    def documents(self) -> dict[UUID, tuple[facts.SourceDocument, ...]]:
        """The documents of each case, and of its student."""
        by_case, by_student = defaultdict(list), defaultdict(list)
        ids = {"case_ids": self.case_ids, "student_ids": self.student_ids}
        missing = contacts.SourceDocument in self._missing
        for one in () if missing else self.uow.rows(_DOCUMENTS, **ids):
            by_case[one.case_id].append(one)
            by_student[one.student_id].append(one)
        found = {}
        for case in self.rows:
            theirs = by_student[case.student_id] if case.student_id is not None else ()
            both = {one.id: one for one in (*by_case[case.id], *theirs)}
            found[case.id] = tuple(document_fact(both[id]) for id in sorted(both))
        return found

    def interventions(self) -> dict[UUID, tuple[facts.Intervention, ...]]:
        """The interventions of each student, with sessions and days of progress counted.

        The points themselves are read only where there is a goal in figures.
        """
        rows: dict[UUID, list[Any]] = defaultdict(list)
        if self.student_ids and interventions.Intervention not in self._missing:
            for one in self.uow.rows(_INTERVENTIONS, ids=self.student_ids):
                rows[one.student_id].append(one)
        points = self._points(
            [one.id for found in rows.values() for one in found if one.goal_value is not None]
        )
        return defaultdict(
            tuple,
            {
                student_id: tuple(intervention_fact(one, points[one.id]) for one in found)
                for student_id, found in rows.items()
            },
        )

    def _points(self, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
        """What was measured in each intervention, day by day."""
        found: dict[UUID, list[Any]] = defaultdict(list)
        if ids:
            for one in self.uow.rows(_POINTS, ids=ids):
                found[one.intervention_id].append(one)
        return found

    def plans(self) -> dict[UUID, tuple[facts.Plan, ...]]:
        """The plans of each student, version by version, with who was told of each."""
        rows = self.of_students(plans.Plan)
        told = self.among(
            plans.PlanAcknowledgement.plan_id, [one.id for found in rows.values() for one in found]
        )
        return defaultdict(
            tuple,
            {
                student_id: tuple(
                    plan_fact(one, told[one.id], self.uow.local_date(one.created_at))
                    for one in found
                )
                for student_id, found in rows.items()
            },
        )

    def decided(self) -> dict[UUID | None, list[Any]]:
        """What was decided under IDEA about each student, in whichever case."""
        found: dict[UUID | None, list[Any]] = defaultdict(list)
        if self.student_ids and self._any_decided:
            for one in self.uow.rows(_DECIDED, student_ids=self.student_ids):
                found[one.student_id].append(one)
        return found

    def safeguards(self) -> dict[UUID | None, list[Any]]:
        """The safeguards notices given about each student who has a plan, in whichever case."""
        found: dict[UUID | None, list[Any]] = defaultdict(list)
        if self.student_ids and plans.Plan not in self._missing:
            for one in self.uow.rows(_SAFEGUARDS, ids=self.student_ids):
                found[one.student_id].append(one)
        return found

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
        return {found.id for found in self.uow.rows(_BARRED, ids=ids)}

    def evaluations(
        self, consents: Mapping[UUID, Sequence[facts.Consent]], steps: Mapping[UUID, Sequence[Any]]
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
                        one,
                        given[one.id],
                        seen[one.id],
                        consented_to_evaluate(consents[case_id], _begun_on(steps[case_id])),
                    )
                    for one in found
                )
                for case_id, found in rows.items()
            },
        )


# The selects, made once ----------------------------------------------------------------


def _in(column: Any, ids: str = "ids") -> Any:
    return column.in_(bindparam(ids, expanding=True))


@cache
def _among(column: Any, order: tuple[Any, ...]) -> Select[Any]:
    row = column.class_
    mine = select(*every_column(row)).where(_in(column))
    return in_district(mine.order_by(*order, row.id))


OF_CASES = (
    cases.ChildFindReview,
    contacts.TeamMeeting,
    notices.Notice,
    notices.Consent,
    evaluations.Evaluation,
    determinations.EligibilityDetermination,
    rights.RecordsRequest,
    rights.IndependentEvaluationRequest,
    rights.Dispute,
    arrivals.PartCTransition,
    arrivals.TransferredIep,
)
OF_STUDENTS = (
    contacts.Contact,
    interventions.Intervention,
    plans.Plan,
    Guardian,
    discipline.DisciplinaryRemoval,
)
"""What a case may have none of. Its receipts, its steps and its student are nearly always there."""


def _decisions(*columns: Any) -> Select[Any]:
    """What was decided under IDEA about some students, in whichever case."""
    decision = determinations.EligibilityDetermination
    its = (decision.district_id == cases.Case.district_id, decision.case_id == cases.Case.id)
    return (
        select(*columns)
        .join_from(cases.Case, decision, and_(*its))
        .where(
            _in(cases.Case.student_id, "student_ids"),
            decision.framework == "idea",
            decision.status.in_(("final", "superseded")),
        )
    )


_OF_EITHER = or_(
    _in(contacts.SourceDocument.case_id, "case_ids"),
    _in(contacts.SourceDocument.student_id, "student_ids"),
)
_THERE = in_district(
    select(
        *(exists().where(_in(row.case_id, "case_ids")) for row in OF_CASES),
        *(exists().where(_in(row.student_id, "student_ids")) for row in OF_STUDENTS),
        # Of a column: what asks for several conditions alone is not known to be of a district.
        select(contacts.SourceDocument.id).where(_OF_EITHER).exists(),
        _decisions(cases.Case.id).exists(),
    )
)
_DOCUMENTS = in_district(
    select(*every_column(contacts.SourceDocument))
    .where(_OF_EITHER)
    .order_by(contacts.SourceDocument.id)
)


def _of_its(row: Any, what: Any, *conditions: Any) -> Any:
    """Something about the rows of an intervention."""
    of = interventions.Intervention
    mine = (row.district_id == of.district_id, row.intervention_id == of.id)
    return select(what).where(*mine, *conditions).scalar_subquery()


_HELD = (
    interventions.InterventionSession.attended,
    interventions.InterventionSession.minutes > 0,
)
_INTERVENTIONS = in_district(
    select(
        *every_column(interventions.Intervention),
        *(
            _of_its(interventions.InterventionSession, what, *_HELD).label(name)
            for name, what in (
                ("sessions", func.count()),
                ("first_session_on", func.min(interventions.InterventionSession.held_on)),
                ("last_session_on", func.max(interventions.InterventionSession.held_on)),
            )
        ),
        _of_its(
            interventions.ProgressMeasure,
            func.count(distinct(interventions.ProgressMeasure.measured_on)),
        ).label("progress_dates"),
    )
    .where(_in(interventions.Intervention.student_id))
    .order_by(interventions.Intervention.id)
)
_POINTS = in_district(
    select(
        interventions.ProgressMeasure.intervention_id,
        interventions.ProgressMeasure.measured_on,
        interventions.ProgressMeasure.measure,
        interventions.ProgressMeasure.value,
        interventions.ProgressMeasure.unit,
    )
    .where(_in(interventions.ProgressMeasure.intervention_id))
    .order_by(interventions.ProgressMeasure.measured_on, interventions.ProgressMeasure.id)
)
_EVALUATED = (
    select(
        func.max(
            func.coalesce(
                evaluations.Evaluation.report_completed_on, evaluations.Evaluation.no_data_needed_on
            )
        )
    )
    .where(
        evaluations.Evaluation.district_id == determinations.EligibilityDetermination.district_id,
        evaluations.Evaluation.case_id == determinations.EligibilityDetermination.case_id,
    )
    .scalar_subquery()
)
_DECIDED = in_district(
    _decisions(
        cases.Case.student_id,
        determinations.EligibilityDetermination.id,
        determinations.EligibilityDetermination.case_id,
        determinations.EligibilityDetermination.status,
        determinations.EligibilityDetermination.outcome,
        determinations.EligibilityDetermination.category,
        determinations.EligibilityDetermination.decided_on,
        _EVALUATED.label("evaluated_on"),
    ).order_by(
        determinations.EligibilityDetermination.decided_on,
        determinations.EligibilityDetermination.id,
    )
)
_SAFEGUARDS = in_district(
    select(cases.Case.student_id, *every_column(notices.Notice))
    .join(
        notices.Notice,
        and_(
            notices.Notice.district_id == cases.Case.district_id,
            notices.Notice.case_id == cases.Case.id,
        ),
    )
    .where(
        _in(cases.Case.student_id),
        notices.Notice.kind == "procedural_safeguards",
        notices.Notice.status == "issued",
    )
    .order_by(notices.Notice.id)
)
_BARRED = in_district(
    select(notices.Consent.id)
    .join(Guardian, Guardian.id == notices.Consent.guardian_id)
    .join(cases.Case, cases.Case.id == notices.Consent.case_id)
    .where(
        _in(notices.Consent.id),
        or_(
            Guardian.educational_rights == "restricted",
            Guardian.student_id != cases.Case.student_id,
        ),
    )
)


def _by(rows: Iterable[Any], name: str) -> list[Any]:
    return sorted(rows, key=lambda row: (getattr(row, name), row.id))
