"""Rules of Section 504: its own definition, its own evidence, its own safeguards."""

from __future__ import annotations

from service.domain.facts import Determination, Situation
from service.domain.policy import Policy
from service.domain.rules.catalogue import Answer, depends, met, not_applicable, of, rule, unmet
from service.domain.rules.consent import TO_EVALUATE
from service.domain.rules.determination import (
    about,
    is_medical,
    lacks_of_sources,
    of_draft,
    of_eligible,
    only_medical,
    people,
    sources_shown,
)
from service.domain.rules.notice import RIGHTS_504, SAFEGUARDS, first_received, given, shown
from service.domain.rules.referral import NOT_ENROLLED, PASSING
from service.domain.rules.words import iso, listed, plain, said

ACTIVITIES = frozenset(
    {
        "bending", "breathing", "communicating", "concentrating", "eating", "hearing", "learning",
        "lifting", "manual_tasks", "reading", "seeing", "self_care", "sleeping", "speaking",
        "standing", "thinking", "walking", "working",
        # major bodily functions
        "bladder", "bowel", "brain", "cell_growth", "circulatory", "digestive", "endocrine",
        "immune", "neurological", "reproductive", "respiratory",
    }
)  # fmt: skip
"""Major life activities and bodily functions that the law names; the list is not exhaustive."""

GRADES = frozenset(
    {
        "good_grades",
        "passing_grades",
        "advancing_grade_to_grade",
        "learning_not_affected",
        "no_effect_on_learning",
    }
)
MITIGATED = frozenset(
    {"controlled_by_medication", "controlled_by_device", "controlled_by_health_plan", "mitigated"}
)
INACTIVE = frozenset({"not_active_now", "in_remission"})
NO_DIAGNOSIS = frozenset({"no_diagnosis", "no_medical_diagnosis"})


def _because_of(d: Determination, codes: frozenset[str]) -> list[str]:
    """The group's reasons that are among these."""
    return sorted(codes.intersection(d.reason_codes))


@rule
@of_draft
def s504_definition(d: Determination, s: Situation, policy: Policy) -> Answer:
    """An impairment that substantially limits a major life activity (104.3(j), 42 USC 12102)."""
    evidence = about(
        d,
        outcome=d.outcome,
        impairment=said(d.impairment),
        substantially_limits=d.substantially_limits,
        major_life_activities=list(d.major_life_activities),
    )
    if d.outcome not in ("eligible", "not_eligible"):
        return unmet(
            "The outcome is not recorded yet.",
            evidence,
            remedy="Record the outcome, with the impairment, the activity and whether it is "
            "substantially limited.",
        )
    checks = {
        "an impairment": said(d.impairment),
        "a finding that it substantially limits": d.substantially_limits is True,
        "a major life activity": any(map(said, d.major_life_activities)),
    }
    lacks = [what for what, there in checks.items() if not there]
    if d.outcome == "eligible":
        if lacks:
            return unmet(f"A finding of eligible still lacks {listed(lacks)}.", evidence)
        return met("An impairment substantially limits a major life activity.", evidence)
    if not lacks:
        return unmet(
            "The facts meet the definition of a disability although the outcome is not eligible; "
            "a student who needs no plan is still protected.",
            evidence,
            mode="advise",
            remedy="Record the outcome eligible; whether a plan is needed is decided apart from "
            "that.",
        )
    return met("The group found the student not eligible under Section 504.", evidence)


@rule
def s504_mla(s: Situation, policy: Policy) -> Answer:
    """Any major life activity counts, and good grades rule nothing out (42 USC 12102(2))."""
    return _turned_away(s) if s.step in ("close", "decline") else _activities(s, policy)


def _turned_away(s: Situation) -> Answer:
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step.",
        )
    reason = s.details.get("reason_code")
    if reason in PASSING:
        return unmet(
            "The reason given is that the student passes from grade to grade, and good grades do "
            "not rule out a disability.",
            {"type": "details", "reason_code": reason},
            remedy="Propose the evaluation, or give a reason that is not about grades.",
        )
    return met("The reason given is not that the student passes from grade to grade.")


@of_draft
def _activities(d: Determination, s: Situation, policy: Policy) -> Answer:
    named = {_code(activity) for activity in d.major_life_activities if said(activity)}
    evidence = about(d, major_life_activities=sorted(named), reason_codes=list(d.reason_codes))
    if _because_of(d, GRADES):
        return unmet(
            "Good grades, or learning that is not affected, do not rule out a disability.",
            evidence,
        )
    if d.outcome == "not_eligible" and named <= {"learning"}:
        return unmet(
            "Only learning is considered, and learning is one of many major life activities."
            if named
            else "No major life activity that the group considered is recorded.",
            evidence,
            mode="advise",
        )
    own_words = sorted(named - ACTIVITIES)
    if own_words:
        return unmet(
            f"The law does not name {listed(map(plain, own_words))}; its list is open, and the "
            "group says why this is a major life activity.",
            evidence,
            mode="advise",
        )
    return met("The major life activities considered are ones that the law names.", evidence)


def _code(activity: str) -> str:
    """An activity as its code: `Self care` and `self-care` are `self_care`."""
    return activity.strip().lower().replace(" ", "_").replace("-", "_")


@rule
@of_draft
def s504_mitigating(d: Determination, s: Situation, policy: Policy) -> Answer:
    """Limitation is judged without mitigating measures, glasses apart (42 USC 12102(4)(E))."""
    measures = [m for m in d.mitigating_measures if not m.ordinary_lenses]
    lenses_only = bool(d.mitigating_measures) and not measures
    evidence = about(
        d,
        mitigating_measures=[m.kind for m in d.mitigating_measures],
        judged_without_mitigation=d.limitation_judged_without_mitigation,
        reason_codes=list(d.reason_codes),
    )
    if lenses_only:
        return met("Ordinary glasses or contact lenses may be taken into account.", evidence)
    if _because_of(d, MITIGATED):
        return unmet(
            "The reason given is that something helps, and the help is left out of account when "
            "the limitation is judged.",
            evidence,
        )
    if not measures and d.limitation_judged_without_mitigation is not False:
        return not_applicable("No mitigating measure is in use.")
    if d.limitation_judged_without_mitigation is True:
        return met("The limitation was judged without the help that the student has.", evidence)
    return unmet(
        "The limitation was judged with the help that the student has."
        if d.limitation_judged_without_mitigation is False
        else "It must be answered whether the limitation was judged without the student's help.",
        evidence,
        # who is limited even with help is limited without it
        mode="advise" if d.outcome == "eligible" else None,
    )


@rule
@of_draft
def s504_episodic(d: Determination, s: Situation, policy: Policy) -> Answer:
    """An episodic impairment, or one in remission, is judged when active (12102(4)(D))."""
    evidence = about(
        d,
        episodic=d.episodic,
        judged_when_active=d.judged_when_active,
        reason_codes=list(d.reason_codes),
    )
    if _because_of(d, INACTIVE):
        return unmet(
            "The reason given is that the impairment is quiet now, and it is judged as it is when "
            "active.",
            evidence,
        )
    if not d.episodic:
        return not_applicable("The impairment is not episodic.")
    if d.judged_when_active is True:
        return met("The impairment was judged as it is when active.", evidence)
    return unmet(
        "The impairment was not judged as it is when active."
        if d.judged_when_active is False
        else "It must be answered whether the impairment was judged as it is when active.",
        evidence,
        mode="advise" if d.outcome == "eligible" else None,
    )


@rule
@of_draft
def s504_sources(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A knowledgeable group draws on a variety of sources (104.35(c)); no parent must be in it."""
    group = people(d.group)
    evidence = (about(d, group=len(group)), *sources_shown(d, s.case))
    lacks = lacks_of_sources(d, s.case)
    if len(group) < 2:
        return unmet(
            f"A group decides, and {len(group)} "
            + ("person is" if len(group) == 1 else "people are")
            + " named.",
            *evidence,
        )
    if lacks:
        return unmet(
            f"The sources still lack {listed(lacks)}.",
            *evidence,
            mode=None if d.outcome == "eligible" else "advise",
        )
    return met("A group considered several kinds of sources.", *evidence)


@rule
@of_eligible
def s504_diagnosis_not_sufficient(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A medical diagnosis alone is not an evaluation (104.35, OCR FAQ)."""
    evidence = sources_shown(d, s.case)
    if only_medical(d, s.case):
        return unmet(
            "Every source named is medical, and a diagnosis alone decides nothing.", *evidence
        )
    if not any(is_medical(source, s.case) for source in d.sources):
        return not_applicable("The finding does not rest on medical information.")
    return met("The diagnosis stands beside other sources.", *evidence)


@rule
@of_draft
def s504_diagnosis_not_required(d: Determination, s: Situation, policy: Policy) -> Answer:
    """A medical diagnosis is never a precondition (104.35, OCR guidance)."""
    evidence = about(d, reason_codes=list(d.reason_codes))
    if _because_of(d, NO_DIAGNOSIS):
        return unmet(
            "The reason given is that there is no diagnosis, and none may be required.", evidence
        )
    return met("The decision does not turn on a missing diagnosis.", evidence)


@rule
def s504_childfind(s: Situation, policy: Policy) -> Answer:
    """Children who have no public education are identified and located too (104.32)."""
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step.",
        )
    reason = s.details.get("reason_code")
    if reason in NOT_ENROLLED:
        return unmet(
            "The reason given is where the child is taught, and those children are found too.",
            {"type": "details", "reason_code": reason},
        )
    return met("The reason given is not where the child is taught.")


@rule
def s504_consent(s: Situation, policy: Policy) -> Answer:
    """OCR reads Section 504 to need the parent's permission for the initial evaluation."""
    if s.case.path == "reevaluation":
        return not_applicable("OCR reads it so for the initial evaluation; another needs notice.")
    granted = [c for c in s.case.consents_for(TO_EVALUATE) if c.granted and not c.barred]
    if granted:
        return met(
            "The parent has given permission to evaluate.",
            of("consent", granted[-1].id, received_on=iso(granted[-1].received_on)),
        )
    return unmet("The parent's permission to evaluate has not been received.")


@rule
def s504_safeguards(s: Situation, policy: Policy) -> Answer:
    """The parent is told of the decision and of their rights (104.36)."""
    d = s.determination
    since = (d.decided_on or s.today) if d is not None else first_received(s.case.referrals)
    kinds = [RIGHTS_504]
    if policy.setting("504-SAFEGUARDS").get("idea_safeguards_suffice") is True:
        kinds.append(SAFEGUARDS)
    notices = tuple(n for kind in kinds for n in given(s.case, kind, since))
    if notices:
        return met("The parent was given notice of their Section 504 rights.", *shown(notices))
    return unmet(
        "The parent is owed notice of their Section 504 rights: to see the records, to a hearing "
        "before an impartial officer, and to a review.",
    )
