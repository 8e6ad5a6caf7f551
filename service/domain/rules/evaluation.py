"""Rules about the evaluation: what is known before it, what it covers, how it is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from service.domain.facts import EXISTING_DATA, Assessment, Case, Evaluation, Situation
from service.domain.policy import Policy
from service.domain.rules.catalogue import Answer, met, not_applicable, of, rule, unmet
from service.domain.rules.words import iso, listed, said

NO_EVALUATION = "No evaluation is recorded for this case."

INSTRUMENTS = frozenset({"aptitude_test", "achievement_test", "adaptive_behavior"})
"""Kinds of source that are tests and scales, for whose soundness somebody has to answer."""


def counting(evaluation: Evaluation) -> tuple[Assessment, ...]:
    """Assessments that count: none given before consent, no mere screening (300.302)."""
    return tuple(
        a
        for a in evaluation.assessments
        if a.counts and "screening" not in (a.origin, a.source_kind)
    )


def complete_evaluations(case: Case) -> tuple[date, ...]:
    """The days on which an evaluation was complete, as recorded or as the step says."""
    recorded = (e.report_completed_on or e.no_data_needed_on for e in case.evaluations)
    taken = (step.taken_on for step in case.steps if step.step == "complete-evaluation")
    return tuple(sorted(day for day in (*recorded, *taken) if day is not None))


def _own(evaluation: Evaluation) -> tuple[Assessment, ...]:
    """The agency's own assessments, for whose conduct it answers."""
    return tuple(a for a in counting(evaluation) if a.origin == "agency")


def _shown(assessments: Iterable[Assessment]) -> tuple[dict[str, Any], ...]:
    return tuple(
        of("assessment", a.id, source_kind=a.source_kind, areas=list(a.areas)) for a in assessments
    )


# Existing data ----------------------------------------------------------------------


@rule
def idea_reed(s: Situation, policy: Policy) -> Answer:
    """Existing data is reviewed first (300.305(a)); it takes no meeting (300.305(b)).

    As part of an initial evaluation where appropriate, of every re-evaluation.
    """
    evaluation = s.case.evaluation
    soft = None if s.case.path == "reevaluation" else "advise"
    if evaluation is None:
        return unmet(NO_EVALUATION, mode=soft)
    meetings = [m for m in s.case.meetings if m.kind == "review_of_existing_data" and m.held_on]
    evidence = (
        of(
            "evaluation",
            evaluation.id,
            existing_data=list(evaluation.existing_data),
            existing_data_reviewed_on=iso(evaluation.existing_data_reviewed_on),
        ),
        *(of("meeting", m.id, held_on=iso(m.held_on)) for m in meetings),
    )
    if evaluation.existing_data_reviewed_on is None and not meetings:
        return unmet("No review of the existing data is recorded.", *evidence, mode=soft)
    left = [what for code, what in EXISTING_DATA.items() if code not in evaluation.existing_data]
    if left:
        return unmet(
            f"The review does not say that it looked at {listed(left)}.", *evidence, mode="advise"
        )
    return met("The existing data was reviewed, with what the parents provided.", *evidence)


@rule
def idea_reed_no_data(s: Situation, policy: Policy) -> Answer:
    """Who needs no more data tells the parent so, and why, and that they may ask (300.305(d))."""
    evaluation = s.case.evaluation
    if evaluation is None or evaluation.no_data_needed_on is None:
        return not_applicable("The parent was not told that no more data is needed.")
    evidence = of(
        "evaluation",
        evaluation.id,
        no_data_needed_on=iso(evaluation.no_data_needed_on),
        right_to_assessment_told=evaluation.right_to_assessment_told,
        assessment_asked_on=iso(evaluation.assessment_asked_on),
    )
    lacks = []
    if not said(evaluation.no_data_reasons):
        lacks.append("why")
    if evaluation.right_to_assessment_told is not True:
        lacks.append("that they may ask for an assessment all the same")
    if lacks:
        return unmet(
            "The parent was told that no more data is needed; it is not recorded that they were "
            f"told {listed(lacks)}.",
            evidence,
        )
    return met(
        f"The parent was told on {iso(evaluation.no_data_needed_on)} that no more data is needed, "
        "why, and that they may ask for an assessment.",
        evidence,
    )


# Conduct ----------------------------------------------------------------------------


@rule
def idea_eval_all_areas(s: Situation, policy: Policy) -> Answer:
    """The child is assessed in all areas of the suspected disability (300.304(c)(4))."""
    evaluation = s.case.evaluation
    if evaluation is None:
        return unmet(
            NO_EVALUATION,
            remedy="Record the evaluation with its suspected areas, its assessments and its "
            "report.",
        )
    suspected = _areas(s.case, evaluation)
    left = sorted(suspected.keys() - _covered(evaluation))
    if evaluation.no_data_needed_on is not None and evaluation.assessment_asked_on is None:
        left = []
    lacks = []
    if left:
        areas = listed(suspected[area] for area in left)
        lacks.append(f"an assessment in {areas}, or the reason for none")
    if not suspected:
        lacks.append("a named area of suspected disability")
    if evaluation.report_completed_on is None:
        lacks.append("a complete report")
    evidence = of("evaluation", evaluation.id, areas=sorted(suspected.values()), left=left)
    breaches = tuple(
        of("assessment", a.id, breach=True) for a in evaluation.assessments if not a.counts
    )
    if lacks:
        return unmet(f"The evaluation still lacks {listed(lacks)}.", evidence, *breaches)
    return met(
        "Every suspected area is assessed or has its reason, and the report is complete.",
        evidence,
        *breaches,
    )


def _areas(case: Case, evaluation: Evaluation) -> dict[str, str]:
    """Every suspected area, of the plan and of the receipts, by its name in lower case."""
    named = (*evaluation.suspected_areas, *(a for r in case.referrals for a in r.suspected_areas))
    return {area.strip().lower(): area.strip() for area in named if said(area)}


def _covered(evaluation: Evaluation) -> set[str]:
    assessed = {area for a in counting(evaluation) for area in a.areas}
    observed = {o.area for o in evaluation.observations if o.area and not o.breach}
    reasoned = {area for area, why in evaluation.areas_not_assessed.items() if said(why)}
    return {area.strip().lower() for area in assessed | observed | reasoned}


@rule
def idea_eval_language(s: Situation, policy: Policy) -> Answer:
    """Assessments are given in the child's native language or mode (300.304(c)(1)(i)-(ii))."""
    if s.case.evaluation is None or not _own(s.case.evaluation):
        return not_applicable("No assessment of the agency's own is recorded.")
    own, student = _own(s.case.evaluation), s.case.student
    silent = [a for a in own if not said(a.language)]
    if silent:
        return unmet(
            "For some assessments the language they were given in is not recorded.",
            *_shown(silent),
        )
    home = student.home_language if student is not None and student.english_learner else None
    other = [a for a in own if home and not _same_language(a.language or "", home)]
    if other:
        return unmet(
            f"The student is learning English and has `{home}` at home; some assessments were "
            "given in another language, and the report should say why that served the child best.",
            *_shown(other),
        )
    return met("The language of every assessment is recorded and fits the child.", *_shown(own))


def _same_language(one: str, other: str) -> bool:
    """Whether two tags name the same language, whatever the region (`es`, `es-MX`)."""
    return one.lower().split("-")[0] == other.lower().split("-")[0]


@rule
def idea_eval_qualified(s: Situation, policy: Policy) -> Answer:
    """Trained and knowledgeable people give the assessments (300.304(c)(1)(iv))."""
    if s.case.evaluation is None or not _own(s.case.evaluation):
        return not_applicable("No assessment of the agency's own is recorded.")
    own = _own(s.case.evaluation)
    unnamed = [a for a in own if not (said(a.assessor) and said(a.credential))]
    if unnamed:
        return unmet(
            "For some assessments it is not recorded who gave them and with which credential.",
            *_shown(unnamed),
        )
    return met("Every assessment names its assessor and their credential.", *_shown(own))


@rule
def idea_eval_variety(s: Situation, policy: Policy) -> Answer:
    """A variety of tools is used, and the parent's information is gathered (300.304(b)(1))."""
    evaluation = s.case.evaluation
    if evaluation is None:
        return not_applicable(NO_EVALUATION)
    kinds = {a.source_kind for a in counting(evaluation)}
    if any(not o.breach for o in evaluation.observations):
        kinds.add("observation")
    evidence = of("evaluation", evaluation.id, kinds=sorted(kinds))
    lacks = []
    if not said(evaluation.parent_input) and "parent_input" not in kinds:
        lacks.append("what the parent knows")
    if len(kinds) < 2:
        lacks.append("a second kind of source")
    if lacks:
        return unmet(f"The evaluation does not show {listed(lacks)} yet.", evidence)
    return met("Several kinds of sources, and the parent, informed the evaluation.", evidence)


@rule
def idea_eval_sound(s: Situation, policy: Policy) -> Answer:
    """The instruments are technically sound (300.304(b)(3)).

    They tell what cognitive, behavioral, physical and developmental factors contribute.
    """
    own = () if s.case.evaluation is None else _own(s.case.evaluation)
    tests = [a for a in own if a.source_kind in INSTRUMENTS]
    if not tests:
        return not_applicable("No test of the agency's own is recorded.")
    unsound = [a for a in tests if a.technically_sound is False]
    if unsound:
        return unmet(
            "Some instruments are recorded as not technically sound for this child.",
            *_shown(unsound),
            remedy="Give another instrument, or say in the report why the finding does not rest "
            "on this one.",
        )
    silent = [a for a in tests if a.technically_sound is None]
    if silent:
        return unmet(
            "For some tests it is not recorded whether the instrument is technically sound.",
            *_shown(silent),
        )
    return met("Every test is recorded as technically sound.", *_shown(tests))


@rule
def idea_eval_comprehensive(s: Situation, policy: Policy) -> Answer:
    """The evaluation identifies all needs, whatever the category (300.304(c)(6))."""
    evaluation = s.case.evaluation
    if evaluation is None:
        return not_applicable(NO_EVALUATION)
    evidence = of("evaluation", evaluation.id, other_needs=said(evaluation.other_needs))
    if not said(evaluation.other_needs):
        return unmet(
            "The evaluation does not say what it found about needs beyond those that go with the "
            "suspected disability.",
            evidence,
        )
    return met("The evaluation looked beyond the suspected disability.", evidence)
