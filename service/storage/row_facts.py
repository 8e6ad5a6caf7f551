"""One row as a fact, without another look at the database: the shapes of `service.domain.facts`.

`service.storage.facts` reads the rows and puts the facts of a case together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from service.domain import facts
from service.storage import (
    arrivals,
    cases,
    contacts,
    determinations,
    discipline,
    evaluations,
    notices,
    plans,
    rights,
)
from service.storage.child_find_flags import ChildFindFlag
from service.storage.notices import TO_EVALUATE
from service.storage.students import Guardian, Student


def student_fact(row: Student) -> facts.Student:
    return facts.Student(
        id=str(row.id),
        birth_date=row.birth_date,
        grade=row.grade,
        active=row.active,
        placement=row.placement,
        school_id=text(row.school_id),
        english_learner=row.english_learner,
        home_language=row.home_language,
        ward_of_state=row.ward_of_state,
        lives_with_parent=row.lives_with_parent,
        unaccompanied_homeless_youth=row.unaccompanied_homeless_youth,
        surrogate_needed_on=row.surrogate_needed_on,
        rights_transfer_told_on=row.rights_transfer_told_on,
        rights_stay_with_guardian=row.rights_stay_with_guardian,
    )


def guardian_fact(row: Guardian) -> facts.Guardian:
    return facts.Guardian(
        id=str(row.id),
        relationship=row.relationship,
        educational_rights=row.educational_rights,
        active=row.active,
        language=row.language,
        appointed_on=row.appointed_on,
    )


def referral_fact(row: cases.Referral) -> facts.Referral:
    suspicion = None
    if row.suspicion_statement:
        suspicion = facts.Suspicion(
            statement=row.suspicion_statement,
            staff_id=text(row.requester_staff_id),
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
        language=row.language,
    )


def suspicions(steps: Iterable[cases.CaseStep]) -> Iterable[facts.Suspicion]:
    for row in steps:
        said = row.details.get("suspicion")
        if said:
            yield facts.Suspicion(
                statement=said.get("statement", ""),
                staff_id=said.get("staff_id"),
                stated_on=row.taken_on,
            )


def step_fact(row: cases.CaseStep) -> facts.StepTaken:
    """A step of the case itself, with what its decision says was lifted, not what was asked for."""
    lifted = (
        finding["rule_id"]
        for finding in row.decision.get("findings", ())
        if (finding["override"] or {}).get("kind") == "override"
    )
    return facts.StepTaken(
        step=row.step, taken_on=row.taken_on, details=row.details, lifted=frozenset(lifted)
    )


def intervention_fact(
    row: Any,
    points: Iterable[Any],
) -> facts.Intervention:
    """One intervention, read with the count, first and last of its sessions."""
    return facts.Intervention(
        id=str(row.id),
        area=row.area,
        tier=row.tier,
        concern=row.concern,
        baseline=row.baseline,
        goal=row.goal,
        started_on=row.started_on,
        ended_on=row.ended_on,
        fidelity_percent=row.fidelity_percent,
        outcome=row.outcome,
        sessions_with_minutes=row.sessions,
        first_session_on=row.first_session_on,
        last_session_on=row.last_session_on,
        progress_dates=row.progress_dates,
        goal_measure=row.goal_measure,
        baseline_value=row.baseline_value,
        goal_value=row.goal_value,
        goal_on=row.goal_on,
        points=tuple(
            facts.ProgressPoint(
                measured_on=one.measured_on, value=one.value, measure=one.measure, unit=one.unit
            )
            for one in points
        ),
    )


def document_fact(row: contacts.SourceDocument) -> facts.SourceDocument:
    return facts.SourceDocument(
        id=str(row.id),
        case_id=text(row.case_id),
        kind=row.kind,
        provided_by=row.provided_by,
        received_on=row.received_on,
    )


def contact_fact(row: contacts.Contact) -> facts.Contact:
    return facts.Contact(
        id=str(row.id),
        occurred_on=row.occurred_on,
        language=row.language,
        staff_id=text(row.staff_id),
        suggests_request=row.suggests_request,
        follow_up_promised=row.follow_up is not None or row.follow_up_on is not None,
        follow_up_on=row.follow_up_on,
        follows_up_id=text(row.follows_up_id),
        answers_document_id=text(row.answers_document_id),
        answers_referral_id=text(row.answers_referral_id),
    )


def flag_fact(row: ChildFindFlag) -> facts.Flag:
    return facts.Flag(
        id=str(row.id),
        kind=row.kind,
        status=row.status,
        raised_on=row.raised_on,
        dismissed_on=row.dismissed_on,
        look_again_on=row.look_again_on,
        cleared_on=row.cleared_on,
        owner_staff_id=text(row.owner_staff_id),
    )


def meeting_fact(row: contacts.TeamMeeting) -> facts.TeamMeeting:
    return facts.TeamMeeting(
        id=str(row.id),
        kind=row.kind,
        held_on=row.held_on,
        parent_attended=row.parent_attended,
        parent_invited_on=row.parent_invited_on,
    )


def review_fact(row: cases.ChildFindReview) -> facts.Review:
    return facts.Review(
        id=str(row.id),
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        owner_staff_id=text(row.owner_staff_id),
    )


def notice_fact(row: notices.Notice) -> facts.Notice:
    return facts.Notice(
        id=str(row.id),
        kind=row.kind,
        status=row.status,
        decision=row.decision,
        concerning=row.concerning,
        contents=row.contents,
        language=row.language,
        guardian_id=text(row.guardian_id),
        issued_on=row.issued_on,
        translated_orally_on=row.translated_orally_on,
        translation_evidence=row.translation_evidence,
        not_feasible_because=row.not_feasible_because,
    )


def consent_fact(
    row: notices.Consent, attempts: Iterable[notices.ConsentAttempt], *, barred: bool = False
) -> facts.Consent:
    """One consent with its logged efforts, in the order they were made.

    `barred`: whether its guardian's educational rights are restricted, or not of this student.
    """
    return facts.Consent(
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
        revocation_form=row.revocation_form,
        guardian_id=text(row.guardian_id),
        signed_as=row.signed_as,
        barred=barred,
        stands_in=row.stands_in,
        authenticated_by=row.authenticated_by,
        approval_shown=row.approval_shown,
        attempts=tuple(
            facts.Attempt(attempted_on=a.attempted_on, mode=a.mode, result=a.result)
            for a in attempts
        ),
    )


def removal_fact(row: discipline.DisciplinaryRemoval) -> facts.Removal:
    return facts.Removal(
        id=str(row.id),
        behavior_on=row.behavior_on,
        began_on=row.began_on,
        ended_on=row.ended_on,
        changes_placement=row.changes_placement,
        written_concern_on=row.written_concern_on,
        staff_concern_on=row.staff_concern_on,
        change_decided_on=row.change_decided_on,
        manifestation_determined_on=row.manifestation_determined_on,
        caused_by_disability=row.caused_by_disability,
        caused_by_failure_to_implement=row.caused_by_failure_to_implement,
        participants=tuple(one["role"] for one in row.manifestation_participants),
        services_since=row.services_since,
    )


def records_request_fact(row: rights.RecordsRequest) -> facts.RecordsRequest:
    return facts.RecordsRequest(
        id=str(row.id),
        asks_for=row.asks_for,
        requested_on=row.requested_on,
        given_on=row.given_on,
    )


def independent_evaluation_request_fact(
    row: rights.IndependentEvaluationRequest,
) -> facts.IndependentEvaluationRequest:
    return facts.IndependentEvaluationRequest(
        id=str(row.id),
        evaluation_id=text(row.evaluation_id),
        status=row.status,
        requested_on=row.requested_on,
        answered_on=row.answered_on,
    )


def dispute_fact(row: rights.Dispute) -> facts.Dispute:
    return facts.Dispute(
        id=str(row.id),
        kind=row.kind,
        filed_by=row.filed_by,
        about=row.about,
        filed_on=row.filed_on,
        ended_on=row.ended_on,
        outcome=row.outcome,
    )


def part_c_transition_fact(row: arrivals.PartCTransition) -> facts.PartCTransition:
    return facts.PartCTransition(
        id=str(row.id),
        found_eligible_on=row.found_eligible_on,
        notified_on=row.notified_on,
        conference_on=row.conference_on,
        services_start_on=row.services_start_on,
    )


def transferred_iep_fact(row: arrivals.TransferredIep) -> facts.TransferredIep:
    return facts.TransferredIep(
        id=str(row.id),
        within_state=row.within_state,
        enrolled_on=row.enrolled_on,
        comparable_services_on=row.comparable_services_on,
        adopted_on=row.adopted_on,
        evaluation_needed=row.evaluation_needed,
    )


def evaluation_fact(
    row: evaluations.Evaluation,
    assessments: Iterable[evaluations.Assessment],
    observations: Iterable[evaluations.Observation],
    consented: Consented,
) -> facts.Evaluation:
    """One evaluation with what was done in it; breaches marked."""
    return facts.Evaluation(
        id=str(row.id),
        suspected_areas=tuple(row.suspected_areas),
        suspected_categories=tuple(row.suspected_categories),
        areas_not_assessed=row.areas_not_assessed,
        parent_input=row.parent_input,
        existing_data=tuple(row.existing_data),
        existing_data_reviewed_on=row.existing_data_reviewed_on,
        no_data_needed_on=row.no_data_needed_on,
        no_data_reasons=row.no_data_reasons,
        right_to_assessment_told=row.right_to_assessment_told,
        assessment_asked_on=row.assessment_asked_on,
        other_needs=row.other_needs,
        report_completed_on=row.report_completed_on,
        report_given_to_parent_on=row.report_given_to_parent_on,
        transfer=_transfer_fact(row),
        assessments=tuple(assessment_fact(one, consented) for one in assessments),
        observations=tuple(observation_fact(one, consented) for one in observations),
    )


def _transfer_fact(row: evaluations.Evaluation) -> facts.Transfer | None:
    if row.transferred_from is None:
        return None
    return facts.Transfer(
        from_agency=row.transferred_from,
        consent_received_on=row.transfer_consent_received_on,
        enrolled_on=row.transfer_enrolled_on,
        coordinated_on=row.transfer_coordinated_on,
    )


Consented = tuple[tuple[date, date | None], ...]
"""From when until when the agency could evaluate; None: it still can."""


def consented_to_evaluate(
    consents: Iterable[facts.Consent], begun_on: date | None = None
) -> Consented:
    """When the agency had consent to evaluate. Revoking it takes nothing back (300.9(c)(3)).

    `begun_on`: when the evaluation was begun by its step. Where that was lawful without consent
    (an order, a parent who is silent about a re-evaluation), it goes on until the parent says no.
    """
    to_evaluate = [c for c in consents if c.purpose in TO_EVALUATE and c.received_on is not None]
    granted = tuple(
        (c.received_on, c.revoked_on)
        for c in to_evaluate
        if c.answer == "granted" and c.received_on
    )
    if begun_on is None or any(received_on <= begun_on for received_on, _ in granted):
        return granted
    refused = [
        c.received_on
        for c in to_evaluate
        if c.answer == "refused" and c.received_on is not None and c.received_on > begun_on
    ]
    return (*granted, (begun_on, min(refused, default=None)))


def assessment_fact(row: evaluations.Assessment, consented: Consented) -> facts.Assessment:
    """One assessment. The agency's own without consent is a breach (300.300(a)(1)(i)).

    Outside evaluations, reviews of existing data, tests that all children are given and screenings
    never are (300.300(d)(1), 300.302).
    """
    return facts.Assessment(
        id=str(row.id),
        areas=tuple(row.areas),
        source_kind=row.source_kind,
        origin=row.origin,
        conducted_on=row.conducted_on,
        assessor=row.assessor_name or text(row.assessor_staff_id),
        credential=row.credential,
        language=row.language,
        technically_sound=row.technically_sound,
        breach=row.origin == "agency" and _without_consent(row.conducted_on, consented),
    )


def observation_fact(row: evaluations.Observation, consented: Consented) -> facts.Observation:
    """One observation. Routine ones, made in the course of teaching, are never a breach."""
    without = _without_consent(row.observed_on, consented)
    return facts.Observation(
        id=str(row.id),
        observed_on=row.observed_on,
        observer_staff_id=text(row.observer_staff_id),
        routine=row.routine,
        area=row.area,
        consented=not without,
        breach=not row.routine and without,
    )


def determination_fact(
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
        supersedes_id=text(row.supersedes_id),
        outcome=row.outcome,
        decided_on=row.decided_on,
        copy_given_to_parent_on=row.copy_given_to_parent_on,
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
        rationale=row.rationale,
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
        sld=None if row.sld is None else sld_fact(row.sld),
        preschool=row.preschool or {},
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


def decided_fact(row: Any) -> facts.Determination:
    """What was decided in another case: that it was, which way, and when."""
    return facts.Determination(
        id=str(row.id),
        framework="idea",
        status=row.status,
        outcome=row.outcome,
        category=row.category,
        decided_on=row.decided_on,
    )


def sld_fact(kept: Mapping[str, Any]) -> facts.SpecificLearningDisability:
    """The particulars of a specific learning disability as the record keeps them."""
    response = kept["response"]
    return facts.SpecificLearningDisability(
        methods=tuple(kept["methods"]),
        areas=tuple(kept["areas"]),
        insufficient_progress=kept["insufficient_progress"],
        strengths_and_weaknesses=kept["strengths_and_weaknesses"],
        exclusions={
            factor: facts.Exclusion(finding=said["finding"], effect=said["effect"])
            for factor, said in kept["exclusions"].items()
        },
        appropriate_instruction=kept["appropriate_instruction"],
        instruction=kept["instruction"],
        intervention_ids=tuple(kept["intervention_ids"]),
        assessments=tuple(
            facts.RepeatedAssessment(
                assessed_on=_day(one["assessed_on"]), measure=one["measure"], result=one["result"]
            )
            for one in kept["assessments"]
        ),
        assessments_shared_on=_day(kept["assessments_shared_on"]),
        observation_id=kept["observation_id"],
        relevant_behavior=kept["relevant_behavior"],
        medical_findings=kept["medical_findings"],
        assurance=kept["assurance"],
        response=facts.ResponseToIntervention(
            strategies_and_data=response["strategies_and_data"],
            told_of_data_and_services_on=_day(response["told_of_data_and_services_on"]),
            told_of_strategies_on=_day(response["told_of_strategies_on"]),
            told_of_right_to_evaluation_on=_day(response["told_of_right_to_evaluation_on"]),
        ),
    )


def plan_fact(
    row: plans.Plan,
    informed: Iterable[plans.PlanAcknowledgement] = (),
    recorded_on: date | None = None,
) -> facts.Plan:
    """One version of a plan, with who was told of their duties under it."""
    return facts.Plan(
        id=str(row.id),
        case_id=str(row.case_id),
        kind=row.kind,
        status=row.status,
        version=row.number,
        occasion=row.occasion,
        amends_id=text(row.amends_id),
        case_manager_staff_id=text(row.case_manager_staff_id),
        offered_on=row.offered_on,
        in_effect_on=row.in_effect_on,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
        next_review_on=row.next_review_on,
        reevaluation_on=row.reevaluation_on,
        reevaluation_waived_on=row.reevaluation_waived_on,
        majority_notice_on=row.majority_notice_on,
        summary_given_on=row.summary_given_on,
        recorded_on=recorded_on,
        meeting_held_on=row.meeting_held_on,
        agreed_without_meeting_on=row.agreed_without_meeting_on,
        attendees=tuple(
            facts.Attendee(
                role=one["role"],
                staff_id=one.get("staff_id"),
                interprets_results=one.get("interprets_results") or False,
            )
            for one in row.attendees
        ),
        excusals=tuple(
            facts.Excusal(
                role=one["role"],
                area_discussed=one.get("area_discussed"),
                parent_agreed_on=_day(one.get("parent_agreed_on")),
                input_given_on=_day(one.get("input_given_on")),
            )
            for one in row.excusals
        ),
        parent_invited_on=row.parent_invited_on,
        invitation_attempts=row.invitation_attempts,
        student_invited_on=row.student_invited_on,
        present_levels=row.present_levels,
        goals=tuple(
            facts.Goal(
                area=one.get("area") or "",
                goal=one.get("goal"),
                measured_by=one.get("measured_by"),
                objectives=tuple(one.get("objectives") or ()),
            )
            for one in row.goals
        ),
        progress_measured=row.progress_measured,
        progress_reported=row.progress_reported,
        services=tuple(map(_line, row.services)),
        related_services=tuple(map(_line, row.related_services)),
        supplementary_aids=tuple(row.supplementary_aids),
        accommodations=tuple(row.accommodations),
        modifications=tuple(row.modifications),
        participation=row.participation,
        assessment_accommodations=tuple(row.assessment_accommodations),
        alternate_assessment=row.alternate_assessment,
        alternate_assessment_why=row.alternate_assessment_why,
        transition_goals=tuple(row.transition_goals),
        transition_services=tuple(row.transition_services),
        informed=tuple(
            facts.Informed(staff_id=text(one.staff_id), role=one.role, informed_on=one.informed_on)
            for one in informed
        ),
    )


def _line(given: dict[str, Any]) -> facts.Line:
    return facts.Line(
        area=given.get("area") or "",
        setting=given.get("setting"),
        provider_role=given.get("provider_role"),
        provider_staff_id=given.get("provider_staff_id"),
        minutes=given.get("minutes"),
        sessions=given.get("sessions"),
        per=given.get("per"),
        starts_on=_day(given.get("starts_on")),
        ends_on=_day(given.get("ends_on")),
    )


def _day(kept: str | None) -> date | None:
    """A day inside a JSON column."""
    return None if kept is None else date.fromisoformat(kept)


def _without_consent(day: date, consented: Consented) -> bool:
    return not any(
        received_on <= day and (revoked_on is None or day <= revoked_on)
        for received_on, revoked_on in consented
    )


def text(id: UUID | None) -> str | None:
    return None if id is None else str(id)
