"""Rules about the evaluation: what it covers, how it is done, and what excuses a later date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service.domain.facts import Assessment, Case, Evaluation, Situation
from service.domain.policy import Policy
from service.domain.rules.catalogue import (
    Answer,
    depends,
    met,
    not_applicable,
    of,
    rule,
    unknown,
    unmet,
)
from service.domain.rules.words import day_of, iso, listed, said

NO_EVALUATION = "No evaluation is recorded for this case."

CLOCK_RULES = frozenset({"IDEA-EVAL-CLOCK", "IDEA-EVAL-CLOCK-EXC-SLD"})
"""The rules that look at when the initial evaluation is due."""


def counting(evaluation: Evaluation) -> tuple[Assessment, ...]:
    """Assessments that count: none given before consent, no mere screening (300.302)."""
    return tuple(
        a
        for a in evaluation.assessments
        if a.counts and "screening" not in (a.origin, a.source_kind)
    )


def _own(evaluation: Evaluation) -> tuple[Assessment, ...]:
    """The agency's own assessments, for whose conduct it answers."""
    return tuple(a for a in counting(evaluation) if a.origin == "agency")


def _shown(assessments: Iterable[Assessment]) -> tuple[dict[str, Any], ...]:
    return tuple(
        of("assessment", a.id, source_kind=a.source_kind, areas=list(a.areas)) for a in assessments
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
    if evaluation.no_data_needed_on is not None:
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


# Time -------------------------------------------------------------------------------


@rule
def idea_eval_clock(s: Situation, policy: Policy) -> Answer:
    """The evaluation is complete within 60 days of consent, or the state's time (300.301(c)).

    Lateness is recorded and blocks nothing. Where a state's clock stops later than the
    evaluation, the deadline has the last word.
    """
    due = s.clock_due_on
    if due is None:
        return unknown(
            "No due date is known, so nobody can tell whether it is late.",
            mode="advise",
            remedy="Look at the case's deadlines: record when consent was received, or enter the "
            "school calendar that they ask for.",
        )
    completed_on = s.case.evaluation.report_completed_on if s.case.evaluation else None
    day = completed_on or s.today
    evidence = {"type": "deadline", "due_on": iso(due), "completed_on": iso(completed_on)}
    late = (day - due).days
    if late > 0:
        days = "1 day" if late == 1 else f"{late} days"
        return unmet(f"The evaluation was due on {iso(due)} and is {days} late.", evidence)
    if completed_on is None:
        return met(f"The evaluation is not late yet: it is due on {iso(due)}.", evidence)
    return met(f"The evaluation is complete on {iso(day)}, due {iso(due)}.", evidence)


@rule
def idea_eval_clock_exc_sld(s: Situation, policy: Policy) -> Answer:
    """Only for suspected SLD may parents and group agree in writing to more time (300.309(c))."""
    evaluation = s.case.evaluation
    categories = evaluation.suspected_categories if evaluation is not None else ()
    evidence: dict[str, Any] = {"type": "evaluation", "suspected_categories": list(categories)}
    if not _may_be_agreed(categories, s, policy):
        return unmet(
            "Only where a specific learning disability is suspected may the time be extended by "
            "agreement, and none is among the suspected categories.",
            evidence,
        )
    if s.details is None:
        return depends(
            "It depends on the agreement, which is given with the step.",
            "Send the agreement with the step: the day it was made, the new due date, and that "
            "the parent and the group signed it.",
        )
    lacks = _lacks_of_agreement(s.details)
    if lacks:
        return unmet(f"The agreement still lacks {listed(lacks)}.", evidence)
    agreed_on, new_due_on = day_of(s.details["agreed_on"]), day_of(s.details["new_due_on"])
    evidence |= {"agreed_on": iso(agreed_on), "new_due_on": iso(new_due_on)}
    if s.clock_due_on is not None and agreed_on is not None and agreed_on > s.clock_due_on:
        return Answer(
            value="unmet",
            because=f"The agreement came after the due date of {iso(s.clock_due_on)}; the days "
            "between stay late.",
            evidence=(evidence,),
            mode="advise",
        )
    return met(
        f"The parents and the group agreed in writing on {iso(agreed_on)} to {iso(new_due_on)}.",
        evidence,
    )


def _may_be_agreed(categories: Iterable[str], s: Situation, policy: Policy) -> bool:
    """Whether an agreement may extend the time: for suspected SLD, or as the state allows."""
    return any(_is_sld(code, s, policy) for code in categories) or any(
        allowed.kind == "written_agreement"
        and (allowed.only_suspected is None or allowed.only_suspected in categories)
        for allowed in policy.extensions
    )


def _is_sld(code: str, s: Situation, policy: Policy) -> bool:
    category = policy.category(code, s.today)
    return code == "SLD" or (category is not None and category.federal_code == "SLD")


def _lacks_of_agreement(details: Mapping[str, Any]) -> tuple[str, ...]:
    agreed_on, new_due_on = day_of(details.get("agreed_on")), day_of(details.get("new_due_on"))
    checks = {
        "the day it was made": agreed_on is None,
        "the new due date": new_due_on is None,
        "a new due date after the day it was made": agreed_on is not None
        and new_due_on is not None
        and new_due_on <= agreed_on,
        "the parent's signature": details.get("parent_signed") is not True,
        "the group's signature": details.get("group_signed") is not True,
    }
    return tuple(what for what, lacking in checks.items() if lacking)


@rule
def idea_eval_clock_exc_produce(s: Situation, policy: Policy) -> Answer:
    """The time does not run if the parent repeatedly fails to produce the child (300.301(d)(1)).

    `repeatedly` is weighed case by case; one missed appointment is never that.
    """
    if s.details is None:
        return depends(
            "It depends on the logged attempts, which are given with the step.",
            "Send `attempts` with the step: each appointment with its date and what happened.",
        )
    days = {
        day
        for attempt in s.details.get("attempts") or ()
        if isinstance(attempt, Mapping)
        and (day := day_of(attempt.get("attempted_on"))) is not None
        and said(attempt.get("what_happened"))
    }
    evidence = {"type": "details", "attempted_on": [iso(day) for day in sorted(days)]}
    if len(days) < 2:
        return unmet(
            "`Repeatedly` needs at least two appointments on different days, each with its date "
            f"and what happened; {len(days)} given.",
            evidence,
        )
    return met(f"{len(days)} appointments are logged at which the child was not there.", evidence)
