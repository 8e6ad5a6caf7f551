"""Rules about an IEP: who makes it, what it says, and who is told of it."""

from __future__ import annotations

from datetime import date

from service.domain.clocks.terms import years_after
from service.domain.facts import Excusal, Line, Plan, Situation, Student
from service.domain.policy import Policy
from service.domain.rules.catalogue import Answer, met, not_applicable, of, rule, unknown, unmet
from service.domain.rules.consent import (
    TO_SERVE,
    consent_to_evaluate,
    last_answer,
    signed_at_majority,
)
from service.domain.rules.determination import PARENT_ROLES
from service.domain.rules.plan import about_plan, of_plan, said_on
from service.domain.rules.words import iso, listed, plain, said

NO_IEP = "This plan is no IEP."

MEMBERS = {
    "teacher": "a regular education teacher",
    "special_educator": "a special education teacher",
    "lea_representative": "a representative of the district",
}
"""Who is on the team beside the parent and an interpreter of the results (300.321(a))."""

INTERPRETERS = frozenset(
    {"educational_diagnostician", "school_psychologist", "speech_language_pathologist"}
)
"""Roles that can always say what evaluation results mean for instruction."""

STUDENT_ROLES = frozenset({"student", "adult_student"})


# What it says -----------------------------------------------------------------------


@rule
@of_plan
def idea_iep_content(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """An IEP has specially designed instruction, and what else 300.320 asks for.

    Without a line of instruction that can be carried out it is no IEP, which blocks; what else is
    missing is pointed out.
    """
    if plan.kind != "iep":
        return not_applicable(NO_IEP)
    evidence = about_plan(
        plan, services=len(plan.services), related_services=len(plan.related_services)
    )
    if not any(not line.lacks for line in _instruction(plan, policy)):
        return _no_instruction(plan, evidence)
    missing = _missing(plan, s, policy)
    if missing:
        return unmet(
            f"The IEP does not say yet {listed(missing)}.",
            about_plan(plan, missing=list(missing)),
            mode="advise",
            remedy="Complete the IEP; it may take effect meanwhile, and the student does not wait.",
        )
    return met("The IEP says everything that is asked of it.", evidence)


def _instruction(plan: Plan, policy: Policy) -> tuple[Line, ...]:
    """The lines of special education: also related services that the state counts as such."""
    counted = policy.counted_as_special_education(line.area for line in plan.related_services)
    return (*plan.services, *(line for line in plan.related_services if line.area in counted))


def _no_instruction(plan: Plan, evidence: dict[str, object]) -> Answer:
    if plan.services:
        line = min(plan.services, key=lambda one: len(one.lacks))
        return unmet(
            f"No line of specially designed instruction is complete: the one for "
            f"{plain(line.area) or 'an unnamed area'} lacks {listed(line.lacks)}.",
            evidence,
            remedy="Say of each line its setting, the provider's role, the minutes and the start.",
        )
    has = {
        "accommodations": plan.accommodations or plan.assessment_accommodations,
        "modifications": plan.modifications,
        "supplementary aids": plan.supplementary_aids,
        "related services": plan.related_services,
    }
    only = [what for what, given in has.items() if given]
    because = f"The plan has {listed(only)} and no" if only else "The plan has no"
    return unmet(
        f"{because} specially designed instruction, so it is no IEP.",
        evidence,
        remedy="Add a line of specially designed instruction with its setting, the provider's "
        "role, the minutes and the start. If the student needs none, a Section 504 plan is what "
        "gives accommodations, aids and related services.",
    )


def _missing(plan: Plan, s: Situation, policy: Policy) -> tuple[str, ...]:
    """What of 300.320 an IEP with instruction still leaves out."""
    lines = (*plan.services, *plan.related_services)
    goals = [g for g in plan.goals if said(g.goal)]
    checks = {
        "the present levels": not said(plan.present_levels),
        "a measurable annual goal": not goals,
        "how each goal is measured": any(not said(g.measured_by) for g in goals)
        and not said(plan.progress_measured),
        "the objectives of a student who takes alternate assessments": bool(
            plan.alternate_assessment
        )
        and not all(g.objectives for g in goals),
        "when progress is reported to the parent": not said(plan.progress_reported),
        "how often and how long each service is": any(
            line.lacks or not line.sessions or not line.per for line in lines
        ),
        "how far the student does not take part with nondisabled peers": not said(
            plan.participation
        ),
        "how the student takes part in assessments": not _assessed(plan),
        "transition goals and services": _in_transition(s, policy)
        and not (plan.transition_goals and plan.transition_services),
    }
    return tuple(what for what, lacking in checks.items() if lacking)


def _assessed(plan: Plan) -> bool:
    """Whether it is said: with accommodations, without any, or by an alternate one and why."""
    if plan.alternate_assessment:
        return said(plan.alternate_assessment_why)
    return plan.alternate_assessment is False or bool(plan.assessment_accommodations)


def _in_transition(s: Situation, policy: Policy) -> bool:
    """Whether the student reaches the age of transition while this IEP is in effect."""
    until = years_after(said_on(s, "in_effect_on"), 1)
    return _age(s.case.student, until) >= (policy.transition_age or 16)


def _age(student: Student | None, day: date) -> int:
    """The age on a day; -1 when the birth date is not known."""
    age = None if student is None else student.age_on(day)
    return -1 if age is None else age


@rule
def idea_majority(s: Situation, policy: Policy) -> Answer:
    """At majority the student signs, where rights pass (300.520); the IEP says it a year before.

    Whether they pass is nowhere verified: who signed is pointed out, and blocks nothing.
    """
    if policy.majority_age is None:
        return not_applicable("Nothing is on record about rights passing to the student here.")
    if s.plan is None:
        return signed_at_majority(consent_to_evaluate(s.case), s.case, policy.majority_age)
    if s.plan.kind != "iep":
        return not_applicable(NO_IEP)
    if s.step == "put-in-effect" and not s.case.continues(s.plan):
        word = last_answer(s.case, TO_SERVE)
        consent = word[1] if word is not None and word[0] == "granted" else None
        signed = signed_at_majority(consent, s.case, policy.majority_age)
        if signed.value in ("unmet", "unknown"):
            return signed
    return _told_a_year_before(s.plan, s, policy.majority_age)


def _told_a_year_before(plan: Plan, s: Situation, majority: int) -> Answer:
    student, since = s.case.student, said_on(s, "in_effect_on")
    until = years_after(since, 1)
    if _age(student, until) < majority - 1:
        return not_applicable(
            f"The student is not within a year of age {majority} while this IEP lasts."
        )
    if _age(student, since) >= majority:
        return not_applicable(
            f"The student has reached {majority}: the rights have passed, and both are told of it."
        )
    evidence = about_plan(plan, majority_notice_on=iso(plan.majority_notice_on))
    if plan.majority_notice_on is not None:
        return met("The student was told which rights will pass to them.", evidence)
    return unmet(
        f"The student is {majority - 1} or older by {iso(until)}, and the IEP does not say that "
        f"they were told which rights pass to them at {majority}.",
        evidence,
    )


# Who makes it -----------------------------------------------------------------------


@rule
@of_plan
def idea_iep_team(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """The IEP team develops it: the parent, and each member that 300.321(a) names.

    Without the parent, or an invitation with the attempts logged, it blocks. Who else was missing
    is pointed out, and the student does not wait for them.
    """
    if plan.kind != "iep":
        return not_applicable(NO_IEP)
    if plan.occasion == "amendment" and plan.agreed_without_meeting_on is not None:
        return not_applicable(
            "The parent and the district agreed in writing to amend it without a meeting."
        )
    roles = {a.role for a in plan.attendees}
    evidence = about_plan(
        plan,
        meeting_held_on=iso(plan.meeting_held_on),
        roles=sorted(roles),
        parent_invited_on=iso(plan.parent_invited_on),
        invitation_attempts=plan.invitation_attempts,
    )
    if plan.meeting_held_on is None:
        return unmet(
            "No meeting of the IEP team is recorded.",
            evidence,
            remedy="Record when the team met and who took part.",
        )
    if not roles & PARENT_ROLES and not _invited(plan):
        return unmet(
            "The parent was not at the meeting, and no invitation with its attempts is logged.",
            evidence,
            remedy="Meet with the parent; if they cannot be reached, log the invitation and each "
            "attempt.",
        )
    lacks = [what for role, what in MEMBERS.items() if not _there(plan, role)]
    if not any(a.interprets_results for a in plan.attendees) and not roles & INTERPRETERS:
        lacks.append("somebody who interprets the evaluation results")
    if _in_transition(s, policy) and not roles & STUDENT_ROLES and not plan.student_invited_on:
        lacks.append("the student, or an invitation to them, since transition is discussed")
    if lacks:
        return unmet(f"The team lacked {listed(lacks)}.", evidence, mode="advise")
    return met("Every member of the team took part, was invited or was excused.", evidence)


def _invited(plan: Plan) -> bool:
    invited_on, held_on = plan.parent_invited_on, plan.meeting_held_on
    in_time = invited_on is not None and (held_on is None or invited_on <= held_on)
    return in_time and plan.invitation_attempts >= 1


def _there(plan: Plan, role: str) -> bool:
    """Whether a member of this role attended, or has an excusal of whatever kind."""
    return any(a.role == role for a in plan.attendees) or any(e.role == role for e in plan.excusals)


@rule
@of_plan
def idea_iep_excuse(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """A member is excused in writing; with their area discussed, on their input (300.321(e))."""
    if plan.kind != "iep" or not plan.excusals:
        return not_applicable("No member of the team was excused.")
    lacks = {e.role: _lacks_of_excusal(e, plan.meeting_held_on) for e in plan.excusals}
    evidence = about_plan(plan, excused=sorted(lacks))
    wrong = [f"{plain(role)} ({listed(missing)})" for role, missing in lacks.items() if missing]
    if wrong:
        return unmet(f"An excusal is not in order: {listed(wrong)}.", evidence)
    return met("Each member who was missing was excused as the law asks.", evidence)


def _lacks_of_excusal(excusal: Excusal, held_on: date | None) -> tuple[str, ...]:
    def before(day: date | None) -> bool:
        return day is not None and (held_on is None or day <= held_on)

    discussed = excusal.area_discussed
    checks = {
        "whether the area was discussed": discussed is None,
        "the parent's consent in writing" if discussed else "the parent's agreement in writing": (
            not before(excusal.parent_agreed_on)
        ),
        "the member's written input before the meeting": discussed is not False
        and not before(excusal.input_given_on),
    }
    return tuple(what for what, lacking in checks.items() if lacking)


@rule
@of_plan
def idea_access_45(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """Before an IEP meeting a parent who asked has seen the records (300.613(a)).

    The 45 days are a clock of their own. What came too late for the meeting is recorded.
    """
    held_on = plan.meeting_held_on
    if plan.kind != "iep" or held_on is None:
        return not_applicable("No meeting about an IEP is recorded.")
    asked = [
        request
        for request in s.case.records_requests
        if request.asks_for == "records"
        and request.requested_on is not None
        and request.requested_on < held_on
    ]
    if not asked:
        return not_applicable("Before the meeting nobody had asked to see the records.")
    evidence = (
        about_plan(plan, meeting_held_on=iso(held_on)),
        *(
            of(
                "records_request",
                request.id,
                requested_on=iso(request.requested_on),
                given_on=iso(request.given_on),
            )
            for request in asked
        ),
    )
    if all(request.given_on is not None and request.given_on <= held_on for request in asked):
        return met("The parent had seen the records by the meeting.", *evidence)
    return unmet(
        f"The parent had asked to see the records, and had not seen them by the IEP meeting of "
        f"{iso(held_on)}.",
        *evidence,
        remedy="Let the parent see the records, record the day, and offer to meet again.",
    )


# Who is told of it ------------------------------------------------------------------


def not_informed(plan: Plan) -> tuple[str, ...]:
    """Whose duties under the plan nobody was told of yet: staff by id, else by role."""
    told_staff = {one.staff_id for one in plan.informed if one.informed_on is not None}
    told_roles = {one.role for one in plan.informed if one.informed_on is not None}
    lines = (*plan.services, *plan.related_services)
    left = {
        line.provider_staff_id or line.provider_role or ""
        for line in lines
        if (
            line.provider_staff_id not in told_staff
            if line.provider_staff_id
            else line.provider_role not in told_roles
        )
    }
    in_class = plan.accommodations or plan.modifications or plan.supplementary_aids
    if in_class and "teacher" not in told_roles:
        left.add("teacher")
    return tuple(sorted(filter(None, left)))


@rule
@of_plan
def idea_iep_access(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """Each teacher and provider has the IEP and is told of their own duties (300.323(d))."""
    if plan.kind != "iep":
        return not_applicable(NO_IEP)
    left = not_informed(plan)
    evidence = about_plan(plan, informed=len(plan.informed), left=list(left))
    if not plan.informed and not (plan.services or plan.related_services):
        return unknown("Nobody is named who would carry out the plan.", evidence)
    if left:
        return unmet(
            "Not everybody who carries out the plan has been told of their duties under it.",
            evidence,
        )
    return met("Everybody who carries out the plan was told of their duties.", evidence)
