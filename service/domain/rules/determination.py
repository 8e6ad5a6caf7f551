"""Rules about determinations: each law has its own, and the group makes it with the parent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import wraps
from typing import Any

from service.domain.facts import (
    CONSIDERED,
    MEDICAL,
    Case,
    Determination,
    Member,
    Situation,
    Source,
    Student,
)
from service.domain.frameworks import NAMES
from service.domain.policy import Category, Policy
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
from service.domain.rules.evaluation import complete_evaluations
from service.domain.rules.words import iso, listed, plain, said
from service.domain.students import is_beyond

NOT_PROFESSIONAL = frozenset(
    {
        "adult_student",
        "advocate",
        "attorney",
        "foster_parent",
        "guardian",
        "interpreter",
        "parent",
        "student",
        "surrogate_parent",
    }
)
"""Roles beside the school's professionals."""

PARENT_ROLES = frozenset(
    {"adult_student", "foster_parent", "guardian", "parent", "surrogate_parent"}
)

DETERMINANTS = {
    "reading": "lack of appropriate instruction in reading",
    "math": "lack of appropriate instruction in math",
    "limited_english": "limited English proficiency",
}
"""What may not be the determinant factor, 300.306(b)(1)."""

ONLY_ELIGIBLE = "Only a finding of eligible asks for this."

OfDraft = Callable[[Determination, Situation, Policy], Answer]


def of_draft(predicate: OfDraft) -> Predicate:
    """A predicate that looks at the determination to be made final."""

    @wraps(predicate)
    def ask(s: Situation, policy: Policy) -> Answer:
        if s.determination is None:
            return unknown("It is not said which determination is to be made final.")
        return predicate(s.determination, s, policy)

    return ask


def of_eligible(predicate: OfDraft) -> Predicate:
    """A predicate that only a finding of eligible has to meet."""

    @wraps(predicate)
    def ask(d: Determination, s: Situation, policy: Policy) -> Answer:
        if d.outcome != "eligible":
            return not_applicable(ONLY_ELIGIBLE)
        return predicate(d, s, policy)

    return of_draft(ask)


# Sources, for both laws -------------------------------------------------------------


def counting(d: Determination, case: Case) -> tuple[Source, ...]:
    """The sources that count: those that rest on an assessment before consent do not."""
    breaches = {a.id for e in case.evaluations for a in e.assessments if not a.counts}
    return tuple(
        source
        for source in d.sources
        if source.counts and said(source.kind) and source.assessment_id not in breaches
    )


def is_medical(source: Source, case: Case) -> bool:
    """Whether a physician's hand gave this source."""
    papers = {document.id for document in case.documents if document.medical}
    return (
        source.medical
        or _code(source.kind) in MEDICAL | {"medical"}
        or source.document_id in papers
    )


def distinct(sources: Iterable[Source]) -> tuple[set[str], set[str]]:
    """The kinds of the sources, and the sources themselves, one paper or test being one."""
    sources = tuple(sources)
    kinds = {_code(source.kind) for source in sources}
    return kinds, {s.assessment_id or s.document_id or _code(s.kind) for s in sources}


def only_medical(d: Determination, case: Case) -> bool:
    """Whether all sources that count, at least one, are medical."""
    sources = counting(d, case)
    return bool(sources) and all(is_medical(source, case) for source in sources)


def lacks_of_sources(d: Determination, case: Case) -> tuple[str, ...]:
    """What keeps the sources from being a variety, each documented and considered."""
    sources = counting(d, case)
    kinds, measures = distinct(sources)
    silent = sorted({source.kind for source in sources if not said(source.considered)})
    lacks = []
    if min(len(kinds), len(measures)) < 2:
        lacks.append("at least two kinds of sources that count")
    if only_medical(d, case):
        lacks.append("a source that is not medical")
    if silent:
        lacks.append(f"how the group considered {listed(map(plain, silent))}")
    return tuple(lacks)


def sources_shown(d: Determination, case: Case) -> tuple[dict[str, Any], ...]:
    """The sources as evidence."""
    return tuple(
        {
            "type": "source",
            "kind": source.kind,
            "source_document_id": source.document_id,
            "assessment_id": source.assessment_id,
            "medical": is_medical(source, case),
            "considered": said(source.considered),
        }
        for source in counting(d, case)
    )


def people(members: Iterable[Member]) -> set[str]:
    """Distinct people: by their id, else by their role."""
    return {m.staff_id or _code(m.role) for m in members if said(m.role)}


def roles(d: Determination) -> set[str]:
    """The roles that are in the group."""
    return {_code(m.role) for m in d.group if said(m.role)}


def is_professional(member: Member) -> bool:
    return _code(member.role) not in NOT_PROFESSIONAL


def is_parent(member: Member) -> bool:
    return _code(member.role) in PARENT_ROLES


def _code(word: object) -> str:
    """A kind or role as it was written, without regard to case; empty when it is no text."""
    return word.strip().lower() if isinstance(word, str) else ""


def about(d: Determination, **facts: Any) -> dict[str, Any]:
    """A determination as evidence, with the facts that mattered."""
    return of("eligibility_determination", d.id, **facts)


# The case's determinations ----------------------------------------------------------


@rule
def idea_child_find(s: Situation, policy: Policy) -> Answer:
    """A case ends in a decision under each law in question (300.111(a), 104.32-104.35)."""
    final = {d.framework: d for d in s.case.determinations if d.status == "final"}
    evidence = tuple(about(d, framework=d.framework) for d in final.values())
    open_ = sorted(s.case.frameworks - final.keys())
    if open_:
        names = listed(NAMES.get(framework, framework) for framework in open_)
        return unmet(f"No final determination under {names} is recorded yet.", *evidence)
    return met("Every law in question has its final determination.", *evidence)


@rule
def s504_vs_idea(s: Situation, policy: Policy) -> Answer:
    """Not eligible under IDEA with a documented impairment prompts a 504 decision (104.33)."""
    known = (*s.case.determinations, *((s.determination,) if s.determination else ()))
    refused = [d for d in known if _refused_under_idea(d, s.determination)]
    if not refused:
        return not_applicable("Nobody was found not eligible under IDEA.")
    documented = _impairments(refused, s.case)
    if not documented:
        return not_applicable("No impairment is documented.")
    answers = [d for d in known if d.framework == "section_504" and d.status in ("draft", "final")]
    if answers:
        return met("A Section 504 determination is under way or made.", about(answers[-1]))
    return unmet(
        "The student is not eligible under IDEA and has a documented impairment, so the district "
        "owes a decision under Section 504.",
        *documented,
    )


def _refused_under_idea(d: Determination, moving: Determination | None) -> bool:
    """Whether this is, or is about to be, a final finding of not eligible under IDEA."""
    return (
        d.framework == "idea"
        and d.outcome == "not_eligible"
        and (d.status == "final" or d is moving)
    )


def _impairments(refused: Iterable[Determination], case: Case) -> tuple[dict[str, Any], ...]:
    papers = [d for d in case.documents if d.kind in CONSIDERED]
    return (
        *(of("source_document", d.id, kind=d.kind) for d in papers),
        *(
            about(d, disability_present=d.disability_present, impairment=d.impairment)
            for d in refused
            if d.disability_present
            or said(d.impairment)
            or any(is_medical(x, case) for x in d.sources)
        ),
    )


# IDEA: who decides, and on what ------------------------------------------------------


@rule
@of_draft
def idea_elig_group(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A group of qualified professionals and the parent decides (300.306(a)(1)).

    Disagreement is recorded and is no veto; a parent who was invited and did not come does
    not hold up the child.
    """
    body = policy.decision_body
    professionals = people(filter(is_professional, d.group))
    dissent = sum(m.agrees is False for m in d.group)
    evidence = about(
        d,
        professionals=len(professionals),
        parent_participated=_parent_took_part(d),
        parent_invited_on=iso(d.parent_invited_on),
        invitation_attempts=d.invitation_attempts,
        dissenting=dissent,
    )
    lacks = []
    if len(professionals) < 2:
        lacks.append(f"at least two qualified professionals ({len(professionals)} named)")
    if not _parent_took_part(d) and not _parent_invited(d):
        lacks.append("the parent, or an invitation to the parent with the attempts logged")
    if lacks:
        return unmet(f"The {body} still lacks {listed(lacks)}.", evidence)
    parent = "took part" if _parent_took_part(d) else "was invited"
    return met(
        f"The {body} had {len(professionals)} qualified professionals, and the parent {parent}"
        + (f"; {dissent} disagreed, which is recorded." if dissent else "."),
        evidence,
    )


def _parent_took_part(d: Determination) -> bool:
    if d.parent_participated is not None:
        return d.parent_participated
    return any(map(is_parent, d.group))


def _parent_invited(d: Determination) -> bool:
    invited_on = d.parent_invited_on
    in_time = invited_on is not None and (d.decided_on is None or invited_on <= d.decided_on)
    return in_time and d.invitation_attempts >= 1


@rule
@of_draft
def idea_elig_two_prong(d: Determination, s: Situation, policy: Policy) -> Answer:
    """Eligible takes a listed disability and, by reason of it, a need (300.8(a)(1))."""
    evidence = about(
        d,
        outcome=d.outcome,
        disability_present=d.disability_present,
        category=d.category,
        needs_special_education=d.needs_special_education,
    )
    if d.outcome == "not_eligible":
        return met("The group found the student not eligible under IDEA.", evidence)
    if d.outcome != "eligible":
        return unmet("The outcome is not recorded yet.", evidence)
    category = policy.category(d.category or "", s.today)
    if category is not None and not category.idea_countable:
        return unmet(
            f"{category.title} is no disability that IDEA lists.",
            evidence,
            remedy="Name the disability that the student has beside it, or record the outcome not "
            "eligible; what the state gives for it is outside IDEA.",
        )
    lacks = []
    if d.disability_present is not True:
        lacks.append("a disability that is present")
    if d.needs_special_education is not True:
        lacks.append("a need for special education because of it")
    if not policy.non_categorical and not said(d.category):
        lacks.append("its category")
    if lacks:
        return unmet(f"A finding of eligible still lacks {listed(lacks)}.", evidence)
    return met("Both are found: a disability and, because of it, a need.", evidence)


@rule
@of_eligible
def idea_no_label_needed(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A child need not be classified where the state finds children eligible without (300.111(d)).

    A label given all the same is kept, for what the state reports; nobody needs it to be served.
    """
    if not policy.non_categorical:
        return not_applicable("This state finds a child eligible in a category.")
    if said(d.category):
        return unmet(
            "This state finds a child eligible without naming a category; one is named here.",
            about(d, category=d.category),
        )
    return met("No category is named, and this state needs none.", about(d))


@rule
@of_draft
def policy_group_roles(d: Determination, s: Situation, policy: Policy) -> Answer:
    """Whoever the state's law adds to the group for this category is in it (300.306(a)(1)).

    It blocks a finding of eligible; beside another outcome it is pointed out.
    """
    category = policy.category(d.category or "", s.today)
    if category is None or not category.required_roles:
        return not_applicable("The state's law adds nobody to the group for this category.")
    here = roles(d)
    law = category.citations[0] if category.citations else None
    lacks = [
        listed(map(plain, sorted(one_of)), "or")
        for one_of in category.required_roles
        if not one_of & here
    ]
    evidence = about(
        d,
        category=category.code,
        roles=sorted(here),
        required_roles=[sorted(one_of) for one_of in category.required_roles],
        law=law.text if law else None,
        verification=str(law.verification) if law else None,
    )
    if lacks:
        return unmet(
            f"For {category.title} in {policy.title}, the {policy.decision_body} still lacks: "
            f"{'; '.join(lacks)}" + (f" ({law.text})." if law else "."),
            evidence,
            mode=None if d.outcome == "eligible" else "advise",
        )
    return met(f"Everybody is there whom the state asks for in {category.title}.", evidence)


@rule
@of_eligible
def idea_elig_related_only(d: Determination, s: Situation, policy: Policy) -> Answer:
    """Needing only a related service is no eligibility, unless the state says so (300.8(a)(2))."""
    evidence = about(d, related_services=list(d.related_services))
    if d.related_service_only is None:
        return unknown(
            "It is not answered whether the student needs more than a related service.",
            evidence,
            mode="advise",
            remedy="Answer `related_service_only`.",
        )
    if not d.related_service_only:
        return met("The student needs more than a related service.", evidence)
    counted = policy.counted_as_special_education(d.related_services)
    if counted:
        return met(
            f"This state counts {listed(map(plain, counted))} as special education.", evidence
        )
    return unmet(
        "The student needs only a related service, and this state does not count it as special "
        "education.",
        evidence,
    )


@rule
@of_eligible
def idea_elig_determinant(d: Determination, s: Situation, policy: Policy) -> Answer:
    """Lack of instruction or limited English is not the determinant factor (300.306(b)(1))."""
    answers = {key: d.determinants.get(key) for key in DETERMINANTS}
    evidence = about(d, determinants=answers)
    determining = [DETERMINANTS[key] for key, answer in answers.items() if answer is True]
    if determining:
        return unmet(
            f"The determinant factor is {listed(determining)}, so the student may not be found "
            "eligible on it.",
            evidence,
            remedy="Record the outcome not eligible and see to the teaching; if the factor was "
            "considered and is not what decides, answer false.",
        )
    unanswered = [DETERMINANTS[key] for key, answer in answers.items() if answer is not False]
    if unanswered:
        return unmet(
            f"It must be answered whether the determinant factor is {listed(unanswered, 'or')}.",
            evidence,
        )
    return met("None of the three factors is the determinant one.", evidence)


@rule
@of_draft
def idea_elig_sources(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A variety of sources is drawn on, each documented and considered (300.306(c)(1)).

    Thin sources block a finding of eligible; beside another outcome they are pointed out.
    """
    evidence = sources_shown(d, s.case)
    lacks = lacks_of_sources(d, s.case)
    if lacks:
        return unmet(
            f"The sources still lack {listed(lacks)}.",
            *evidence,
            mode=None if d.outcome == "eligible" else "advise",
        )
    return met("Several kinds of sources are documented and were considered.", *evidence)


@rule
@of_eligible
def idea_eval_no_single(d: Determination, s: Situation, policy: Policy) -> Answer:
    """No single measure or assessment is the sole criterion (300.304(b)(2))."""
    evidence = sources_shown(d, s.case)
    _, measures = distinct(counting(d, s.case))
    if len(measures) < 2:
        return unmet(
            "Fewer than two measures that count are named, and no single one may decide.",
            *evidence,
        )
    return met(f"The finding rests on {len(measures)} measures.", *evidence)


@rule
@of_eligible
def idea_physician_not_sole(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A physician's word is information, never the sole basis (300.306(a)(1), (c)(1))."""
    evidence = sources_shown(d, s.case)
    if only_medical(d, s.case):
        return unmet(
            "Every source named is medical; a diagnosis or prescription informs the group and "
            "does not decide for it.",
            *evidence,
        )
    if not any(is_medical(source, s.case) for source in counting(d, s.case)):
        return not_applicable("The finding does not rest on medical information.")
    return met("The medical information stands beside other sources.", *evidence)


@rule
@of_draft
def policy_evaluated_first(d: Determination, s: Situation, policy: Policy) -> Answer:
    """The group decides upon completion of the assessments (300.306(a)).

    Whether a re-evaluation takes any is decided with the parent (300.305(d)).
    """
    if s.case.path == "reevaluation":
        return not_applicable("The student is served already: it is a re-evaluation.")
    day = d.decided_on or s.today
    done = complete_evaluations(s.case)
    evidence = about(d, evaluations_completed_on=[iso(one) for one in done])
    if not done:
        return unmet("No complete evaluation is recorded for this case.", evidence)
    if done[0] > day:
        return unmet(
            f"The evaluation was complete on {iso(done[0])}, after the finding of {iso(day)}.",
            evidence,
        )
    return met(f"An evaluation was complete by {iso(day)}.", evidence)


@rule
@of_eligible
def idea_eval_scope(d: Determination, s: Situation, policy: Policy) -> Answer:
    """The evaluation tells the child's educational needs too (300.301(c)(2)(ii))."""
    if not d.needs:
        return unmet("No educational need is recorded yet.", about(d))
    left = [need.area or "an unnamed area" for need in d.needs if not need.recorded]
    if left:
        return unmet(
            f"The need in {listed(left)} does not say yet what was tried or why it was not, and "
            "why it takes specially designed instruction.",
            about(d, needs=left),
        )
    return met("Each need says what was tried and why it takes more.", about(d))


# IDEA: category --------------------------------------------------------------


@rule
@of_eligible
def idea_dd(d: Determination, s: Situation, policy: Policy) -> Answer:
    """Developmental delay is found only where the state adopted it, at its ages (300.8(b))."""
    code = d.category or ""
    category = policy.category(code, s.today)
    if code != "DD" and (category is None or category.federal_code != "DD"):
        return not_applicable("The category is not developmental delay.")
    if category is None:
        return unmet(
            "Nothing on record says that this state has adopted the category developmental delay."
            if policy.basis == "federal_default"
            else "This state does not use the category developmental delay."
        )
    if policy.setting("IDEA-DD").get("district_uses") is False:
        return unmet("This district does not use the category developmental delay.")
    low = 3 if category.min_age is None else category.min_age
    below = 10 if category.below_age is None else category.below_age
    age = _age(s, d.decided_on or s.today)
    evidence = about(d, category=code, age=age, min_age=low, below_age=below)
    outside = _outside_ages(category, low, below, d, s, evidence)
    if outside is not None:
        return outside
    if category.through_grade is not None:
        return _through_grade(category, category.through_grade, s.case.student, evidence)
    when = (
        f" when services start on {iso(d.services_start_on)}"
        if age is not None and age < low
        else ""
    )
    return met(f"The student is of an age for {category.title}{when}.", evidence)


def _through_grade(
    category: Category, last: str, student: Student | None, evidence: dict[str, Any]
) -> Answer:
    """The answer where a category ends with a grade, when that comes before the age."""
    grade = student.grade if student is not None else None
    evidence = evidence | {"grade": grade, "through_grade": last}
    beyond = is_beyond(grade, last)
    if beyond is None:
        return unknown(
            f"{category.title} ends with grade {last}, and the student's grade does not tell.",
            evidence,
            remedy="Record the student's grade.",
        )
    if beyond:
        return unmet(
            f"The student is in grade {grade}; {category.title} ends with grade {last}.", evidence
        )
    return met(f"The student is of an age and a grade for {category.title}.", evidence)


@rule
@of_eligible
def policy_coverage(d: Determination, s: Situation, policy: Policy) -> Answer:
    """This service makes final only findings whose category's rules it knows (a rule of ours)."""
    if not said(d.category):
        return not_applicable("No category is named.")
    category = policy.category(d.category or "", s.today)
    evidence = about(d, category=d.category, jurisdiction=policy.jurisdiction)
    if category is None:
        return unmet(
            f"`{d.category}` is not a category in use in {policy.title} on {iso(s.today)}.",
            evidence,
            remedy=f"Name the category by its code: {listed(_codes(s, policy), 'or')}.",
        )
    if category.not_covered:
        return unmet(
            f"This service does not check the special rules for {category.title} yet: "
            f"{category.not_covered.rstrip('.')}.",
            evidence,
        )
    limited = category.min_age is not None or category.below_age is not None
    if limited and "DD" not in (d.category, category.federal_code):
        low = policy.ages.min_age if category.min_age is None else category.min_age
        below = policy.ages.below_age if category.below_age is None else category.below_age
        outside = _outside_ages(category, low, below, d, s, evidence)
        if outside is not None:
            return outside
    return met(f"The rules for {category.title} are covered.", evidence)


def _age(s: Situation, day: date) -> int | None:
    """The student's age on a day; None when nobody knows who or how old they are."""
    return None if s.case.student is None else s.case.student.age_on(day)


def _outside_ages(
    category: Category,
    low: int,
    below: int,
    d: Determination,
    s: Situation,
    evidence: Mapping[str, Any],
) -> Answer | None:
    """The answer where the student is not of an age for the category; None where they are.

    Old enough is whoever is so when services start: a child from Part C is found eligible before
    the birthday on which they do (300.124(b)).
    """
    day = d.decided_on or s.today
    starts_on = max(day, d.services_start_on or day)
    age, later = _age(s, day), _age(s, starts_on)
    if age is None or later is None:
        return unknown(
            f"{category.title} is for ages {low} through {below - 1}, and the student's birth date "
            "is not recorded.",
            evidence,
            remedy="Record the student's birth date.",
        )
    if later < low:
        return unmet(
            f"The student is not yet {low} on {iso(starts_on)}; {category.title} is for ages {low} "
            f"through {below - 1}.",
            evidence,
            remedy=f"Say in `services_start_on` when services start, if the student is {low} by "
            "then; else name a category for the student's age.",
        )
    if age >= below:
        return unmet(
            f"The student is {age} on {iso(day)}; {category.title} is for ages {low} through "
            f"{below - 1}.",
            evidence,
            remedy="Name a category for the student's age.",
        )
    return None


PRESCHOOL_RULE = "STATE-PRESCHOOL-CRITERIA"


@rule
@of_eligible
def state_preschool_criteria(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A preschool child's need is not due to what the state excludes (Ed. Code 56441.11(b))."""
    asked = policy.setting(PRESCHOOL_RULE)
    below, factors = asked.get("below_age"), tuple(asked.get("exclusions", ()))
    if below is None:
        return not_applicable("Nothing of this kind is on record here.")
    age = _age(s, d.decided_on or s.today)
    if age is None:
        return unknown(
            "The student's birth date is not recorded.",
            about(d, below_age=below),
            remedy="Record the student's birth date.",
        )
    if age >= below:
        return not_applicable(f"The student is {age}; these are asked of a child below {below}.")
    answers = {name: d.preschool.get(name) for name in factors}
    evidence = about(d, age=age, preschool=answers)
    due = [plain(name) for name, answer in answers.items() if answer is True]
    if due:
        return unmet(
            f"The group found that the child's need is due to, or met by, {listed(due)}.",
            evidence,
            remedy="Record the outcome not eligible; if the factor was considered and is not what "
            "decides, answer false.",
        )
    left = [plain(name) for name, answer in answers.items() if answer is None]
    if left:
        return unmet(f"It must still be answered of the child: {listed(left)}.", evidence)
    return met("What the state excludes was considered, and none of it decides.", evidence)


def _codes(s: Situation, policy: Policy) -> list[str]:
    """The codes of the categories in use today."""
    return sorted(code for code in policy.categories if policy.category(code, s.today) is not None)


@rule
@of_draft
def idea_report_copy(d: Determination, s: Situation, policy: Policy) -> Answer:
    """The parent has a free copy of the report and of the determination (300.306(a)(2))."""
    report_on = s.case.evaluation.report_given_to_parent_on if s.case.evaluation else None
    lacks = []
    if report_on is None:
        lacks.append("the evaluation report")
    if d.copy_given_to_parent_on is None:
        lacks.append("the documentation of this determination")
    evidence = (
        {"type": "evaluation", "report_given_to_parent_on": iso(report_on)},
        about(d, outcome=d.outcome, copy_given_to_parent_on=iso(d.copy_given_to_parent_on)),
    )
    if lacks:
        return unmet(
            f"The parent is owed a free copy of {listed(lacks)}, whichever way it went.",
            *evidence,
        )
    return met(
        f"The parent was given the report on {iso(report_on)} and the determination on "
        f"{iso(d.copy_given_to_parent_on)}.",
        *evidence,
    )
