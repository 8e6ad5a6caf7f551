"""Rules about a specific learning disability, beside those of every determination.

They bind a finding of eligible in that category. Whoever is suspected of one and found not
eligible had the same procedure to get: what it lacks is then pointed out and holds up nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any

from service.domain.facts import (
    FACTORS,
    Case,
    Determination,
    Exclusion,
    Member,
    Observation,
    Situation,
    SpecificLearningDisability,
    Student,
)
from service.domain.facts.specific_learning_disability import RESPONSE
from service.domain.policy import Policy
from service.domain.receipts import referred_or_asked
from service.domain.rules.catalogue import (
    Answer,
    Predicate,
    met,
    not_applicable,
    of,
    rule,
    unknown,
    unmet,
)
from service.domain.rules.determination import (
    ONLY_ELIGIBLE,
    about,
    is_parent,
    is_professional,
    of_draft,
    roles,
)
from service.domain.rules.words import iso, listed, plain, said
from service.domain.students import is_beyond

SLD = "SLD"

REGULAR_TEACHERS = frozenset(
    {"teacher", "regular_teacher", "general_education_teacher", "classroom_teacher"}
)
"""The child's regular teacher, or one qualified to teach a child of that age (300.308(a))."""

TEACHERS_OF_THE_YOUNG = REGULAR_TEACHERS | {"preschool_teacher", "early_childhood_teacher"}
"""Who is qualified to teach a child of less than school age (300.308(a)(3))."""

EXAMINERS = frozenset(
    {
        "school_psychologist",
        "speech_language_pathologist",
        "remedial_reading_teacher",
        "reading_specialist",
        "educational_diagnostician",
    }
)
"""Who is qualified to conduct individual diagnostic examinations (300.308(b)); not exhaustive."""

BELOW_SCHOOL_AGE = frozenset({"IT", "PR", "PK"})
"""Grades of children of less than school age."""

OfSld = Callable[[SpecificLearningDisability, Determination, Situation, Policy], Answer]


def of_sld(predicate: OfSld) -> Predicate:
    """A predicate about how the group came to its finding about the disability.

    It blocks a finding of eligible in this category and advises beside any other outcome.
    """

    @wraps(predicate)
    def ask(d: Determination, s: Situation, policy: Policy) -> Answer:
        found = _found(d, s, policy)
        if not found and not _suspected(d, s, policy):
            return not_applicable("A specific learning disability is not in question here.")
        answer = predicate(d.sld or SpecificLearningDisability(), d, s, policy)
        binds = found and d.outcome == "eligible"
        holds_up = answer.value in ("unmet", "unknown") and not binds
        return replace(answer, mode="advise") if holds_up else answer

    return of_draft(ask)


def of_sld_found(predicate: OfSld) -> Predicate:
    """A predicate about the finding itself, which only a finding of eligible has to meet."""

    @wraps(predicate)
    def ask(
        sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
    ) -> Answer:
        if d.outcome != "eligible":
            return not_applicable(ONLY_ELIGIBLE)
        return predicate(sld, d, s, policy)

    return of_sld(ask)


def _found(d: Determination, s: Situation, policy: Policy) -> bool:
    """Whether the group names this disability: by its category, or where none is named by it."""
    if said(d.category):
        return policy.federal_code(d.category or "", s.today) == SLD
    return d.sld is not None


def _suspected(d: Determination, s: Situation, policy: Policy) -> bool:
    """Whether it is suspected, and the group has named no category instead."""
    if said(d.category) or s.case.evaluation is None:
        return False
    suspected = s.case.evaluation.suspected_categories
    return any(policy.federal_code(code, s.today) == SLD for code in suspected)


# The criteria -----------------------------------------------------------------------


@rule
@of_sld_found
def idea_sld_criteria(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """The group uses the state's criteria, which never require a discrepancy (300.307)."""
    evidence = about(d, methods=list(sld.methods))
    if not sld.methods:
        return unmet(
            "It is not said by which method the disability was found.",
            evidence,
            remedy="Name in `sld.methods` what the group went by.",
        )
    setting = policy.setting("IDEA-SLD-CRITERIA")
    barred = [_bars(limit, sld, s.case.student) for limit in setting.get("prohibits", ())]
    if None in barred:
        return unknown(
            "The student's grade is not recorded, and the state's criteria depend on it.",
            evidence,
            remedy="Record the student's grade.",
        )
    prohibited = sorted({method for method in barred if method})
    if prohibited:
        return unmet(
            f"{policy.title} does not let {listed(map(plain, prohibited))} decide here.", evidence
        )
    missing = [method for method in setting.get("requires", ()) if method not in sld.methods]
    if missing:
        return unmet(
            f"{policy.title} asks for {listed(map(plain, missing))} among the methods.", evidence
        )
    return met(f"The group went by {listed(map(plain, sld.methods))}.", evidence)


def _bars(
    limit: Mapping[str, Any], sld: SpecificLearningDisability, student: Student | None
) -> str | None:
    """The method that a state's prohibition bars for this child; empty: none, None: who knows.

    One for some `areas` leaves room for the method in others, where these have one of their own.
    """
    method: str = limit["method"]
    placement = student.placement if student is not None else "public"
    areas = frozenset(sld.areas)
    barred = areas.intersection(limit.get("areas", areas))
    for_others = areas - barred and len(sld.methods) > 1
    elsewhere = placement not in limit.get("placements", (placement,))
    if method not in sld.methods or elsewhere or for_others or (areas and not barred):
        return ""
    if "through_grade" not in limit:
        return method
    beyond = is_beyond(student.grade if student is not None else None, limit["through_grade"])
    return None if beyond is None else "" if beyond else method


@rule
@of_sld_found
def idea_sld_achieve(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """Achievement is inadequate in one or more of eight areas (300.309(a)(1))."""
    evidence = about(d, areas=list(sld.areas))
    if not sld.areas:
        return unmet("No area is named in which the student does not achieve adequately.", evidence)
    return met(f"Achievement is inadequate in {listed(map(plain, sld.areas))}.", evidence)


@rule
@of_sld_found
def idea_sld_rti_or_psw(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """Insufficient progress in an intervention, or a pattern of strengths and weaknesses.

    300.309(a)(2). Insufficient progress is that in a process based on the child's response to
    scientific, research-based intervention.
    """
    evidence = about(
        d,
        methods=list(sld.methods),
        insufficient_progress=sld.insufficient_progress,
        strengths_and_weaknesses=sld.strengths_and_weaknesses,
    )
    if sld.strengths_and_weaknesses:
        return met("The student shows a relevant pattern of strengths and weaknesses.", evidence)
    if not sld.insufficient_progress:
        return unmet(
            "The group found neither insufficient progress in a response to intervention nor a "
            "pattern of strengths and weaknesses.",
            evidence,
        )
    if RESPONSE not in sld.methods:
        return unmet(
            "Insufficient progress counts where the response to intervention was assessed, and "
            "that is not among the methods.",
            evidence,
        )
    return met("Progress in response to intervention was not sufficient.", evidence)


@rule
@of_sld_found
def idea_sld_exclude(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """The findings are not primarily the result of something else (300.309(a)(3))."""
    findings = {factor: _exclusion(sld, factor).finding for factor in FACTORS}
    evidence = about(d, exclusions=findings)
    primary = [FACTORS[factor] for factor, finding in findings.items() if finding == "primary"]
    if primary:
        return unmet(
            f"The findings are primarily the result of {listed(primary)}, which is no specific "
            "learning disability.",
            evidence,
            remedy="Record the outcome not eligible, or the category that fits; if the factor is "
            "there and is not primary, answer `not_primary`.",
        )
    open_ = [FACTORS[factor] for factor, finding in findings.items() if finding is None]
    if open_:
        return unmet(
            f"It must be answered whether the findings are the result of {listed(open_, 'or')}.",
            evidence,
        )
    return met("The findings are not primarily the result of any of the six factors.", evidence)


def _exclusion(sld: SpecificLearningDisability, factor: str) -> Exclusion:
    return sld.exclusions.get(factor) or Exclusion()


# What the group looks at ------------------------------------------------------------


@rule
@of_sld
def idea_sld_instruction(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """Data show appropriate instruction before or as part of the referral (300.309(b)(1)).

    It can be gathered during the evaluation: it is no gate before a referral.
    """
    evidence = about(d, appropriate_instruction=sld.appropriate_instruction)
    if sld.appropriate_instruction is None or not said(sld.instruction):
        return unmet(
            "It is not recorded what the data say about instruction in regular education by "
            "qualified personnel.",
            evidence,
        )
    if not sld.appropriate_instruction:
        return unmet(
            "The data do not show appropriate instruction, so underachievement may be due to that.",
            evidence,
            remedy="Provide the instruction and gather the data; the time may be extended by "
            "written agreement while that goes on (300.309(c)).",
        )
    return met("The group considered data that show appropriate instruction.", evidence)


@rule
@of_sld
def idea_sld_repeated(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """Repeated assessments during instruction are documented and shared (300.309(b)(2))."""
    days = {one.assessed_on for one in sld.assessments if one.assessed_on is not None}
    helped = [i for i in s.case.interventions if i.id in sld.intervention_ids]
    shared_on = sld.assessments_shared_on
    evidence = (
        about(d, assessed_on=sorted(map(iso, days)), assessments_shared_on=iso(shared_on)),
        *(of("intervention", i.id, progress_dates=i.progress_dates) for i in helped),
    )
    lacks = []
    if max([len(days), *(i.progress_dates for i in helped)]) < 2:
        lacks.append("assessments of progress on two or more days")
    if shared_on is None:
        lacks.append("the day on which the parents were given them")
    if lacks:
        return unmet(f"The documentation still lacks {listed(lacks)}.", *evidence)
    if shared_on is not None and shared_on > (d.decided_on or s.today):
        return unmet(
            f"The parents were given the assessments on {iso(shared_on)}, after the decision.",
            *evidence,
            remedy="Decide anew, now that the parents have them.",
        )
    return met(f"Repeated assessments were given to the parents on {iso(shared_on)}.", *evidence)


@rule
@of_sld
def idea_sld_observe(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """The child is observed in the learning environment, as the group decides (300.310).

    In routine instruction before the referral, or by a member of the group after referral and
    consent. Only days are on record: an observation on the day of the referral is taken to have
    come before it. A child without a regular classroom is observed by a member of the group in an
    environment appropriate to the age.
    """
    observation = _observation(sld.observation_id, s.case)
    if observation is None:
        return unmet("No observation is named that the group decided to use.", about(d))
    evidence = of(
        "observation",
        observation.id,
        observed_on=iso(observation.observed_on),
        routine=observation.routine,
        observer_staff_id=observation.observer_staff_id,
        breach=observation.breach,
    )
    if observation.breach:
        return unmet("The observation was made without consent, so it does not count.", evidence)
    in_group = observation.observer_staff_id in {m.staff_id for m in d.group if m.staff_id}
    if _below_school_age(s.case.student) or _out_of_school(s.case.student):
        if not in_group:
            return unmet("The observation was not made by a member of the group.", evidence)
        return met("A member of the group observed the child.", evidence)
    referred_on = _referred_on(s.case, policy)
    if observation.routine and _not_after(observation.observed_on, referred_on):
        return met("The child was observed in routine instruction before the referral.", evidence)
    lacks = []
    if not in_group:
        lacks.append("by a member of the group")
    if not _not_after(referred_on, observation.observed_on):
        lacks.append("after the referral")
    if not observation.consented:
        lacks.append("after the parent's consent")
    if lacks:
        return unmet(
            "An observation that is not of routine instruction before the referral is made "
            f"{listed(lacks)}, and this one was not.",
            evidence,
        )
    return met("A member of the group observed the child after referral and consent.", evidence)


def _observation(id: str | None, case: Case) -> Observation | None:
    every = (o for evaluation in case.evaluations for o in evaluation.observations)
    return next((o for o in every if o.id == id), None)


def _referred_on(case: Case, policy: Policy) -> date | None:
    """When the child was first referred for an evaluation; None if that is not on record."""
    return min((day for day, _ in referred_or_asked(case, policy)), default=None)


def _not_after(first: date | None, then: date | None) -> bool:
    return first is None or then is None or first <= then


def _below_school_age(student: Student | None) -> bool:
    return student is not None and (
        student.placement == "preschool" or student.grade in BELOW_SCHOOL_AGE
    )


def _out_of_school(student: Student | None) -> bool:
    return student is not None and student.placement == "home_schooled"


# Who decides, and what they put in writing ------------------------------------------


@rule
@of_sld
def idea_sld_group(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """A regular teacher and a diagnostic examiner are in the group (300.308)."""
    here = roles(d)
    young = _below_school_age(s.case.student)
    lacks = []
    if not here & (TEACHERS_OF_THE_YOUNG if young else REGULAR_TEACHERS):
        lacks.append(
            "somebody qualified to teach a child of that age"
            if young
            else "the student's regular teacher, or one qualified to teach a child of that age"
        )
    if not here & EXAMINERS:
        lacks.append("somebody qualified for individual diagnostic examinations")
    evidence = about(d, roles=sorted(here))
    if lacks:
        return unmet(f"The {policy.decision_body} still lacks {listed(lacks)}.", evidence)
    return met("A teacher and a diagnostic examiner are in the group.", evidence)


@rule
@of_sld
def idea_sld_report(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """The documentation states what 300.311(a) lists."""
    lacks = list(_lacks_of_report(sld, d))
    if lacks:
        return unmet(f"The documentation still lacks {listed(lacks)}.", about(d, lacks=lacks))
    return met("The documentation states everything that it has to.", about(d))


def _lacks_of_report(sld: SpecificLearningDisability, d: Determination) -> Iterator[str]:
    present = {factor: _exclusion(sld, factor) for factor in FACTORS}
    silent = [
        FACTORS[factor]
        for factor, exclusion in present.items()
        if exclusion.finding in ("not_primary", "primary") and not said(exclusion.effect)
    ]
    response = sld.response
    checks = {
        "whether the student has the disability": d.disability_present is None,
        "the basis of the determination": not said(d.rationale),
        "the assurance that it was made as 300.306(c)(1) has it": sld.assurance is not True,
        "the behavior noted in the observation and what it has to do with achievement": not said(
            sld.relevant_behavior
        ),
        "the relevant medical findings, or that there are none": not said(sld.medical_findings),
        f"the effect of {listed(silent)} on achievement": bool(silent),
    }
    of_response = {
        "the instructional strategies used and the data collected": not said(
            response.strategies_and_data
        ),
        "when the parents were told which data and services the state's policies provide for": (
            response.told_of_data_and_services_on is None
        ),
        "when the parents were told of strategies to increase the rate of learning": (
            response.told_of_strategies_on is None
        ),
        "when the parents were told that they may request an evaluation": (
            response.told_of_right_to_evaluation_on is None
        ),
    }
    yield from (what for what, lacking in checks.items() if lacking)
    if RESPONSE in sld.methods:
        yield from (what for what, lacking in of_response.items() if lacking)


@rule
@of_sld
def idea_sld_certify(
    sld: SpecificLearningDisability, d: Determination, s: Situation, policy: Policy
) -> Answer:
    """Each member certifies that the report reflects their conclusion, or states their own.

    300.311(b). Dissent never blocks; what blocks is a professional's silence. A parent's does
    not: nobody holds up a child by not signing.
    """
    silent, dissenting = _uncertified(filter(is_professional, d.group))
    parents, _ = _uncertified(filter(is_parent, d.group))
    dissent = sum(m.agrees is False for m in d.group)
    evidence = about(d, dissenting=dissent, silent=silent, without_statement=dissenting)
    lacks = []
    if silent:
        lacks.append(f"whether the report reflects the conclusion of {listed(silent)}")
    if dissenting:
        lacks.append(f"the separate statement of {listed(dissenting)}, who disagree")
    if lacks:
        return unmet(f"The certification still lacks {listed(lacks)}.", evidence)
    if parents:
        return unmet(
            "Every professional has certified; whether the report reflects the parent's "
            "conclusion is not recorded.",
            evidence,
            mode="advise",
            remedy="Ask the parent, and record what they say.",
        )
    return met(
        "Every member has certified"
        + (f"; {dissent} disagreed, with a statement of their own." if dissent else "."),
        evidence,
    )


def _uncertified(members: Iterable[Member]) -> tuple[list[str], list[str]]:
    """The roles that have not said whether they agree, and those that disagree without a word."""
    members = list(members)
    return (
        [plain(m.role) for m in members if m.agrees is None],
        [plain(m.role) for m in members if m.agrees is False and not said(m.statement)],
    )
