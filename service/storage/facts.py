"""Rows to facts, one way only: what `service.domain` may know of a case.

One select for each kind of record, whatever the number of records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, distinct, func, select

from service.domain import facts
from service.storage import cases, contacts, determinations, evaluations, interventions, notices
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork


def case_facts(uow: UnitOfWork, case: cases.Case) -> facts.Case:
    """Everything the rules and the clocks may look at for one case."""
    student_id = case.student_id
    referrals = uow.all(_of_case(cases.Referral, case.id))
    steps = uow.all(_of_case(cases.CaseStep, case.id))
    consents = consent_facts(uow, case.id)
    evaluations_ = evaluation_facts(uow, case.id, consents)
    documents = document_facts(uow, case.id, student_id)
    return facts.Case(
        id=str(case.id),
        status=case.status,
        frameworks=frozenset(case.frameworks),
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        champion_staff_id=_text(case.champion_staff_id),
        student=None if student_id is None else student_facts(uow.get(Student, student_id)),
        referrals=tuple(referral_facts(row) for row in _by(referrals, "received_on")),
        suspicions=tuple(_suspicions(steps)),
        interventions=intervention_facts(uow, student_id),
        documents=documents,
        contacts=contact_facts(uow, student_id),
        meetings=meeting_facts(uow, case.id),
        notices=tuple(notice_facts(row) for row in uow.all(_of_case(notices.Notice, case.id))),
        consents=consents,
        evaluations=evaluations_,
        determinations=tuple(
            determination_facts(row, documents, evaluations_)
            for row in uow.all(_of_case(determinations.EligibilityDetermination, case.id))
        ),
        reviews=tuple(
            facts.Review(
                id=str(row.id),
                opened_on=row.opened_on,
                closed_on=row.closed_on,
                owner_staff_id=_text(row.owner_staff_id),
            )
            for row in uow.all(_of_case(cases.ChildFindReview, case.id))
        ),
        steps=tuple(
            facts.StepTaken(step=row.step, taken_on=row.taken_on, details=row.details)
            for row in steps
            if row.record_type == "cases"
        ),
        absences=tuple(date.fromisoformat(day) for day in case.absences),
    )


def student_facts(row: Student) -> facts.Student:
    return facts.Student(
        id=str(row.id),
        birth_date=row.birth_date,
        grade=row.grade,
        placement=row.placement,
        english_learner=row.english_learner,
        home_language=row.home_language,
    )


def referral_facts(row: cases.Referral) -> facts.Referral:
    suspicion = None
    if row.suspicion_statement:
        suspicion = facts.Suspicion(
            statement=row.suspicion_statement,
            staff_id=_text(row.requester_staff_id),
            stated_on=row.received_on,
        )
    return facts.Referral(
        id=str(row.id),
        requester=row.requester,
        form=row.form,
        received_on=row.received_on,
        suspected_areas=tuple(row.suspected_areas),
        from_screening=row.from_screening,
        parent_informed=row.parent_informed,
        suspicion=suspicion,
        documented_on=row.documented_on,
    )


def _suspicions(steps: Iterable[cases.CaseStep]) -> Iterable[facts.Suspicion]:
    for row in steps:
        said = row.details.get("suspicion")
        if said:
            yield facts.Suspicion(
                statement=said.get("statement", ""),
                staff_id=said.get("staff_id"),
                stated_on=row.taken_on,
            )


def intervention_facts(uow: UnitOfWork, student_id: UUID | None) -> tuple[facts.Intervention, ...]:
    """A student's interventions, with their sessions and progress points counted."""
    if student_id is None:
        return ()
    row, session, point = (
        interventions.Intervention,
        interventions.InterventionSession,
        interventions.ProgressMeasure,
    )
    of_student = (
        select(row.id)
        .where(row.district_id == uow.district_id, row.student_id == student_id)
        .scalar_subquery()
    )
    held = {
        r.intervention_id: r
        for r in uow.rows(
            select(
                session.intervention_id,
                func.count().label("sessions"),
                func.min(session.held_on).label("first_on"),
                func.max(session.held_on).label("last_on"),
            )
            .where(session.intervention_id.in_(of_student), session.attended, session.minutes > 0)
            .group_by(session.intervention_id)
        )
    }
    points = dict(
        uow.rows(
            select(point.intervention_id, func.count(distinct(point.measured_on)))
            .where(point.intervention_id.in_(of_student))
            .group_by(point.intervention_id)
        )
    )
    return tuple(
        facts.Intervention(
            id=str(r.id),
            concern=r.concern,
            baseline=r.baseline,
            goal=r.goal,
            started_on=r.started_on,
            ended_on=r.ended_on,
            fidelity_percent=r.fidelity_percent,
            outcome=r.outcome,
            sessions_with_minutes=held[r.id].sessions if r.id in held else 0,
            first_session_on=held[r.id].first_on if r.id in held else None,
            last_session_on=held[r.id].last_on if r.id in held else None,
            progress_dates=points.get(r.id, 0),
        )
        for r in uow.all(select(row).where(row.student_id == student_id).order_by(row.id))
    )


def document_facts(
    uow: UnitOfWork, case_id: UUID, student_id: UUID | None
) -> tuple[facts.SourceDocument, ...]:
    """The documents of the case, and of its student."""
    row = contacts.SourceDocument
    mine = row.case_id == case_id
    statement = select(row).where(
        mine if student_id is None else mine | (row.student_id == student_id)
    )
    return tuple(
        facts.SourceDocument(
            id=str(r.id),
            case_id=_text(r.case_id),
            kind=r.kind,
            provided_by=r.provided_by,
            received_on=r.received_on,
        )
        for r in uow.all(statement.order_by(row.id))
    )


def contact_facts(uow: UnitOfWork, student_id: UUID | None) -> tuple[facts.Contact, ...]:
    if student_id is None:
        return ()
    row = contacts.Contact
    return tuple(
        facts.Contact(
            id=str(r.id),
            occurred_on=r.occurred_on,
            answers_document_id=_text(r.answers_document_id),
            answers_referral_id=_text(r.answers_referral_id),
        )
        for r in uow.all(select(row).where(row.student_id == student_id).order_by(row.id))
    )


def meeting_facts(uow: UnitOfWork, case_id: UUID) -> tuple[facts.TeamMeeting, ...]:
    return tuple(
        facts.TeamMeeting(
            id=str(r.id),
            kind=r.kind,
            held_on=r.held_on,
            parent_attended=r.parent_attended,
            parent_invited_on=r.parent_invited_on,
        )
        for r in uow.all(_of_case(contacts.TeamMeeting, case_id))
    )


def notice_facts(row: notices.Notice) -> facts.Notice:
    return facts.Notice(
        id=str(row.id),
        kind=row.kind,
        status=row.status,
        decision=row.decision,
        concerning=row.concerning,
        contents=row.contents,
        language=row.language,
        issued_on=row.issued_on,
    )


def consent_facts(uow: UnitOfWork, case_id: UUID) -> tuple[facts.Consent, ...]:
    """The consents of a case, each with its logged efforts."""
    rows = uow.all(_of_case(notices.Consent, case_id))
    if not rows:
        return ()
    attempt = notices.ConsentAttempt
    attempts: dict[UUID, list[facts.Attempt]] = defaultdict(list)
    for a in uow.all(
        select(attempt)
        .where(attempt.consent_id.in_([row.id for row in rows]))
        .order_by(attempt.attempted_on, attempt.id)
    ):
        attempts[a.consent_id].append(
            facts.Attempt(attempted_on=a.attempted_on, mode=a.mode, result=a.result)
        )
    return tuple(
        facts.Consent(
            id=str(row.id),
            purpose=row.purpose,
            requested_on=row.requested_on,
            answer=row.answer,
            form=row.form,
            language=row.language,
            activity=row.activity,
            signed_on=row.signed_on,
            received_on=row.received_on,
            revoked_on=row.revoked_on,
            guardian_id=_text(row.guardian_id),
            attempts=tuple(attempts[row.id]),
        )
        for row in rows
    )


def evaluation_facts(
    uow: UnitOfWork, case_id: UUID, consents: Sequence[facts.Consent]
) -> tuple[facts.Evaluation, ...]:
    """The evaluations of a case, with what was done in each; breaches marked."""
    rows = uow.all(_of_case(evaluations.Evaluation, case_id))
    if not rows:
        return ()
    ids = [row.id for row in rows]
    consented = consented_to_evaluate(consents)
    given: dict[UUID, list[facts.Assessment]] = defaultdict(list)
    seen: dict[UUID, list[facts.Observation]] = defaultdict(list)
    assessment, observation = evaluations.Assessment, evaluations.Observation
    for a in uow.all(
        select(assessment).where(assessment.evaluation_id.in_(ids)).order_by(assessment.id)
    ):
        given[a.evaluation_id].append(assessment_facts(a, consented))
    for o in uow.all(
        select(observation).where(observation.evaluation_id.in_(ids)).order_by(observation.id)
    ):
        seen[o.evaluation_id].append(observation_facts(o, consented))
    return tuple(
        facts.Evaluation(
            id=str(row.id),
            suspected_areas=tuple(row.suspected_areas),
            suspected_categories=tuple(row.suspected_categories),
            areas_not_assessed=row.areas_not_assessed,
            parent_input=row.parent_input,
            report_completed_on=row.report_completed_on,
            report_given_to_parent_on=row.report_given_to_parent_on,
            no_data_needed_on=row.no_data_needed_on,
            assessments=tuple(given[row.id]),
            observations=tuple(seen[row.id]),
        )
        for row in rows
    )


Consented = tuple[tuple[date, date | None], ...]
"""From when until when the agency had consent to evaluate; None: it still has."""


def consented_to_evaluate(consents: Iterable[facts.Consent]) -> Consented:
    """When the agency had consent to evaluate. Revoking it takes nothing back (300.9(c)(3))."""
    return tuple(
        (c.received_on, c.revoked_on)
        for c in consents
        if c.purpose == "initial_evaluation" and c.answer == "granted" and c.received_on
    )


def assessment_facts(row: evaluations.Assessment, consented: Consented) -> facts.Assessment:
    """One assessment. The agency's own without consent is a breach (300.300(a)(1)(i)).

    Outside evaluations, reviews of existing data and screenings never are.
    """
    return facts.Assessment(
        id=str(row.id),
        areas=tuple(row.areas),
        source_kind=row.source_kind,
        origin=row.origin,
        conducted_on=row.conducted_on,
        assessor=row.assessor_name or _text(row.assessor_staff_id),
        credential=row.credential,
        language=row.language,
        breach=row.origin == "agency" and _without_consent(row.conducted_on, consented),
    )


def observation_facts(row: evaluations.Observation, consented: Consented) -> facts.Observation:
    """One observation. Routine ones, made in the course of teaching, are never a breach."""
    return facts.Observation(
        id=str(row.id),
        observed_on=row.observed_on,
        routine=row.routine,
        area=row.area,
        breach=not row.routine and _without_consent(row.observed_on, consented),
    )


def determination_facts(
    row: determinations.EligibilityDetermination,
    documents: Sequence[facts.SourceDocument],
    evaluations_: Sequence[facts.Evaluation],
) -> facts.Determination:
    """One determination, its sources looked up among the case's documents and assessments."""
    document = {d.id: d for d in documents}
    assessment = {a.id: a for e in evaluations_ for a in e.assessments}

    def source(given: dict[str, Any]) -> facts.Source:
        paper = document.get(given.get("source_document_id") or "")
        test = assessment.get(given.get("assessment_id") or "")
        return facts.Source(
            kind=given.get("kind", ""),
            document_id=given.get("source_document_id"),
            assessment_id=given.get("assessment_id"),
            considered=given.get("considered"),
            medical=paper.medical if paper is not None else given.get("kind") == "medical",
            counts=test is None or test.counts,
        )

    return facts.Determination(
        id=str(row.id),
        framework=row.framework,
        status=row.status,
        supersedes_id=_text(row.supersedes_id),
        outcome=row.outcome,
        decided_on=row.decided_on,
        group=tuple(
            facts.Member(
                role=m.get("role", ""),
                staff_id=m.get("staff_id"),
                agrees=m.get("agrees"),
                statement=m.get("statement"),
            )
            for m in row.group
        ),
        parent_participated=row.parent_participated,
        parent_invited_on=row.parent_invited_on,
        invitation_attempts=row.invitation_attempts,
        sources=tuple(source(given) for given in row.sources),
        disability_present=row.disability_present,
        category=row.category,
        needs_special_education=row.needs_special_education,
        related_service_only=row.related_service_only,
        related_services=tuple(row.related_services),
        needs=tuple(
            facts.Need(
                area=n.get("area", ""),
                instruction_gave=n.get("instruction_gave"),
                intervention_gave=n.get("intervention_gave"),
                evidence=tuple(n.get("evidence", ())),
                not_tried_because=n.get("not_tried_because"),
                why_specially_designed=n.get("why_specially_designed"),
            )
            for n in row.needs
        ),
        determinants=row.determinants,
        services_start_on=row.services_start_on,
        impairment=row.impairment,
        major_life_activities=tuple(row.major_life_activities),
        substantially_limits=row.substantially_limits,
        mitigating_measures=tuple(
            facts.Measure(kind=m.get("kind", ""), ordinary_lenses=m.get("ordinary_lenses", False))
            for m in row.mitigating_measures
        ),
        limitation_judged_without_mitigation=row.limitation_judged_without_mitigation,
        episodic=row.episodic,
        judged_when_active=row.judged_when_active,
        reason_codes=tuple(row.reason_codes),
    )


def _of_case(model: Any, case_id: UUID) -> Select[Any]:
    return select(model).where(model.case_id == case_id).order_by(model.id)


def _by(rows: Iterable[Any], name: str) -> list[Any]:
    return sorted(rows, key=lambda row: (getattr(row, name), row.id))


def _without_consent(day: date, consented: Consented) -> bool:
    return not any(
        received_on <= day and (revoked_on is None or day <= revoked_on)
        for received_on, revoked_on in consented
    )


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)
